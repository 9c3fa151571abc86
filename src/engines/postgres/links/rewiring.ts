/**
 * Changes links while nobody writes. A new subscription sends only what is written after its creation, and a
 * removed one loses what it still had to send. So writes wait during the change, and every operation must
 * have arrived everywhere before it begins.
 */
import {assert} from '../../../base/assert.ts';
import {type Failure, fail} from '../../../base/failure.ts';
import {sameVector} from '../../../core/log/version-vector.ts';
import type {Measurement} from '../../../port/cluster.ts';
import type {PostgresLeader} from '../leader/postgres-leader.ts';

const SETTLE_LIMIT_MS = 5000;
const POLL_MS = 20;

/** Lets clients' writes and changes of links exclude each other. */
export class Rewiring {
  readonly #measure: () => Promise<Measurement>;
  /** The change under way; there is at most one, and no write begins meanwhile. */
  #underWay: Promise<void> | undefined;
  /** The number of writes without an answer yet. */
  #writes = 0;

  constructor(measure: () => Promise<Measurement>) {
    this.#measure = measure;
  }

  /** Carries out a client's write, once no change is under way. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    while (this.#underWay !== undefined) await this.#underWay;
    this.#writes += 1;
    try {
      return await work();
    } finally {
      this.#writes -= 1;
    }
  }

  /** Calls `make` once every leader has every operation. If that does not happen, the failure says why. */
  async carryOut(
    leaders: Iterable<PostgresLeader>,
    make: () => Promise<Failure | undefined>,
  ): Promise<Failure | undefined> {
    assert(this.#underWay === undefined, 'links are changed one change at a time');
    const away = [...leaders].find(({state}) => state.status !== 'up');
    if (away !== undefined) {
      const message = `${away.id} is ${away.state.status}, and its subscriptions cannot be changed`;
      return fail('not-up', message, `${away.state.status === 'paused' ? 'resume' : 'restart'} ${away.id}`)
        .failure;
    }
    const {promise, resolve} = withResolvers();
    this.#underWay = promise;
    try {
      return (await this.#unsettled()) ?? (await make());
    } finally {
      this.#underWay = undefined;
      resolve();
    }
  }

  /** Waits until every leader has everything. Returns a failure if that takes too long. */
  async #unsettled(): Promise<Failure | undefined> {
    const until = Date.now() + SETTLE_LIMIT_MS;
    for (;;) {
      const isQuiet = this.#writes === 0;
      const {leaders, silent} = await this.#measure();
      const [first, ...others] = Object.values(leaders).map(({vv}) => vv);
      const isEverywhere =
        silent.length === 0 && first !== undefined && others.every(vv => sameVector(vv, first));
      if (isQuiet && isEverywhere) return undefined;
      if (Date.now() > until) {
        const why =
          'operations that have not arrived yet would be lost: ' +
          'a subscription starts with what is written after it';
        return fail('not-settled', why, 'heal the links, skip what leaders halted on, then: wait converged')
          .failure;
      }
      await new Promise(next => setTimeout(next, POLL_MS));
    }
  }
}

function withResolvers(): {readonly promise: Promise<void>; readonly resolve: () => void} {
  let resolve: () => void = () => {};
  const promise = new Promise<void>(settle => {
    resolve = settle;
  });
  return {promise, resolve};
}
