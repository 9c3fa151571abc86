/**
 * What `undo` can take back: the inverses of the faults and settings of a session, the newest on top.
 */
import {must} from '../base/assert.ts';
import type {EngineAction} from '../command/action.ts';
import type {ClusterView} from '../port/view.ts';
import {stillToDo} from './inverse.ts';

const INVERSES_KEPT = 200;

/** The steps that take one action back, in their order. */
export type Inverse = readonly EngineAction[];

interface NextUndo {
  readonly inverse: Inverse;
  /** The steps that still have an effect. Never empty. */
  readonly steps: readonly EngineAction[];
  /** Its place in the stack. */
  readonly index: number;
}

export class UndoStack {
  /**
   * The oldest comes first. The list is replaced and never changed in place, so that `saved` can share it.
   */
  #inverses: readonly Inverse[] = [];

  /** The state that `restore` takes. */
  get saved(): readonly Inverse[] {
    return this.#inverses;
  }

  restore(saved: readonly Inverse[]): void {
    this.#inverses = saved;
  }

  /** An empty inverse takes nothing back and is not kept. */
  push(inverse: Inverse): void {
    if (inverse.length > 0) this.#inverses = [...this.#inverses, inverse].slice(-INVERSES_KEPT);
  }

  /**
   * The newest inverse that still has an effect. Other commands may already have done what newer inverses
   * would do.
   */
  next(view: ClusterView): NextUndo | undefined {
    for (let index = this.#inverses.length - 1; index >= 0; index--) {
      const inverse = must(this.#inverses[index], 'an inverse');
      const steps = stillToDo(inverse, view);
      if (steps.length > 0) return {inverse, steps, index};
    }
    return undefined;
  }

  /** Forgets the inverse at that place and all above it. */
  dropFrom(index: number): void {
    this.#inverses = this.#inverses.slice(0, index);
  }
}
