/**
 * The status of one leader that is a process or a server (starting, up, paused, down), from its first start
 * to the end of the lab. The engine starts and ends the process, and says so here.
 */
import {assert} from '../../base/assert.ts';
import {fail, type Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LeaderStatus} from '../../port/view.ts';
import type {LeaderState} from './model/leader-state.ts';

/**
 * The status of one leader. A start that fails is a failure that names the leader; a pause or a resume at the
 * wrong time is our own mistake.
 */
export class LeaderLifecycle {
  readonly #id: LeaderId;
  readonly #entered: (state: LeaderState) => void;
  #state: LeaderState = {status: 'starting', sinceMs: Date.now()};
  /** The start under way or the last one: before it resolves there may be no process to end. */
  #starting: Promise<Result<null>> | undefined;
  /** Why the process ends, where the lab itself ends it; undefined from every start on. */
  #expectedEnd: string | undefined;
  #isClosing = false;

  /** `entered` is called after every change of the status. */
  constructor(id: LeaderId, entered: (state: LeaderState) => void) {
    this.#id = id;
    this.#entered = entered;
  }

  get state(): LeaderState {
    return this.#state;
  }

  /** True if the lab itself ends the process. */
  get isEndExpected(): boolean {
    return this.#expectedEnd !== undefined;
  }

  /**
   * Starts the process with `open`, which resolves once the leader answers. A leader whose process ended
   * meanwhile did not start.
   */
  start(open: () => Promise<Result<null>>): Promise<Result<null>> {
    if (this.#isClosing) return Promise.resolve(fail('closing', 'the lab is closing'));
    this.#starting = this.#start(open);
    return this.#starting;
  }

  async #start(open: () => Promise<Result<null>>): Promise<Result<null>> {
    this.#expectedEnd = undefined;
    this.#enter('starting');
    const opened = await open();
    if (opened.ok && this.#state.status === 'starting') {
      this.#enter('up');
      return opened;
    }
    const {failure} = opened.ok ? fail('closed', `it ended: ${this.#state.cause}`) : opened;
    this.#enter('down', `did not start (${failure.message})`);
    return {
      ok: false,
      failure: {...failure, message: `leader ${this.#id} did not start: ${failure.message}`},
    };
  }

  pause(): void {
    assert(this.#state.status === 'up', 'only a leader that is up is paused');
    this.#enter('paused', 'paused');
  }

  resume(): void {
    assert(this.#state.status === 'paused', 'only a leader that is paused is resumed');
    this.#enter('up');
  }

  /** The lab ends the process now, for this reason. */
  expectEnd(cause: string): void {
    this.#expectedEnd = cause;
  }

  /** The process has ended. `how`: the reason if the lab did not end it. */
  ended(how: string): void {
    this.#enter('down', this.#expectedEnd ?? `crashed (${how})`);
  }

  /** No start begins from now on. Resolves once the last one is over. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#starting;
  }

  #enter(status: LeaderStatus, cause?: string): void {
    this.#state = cause === undefined ? {status, sinceMs: Date.now()} : {status, cause, sinceMs: Date.now()};
    this.#entered(this.#state);
  }
}
