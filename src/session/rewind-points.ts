/**
 * Session state that `back` restores. Where time is virtual, `back` returns the cluster to an earlier depth
 * of its history; the session then forgets what its client did and what `undo` could take back since.
 */
import type {ClientSteps} from './client-steps.ts';
import type {Inverse, UndoStack} from './undo-stack.ts';

interface RewindPoint {
  readonly stepCount: number;
  readonly inverses: readonly Inverse[];
}

export class RewindPoints {
  readonly #steps: ClientSteps;
  readonly #undos: UndoStack;
  /** By depth: the state before the last command that ran there. */
  readonly #points: (RewindPoint | undefined)[] = [];

  constructor(steps: ClientSteps, undos: UndoStack) {
    this.#steps = steps;
    this.#undos = undos;
  }

  /** To be called before each command. `depth` is undefined if time is real and never goes back. */
  save(depth: number | undefined): void {
    if (depth === undefined) this.#steps.forgetOld();
    else this.#points[depth] = {stepCount: this.#steps.count, inverses: this.#undos.saved};
  }

  /** To be called after the cluster went back to that depth. */
  restore(depth: number): void {
    const point = this.#points.slice(0, depth + 1).findLast(one => one !== undefined);
    if (point === undefined) return;
    this.#steps.cutTo(point.stepCount);
    this.#undos.restore(point.inverses);
  }

  /** To be called after a new cluster replaced the previous one. */
  clear(): void {
    this.#points.length = 0;
    this.#steps.cutTo(0);
    this.#undos.restore([]);
  }
}
