/**
 * Reads one line of the command language word by word, and notes on the way what could stand where the text
 * ends. So completion and the usage hint are by-products of parsing, and can never disagree with it.
 *
 * A word is bare (up to white space or `||`) or quoted (`"…"` with the escapes of JSON, `'…'` and curly
 * quotes without any). A value may also be a JSON object or array, which ends where its bracket closes. So
 * `||` separates commands wherever it stands outside quotes and JSON, with or without space around it. In
 * some places a comma or an equals sign separates in the same way: `until`.
 */
import type {LeaderId, LinkId} from '../../base/ids.ts';
import {Refusal} from './refusal.ts';
import {scanJson, scanString} from './scan-json.ts';

/** What the language must know of the cluster to check and complete a command. */
export interface CommandContext {
  readonly leaders: readonly LeaderId[];
  /** The links that exist, for completion; without them every pair of leaders is offered. */
  readonly links?: readonly LinkId[];
  /** Whether commands of virtual time are worth an offer; without it they are. */
  readonly isTimeVirtual?: boolean;
  /** Whether commands of a guided lab are worth an offer; without it they are. */
  readonly isLabOpen?: boolean;
  /** Whether a leader can suffer this fault of its process as it is; without it every leader can. */
  readonly canSuffer?: (fault: string, leader: LeaderId) => boolean;
  /** Known keys, for completion, the likeliest first. */
  readonly keys?: readonly string[];
}

export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

export interface Candidate {
  /** What replaces the text from `start` to the cursor. */
  readonly text: string;
  readonly summary: string;
}

interface Offer {
  readonly start: number;
  readonly candidates: readonly Candidate[];
}

const SPACE = /\s*/y;
const BARE = /[^\s|]*(?:\|(?!\|)[^\s|]*)*/y;
const BARE_UNTIL = {',': /[^\s|,]*(?:\|(?!\|)[^\s|,]*)*/y, '=': /[^\s|=]*(?:\|(?!\|)[^\s|=]*)*/y};
const QUOTED_BUT_OPEN = /"[^"\\]*(?:\\.[^"\\]*)*\\?$|'[^']*$/sy;
/** Typographic quotes of word processors; everything between them is literal. */
const CURLY: {readonly [opening: string]: string} = {'“': '”', '„': '“', '‘': '’'};
const SEPARATOR = '||';

/**
 * Reads one line of the command language word by word, and collects in `offers` what could stand at its end.
 * `at` and `peek` stay before the next word; `word`, `bracketed`, `operator` and `take` pass what they read.
 * Methods throw a Refusal if the text does not fit; `parseWith` makes it a value.
 */
export class Reader {
  readonly text: string;
  readonly context: CommandContext;
  /** What could stand at the end of the text, as far as it was understood. */
  readonly offers: Offer[] = [];
  /** The usage of the command being read; the hint of every refusal that has no better one. */
  usage: string | undefined;
  #at = 0;
  /** Where the word read last ended: an offer must not continue it. */
  #touching = -1;
  /** Ends words as white space does, outside quotes and JSON. */
  #stop: keyof typeof BARE_UNTIL | undefined;

  constructor(text: string, context: CommandContext) {
    this.text = text;
    this.context = context;
  }

  /** Where the next word starts, or the end. */
  get at(): number {
    this.#at = match(SPACE, this.text, this.#at) ?? this.#at;
    return this.#at;
  }

  /** Whether this command, or its part up to the stop, has no further word. */
  get atEnd(): boolean {
    return this.at >= this.text.length || this.atSeparator || this.#isStop(this.at);
  }

  get atSeparator(): boolean {
    return this.text.startsWith(SEPARATOR, this.at);
  }

  /** Reads with bare words that also end at `stop`. */
  until<T>(stop: keyof typeof BARE_UNTIL, read: () => T): T {
    this.#stop = stop;
    try {
      return read();
    } finally {
      this.#stop = undefined;
    }
  }

  /** Passes a literal text that stands next; says whether it did. */
  take(literal: string): boolean {
    if (!this.text.startsWith(literal, this.at)) return false;
    this.#at += literal.length;
    this.#touching = -1;
    return true;
  }

  /** The next word, without passing it; undefined at the end. */
  peek(): Word | undefined {
    if (this.atEnd) return undefined;
    const start = this.#at;
    const quote = this.text[start] ?? '';
    const curly = CURLY[quote];
    if (curly !== undefined) return this.#curly(start, curly);
    if (quote !== '"' && quote !== "'") {
      const end = this.#bareEnd(start);
      return {text: this.text.slice(start, end), quoted: false, start, end};
    }
    const end = quote === '"' ? scanString(this.text, start) : this.#scanRaw(start);
    this.#refuseGlued(end, 'the closing quote');
    const raw = this.text.slice(start, end);
    return {text: quote === '"' ? (JSON.parse(raw) as string) : raw.slice(1, -1), quoted: true, start, end};
  }

  /** The next word; `expected` says what it should be, such as `a key`. */
  word(expected: string): Word {
    const word = this.peek();
    if (word === undefined) throw this.refuse(this.at, `expected ${expected}`);
    this.#pass(word.end);
    return word;
  }

  /** The text of a JSON object or array, if one stands next. */
  bracketed(): Word | undefined {
    const start = this.at;
    if (this.text[start] !== '{' && this.text[start] !== '[') return undefined;
    const end = scanJson(this.text, start);
    this.#refuseGlued(end, 'the JSON value');
    this.#pass(end);
    return {text: this.text.slice(start, end), quoted: false, start, end};
  }

  /** Passes the first of these operators that stands next, even if a word follows without a space. */
  operator<Operator extends string>(operators: readonly Operator[]): Operator | undefined {
    const found = operators.find(operator => this.text.startsWith(operator, this.at));
    if (found !== undefined) this.#pass(this.at + found.length);
    return found;
  }

  /** Notes what could stand here; counts only if the text ends within the word that starts here. */
  offer(candidates: () => readonly Candidate[], start = this.at): void {
    if (start === this.#touching || !this.#endsInWordAt(start)) return;
    this.offers.push({start, candidates: candidates()});
  }

  /** A refusal at this offset; without a hint, the usage is the hint. */
  refuse(caret: number, message: string, hint?: string): Refusal {
    return new Refusal(
      caret,
      message,
      hint ?? (this.usage === undefined ? undefined : `usage: ${this.usage}`),
    );
  }

  #pass(end: number): void {
    this.#at = end;
    this.#touching = end;
  }

  #isStop(at: number): boolean {
    return this.#stop !== undefined && this.text[at] === this.#stop;
  }

  #bareEnd(start: number): number {
    const pattern = this.#stop === undefined ? BARE : BARE_UNTIL[this.#stop];
    return match(pattern, this.text, start) ?? this.text.length;
  }

  #endsInWordAt(start: number): boolean {
    const end = this.text.length;
    return start === end || this.#bareEnd(start) === end || match(QUOTED_BUT_OPEN, this.text, start) === end;
  }

  #curly(start: number, closing: string): Word {
    const close = this.text.indexOf(closing, start + 1);
    if (close < 0) throw new Refusal(start, 'this quote is never closed', `add the closing ${closing}`);
    this.#refuseGlued(close + 1, 'the closing quote');
    return {text: this.text.slice(start + 1, close), quoted: true, start, end: close + 1};
  }

  #scanRaw(start: number): number {
    const close = this.text.indexOf("'", start + 1);
    if (close < 0)
      throw new Refusal(
        start,
        'this quote is never closed',
        "add the closing '; for a text that contains ' use double quotes",
      );
    return close + 1;
  }

  #refuseGlued(end: number, after: string): void {
    if (
      end >= this.text.length ||
      this.text.startsWith(SEPARATOR, end) ||
      this.#isStop(end) ||
      /\s/.test(this.text.charAt(end))
    )
      return;
    throw this.refuse(end, `expected a space after ${after}`);
  }
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
