/**
 * A row of the table of synonyms: words of other systems, and what they mean here. A row is used only after
 * the strict grammar has refused the line, so it can never change the meaning of our own commands.
 */
import type {LeaderId} from '../../../base/ids.ts';
import type {CommandContext} from '../../grammar/reader.ts';

export type Meaning =
  /** The lab runs this line instead. */
  | {readonly type: 'accept'; readonly line: string}
  /** The lab refuses the line and suggests this one. */
  | {readonly type: 'use'; readonly line: string; readonly why?: string}
  /** The lab refuses the line with this sentence. */
  | {readonly type: 'say'; readonly text: string};

/** The line, or the part of it between two `||`. Words are as typed: quotes and JSON are kept. */
export interface Typed {
  /** The first word, in lower case. */
  readonly name: string;
  /** The words after it, without those that begin with `@`. */
  readonly words: readonly string[];
  /** The words that begin with `@`. */
  readonly at: string;
  /** All words after the first, in their order. */
  readonly all: readonly string[];
  readonly context: CommandContext;
}

export interface Synonym {
  readonly names: readonly string[];
  /** Where people know the words from. */
  readonly from: string;
  /**
   * A line that a person would type, where the leaders are us, eu and ap; docs/commands.md shows what it
   * means.
   */
  readonly examples: readonly [string, ...string[]];
  /** Undefined if this row does not apply to the line. */
  readonly means: (typed: Typed) => Meaning | undefined;
}

export const synonym = (
  names: string,
  from: string,
  examples: Synonym['examples'],
  means: (typed: Typed) => Meaning | undefined,
): Synonym => ({names: names.split(' '), from, examples, means});

/** A line of these words; empty ones are left out. */
export const lineOf = (...words: readonly (string | undefined)[]): string => words.filter(Boolean).join(' ');

export const accept = (...words: readonly (string | undefined)[]): Meaning => ({
  type: 'accept',
  line: lineOf(...words),
});
export const instead = (...words: readonly (string | undefined)[]): Meaning => ({
  type: 'use',
  line: lineOf(...words),
});
export const insteadSince = (why: string, ...words: readonly (string | undefined)[]): Meaning => ({
  type: 'use',
  line: lineOf(...words),
  why,
});
export const say = (text: string): Meaning => ({type: 'say', text});

/** The same words after another command name. */
export const as =
  (name: string) =>
  ({words, at}: Typed): Meaning =>
    accept(name, ...words, at);
export const insteadAs =
  (name: string) =>
  ({words, at}: Typed): Meaning =>
    instead(name, ...words, at);

/** The leader of that name, in any case, with or without `@`. */
export function leaderOf(word: string | undefined, {leaders}: CommandContext): LeaderId | undefined {
  const name = word?.replace(/^[@"'“‘]+|["'”’]+$/g, '').toLowerCase();
  return leaders.find(id => id === name);
}

/** `if` as a bare word, where a guard may begin. */
export const isIf = (word: string | undefined): boolean => word?.toLowerCase() === 'if';

export const isQuoted = (word: string): boolean => /^["'“‘{[]/.test(word);

/** A word that a comma would break in a transaction is quoted there. */
export const inTransaction = (word: string): string =>
  isQuoted(word) || !word.includes(',') ? word : JSON.stringify(word);
