/**
 * All running processes that the lab started, for an exit that cannot wait.
 */

const running = new Set<() => void>();

/** Remembers a process until it has ended. `kill` must end it at once, with all its children. */
export function noteRunning(kill: () => void, ended: Promise<unknown>): void {
  running.add(kill);
  void ended.finally(() => running.delete(kill));
}

/** Kills every process that is still running. */
export function killRunning(): void {
  for (const kill of running) kill();
}
