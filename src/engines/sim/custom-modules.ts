/**
 * The custom modules that a simulated cluster uses, by file. Each is loaded on first use, and again when its
 * file changes.
 */
import {basename} from 'node:path';
import {type Result, succeed} from '../../base/failure.ts';
import type {CustomModule} from '../../core/resolvers/custom-module.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import {type CustomChange, CustomLoader} from '../../leader/custom-loader.ts';
import {PATIENT_LIMITS} from '../../leader/custom-version.ts';

export class CustomModules {
  readonly #loaders = new Map<string, CustomLoader>();
  /** The module was loaded again, or the changed file failed to load: `notice` says which. */
  readonly #changed: (file: string, notice: string) => void;

  constructor(changed: (file: string, notice: string) => void) {
    this.#changed = changed;
  }

  get(file: string): CustomModule | undefined {
    return this.#loaders.get(file)?.module;
  }

  /** Loads the modules of these resolvers. Fails if a file is not a module. */
  async load(specs: readonly ResolverSpec[]): Promise<Result<null>> {
    for (const spec of specs) {
      if (spec.name !== 'custom' || this.#loaders.has(spec.file)) continue;
      const opened = await CustomLoader.open(
        spec.file,
        change => this.#changed(spec.file, inWords(spec.file, change)),
        PATIENT_LIMITS,
      );
      if (!opened.ok) return opened;
      this.#loaders.set(spec.file, opened.value);
    }
    return succeed(null);
  }

  close(): void {
    for (const loader of this.#loaders.values()) loader.close();
  }
}

const inWords = (file: string, change: CustomChange): string =>
  change.type === 'reloaded'
    ? `${basename(file)} was loaded again`
    : `${basename(file)} keeps its earlier version: ${change.reason}`;
