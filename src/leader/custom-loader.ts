/**
 * The user's module as a file: loaded, watched, and loaded again when it changes. A version that fails to
 * load, perhaps because it is half written, leaves the previous one active.
 */
import {stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {fail, type Result, succeed} from '../base/failure.ts';
import {kindOf} from '../base/file-kind.ts';
import type {CustomModule} from '../core/resolvers/custom-module.ts';
import {packageFolder} from '../store/package-folder.ts';
import {type CallLimits, CustomVersion, LIVE_LIMITS} from './custom-version.ts';

const WATCH_PERIOD_MS = 250;

export type CustomChange =
  | {readonly type: 'reloaded'; readonly module: CustomModule}
  /** The file has changed, but the new version cannot be used. */
  | {readonly type: 'kept'; readonly reason: string};

/**
 * Loads the user's module from a file, looks for changes every 250 ms, and loads a changed file again. If
 * the new version cannot be used, the previous one stays active and `onChange` gets the reason. `open`
 * returns a Failure if the first version cannot be used. The owner must call `close`, which ends the
 * module's thread.
 */
export class CustomLoader {
  readonly #file: string;
  readonly #program: string;
  readonly #limits: CallLimits;
  readonly #onChange: (change: CustomChange) => void;
  readonly #timer: NodeJS.Timeout;
  #stamp: string;
  #version: CustomVersion;
  #isLooking = false;
  #isClosed = false;

  private constructor(
    file: string,
    program: string,
    limits: CallLimits,
    onChange: (change: CustomChange) => void,
    stamp: string,
    version: CustomVersion,
  ) {
    this.#limits = limits;
    this.#file = file;
    this.#program = program;
    this.#onChange = onChange;
    this.#stamp = stamp;
    this.#version = version;
    this.#timer = setInterval(() => void this.#look(), WATCH_PERIOD_MS);
    this.#timer.unref();
  }

  /** `program`: the path of the program that the module's thread runs. */
  static async open(
    file: string,
    onChange: (change: CustomChange) => void,
    limits = LIVE_LIMITS,
    program = builtProgram(),
  ): Promise<Result<CustomLoader>> {
    const stamp = await stampOf(file);
    if (stamp === undefined) {
      return fail('custom-module', await whyNoFile(file), 'name an ES module that exports merge or resolve');
    }
    const loaded = await CustomVersion.load(pathToFileURL(file).href, program, limits);
    return loaded.ok
      ? succeed(new CustomLoader(file, program, limits, onChange, stamp, loaded.value))
      : fail(
          'custom-module',
          `${basename(file)} cannot be used: ${loaded.failure.message}`,
          'export function merge or function resolve',
        );
  }

  get module(): CustomModule {
    return this.#version;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#version.close();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const stamp = await stampOf(this.#file);
    if (stamp !== this.#stamp) await this.#reload(stamp);
    this.#isLooking = false;
  }

  async #reload(stamp: string | undefined): Promise<void> {
    this.#stamp = stamp ?? '';
    if (stamp === undefined) return this.#onChange({type: 'kept', reason: 'the file is gone'});
    const loaded = await CustomVersion.load(pathToFileURL(this.#file).href, this.#program, this.#limits);
    if (this.#isClosed) {
      if (loaded.ok) loaded.value.close();
    } else if (!loaded.ok) {
      this.#onChange({type: 'kept', reason: loaded.failure.message});
    } else {
      const before = this.#version;
      this.#version = loaded.value;
      this.#onChange({type: 'reloaded', module: loaded.value});
      before.close();
    }
  }
}

/** A text that changes when the file changes; `undefined` if there is no file. */
async function stampOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? `${found.mtimeMs} ${found.size}` : undefined;
  } catch {
    return undefined;
  }
}

async function whyNoFile(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return found === undefined ? `there is no file ${file}` : `${file} is ${kindOf(found)}, not a file`;
}

/** The worker's program, in `dist/` of the package. */
const builtProgram = (): string => join(packageFolder(), 'dist', 'custom-worker.js');
