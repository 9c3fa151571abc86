/**
 * One version of the person's module, as the core calls it. A call that was not answered within 50 ms fails, its thread is ended and a
 * fresh one started; after three such calls in a row the module is set aside, and every call fails at once.
 */
import * as z from 'zod';
import {fail, type Result, succeed} from '../base/failure.ts';
import type {Key} from '../base/ids.ts';
import {approximateBytes, isShallow, type Json, VALUE_DEPTH_LIMIT, VALUE_LIMIT_BYTES} from '../base/json.ts';
import type {CustomModule, CustomSibling} from '../core/resolvers/custom-module.ts';
import type {CustomCall, Form} from './custom-protocol.ts';
import {CustomThread} from './custom-thread.ts';

const CALL_LIMIT_MS = 50;
const LOAD_LIMIT_MS = 5000;
/** What has loaded before will load again; whoever calls waits for it. */
const RESTART_LIMIT_MS = 1000;
const TIMEOUT_LIMIT = 3;

/** Foreign code runs in the thread, so what it says is checked like anything from outside. */
const loadedSchema = z.discriminatedUnion('type', [
  z.object({type: z.literal('loaded'), form: z.enum(['merge', 'resolve'])}),
  z.object({type: z.literal('unusable'), reason: z.string().max(1000)}),
]);
const answerSchema = z.discriminatedUnion('type', [
  z.object({type: z.literal('value'), text: z.string()}),
  z.object({type: z.literal('failed'), reason: z.string().max(1000)}),
]);

const TIMED_OUT = `it did not answer within ${CALL_LIMIT_MS} ms`;

export class CustomVersion implements CustomModule {
  readonly form: Form;
  readonly #start: () => CustomThread;
  #thread: {readonly running: CustomThread; isLoaded: boolean};
  /** In a row. */
  #timeouts = 0;

  private constructor(form: Form, start: () => CustomThread, running: CustomThread) {
    this.form = form;
    this.#start = start;
    this.#thread = {running, isLoaded: true};
  }

  static async load(url: string, program: string): Promise<Result<CustomVersion>> {
    const start = () => new CustomThread(url, program);
    const running = start();
    const loaded = loadedSchema.safeParse(await running.first(LOAD_LIMIT_MS));
    if (loaded.success && loaded.data.type === 'loaded') return succeed(new CustomVersion(loaded.data.form, start, running));
    running.end();
    return failed(loaded.success && loaded.data.type === 'unusable' ? loaded.data.reason : `it did not load within ${LOAD_LIMIT_MS} ms`);
  }

  merge(mine: Json | undefined, theirs: Json | undefined, key: Key): Result<Json> {
    return this.#call({form: 'merge', args: [mine, theirs], key});
  }

  resolve(siblings: readonly CustomSibling[], key: Key): Result<Json> {
    return this.#call({form: 'resolve', args: [siblings], key});
  }

  close(): void {
    this.#timeouts = TIMEOUT_LIMIT;
    this.#thread.running.end();
  }

  #call(call: CustomCall): Result<Json> {
    if (this.#timeouts >= TIMEOUT_LIMIT) return failed(`${TIMED_OUT}, ${TIMEOUT_LIMIT} times in a row: set aside until the file changes`);
    const answer = answerSchema.safeParse(this.#isReady() ? this.#thread.running.ask(call, CALL_LIMIT_MS) : undefined);
    if (!answer.success) return this.#timedOut();
    this.#timeouts = 0;
    return answer.data.type === 'failed' ? failed(answer.data.reason) : checked(answer.data.text);
  }

  #isReady(): boolean {
    this.#thread.isLoaded ||= loadedSchema.safeParse(this.#thread.running.next(RESTART_LIMIT_MS)).success;
    return this.#thread.isLoaded;
  }

  /** The fresh thread starts at once, so that it may be ready when the next call comes. */
  #timedOut(): Result<Json> {
    this.#timeouts += 1;
    this.#thread.running.end();
    if (this.#timeouts < TIMEOUT_LIMIT) this.#thread = {running: this.#start(), isLoaded: false};
    return failed(TIMED_OUT);
  }
}

const failed = (reason: string) => fail('custom-module', reason);

function checked(text: string): Result<Json> {
  const value: unknown = JSON.parse(text);
  if (!isShallow(value)) return failed(`its result is nested deeper than ${VALUE_DEPTH_LIMIT}`);
  const bytes = approximateBytes(value as Json);
  return bytes > VALUE_LIMIT_BYTES
    ? failed(`its result takes ${bytes} bytes, and a value at most ${VALUE_LIMIT_BYTES}`)
    : succeed(value as Json);
}
