/**
 * Links as people write them: `us eu`, `us->eu`, `us → eu`, `between us and eu`, or one leader for all its
 * links. This file turns them into the two forms of the grammar, `us-eu` and `us>eu`.
 */
import {type LeaderId, linkEnds} from '../../../base/ids.ts';
import type {CommandContext} from '../../grammar/reader.ts';
import {leaderOf, lineOf, type Meaning, say} from './row.ts';

/** A number without a unit, or with one. */
const AMOUNT = /^[+-]?\d/;
const FILLERS = new Set([
  'between',
  'from',
  'link',
  'links',
  'the',
  'leader',
  'leaders',
  'node',
  'nodes',
  'of',
]);
const BOTH_WAYS = /^(?:<-+>|<=+>|<>|↔|⟷|⇔|--+|[-–—−‐‑~]|and|with|&)$/;
const FORWARDS = /^(?:-+>|=+>|[>→⟶⇒]|to)$/;
const BACKWARDS = /^(?:<-+|<=+|[<←⟵⇐])$/;
const SIGN = /(<[-=]*>|↔|⟷|⇔|[-=]*>|→|⟶|⇒|<[-=]*|←|⟵|⇐|--+|[-–—−‐‑~])/;

export interface Links {
  /** As the grammar has them. */
  readonly selectors: readonly string[];
  /** What stands behind them. */
  readonly rest: readonly string[];
}

/**
 * The links at the start of the words; a meaning if the words are ambiguous; undefined if they name no link.
 */
export function linksIn(
  words: readonly string[],
  command: string,
  context: CommandContext,
): Links | Meaning | undefined {
  const end = words.findIndex((word, i) => !isOfLinks(word, i, context));
  const [named, rest] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end)];
  const parts = named
    .flatMap(word => word.split(','))
    .filter(word => word !== '' && !FILLERS.has(word.toLowerCase()));
  if (parts.some(part => /^(?:all|everything|\*|@all)$/.test(part)))
    return {selectors: pairsOf(context.leaders, context), rest};
  const pieces = parts.flatMap(part => part.split(SIGN)).filter(Boolean);
  const selectors: string[] = [];
  let alone: LeaderId[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const leader = leaderOf(pieces[i], context);
    const sign = pieces[i + 1] ?? '';
    if (leader === undefined) return undefined;
    if (!isSign(sign)) {
      alone = [...alone, leader];
      continue;
    }
    const other = leaderOf(pieces[i + 2], context);
    if (other === undefined) return undefined;
    selectors.push(selectorOf(leader, sign, other));
    i += 2;
  }
  if (alone.length === 0) return selectors.length === 0 ? undefined : {selectors, rest};
  const [a, b, ...more] = alone;
  if (selectors.length > 0 || more.length > 0 || a === undefined) {
    const pairs =
      alone.length > 1 ? pairsOf(alone, context) : alone.flatMap(leader => linksOf(leader, context));
    return say(`a link needs two leaders; use: ${lineOf(command, ...selectors, ...pairs, ...rest)}`);
  }
  if (a === b) return undefined;
  return {selectors: b === undefined ? linksOf(a, context) : [`${a}-${b}`], rest};
}

const isSign = (text: string): boolean => BOTH_WAYS.test(text) || FORWARDS.test(text) || BACKWARDS.test(text);

/** Whether the word names links, not what to do with them. */
function isOfLinks(word: string, place: number, context: CommandContext): boolean {
  if (AMOUNT.test(word)) return false;
  if (
    isSign(word.toLowerCase()) ||
    FILLERS.has(word.toLowerCase()) ||
    /^(?:all|everything|\*|@all)$/.test(word)
  )
    return true;
  const parts = word.split(',').flatMap(part => part.split(SIGN));
  return (
    (place === 0 && parts.length > 1) ||
    parts.filter(part => part !== '' && !SIGN.test(part)).every(part => leaderOf(part, context))
  );
}

function selectorOf(a: LeaderId, sign: string, b: LeaderId): string {
  if (BACKWARDS.test(sign)) return `${b}>${a}`;
  return FORWARDS.test(sign) ? `${a}>${b}` : `${a}-${b}`;
}

const linksOf = (leader: LeaderId, context: CommandContext): string[] =>
  context.leaders
    .filter(other => other !== leader && areLinked(leader, other, context))
    .map(other => `${leader}-${other}`);

const pairsOf = (leaders: readonly LeaderId[], context: CommandContext): string[] =>
  leaders.flatMap((a, i) =>
    leaders.slice(i + 1).flatMap(b => (areLinked(a, b, context) ? [`${a}-${b}`] : [])),
  );

/** If the links are unknown, every two leaders are assumed to have one. */
const areLinked = (a: LeaderId, b: LeaderId, {links}: CommandContext): boolean =>
  links === undefined ||
  links.some(id => [a, b].includes(linkEnds(id).from) && [a, b].includes(linkEnds(id).to));
