/**
 * The input filter's state between bytes, its events, and how long it waits for more bytes.
 */
import {assertNever} from '../../../base/assert.ts';

/** The longest pasted text that is accepted. */
export const PASTE_LIMIT_BYTES = 64 * 1024;

export type InputEvent =
  /** Typed input: text, control characters and key sequences. */
  | {readonly type: 'keys'; readonly bytes: readonly number[]}
  /** `bytes` is empty where the text is longer than `PASTE_LIMIT_BYTES`. */
  | {readonly type: 'paste'; readonly bytes: readonly number[]; readonly length: number};

export interface Pasted {
  /** Beyond the limit only the last bytes are kept, because they may be the end mark. */
  readonly bytes: readonly number[];
  readonly length: number;
}

export type InputState =
  /** `rest` is how many bytes of a UTF-8 character are still to come. */
  | {readonly at: 'text'; readonly rest: number}
  /** The first byte of a C1 control in UTF-8, or of another character. */
  | {readonly at: 'c2'}
  /** One escape, or two. */
  | {readonly at: 'escape'; readonly held: readonly number[]}
  /** Inside a control sequence, or after `ESC O`. `held` begins with the escape. */
  | {readonly at: 'sequence' | 'function-key'; readonly held: readonly number[]}
  /** After an old-style mouse report: this many characters belong to it. */
  | {readonly at: 'report'; readonly characters: number; readonly rest: number}
  /**
   * `held` is the beginning of the string, until more arrives. `rest` is as in a text: a UTF-8 character may
   * contain bytes that look like the end of the string.
   */
  | {
      readonly at: 'string';
      readonly held?: readonly number[];
      readonly rest: number;
      readonly isAfterC2: boolean;
    }
  | {readonly at: 'string-escape'}
  | {readonly at: 'paste'; readonly pasted: Pasted}
  /**
   * After the end mark of a paste. A second end mark shows that the first one was part of the text. A start
   * mark that follows at once begins the next paste.
   */
  | {readonly at: 'after-paste'; readonly pasted: Pasted; readonly since: readonly number[]};

export const NO_INPUT: InputState = {at: 'text', rest: 0};

export interface Filtered {
  readonly state: InputState;
  readonly events: readonly InputEvent[];
}

export interface Patience {
  /** Call `silence` after this time without a byte. */
  readonly silenceMs: number;
  /** Call it also this long after the state was entered, even if bytes keep coming. */
  readonly mostMs: number;
}

/** Undefined if the filter waits for nothing. */
export function patience({at}: InputState): Patience | undefined {
  switch (at) {
    case 'text':
      return undefined;
    case 'c2':
    case 'escape':
    case 'function-key':
      return {silenceMs: 50, mostMs: 50};
    case 'sequence':
    case 'report':
      return {silenceMs: 100, mostMs: 500};
    case 'string':
    case 'string-escape':
      return {silenceMs: 500, mostMs: 2000};
    case 'paste':
      return {silenceMs: 2000, mostMs: Number.POSITIVE_INFINITY};
    case 'after-paste':
      return {silenceMs: 100, mostMs: 500};
    default:
      return assertNever(at);
  }
}
