/**
 * The writes and reads of this session's client, as `expect history session` judges them.
 */
import {assert} from '../base/assert.ts';
import type {ClientStep} from '../history/guarantees.ts';
import type {EngineResult} from '../port/cluster.ts';
import {clientStep} from './history-check.ts';

/** A check sees only this many steps, the newest. */
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

  /** Adds the step if the result is one of a write or a read; ignores other results. */
  add(result: EngineResult | undefined): void {
    const step = result && clientStep(result);
    if (step !== undefined) this.#steps.push(step);
  }

  /** Forgets old steps. The caller must not call `cutTo` with an earlier count afterwards. */
  forgetOld(): void {
    if (this.#steps.length >= 2 * STEPS_KEPT) this.#steps.splice(0, STEPS_KEPT);
  }

  /** Keeps the first `count` steps. */
  cutTo(count: number): void {
    assert(count <= this.#steps.length, 'a cut removes steps and adds none');
    this.#steps.length = count;
  }
}
