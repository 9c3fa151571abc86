/**
 * The connections of a port that have not greeted yet. Each has a few seconds to greet. Their number is
 * limited: a new connection closes the one that has waited longest. So a client that greets at once gets in,
 * even among many silent connections.
 */

export interface Stranger {
  destroy(reason: string): void;
}

const GREETING_LIMIT_MS = 10_000;
const WAITING_LIMIT = 256;

export class UngreetedConnections {
  readonly #limit: number;
  readonly #limitMs: number;
  readonly #waiting = new Map<Stranger, NodeJS.Timeout>();

  constructor(limit = WAITING_LIMIT, limitMs = GREETING_LIMIT_MS) {
    this.#limit = limit;
    this.#limitMs = limitMs;
  }

  add(stranger: Stranger): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined && this.#waiting.size >= this.#limit)
      this.#sendAway(oldest, 'too many connections that say nothing');
    this.#waiting.set(
      stranger,
      setTimeout(() => this.#sendAway(stranger, 'it said nothing'), this.#limitMs),
    );
  }

  /** The connection has greeted, or is closed. */
  remove(stranger: Stranger): void {
    clearTimeout(this.#waiting.get(stranger));
    this.#waiting.delete(stranger);
  }

  #sendAway(stranger: Stranger, reason: string): void {
    this.remove(stranger);
    stranger.destroy(reason);
  }
}
