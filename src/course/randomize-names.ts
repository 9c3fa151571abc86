/**
 * A lab with new names: other leaders, keys and words for values, so that nobody can answer from memory. The
 * numbers stay, because questions ask for their sums. The right answers need no change, because the cluster
 * gives them. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Prng} from '../base/prng.ts';
import type {Action} from '../command/action.ts';
import type {Intent} from '../core/log/op.ts';
import type {Lab, Part} from './lab-types.ts';

/** Leaders whose names are not English words. */
const LEADERS = ['eu', 'ap', 'sa', 'af', 'jp', 'au', 'ca'];
const WORDS = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'flint',
  'grove',
  'hazel',
  'ivory',
  'juniper',
  'krill',
  'larch',
  'maple',
  'north',
  'ochre',
];
const KEYS = [
  'topic',
  'score',
  'basket',
  'label',
  'ledger',
  'motto',
  'desk',
  'route',
  'badge',
  'shelf',
  'ticket',
  'cabin',
];
/** Shorter names could be ordinary words of the text. */
const LEAST_LETTERS = 3;

/** The source of the lab with new names. Its text must use `us` only for the leader. */
export function withNewNames(source: string, lab: Lab, prng: Prng): string {
  const leaders = newLeaderNames(lab.about.leaders, prng);
  const names = new Map([
    ...leaders,
    ...linksOf(leaders),
    ...newWords(keysIn(lab), KEYS, prng),
    ...newWords(valuesIn(lab), WORDS, prng),
  ]);
  if (names.size === 0) return source;
  const any = new RegExp(`(?<![\\w-])(?:${[...names.keys()].map(escaped).join('|')})(?![\\w-])`, 'g');
  return changedIn(source, text => text.replace(any, name => names.get(name) ?? name));
}

/** New names for the leaders, in random order; empty if a leader has a name that is not in the list. */
function newLeaderNames(leaders: readonly LeaderId[], prng: Prng): [string, string][] {
  const known = ['us', ...LEADERS];
  if (leaders.length > LEADERS.length || !leaders.every(id => known.includes(id))) return [];
  const others = prng.shuffle(LEADERS);
  return leaders.map((id, i) => [id, others[i] ?? id]);
}

/** Names of links, such as `us-eu`, which are words of their own. */
const linksOf = (leaders: readonly (readonly [string, string])[]): [string, string][] =>
  leaders.flatMap(([from, newFrom]) =>
    leaders.map(([to, newTo]): [string, string] => [`${from}-${to}`, `${newFrom}-${newTo}`]),
  );

/** New words in the same alphabetical order as the old ones, because sets are shown in that order. */
function newWords(names: ReadonlySet<string>, words: readonly string[], prng: Prng): [string, string][] {
  const old = [...names].sort();
  const drawn = prng.shuffle(words.filter(word => !names.has(word))).slice(0, old.length);
  return drawn
    .sort()
    .flatMap((word, i) => (old[i] === undefined ? [] : [[old[i], word] as [string, string]]));
}

const isWord = (text: unknown): text is string =>
  typeof text === 'string' && text.length >= LEAST_LETTERS && /^[A-Za-z][\w-]*$/.test(text);

function keysIn(lab: Lab): Set<string> {
  return new Set(writesIn(lab).flatMap(({key}) => (isWord(key) ? [key] : [])));
}

function valuesIn(lab: Lab): Set<string> {
  const keys = keysIn(lab);
  const values = writesIn(lab).flatMap(({intent}) => {
    const value = 'value' in intent ? intent.value : 'element' in intent ? intent.element : undefined;
    return isWord(value) && !keys.has(value) ? [value] : [];
  });
  return new Set(values);
}

interface Written {
  readonly key: string;
  readonly intent: Intent;
}

function writesIn({steps}: Lab): Written[] {
  const actions = steps.flatMap(({parts}) => parts.flatMap(actionsIn));
  return actions.flatMap(action => {
    if (action.type === 'concurrently') return action.writes.flatMap(writes);
    return action.type === 'write' || action.type === 'txn' ? writes(action) : [];
  });
}

const actionsIn = (part: Part): Action[] =>
  (part.type === 'commands' ? part.commands : part.type === 'task' ? part.solution : []).map(
    ({action}) => action,
  );

const writes = (action: Extract<Action, {type: 'write' | 'txn'}>): Written[] =>
  action.type === 'txn' ? [...action.writes] : [{key: action.key, intent: action.intent}];

/** Changes the lines of the front matter that name leaders, and the whole text after it. */
function changedIn(source: string, change: (text: string) => string): string {
  const [, front = '', body = ''] = /^(---\n[\s\S]*?\n---\n)([\s\S]*)$/.exec(source) ?? [];
  return front.replace(/^(leaders|topology|resolver):.*$/gm, change) + change(body);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
