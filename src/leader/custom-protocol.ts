/**
 * The protocol between a leader and the thread of the user's module: one call, one answer, and a signal that
 * rises by one with every answer, so that the leader can wait for it.
 */
import type {MessagePort} from 'node:worker_threads';

/** The places of the signal. */
export const MESSAGES = 0;
export const HAS_ENDED = 1;
export const SIGNAL_LENGTH = 2;

export type Form = 'merge' | 'resolve';

/** The data with which the thread starts. */
export interface CustomThreadData {
  /** The module's address, with the version of the file: another version is another module. */
  readonly url: string;
  readonly port: MessagePort;
  /** The number of messages so far, and whether the thread has ended. */
  readonly signal: Int32Array;
}

export interface CustomCall {
  readonly form: Form;
  /** The arguments before `{key}`. */
  readonly args: readonly unknown[];
  readonly key: string;
}

/** The first message of the thread. */
export type CustomLoaded =
  | {readonly type: 'loaded'; readonly form: Form}
  | {readonly type: 'unusable'; readonly reason: string};

/** `text` is JSON. */
export type CustomAnswer =
  | {readonly type: 'value'; readonly text: string}
  | {readonly type: 'failed'; readonly reason: string};
