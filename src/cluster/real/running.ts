/**
 * All running processes that the lab started, for a shutdown that cannot wait.
 */

const running = new Set<() => void>();

/** `kill` must end it at once, with all its own children. */
export function noteRunning(kill: () => void, ended: Promise<unknown>): void {
  running.add(kill);
  void ended.finally(() => running.delete(kill));
}

export function killRunning(): void {
  for (const kill of running) kill();
}
