/**
 * All running processes that the lab started, for a shutdown that cannot wait.
 */

const running = new Set<() => void>();

/** `kill` must end it at once, with all its own children. */
export function noteRunning(kill: () => void, ended: Promise<unknown>): void {
  running.add(kill);
  void ended.finally(() => running.delete(kill));
}

/** Ends, without a chance to put anything in order, all that is noted and still runs. */
export function killRunning(): void {
  for (const kill of running) kill();
}
