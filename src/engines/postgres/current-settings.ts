/**
 * The settings of a PostgreSQL cluster now. Each change replaces them whole, and is saved at once.
 */
import type {Settings} from '../shared/model/cluster-settings.ts';

export class CurrentSettings {
  readonly #save: (settings: Settings) => void;
  #settings: Settings;

  constructor(settings: Settings, save: (settings: Settings) => void) {
    this.#settings = settings;
    this.#save = save;
  }

  get(): Settings {
    return this.#settings;
  }

  set(settings: Settings): void {
    this.#settings = settings;
    this.#save(settings);
  }
}
