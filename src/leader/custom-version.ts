/**
 * One version of the user's module, as the core calls it. A call without an answer in time fails; its thread
 * is ended and a new one is started. After three such calls the module is no longer called, and every call
 * fails at once. A leader does nothing else during a call, so the time of slow calls is limited in sum too.
 */
import * as z from 'zod';
import {fail, type Result, succeed} from '../base/failure.ts';
import type {Key} from '../base/ids.ts';
import {
  approximateBytes,
  isShallow,
  type Json,
  tryParseJson,
  VALUE_DEPTH_LIMIT,
  VALUE_LIMIT_BYTES,
} from '../base/json.ts';
import type {CustomModule, CustomSibling} from '../core/resolvers/custom-module.ts';
import type {CustomCall, Form} from './custom-protocol.ts';
import {CustomThread} from './custom-thread.ts';

export interface CallLimits {
  /** The limit for one call. */
  readonly callMs: number;
  /** The limit for slow calls in sum. The sum falls by a share of the time between calls. */
  readonly slowSumMs: number;
}

/** For a leader process, which must not keep other leaders waiting. */
export const LIVE_LIMITS: CallLimits = {callMs: 50, slowSumMs: 500};
/** For virtual time, where the result must not depend on how busy the machine is. */
export const PATIENT_LIMITS: CallLimits = {callMs: 2000, slowSumMs: Number.POSITIVE_INFINITY};

const LOAD_LIMIT_MS = 5000;
/**
 * A module that loaded before loads again: the first call waits for it up to this long, later calls do not
 * wait.
 */
const RESTART_LIMIT_MS = 250;
const TIMEOUT_LIMIT = 3;
/** How long a timeout counts while the module answers again. It may have come from a busy machine. */
const TIMEOUT_MEMORY_MS = 10_000;
/** Calls that take longer are slow, and their time adds up. */
const SLOW_CALL_MS = 5;
const SLOW_SHARE = 1 / 4;

/** The thread runs foreign code, so its messages are checked like all data from outside. */
const loadedSchema = z.discriminatedUnion('type', [
  z.object({type: z.literal('loaded'), form: z.enum(['merge', 'resolve'])}),
  z.object({type: z.literal('unusable'), reason: z.string().max(1000)}),
]);
const answerSchema = z.discriminatedUnion('type', [
  z.object({type: z.literal('value'), text: z.string()}),
  z.object({type: z.literal('failed'), reason: z.string().max(1000)}),
]);

const timedOut = ({callMs}: CallLimits): string => `it did not answer within ${callMs} ms`;
const CLOSED = 'it is not used any more';
const ENDED = 'its thread ended while it was asked';
const setAside = (why: string): string => `${why}, ${TIMEOUT_LIMIT} times: set aside until the file changes`;
const TOO_SLOW = "it was not asked: its slow calls took more than a fifth of the leader's time";
const restarting = ({callMs}: CallLimits): string =>
  `it was not asked: a call before did not end within ${callMs} ms or ended its thread, which is ` +
  'starting again';

export class CustomVersion implements CustomModule {
  readonly form: Form;
  readonly #start: () => CustomThread;
  readonly #limits: CallLimits;
  #thread: {readonly running: CustomThread; isLoaded: boolean; waitMs: number};
  /** The times of the timeouts that still count. */
  #timeouts: number[] = [];
  /** Why the last interrupted call failed. */
  #broke = '';
  #slowSumMs = 0;
  #answeredAtMs = 0;
  #isClosed = false;

  private constructor(form: Form, start: () => CustomThread, running: CustomThread, limits: CallLimits) {
    this.form = form;
    this.#start = start;
    this.#limits = limits;
    this.#thread = {running, isLoaded: true, waitMs: 0};
  }

  static async load(url: string, program: string, limits = LIVE_LIMITS): Promise<Result<CustomVersion>> {
    const start = () => new CustomThread(url, program);
    const running = start();
    const loaded = loadedSchema.safeParse(await running.first(LOAD_LIMIT_MS));
    if (loaded.success && loaded.data.type === 'loaded')
      return succeed(new CustomVersion(loaded.data.form, start, running, limits));
    running.end();
    return failed(
      loaded.success && loaded.data.type === 'unusable'
        ? loaded.data.reason
        : `it did not load within ${LOAD_LIMIT_MS} ms`,
    );
  }

  merge(mine: Json | undefined, theirs: Json | undefined, key: Key): Result<Json> {
    return this.#call({form: 'merge', args: [mine, theirs], key});
  }

  resolve(siblings: readonly CustomSibling[], key: Key): Result<Json> {
    return this.#call({form: 'resolve', args: [siblings], key});
  }

  close(): void {
    this.#isClosed = true;
    this.#thread.running.end();
  }

  #call(call: CustomCall): Result<Json> {
    if (this.#isClosed) return failed(CLOSED);
    if (this.#timeouts.length >= TIMEOUT_LIMIT) return failed(setAside(this.#broke));
    const beforeMs = performance.now();
    this.#slowSumMs = Math.max(0, this.#slowSumMs - SLOW_SHARE * (beforeMs - this.#answeredAtMs));
    this.#answeredAtMs = beforeMs;
    if (this.#slowSumMs > this.#limits.slowSumMs) return failed(TOO_SLOW);
    const isReady = this.#isReady();
    const answer = answerSchema.safeParse(
      isReady ? this.#thread.running.ask(call, this.#limits.callMs) : undefined,
    );
    this.#answeredAtMs = performance.now();
    const tookMs = this.#answeredAtMs - beforeMs;
    if (tookMs > SLOW_CALL_MS) this.#slowSumMs += tookMs;
    if (!isReady) return failed(restarting(this.#limits));
    if (!answer.success) return this.#broken();
    this.#timeouts = this.#timeouts.filter(atMs => beforeMs - atMs < TIMEOUT_MEMORY_MS);
    return answer.data.type === 'failed' ? failed(answer.data.reason) : checked(answer.data.text);
  }

  #isReady(): boolean {
    this.#thread.isLoaded ||= loadedSchema.safeParse(this.#thread.running.next(this.#thread.waitMs)).success;
    this.#thread.waitMs = 0;
    return this.#thread.isLoaded;
  }

  /** Starts the new thread at once, so that it may be ready for the next call. */
  #broken(): Result<Json> {
    this.#broke = this.#thread.running.hasEnded ? ENDED : timedOut(this.#limits);
    this.#timeouts.push(performance.now());
    this.#thread.running.end();
    if (this.#timeouts.length >= TIMEOUT_LIMIT) return failed(setAside(this.#broke));
    this.#thread = {running: this.#start(), isLoaded: false, waitMs: RESTART_LIMIT_MS};
    return failed(this.#broke);
  }
}

const failed = (reason: string) => fail('custom-module', reason);

function checked(text: string): Result<Json> {
  const value = tryParseJson(text);
  if (value === undefined) return failed('its result is not JSON');
  if (!isShallow(value)) return failed(`its result is nested deeper than ${VALUE_DEPTH_LIMIT}`);
  const bytes = approximateBytes(value as Json);
  return bytes > VALUE_LIMIT_BYTES
    ? failed(`its result takes ${bytes} bytes, and a value at most ${VALUE_LIMIT_BYTES}`)
    : succeed(value as Json);
}
