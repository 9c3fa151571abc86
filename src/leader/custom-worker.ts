/**
 * The thread of the user's module. It loads the module, reports what it exports, and answers one call after
 * the other; the leader waits at the shared signal. Whatever the module does, the worst outcome is that no
 * answer comes.
 */

import {parentPort, workerData} from 'node:worker_threads';
import {errorText} from '../base/failure.ts';
import {
  type CustomAnswer,
  type CustomCall,
  type CustomLoaded,
  type CustomThreadData,
  type Form,
  HAS_ENDED,
  MESSAGES,
} from './custom-protocol.ts';

const {url, port, signal} = workerData as CustomThreadData;
// The module may replace built-in functions, so the ones that are needed to answer are taken before it is
// loaded.
const {stringify} = JSON;
const {add, notify, store} = Atomics;

type Exports = {readonly [name in Form]?: unknown};

/** As deep as any value may be (base/json.ts). */
const DEPTH_LIMIT = 64;
const REASON_LENGTH = 200;

function say(message: CustomLoaded | CustomAnswer): void {
  port.postMessage(message);
  wakeLeader();
}

function wakeLeader(): void {
  add(signal, MESSAGES, 1);
  notify(signal, MESSAGES);
}

/** The leader receives this message without blocking. */
function tell(message: CustomLoaded): void {
  say(message);
  parentPort?.postMessage(null);
}

/** Returns the exports, or why they cannot be used. */
async function load(): Promise<Exports | string> {
  let exports: Exports & {readonly default?: unknown};
  try {
    exports = await import(url);
  } catch (error) {
    return `it does not load: ${textOf(error)}${placeOf(error)}`;
  }
  if (isUsable(exports)) return exports;
  const inner = exports.default;
  if (typeof inner === 'object' && inner !== null && isUsable(inner)) return inner;
  return 'it exports neither merge nor resolve';
}

const isUsable = (exports: Exports): boolean =>
  typeof exports.merge === 'function' || typeof exports.resolve === 'function';

function answer(exports: Exports, {form, args, key}: CustomCall): CustomAnswer {
  const call = exports[form];
  if (typeof call !== 'function') return {type: 'failed', reason: `it no longer exports ${form}`};
  try {
    const result: unknown = call(...args, {key});
    const wrong = whyNoJson(result, '', 0);
    if (wrong !== undefined) return {type: 'failed', reason: `${form}() returned no JSON: ${wrong}`};
    const text: unknown = stringify(result);
    return typeof text === 'string'
      ? {type: 'value', text}
      : {type: 'failed', reason: `${form}() returned no JSON`};
  } catch (error) {
    return {type: 'failed', reason: `${form}() threw: ${textOf(error)}`};
  }
}

/** Says which part of the value is not JSON, and where; undefined if all of it is. */
function whyNoJson(value: unknown, at: string, depth: number): string | undefined {
  const where = at === '' ? '' : ` at ${at.slice(0, 60)}`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value}${where}`;
  if (typeof value !== 'object')
    return `${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}${where}`;
  if (depth === DEPTH_LIMIT) return `nested deeper than ${DEPTH_LIMIT}, or in a circle`;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const wrong = whyNoJson(value[i], `${at}[${i}]`, depth + 1);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `a ${nameOf(value)}${where}`;
  for (const [field, inner] of Object.entries(value)) {
    const wrong = whyNoJson(inner, `${at}.${field}`, depth + 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const nameOf = (value: object): string =>
  (typeof value.constructor === 'function' && value.constructor.name) || 'strange object';

function textOf(error: unknown): string {
  try {
    return errorText(error).slice(0, REASON_LENGTH);
  } catch {
    return 'something that cannot be shown';
  }
}

/** Where the file does not parse, from the first line of the stack of a syntax error. */
function placeOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return '';
  const [, line] = /^file:.*:(\d+)\n/.exec(error.stack ?? '') ?? [];
  return line === undefined ? '' : `, line ${line}`;
}

process.once('exit', () => {
  store(signal, HAS_ENDED, 1);
  wakeLeader();
});

const loaded = await load();
if (typeof loaded === 'string') {
  tell({type: 'unusable', reason: loaded});
} else {
  const form: Form = typeof loaded.resolve === 'function' ? 'resolve' : 'merge';
  port.on('message', (call: CustomCall) => say(answer(loaded, call)));
  tell({type: 'loaded', form});
}
