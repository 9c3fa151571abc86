/**
 * The table of words of other systems. Parser, suggestions, `help` and docs/commands.md are made from it; a
 * test runs every example.
 */
import {DATA} from './data-words.ts';
import {PLACES} from './places-words.ts';
import type {Synonym} from './row.ts';
import {SESSION} from './session-words.ts';

/** Every row by the first word of a line, in the order in which docs/commands.md lists them. */
export const SYNONYMS: readonly Synonym[] = [...DATA, ...PLACES, ...SESSION];

const BY_NAME = new Map<string, Synonym[]>();
for (const row of SYNONYMS)
  for (const name of row.names) BY_NAME.set(name, [...(BY_NAME.get(name) ?? []), row]);

/** The rows of a word, in lower case. */
export const synonymsOf = (name: string): readonly Synonym[] => BY_NAME.get(name) ?? [];

export {LINES, type LineRule} from './lines-words.ts';
export type {Meaning, Synonym, Typed} from './row.ts';
