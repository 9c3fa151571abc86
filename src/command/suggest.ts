/**
 * "Did you mean …?": the one known word nearest to what was typed, if it is near enough to be worth saying.
 */
import {distance} from 'fastest-levenshtein';

/** The nearest of the words: within an edit for every three characters, or with its letters in another order, or one that it begins. */
function suggest(typed: string, words: readonly string[]): string | undefined {
  const text = typed.toLowerCase().slice(0, 64);
  if (text === '') return undefined;
  const ranked = words.map(word => ({word, edits: distance(text, word)})).sort((a, b) => a.edits - b.edits);
  const [nearest] = ranked;
  if (nearest !== undefined && nearest.edits <= Math.max(1, Math.floor(text.length / 3))) return nearest.word;
  return words.find(word => letters(word) === letters(text)) ?? words.find(word => word.startsWith(text));
}

const letters = (word: string): string => [...word].sort().join('');

/** `; did you mean us?`, or nothing. */
export function didYouMean(typed: string, words: readonly string[]): string {
  const nearest = suggest(typed, words);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
