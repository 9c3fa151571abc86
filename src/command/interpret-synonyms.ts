/**
 * Interprets a line that the strict grammar has refused: the table of synonyms turns it into one of our
 * lines, which the lab runs or suggests. Several rows may apply one after the other, as for `us: crash`.
 */
import {type CommandContext, Reader} from './grammar/reader.ts';
import {Refusal} from './grammar/refusal.ts';
import {LINES, type Meaning, synonymsOf, type Typed} from './table/synonyms/all-synonyms.ts';

export type Understood =
  /** The line means this one, which may still be wrong. */
  | {readonly type: 'line'; readonly line: string}
  /** The lab refuses the line and suggests this one. Without `why`, the error of the grammar says why. */
  | {readonly type: 'use'; readonly line: string; readonly why?: string}
  | {readonly type: 'say'; readonly text: string};

/** Longer lines come from programs, which use the exact grammar. */
const LENGTH_LIMIT = 4096;
const ROUNDS = 5;

/** `isRight` says whether our grammar accepts a line. */
export function understand(
  text: string,
  context: CommandContext,
  isRight: (line: string) => boolean,
): Understood | undefined {
  if (text.length > LENGTH_LIMIT) return undefined;
  let line = text.trim().replace(/^:\s*/, '');
  const start = line;
  let use: Extract<Meaning, {type: 'use'}> | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const meaning = meaningOf(line, context);
    if (meaning === undefined) break;
    if (meaning.type === 'say') return meaning;
    if (meaning.type === 'use') use ??= meaning;
    line = meaning.line;
    if (isRight(line)) break;
  }
  if (line === start) return undefined;
  return use === undefined ? {type: 'line', line} : {...use, line};
}

function meaningOf(line: string, context: CommandContext): Meaning | undefined {
  const parts = partsOf(line, context);
  const isOne = parts.length === 1;
  const meanings = parts.map(
    part => meaningOfPart(part, context) ?? (isOne ? undefined : meaningOfLine(part, context)),
  );
  const refusal = meanings.find(meaning => meaning?.type === 'say');
  if (refusal !== undefined) return refusal;
  const found = meanings.filter(meaning => meaning !== undefined);
  if (found.length > 0) {
    const other = parts.map((part, i) => lineIn(meanings[i]) ?? part.text).join(' || ');
    return found.find(({type}) => type === 'use') === undefined
      ? {type: 'accept', line: other}
      : named(found, other);
  }
  return meaningOfLine({text: line, words: parts[0]?.words ?? []}, context);
}

function meaningOfLine({text, words}: Part, context: CommandContext): Meaning | undefined {
  for (const {means} of LINES) {
    const meaning = means(text, words, context);
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

const lineIn = (meaning: Meaning | undefined): string | undefined =>
  meaning === undefined || meaning.type === 'say' ? undefined : meaning.line;

function named(meanings: readonly Meaning[], line: string): Meaning {
  const why = meanings.flatMap(meaning =>
    meaning.type === 'use' && meaning.why !== undefined ? [meaning.why] : [],
  )[0];
  return why === undefined ? {type: 'use', line} : {type: 'use', line, why};
}

interface Part {
  readonly text: string;
  readonly words: readonly string[];
}

function meaningOfPart({words}: Part, context: CommandContext): Meaning | undefined {
  const [first = '', ...rest] = words;
  const name = first.toLowerCase();
  const typed: Typed = {
    name,
    words: rest.filter(word => !word.startsWith('@')),
    at: rest.filter(word => word.startsWith('@')).join(' '),
    all: rest,
    context,
  };
  for (const {means} of synonymsOf(name)) {
    const meaning = means(typed);
    if (meaning !== undefined) return meaning;
  }
  return name === 'help' ? helpFor(typed) : undefined;
}

/** `help put` explains what `put` is here. */
function helpFor({words: [topic = ''], context}: Typed): Meaning | undefined {
  const name = topic.toLowerCase();
  const meaning = name === 'help' ? undefined : meaningOfPart({text: topic, words: [name]}, context);
  return meaning === undefined || meaning.type === 'say'
    ? meaning
    : {type: 'accept', line: `help ${meaning.line.split(' ', 1)[0]}`};
}

/** The parts between `||`. In a partition, `||` separates the sides, so the line is one part. */
function partsOf(line: string, context: CommandContext): readonly Part[] {
  if (/^partition\b/i.test(line)) return [partOf(line.replaceAll('||', ' | '), context)];
  const parts: Part[] = [];
  let rest = line;
  for (;;) {
    const {part, end} = firstPart(rest, context);
    parts.push(part);
    if (!rest.startsWith('||', end)) return parts;
    rest = rest.slice(end + 2).trim();
  }
}

const partOf = (line: string, context: CommandContext): Part => firstPart(line, context).part;

/**
 * The words as typed; a quoted text or JSON value is one word. After the first unreadable word the rest is
 * split at spaces.
 */
function firstPart(line: string, context: CommandContext): {readonly part: Part; readonly end: number} {
  const reader = new Reader(line, context);
  const words: string[] = [];
  try {
    while (!reader.atEnd) {
      const {start, end} = reader.bracketed() ?? reader.word('a word');
      words.push(line.slice(start, end));
    }
    const end = reader.at;
    return {part: {text: line.slice(0, end).trim(), words}, end};
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return {
      part: {text: line, words: [...words, ...line.slice(reader.at).split(/\s+/).filter(Boolean)]},
      end: line.length,
    };
  }
}
