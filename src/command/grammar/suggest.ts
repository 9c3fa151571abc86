/**
 * "Did you mean …?": the one known word nearest to what was typed, if it is near enough to be worth saying.
 */
import {distance} from 'fastest-levenshtein';

/** In a word this short a different first letter makes a different word: `put` is not a typo of `cut`. */
const SHORT = 4;

/**
 * The nearest of the words: within an edit for every three characters, or with its letters in another order,
 * or one that it begins.
 */
function suggest(typed: string, words: readonly string[]): string | undefined {
  const text = typed.toLowerCase().slice(0, 64);
  if (text === '') return undefined;
  const near = words.filter(
    word => text.length > SHORT || word[0] === text[0] || letters(word) === letters(text),
  );
  const ranked = near.map(word => ({word, edits: distance(text, word)})).sort((a, b) => a.edits - b.edits);
  const [nearest] = ranked;
  if (nearest !== undefined && nearest.edits <= Math.max(1, Math.floor(text.length / 3))) return nearest.word;
  return (
    words.find(word => letters(word) === letters(text)) ??
    words.find(word => text.length > 1 && word.startsWith(text))
  );
}

const letters = (word: string): string => [...word].sort().join('');

/** `; did you mean us?`, or nothing. */
export function didYouMean(typed: string, words: readonly string[]): string {
  const nearest = suggest(typed, words);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}
