/**
 * Completion and the usage hint: the words that the parser would accept at the end of the text.
 */
import fuzzysort from 'fuzzysort';
import {type Candidate, type CommandContext, Reader} from './grammar/reader.ts';
import {parseWith} from './parse.ts';

export interface Completion {
  /** A candidate replaces the text from this offset to the cursor. */
  readonly start: number;
  /** The best candidate comes first. Empty if anything, or nothing, can follow. */
  readonly candidates: readonly Candidate[];
}

/**
 * Returns the words that could stand at the cursor, from the text before it. Works on text with errors, too.
 * `cursor` is an offset in the text; if there is nothing to offer, `start` is the cursor.
 */
export function complete(text: string, cursor: number, context: CommandContext): Completion {
  const reader = new Reader(text.slice(0, cursor), context);
  parseWith(reader);
  const start = Math.max(-1, ...reader.offers.map(offer => offer.start));
  if (start < 0) return {start: cursor, candidates: []};
  const offered = reader.offers.filter(offer => offer.start === start).flatMap(({candidates}) => candidates);
  return {start, candidates: rank(reader.text.slice(start), withoutDoubles(offered))};
}

/** The usage of the command at the end of the text, such as `set KEY VALUE [@LEADERS]`. */
export function usageAt(text: string, context: CommandContext): string | undefined {
  const reader = new Reader(text, context);
  parseWith(reader);
  return reader.usage;
}

/** A match with a lower score is an accident of letters. */
const THRESHOLD = 0.2;

/** Those that begin with what was typed, then those that contain its letters in order. */
function rank(typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  const query = typed.replace(/^["']/, '');
  if (query === '') return candidates;
  const found = fuzzysort
    .go(query, candidates, {key: 'text', limit: 0, threshold: THRESHOLD})
    .map(({obj}) => obj);
  const isPrefixed = ({text}: Candidate) => text.replace(/^["']/, '').startsWith(query);
  const prefixed = candidates.filter(isPrefixed);
  const nearest = found.filter(isPrefixed);
  return withoutDoubles([...nearest, ...prefixed, ...found]);
}

function withoutDoubles(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...new Map(candidates.map(candidate => [candidate.text, candidate])).values()];
}
