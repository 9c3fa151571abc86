/**
 * The connections for clients of one leader. Each request has a connection to itself; a request waits while
 * all connections are in use.
 */
import {assert} from '../../../base/assert.ts';
import {type Result, succeed} from '../../../base/failure.ts';
import type {Address} from './address.ts';
import {SqlConnection} from './sql.ts';

const LIMIT = 8;

/**
 * A pool of connections to one database. `close` destroys the idle ones at once, and the others after their
 * requests.
 */
export class Pool {
  readonly #address: Address;
  readonly #idle: SqlConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Requests that have a connection or open one. With the idle ones these are at most `LIMIT`. */
  #taken = 0;
  #isClosed = false;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Opens a first connection, so that the first request does not have to. */
  async warm(): Promise<Result<null>> {
    return this.use(async () => succeed(null));
  }

  async use<T>(work: (connection: SqlConnection) => Promise<Result<T>>): Promise<Result<T>> {
    while (this.#taken >= LIMIT) await new Promise<void>(resolve => this.#waiting.push(resolve));
    this.#taken += 1;
    try {
      const opened = await this.#open();
      if (!opened.ok) return opened;
      const answer = await work(opened.value);
      if (opened.value.isOpen && !this.#isClosed) this.#idle.push(opened.value);
      else opened.value.destroy();
      return answer;
    } finally {
      this.#taken -= 1;
      assert(this.#idle.length + this.#taken <= LIMIT, 'a pool keeps within its limit');
      this.#waiting.shift()?.();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  async #open(): Promise<Result<SqlConnection>> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop())
      if (idle.isOpen) return succeed(idle);
    return SqlConnection.open(this.#address, 'leaderlab client');
  }
}
