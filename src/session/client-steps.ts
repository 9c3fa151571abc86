/**
 * The writes and reads of this session's client, as `expect history session` judges them.
 */
import type {ClientStep} from '../history/guarantees.ts';
import type {EngineResult} from '../port/cluster.ts';
import {clientStep} from './history-check.ts';

/** A check looks at so many, the newest. */
const STEPS_KEPT = 1000;

export class ClientSteps {
  /** The oldest first. */
  readonly #steps: ClientStep[] = [];

  get count(): number {
    return this.#steps.length;
  }

  recent(): readonly ClientStep[] {
    return this.#steps.slice(-STEPS_KEPT);
  }

  /** Results other than those of writes and reads are no steps. */
  add(result: EngineResult | undefined): void {
    const step = result && clientStep(result);
    if (step !== undefined) this.#steps.push(step);
  }

  /** Forgets old steps, which must not happen while `cutTo` can still be called: counts would change. */
  forgetOld(): void {
    if (this.#steps.length >= 2 * STEPS_KEPT) this.#steps.splice(0, STEPS_KEPT);
  }

  /** Keeps the first `count` steps. */
  cutTo(count: number): void {
    this.#steps.length = count;
  }
}
