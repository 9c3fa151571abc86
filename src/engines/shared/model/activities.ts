/**
 * Long-running work under way, which the screen shows as progress bars.
 */
import type {Activity} from '../../../port/view.ts';

/** One piece of work: its owner updates it, and ends it once. */
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
    const progress: Progress = {
      update: (done, total, detail) => {
        this.#underWay.set(progress, {label, done, total, detail});
        this.#changed();
      },
      end: () => {
        this.#underWay.delete(progress);
        this.#changed();
      },
    };
    progress.update(0, 0, '');
    return progress;
  }
}
