/**
 * Editing the prompt: pure functions from one prompt to the next. The cursor is an offset in the text and
 * always stands between two whole characters as a person sees them.
 */
import type {Failure} from '../../../base/failure.ts';
import type {Completion} from '../../../command/complete.ts';

export interface Prompt {
  readonly text: string;
  readonly cursor: number;
  /** Submitted texts, oldest first. */
  readonly history: readonly string[];
  /** The text's place in the history, and the draft that it replaced. */
  readonly recalled?: {readonly at: number; readonly draft: string};
  /**
   * Present if the text was refused and shown again. Moving the cursor keeps the text; typing replaces it.
   */
  readonly refusal?: {readonly caret: number; readonly failure: Failure};
  /** A round of completion: the text from which it began, and the candidate shown now. */
  readonly cycle?: {
    readonly base: string;
    readonly cursor: number;
    readonly completion: Completion;
    readonly at: number;
  };
}

export const EMPTY_PROMPT: Prompt = {text: '', cursor: 0, history: []};
const HISTORY_LIMIT = 1000;

const segmenter = new Intl.Segmenter();

/** After an edit by a person the text is neither recalled nor a completion. */
const edited = ({history}: Prompt, text: string, cursor: number): Prompt => ({text, cursor, history});

/** Inserts the typed text at the cursor and puts the cursor after it. A refused text is replaced whole. */
export function insert(prompt: Prompt, typed: string): Prompt {
  if (prompt.refusal !== undefined) return edited(prompt, typed, typed.length);
  const {text, cursor} = prompt;
  return edited(prompt, text.slice(0, cursor) + typed + text.slice(cursor), cursor + typed.length);
}

const moved = (prompt: Prompt, cursor: number): Prompt => edited(prompt, prompt.text, cursor);

const erased = (prompt: Prompt, from: number, to: number): Prompt =>
  edited(prompt, prompt.text.slice(0, from) + prompt.text.slice(to), from);

function before({text, cursor}: Prompt): number {
  const last = [...segmenter.segment(text.slice(0, cursor))].at(-1);
  return last?.index ?? 0;
}

function after({text, cursor}: Prompt): number {
  const [first] = segmenter.segment(text.slice(cursor));
  return cursor + (first?.segment.length ?? 0);
}

/** Where the word before the cursor begins. If only spaces come before that word, they belong to it. */
function wordBefore({text, cursor}: Prompt): number {
  let at = text.slice(0, cursor).trimEnd().length;
  while (at > 0 && /\S/.test(text.charAt(at - 1))) at -= 1;
  return text.slice(0, at).trim() === '' ? 0 : at;
}
const wordAfter = ({text, cursor}: Prompt): number =>
  cursor + (/^\s*\S*/.exec(text.slice(cursor))?.[0].length ?? 0);

/** Moves the cursor one character to the left; at the start it stays. */
export const left = (prompt: Prompt): Prompt => moved(prompt, before(prompt));
/** Moves the cursor one character to the right; at the end it stays. */
export const right = (prompt: Prompt): Prompt => moved(prompt, after(prompt));
/** Moves the cursor to the start of the word before it, or to the start of the text if there is only one. */
export const wordLeft = (prompt: Prompt): Prompt => moved(prompt, wordBefore(prompt));
/** Moves the cursor to the end of the word after it, or to the end of the text if there is none. */
export const wordRight = (prompt: Prompt): Prompt => moved(prompt, wordAfter(prompt));
/** Moves the cursor to the start of the text. */
export const toStart = (prompt: Prompt): Prompt => moved(prompt, 0);
/** Moves the cursor to the end of the text. */
export const toEnd = (prompt: Prompt): Prompt => moved(prompt, prompt.text.length);

/** Erases the character before the cursor; at the start it erases nothing. */
export const eraseBack = (prompt: Prompt): Prompt => erased(prompt, before(prompt), prompt.cursor);
/** Erases the character after the cursor; at the end it erases nothing. */
export const eraseForward = (prompt: Prompt): Prompt => erased(prompt, prompt.cursor, after(prompt));
/** Erases from the start of the word before the cursor to the cursor. */
export const eraseWord = (prompt: Prompt): Prompt => erased(prompt, wordBefore(prompt), prompt.cursor);
/** Erases all of a refused text, because typing replaces all of it too. */
export const eraseToStart = (prompt: Prompt): Prompt =>
  erased(prompt, 0, prompt.refusal === undefined ? prompt.cursor : prompt.text.length);
/** Erases everything after the cursor. */
export const eraseToEnd = (prompt: Prompt): Prompt => erased(prompt, prompt.cursor, prompt.text.length);

/** Puts another text at the prompt, with the cursor at its end. The history stays. */
export const replaced = ({history}: Prompt, text: string): Prompt => ({text, cursor: text.length, history});

/** Adds the text to the history, unless it is the latest entry; keeps the text at the prompt. */
export function remembered(prompt: Prompt, text: string): Prompt {
  const {history} = prompt;
  return history.at(-1) === text || text.trim() === ''
    ? prompt
    : {...prompt, history: [...history, text].slice(-HISTORY_LIMIT)};
}

/** Empties the prompt and adds its text to the history. */
export const submitted = (prompt: Prompt): Prompt => ({
  text: '',
  cursor: 0,
  history: remembered(prompt, prompt.text).history,
});

/** Puts the cursor after the wrong word, where backspace erases it. */
export const refused = ({history}: Prompt, text: string, caret: number, failure: Failure): Prompt => ({
  text,
  cursor: endOfWord(text, caret),
  history,
  refusal: {caret, failure},
});

function endOfWord(text: string, at: number): number {
  const length = text.slice(at).search(/[\s,]/);
  return length < 0 ? text.length : at + length;
}

/** Recalls an older (-1) or newer (+1) text. After the newest comes the draft that was being typed. */
export function recall(prompt: Prompt, step: -1 | 1): Prompt {
  const {history, recalled} = prompt;
  const newest = prompt.refusal === undefined ? history.length : history.length - 1;
  const at = (recalled?.at ?? newest) + step;
  const draft = recalled?.draft ?? (prompt.refusal === undefined ? prompt.text : '');
  if (at < 0 || at > history.length) return prompt;
  if (at === history.length) return {text: draft, cursor: draft.length, history};
  const text = history[at] ?? '';
  return {text, cursor: text.length, history, recalled: {at, draft}};
}

/**
 * Inserts the first candidate, then the next (+1) or previous (-1) one, cyclically. A single candidate ends
 * the round at once.
 */
export function completed(
  prompt: Prompt,
  step: -1 | 1,
  complete: (text: string, cursor: number) => Completion,
): Prompt {
  const base = prompt.cycle?.base ?? prompt.text;
  const cursor = prompt.cycle?.cursor ?? prompt.cursor;
  const completion = prompt.cycle?.completion ?? complete(base, cursor);
  const {candidates, start} = completion;
  const before = prompt.cycle?.at ?? (step === 1 ? -1 : 0);
  const at = (before + step + candidates.length) % Math.max(1, candidates.length);
  const candidate = candidates[at];
  if (candidate === undefined) return prompt;
  const space = candidates.length === 1 && cursor === base.length ? ' ' : '';
  const head = base.slice(0, start) + candidate.text + space;
  const next: Prompt = {text: head + base.slice(cursor), cursor: head.length, history: prompt.history};
  return candidates.length === 1 ? next : {...next, cycle: {base, cursor, completion, at}};
}
