/**
 * Carries out a load in an open loop, paced by time. A write that is due is issued even if earlier writes
 * have no answer yet, as independent clients would do. A leader with too many unanswered writes gets no
 * further ones. The writes that it misses are never issued: they are planned, and have no outcome.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LoadTally, Status} from '../../port/cluster.ts';
import type {Progress} from './model/activities.ts';
import type {LoadPlan, PlannedWrite} from './model/load-plan.ts';

/**
 * The most unanswered writes of one leader: so few that a slow leader answers all of them before they time
 * out.
 */
const UNDER_WAY_LIMIT = 500;
const TICK_MS = 5;
/** The most due writes that are issued before other work gets a turn. */
const BURST = 250;
const PROGRESS_MS = 200;

export interface LoadOptions {
  readonly plan: LoadPlan;
  /** They get the writes in turn. */
  readonly leaders: readonly LeaderId[];
  write(leader: LeaderId, write: PlannedWrite): Promise<{readonly status: Status}>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Resolves to the tally once all issued writes are answered, or `signal` is aborted. */
export async function runLoad(options: LoadOptions): Promise<LoadTally> {
  const run = new LoadRun(options);
  return run.run();
}

class LoadRun {
  readonly #options: LoadOptions;
  readonly #startMs = performance.now();
  readonly #counts = {ok: 0, fail: 0, info: 0};
  /** The unanswered writes of each leader: from 0 to `UNDER_WAY_LIMIT`. */
  readonly #underWay = new Map<LeaderId, number>();
  readonly #answers = new Set<Promise<void>>();
  /** The writes that were due: issued, or not issued. At most as many as planned. */
  #taken = 0;
  #shownMs = Number.NEGATIVE_INFINITY;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  async run(): Promise<LoadTally> {
    const {plan, signal} = this.#options;
    while (this.#taken < plan.count && !signal.aborted) {
      const due = plan.due(this.#elapsedMs);
      for (let n = 0; n < BURST && this.#taken < due; n++) this.#issueNext();
      this.#show();
      await (this.#taken < due ? nextTurn() : pause(TICK_MS));
    }
    while (this.#answers.size > 0 && !signal.aborted) {
      await Promise.race([Promise.all(this.#answers), pause(PROGRESS_MS)]);
      this.#show();
    }
    // Writes that nobody waits for any more may still happen.
    const unanswered = this.#answers.size;
    const {ok, fail, info} = this.#counts;
    assert(ok + fail + info + unanswered <= this.#taken, 'a write has one outcome');
    return {planned: plan.count, ok, fail, info: info + unanswered, ms: Math.round(this.#elapsedMs)};
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  #issueNext(): void {
    const {plan, leaders, write} = this.#options;
    const leader = leaders[this.#taken % leaders.length];
    this.#taken += 1;
    const planned = plan.next();
    const underWay = leader === undefined ? 0 : (this.#underWay.get(leader) ?? 0);
    if (leader === undefined || underWay >= UNDER_WAY_LIMIT) return;
    this.#underWay.set(leader, underWay + 1);
    const answer = write(leader, planned).then(({status}) => {
      this.#counts[status] += 1;
      const before = this.#underWay.get(leader) ?? 0;
      assert(before > 0, 'only a write that is under way is answered');
      this.#underWay.set(leader, before - 1);
      this.#answers.delete(answer);
    });
    this.#answers.add(answer);
  }

  #show(): void {
    const elapsedMs = this.#elapsedMs;
    if (elapsedMs - this.#shownMs < PROGRESS_MS) return;
    this.#shownMs = elapsedMs;
    const {ok, fail, info} = this.#counts;
    const notIssued = this.#taken - ok - fail - info - this.#answers.size;
    const parts = [
      `${Math.round((1000 * ok) / Math.max(1, elapsedMs))}/s`,
      ...(fail > 0 ? [`${fail} failed`] : []),
      ...(info > 0 ? [`${info} unknown`] : []),
      ...(notIssued > 0 ? [`${notIssued} not issued`] : []),
    ];
    this.#options.progress.update(this.#taken, this.#options.plan.count, parts.join(', '));
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, ms);
  });

const nextTurn = (): Promise<void> =>
  new Promise(resolve => {
    setImmediate(resolve);
  });
