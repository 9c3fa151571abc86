/**
 * The connections of a port that have not greeted yet. Each has a few seconds to greet. Their number is
 * limited: a new connection closes the one that has waited longest. So a client that greets at once gets in,
 * even among many silent connections.
 */

export interface UngreetedConnection {
  destroy(reason: string): void;
}

const GREETING_LIMIT_MS = 10_000;
const WAITING_LIMIT = 256;

/**
 * Closes connections that do not greet: each after 10 seconds, and the one that has waited longest if too
 * many wait (256, unless the caller sets another limit). The caller adds each new connection, and removes it
 * when it has greeted or is closed.
 */
export class UngreetedConnections {
  readonly #limit: number;
  readonly #limitMs: number;
  readonly #waiting = new Map<UngreetedConnection, NodeJS.Timeout>();

  constructor(limit = WAITING_LIMIT, limitMs = GREETING_LIMIT_MS) {
    this.#limit = limit;
    this.#limitMs = limitMs;
  }

  add(connection: UngreetedConnection): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size >= this.#limit)
      this.#close(oldest, 'too many connections that say nothing');
    this.#waiting.set(
      connection,
      setTimeout(() => this.#close(connection, 'it sent no greeting'), this.#limitMs),
    );
  }

  /** The connection has greeted, or is closed. */
  remove(connection: UngreetedConnection): void {
    clearTimeout(this.#waiting.get(connection));
    this.#waiting.delete(connection);
  }

  #close(connection: UngreetedConnection, reason: string): void {
    this.remove(connection);
    connection.destroy(reason);
  }
}
