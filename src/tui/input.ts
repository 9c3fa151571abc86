/**
 * The keyboard: reads the terminal, drops input that nobody typed, and delivers the rest in order. Ink gets
 * the keys as a stream; pasted texts go to a callback.
 */

import {EventEmitter} from 'node:events';
import {StringDecoder} from 'node:string_decoder';
import type {ReadStream} from 'node:tty';
import {filterInput, silence} from './model/input/input-filter.ts';
import {type Filtered, type InputState, NO_INPUT, patience} from './model/input/input-state.ts';
import type {PastedText} from './model/state/state.ts';

/** The input stream for Ink. Ink reads everything after each `readable` event. */
export class Input extends EventEmitter {
  readonly isTTY = true;
  readonly #stdin: ReadStream;
  readonly #decoder = new StringDecoder('utf8');
  readonly #onPaste: (pasted: PastedText) => void;
  #state: InputState = NO_INPUT;
  #sinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #unread: string | null = null;

  constructor(stdin: ReadStream, onPaste: (pasted: PastedText) => void) {
    super();
    this.#stdin = stdin;
    this.#onPaste = onPaste;
  }

  read(): string | null {
    const text = this.#unread;
    this.#unread = null;
    return text;
  }

  setRawMode(isRaw: boolean): this {
    this.#stdin.setRawMode(isRaw);
    clearTimeout(this.#timer);
    if (isRaw) this.#stdin.on('data', this.#received);
    else this.#stdin.off('data', this.#received).pause();
    return this;
  }

  ref(): void {
    this.#stdin.ref();
  }

  unref(): void {
    this.#stdin.unref();
  }

  /** Does nothing: Ink asks for text, and `read` returns text in any case. */
  setEncoding(): void {}

  readonly #received = (chunk: Buffer): void => this.#take(filterInput(this.#state, chunk));

  #take({state, events}: Filtered): void {
    if (state.at !== this.#state.at) this.#sinceMs = performance.now();
    this.#state = state;
    this.#listenForSilence();
    for (const event of events) {
      if (event.type === 'keys') this.#deliver(this.#decoder.write(Buffer.from(event.bytes)));
      else this.#onPaste({text: Buffer.from(event.bytes).toString(), bytes: event.length});
    }
  }

  #listenForSilence(): void {
    clearTimeout(this.#timer);
    const wait = patience(this.#state);
    if (wait === undefined) return;
    const leftMs = this.#sinceMs + wait.mostMs - performance.now();
    this.#timer = setTimeout(
      () => this.#take(silence(this.#state)),
      Math.max(0, Math.min(wait.silenceMs, leftMs)),
    );
  }

  #deliver(text: string): void {
    if (text === '') return;
    this.#unread = (this.#unread ?? '') + text;
    this.emit('readable');
  }
}
