/**
 * Long-running work under way, which the screen shows as progress bars.
 */
import {assert} from '../../../base/assert.ts';
import type {Activity} from '../../../port/view.ts';

/** One piece of work: its owner updates it, ends it once, and does not update it after that. */
export interface Progress {
  update(done: number, total: number, detail: string): void;
  end(): void;
}

/** `changed` is called after every change of the list. */
export class Activities {
  readonly #changed: () => void;
  readonly #underWay = new Map<object, Activity>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  list(): Activity[] {
    return [...this.#underWay.values()];
  }

  begin(label: string): Progress {
    let hasEnded = false;
    const progress: Progress = {
      update: (done, total, detail) => {
        assert(!hasEnded, `${label}: work that has ended makes no progress`);
        this.#underWay.set(progress, {label, done, total, detail});
        this.#changed();
      },
      end: () => {
        assert(!hasEnded, `${label}: work ends once`);
        hasEnded = true;
        this.#underWay.delete(progress);
        this.#changed();
      },
    };
    progress.update(0, 0, '');
    return progress;
  }
}
