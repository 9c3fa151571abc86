/**
 * Extracts from the terminal's input the keys and texts that a person typed or pasted. Drops mouse reports,
 * focus reports and answers to queries of other programs, because they would be read as keys.
 *
 * It follows ECMA-48 as xterm does: a control sequence is `ESC [`, parameters and a final byte; a control
 * string (OSC, DCS, APC, PM, SOS) ends with `ESC \` or BEL. C1 controls in one byte, or in UTF-8, count as
 * their forms with ESC.
 *
 * It is pure and takes one byte at a time, so the boundaries of reads do not matter. The caller reports
 * silence. Incomplete input was then typed by a person, or will never be completed. `patience` is the length
 * of that silence.
 */
import {assertNever} from '../../../base/assert.ts';
import {
  type Filtered,
  type InputEvent,
  type InputState,
  NO_INPUT,
  PASTE_LIMIT_BYTES,
  type Pasted,
} from './input-state.ts';
import {
  BACKSLASH,
  BEL,
  byteOf,
  C1_STRING_END,
  C2,
  CANCEL,
  CR,
  CTRL_C,
  CTRL_Z,
  DEL,
  END,
  ESC,
  endsWith,
  FUNCTION_KEY,
  isContinuation,
  KEY,
  REPORTS,
  restOf,
  SEQUENCE_LIMIT,
  SPACE,
  START,
  STRINGS,
  textOf,
} from './terminal-bytes.ts';

/** Returns the events of these bytes (typed keys, pasted texts) and the next state. */
export function filterInput(state: InputState, input: Iterable<number>): Filtered {
  const filter = new Filter(state);
  for (const byte of input) filter.take(byte);
  return filter.filtered;
}

/** Call this after a time without input (`patience`). */
export function silence(state: InputState): Filtered {
  const filter = new Filter(state);
  filter.silence();
  return filter.filtered;
}

class Filter {
  #state: InputState;
  #keys: number[] = [];
  readonly #events: InputEvent[] = [];
  // A pasted text is long, so bytes are appended in place to lists that this filter created itself.
  readonly #own = new WeakSet<readonly number[]>();

  constructor(state: InputState) {
    this.#state = state;
  }

  get filtered(): Filtered {
    this.#emitKeys();
    return {state: this.#state, events: this.#events};
  }

  take(byte: number): void {
    const state = this.#state;
    switch (state.at) {
      case 'text':
        return this.#text(state.rest, byte);
      case 'c2':
        return this.#afterC2(byte);
      case 'escape':
        return this.#afterEscape(state.held, byte);
      case 'sequence':
        return this.#inSequence(state.held, byte);
      case 'function-key':
        return this.#inFunctionKey([...state.held, byte]);
      case 'report':
        return this.#inReport(state.characters, state.rest, byte);
      case 'string':
        return this.#inString(state.rest, state.isAfterC2, byte);
      case 'string-escape':
        if (byte !== BACKSLASH) this.#afterEscape([ESC], byte);
        else this.#state = NO_INPUT;
        return;
      case 'paste':
        return this.#inPaste(state.pasted, byte);
      case 'after-paste':
        return this.#afterPaste(state.pasted, state.since, byte);
      default:
        return assertNever(state);
    }
  }

  silence(): void {
    const state = this.#state;
    this.#state = NO_INPUT;
    switch (state.at) {
      case 'text':
        this.#state = state;
        return;
      case 'c2':
        this.#state = {at: 'text', rest: 1};
        return this.#type(C2);
      case 'escape':
      case 'function-key':
        return this.#type(...state.held);
      case 'sequence':
        // Escape and a bracket alone were typed.
        return state.held.at(-1) === byteOf('[') ? this.#type(...state.held) : this.#escapeBefore(state.held);
      case 'string':
        return this.#type(...(state.held ?? []));
      case 'string-escape':
        return this.#type(ESC);
      case 'report':
        return;
      case 'paste':
        return this.#emitPaste(state.pasted);
      case 'after-paste':
        this.#emitPaste(state.pasted);
        for (const byte of state.since) this.take(byte);
        return;
      default:
        return assertNever(state);
    }
  }

  #text(rest: number, byte: number): void {
    if (rest > 0 && isContinuation(byte)) {
      this.#state = {at: 'text', rest: rest - 1};
      return this.#type(byte);
    }
    if (byte === ESC) this.#state = {at: 'escape', held: [ESC]};
    else if (byte === C2) this.#state = {at: 'c2'};
    else if (isContinuation(byte)) this.#control(byte, [byte]);
    else {
      this.#state = {at: 'text', rest: restOf(byte)};
      this.#type(byte);
    }
  }

  #afterC2(byte: number): void {
    this.#state = NO_INPUT;
    if (isContinuation(byte)) return this.#control(byte, [C2, byte]);
    this.#type(C2);
    this.take(byte);
  }

  /** A C1 control means escape and the letter 0x40 below it. Any other byte is part of a text. */
  #control(byte: number, as: readonly number[]): void {
    const letter = String.fromCharCode(byte - 0x40);
    if (byte < 0xa0 && letter === '[') this.#state = {at: 'sequence', held: [ESC, byte - 0x40]};
    else if (byte < 0xa0 && STRINGS.includes(letter)) this.#state = {at: 'string', rest: 0, isAfterC2: false};
    else if (byte >= 0xa0) this.#type(...as);
  }

  #afterEscape(held: readonly number[], byte: number): void {
    const letter = String.fromCharCode(byte);
    if (byte === ESC && held.length === 1) this.#state = {at: 'escape', held: [ESC, ESC]};
    else if (byte === ESC) {
      this.#type(ESC);
      this.#state = {at: 'escape', held};
    } else if (letter === '[') this.#state = {at: 'sequence', held: [...held, byte]};
    else if (letter === 'O') this.#state = {at: 'function-key', held: [...held, byte]};
    else if (STRINGS.includes(letter)) {
      this.#escapeBefore(held);
      this.#state = {at: 'string', held: [ESC, byte], rest: 0, isAfterC2: false};
    } else if (byte === BACKSLASH) {
      this.#escapeBefore(held);
      this.#state = NO_INPUT;
    } else {
      this.#type(...held);
      this.#state = NO_INPUT;
      this.take(byte);
    }
  }

  /** Drops the sequence; an escape before it was a key. */
  #escapeBefore(held: readonly number[]): void {
    if (held[1] === ESC) this.#type(ESC);
  }

  #inSequence(held: readonly number[], byte: number): void {
    if (byte === ESC) {
      this.#escapeBefore(held);
      this.#state = {at: 'escape', held: [ESC]};
      return;
    }
    // Other control characters are not part of a sequence: the user pressed a key meanwhile.
    if (byte < 0x20 || byte >= DEL) {
      this.#escapeBefore(held);
      this.#state = NO_INPUT;
      return this.take(byte);
    }
    const all = held.length < SEQUENCE_LIMIT ? [...held, byte] : held;
    const isFinal = byte >= 0x40 && !(byte === byteOf('[') && held.at(-1) === byte);
    if (isFinal) this.#sequence(all, byte);
    else this.#state = {at: 'sequence', held: all};
  }

  #sequence(all: readonly number[], final: number): void {
    const characters = all.at(-2) === byteOf('[') ? REPORTS[String.fromCharCode(final)] : undefined;
    this.#state = characters === undefined ? NO_INPUT : {at: 'report', characters, rest: 0};
    if (endsWith(all, START)) {
      this.#escapeBefore(all);
      this.#state = {at: 'paste', pasted: {bytes: [], length: 0}};
    } else if (!endsWith(all, END) && KEY.test(textOf(all))) this.#type(...all);
    else this.#escapeBefore(all);
  }

  #inFunctionKey(all: readonly number[]): void {
    const last = all.at(-1) ?? 0;
    if (/[\d;]/.test(String.fromCharCode(last)) && all.length < SEQUENCE_LIMIT) {
      this.#state = {at: 'function-key', held: all};
      return;
    }
    this.#state = NO_INPUT;
    if (FUNCTION_KEY.test(textOf(all))) return this.#type(...all);
    this.#type(...all.slice(0, -1));
    this.take(last);
  }

  /**
   * Counts a character as one, however many bytes it has in UTF-8. A control character is not part of a
   * report: it ends a report that was cut short.
   */
  #inReport(characters: number, rest: number, byte: number): void {
    if (byte < SPACE) {
      this.#state = NO_INPUT;
      return this.take(byte);
    }
    if (rest > 0 && isContinuation(byte))
      this.#state = characters > 0 ? {at: 'report', characters, rest: rest - 1} : NO_INPUT;
    else if (characters === 0) {
      this.#state = NO_INPUT;
      return this.take(byte);
    } else {
      const isLead = byte >= 0xc2 && byte < 0xe0;
      this.#state =
        characters > 1 || isLead
          ? {at: 'report', characters: characters - 1, rest: isLead ? 1 : 0}
          : NO_INPUT;
    }
  }

  /** Enter, ctrl-c and ctrl-z are always keys: no terminal sends them in an answer. */
  #inString(rest: number, isAfterC2: boolean, byte: number): void {
    const isC1 = byte === C1_STRING_END && (rest === 0 || isAfterC2);
    if (byte === ESC) this.#state = {at: 'string-escape'};
    else if (byte === BEL || isC1) this.#state = NO_INPUT;
    else if (byte === CR || byte === CTRL_C || byte === CANCEL || byte === CTRL_Z) {
      this.#state = NO_INPUT;
      this.take(byte);
    } else {
      const isPart = rest > 0 && isContinuation(byte);
      this.#state = {at: 'string', rest: isPart ? rest - 1 : restOf(byte), isAfterC2: byte === C2};
    }
  }

  #inPaste(pasted: Pasted, byte: number): void {
    const next = this.#gathered(pasted, byte);
    if (!endsWith(next.bytes, END)) this.#state = {at: 'paste', pasted: next};
    else this.#state = {at: 'after-paste', pasted: this.#without(next, END.length), since: []};
  }

  #afterPaste(pasted: Pasted, since: readonly number[], byte: number): void {
    const all = this.#growing(since);
    all.push(byte);
    // A start right behind the end is that of another paste. Further behind, it may be part of the text.
    if (all.length === START.length && endsWith(all, START)) {
      this.#emitPaste(pasted);
      this.#state = {at: 'paste', pasted: {bytes: [], length: 0}};
      return;
    }
    if (!endsWith(all, END)) {
      this.#state = {at: 'after-paste', pasted, since: all};
      return;
    }
    let next = pasted;
    for (const one of all.slice(0, -END.length)) next = this.#gathered(next, one);
    this.#state = {at: 'after-paste', pasted: next, since: []};
  }

  #gathered({bytes, length}: Pasted, byte: number): Pasted {
    const isTooLong = length >= PASTE_LIMIT_BYTES + END.length;
    const own = this.#growing(bytes);
    if (isTooLong && own.length >= END.length) own.splice(0, own.length - END.length + 1);
    own.push(byte);
    return {bytes: own, length: length + 1};
  }

  /** The list itself if this filter made it, and else a copy. */
  #growing(bytes: readonly number[]): number[] {
    const own = this.#own.has(bytes) ? (bytes as number[]) : [...bytes];
    this.#own.add(own);
    return own;
  }

  #without({bytes, length}: Pasted, count: number): Pasted {
    return {bytes: bytes.slice(0, bytes.length - count), length: length - count};
  }

  #emitPaste({bytes, length}: Pasted): void {
    this.#emitKeys();
    this.#events.push({type: 'paste', bytes: length > PASTE_LIMIT_BYTES ? [] : [...bytes], length});
  }

  #type(...bytes: readonly number[]): void {
    this.#keys.push(...bytes);
  }

  #emitKeys(): void {
    if (this.#keys.length > 0) this.#events.push({type: 'keys', bytes: this.#keys});
    this.#keys = [];
  }
}
