/**
 * `fields`: documents merge field by field, each field to the write with the highest HLC. `hset` writes one field; a `set` of a document
 * writes all of its fields, and removes those it had seen that are not in it; `del` removes what it had seen. Any other value is one
 * register, and goes to the highest HLC as a whole. A field is a column: what it holds, a nested document too, is replaced whole.
 *
 * Seen in Cassandra (every cell has its own timestamp) and in BDR's column-level conflict resolution. A `set` counts as lost when
 * none of its fields shows.
 */
import {isObject} from '../../base/json.ts';
import type {Frontier} from '../frontier.ts';
import {effectOf, type KeyWrite, type Write} from '../op.ts';
import {ABSENT, type Reading} from '../reading.ts';
import {fieldOf, pathOf} from '../values.ts';
import {type Dot, sameDot, showDot} from '../version-vector.ts';
import {DocumentTree, type Leaf, leavesOf, type Visible} from './document.ts';
import type {Resolver} from './resolver.ts';
import {few, fewDots, hasHigherHlc, hlcReason, ONLY_WRITE} from './words.ts';

type State = DocumentTree;

/** What shows: a whole value of one write, or the document. */
type Winner = {readonly type: 'register'; readonly write: Write} | {readonly type: 'document'; readonly document: Visible};

const isDocument = (change: KeyWrite): boolean => change.type === 'hset' || (change.type === 'set' && isObject(change.value));

/** Writes that leave one value which is no document. They stay until any write has seen them, so the frontier knows them all. */
const registersOf = ({members}: Frontier): Write[] => members.filter(({change}) => change.type !== 'del' && !isDocument(change));

function apply(document: State, write: Write): State {
  const {change} = write;
  if (change.type === 'hset') {
    const column = columnOf(change.field);
    const written = isObject(change.effect) ? fieldOf(change.effect, column) : undefined;
    document.put(write, [column], leavesOf(written ?? change.value, 0));
    return document;
  }
  document.reset(write.after);
  if (change.type === 'set' && isObject(change.value)) document.add(write, [], leavesOf(change.value, 1));
  return document;
}

const columnOf = (field: string): string => pathOf(field)[0] ?? field;

/** Where in the document a write left something, and the paths of it from there. */
function leavesOn(change: KeyWrite): [at: readonly string[], leaves: readonly Leaf[]] {
  if (change.type === 'hset') return [[columnOf(change.field)], leavesOf(change.value, 0)];
  return [[], change.type === 'set' && isObject(change.value) ? leavesOf(change.value, 1) : []];
}

/** Whether any of what a write to the document left there shows in it. */
const showsIn = (document: State, dot: Dot, change: KeyWrite): boolean => document.shows(dot, ...leavesOn(change));

function winnerOf(state: State, frontier: Frontier): Winner | undefined {
  const document = state.visible();
  const register = registersOf(frontier).reduce<Write | undefined>(
    (best, write) => (best === undefined || hasHigherHlc(write, best) ? write : best),
    undefined,
  );
  if (document !== undefined && (register === undefined || hasHigherHlc(document.newest, register))) return {type: 'document', document};
  return register && {type: 'register', write: register};
}

function read(state: State, frontier: Frontier): Reading {
  const winner = winnerOf(state, frontier);
  if (winner === undefined) return ABSENT;
  const value = winner.type === 'document' ? winner.document.value : effectOf(winner.write.change);
  return value === undefined ? ABSENT : {type: 'value', value};
}

function shown(state: State, frontier: Frontier): Dot | undefined {
  const {members} = frontier;
  const winner = winnerOf(state, frontier);
  if (winner === undefined) return members.length === 1 ? members[0]?.dot : undefined;
  if (winner.type === 'register') return winner.write.dot;
  const [one, ...others] = winner.document.shown;
  if (one === undefined || others.some(({dot}) => !sameDot(dot, one.dot))) return undefined;
  return members.some(({dot}) => sameDot(dot, one.dot)) ? one.dot : undefined;
}

function shows(state: State, frontier: Frontier, dot: Dot, change: KeyWrite): boolean {
  const isMember = frontier.members.some(member => sameDot(member.dot, dot));
  // A delete takes away what it had seen, and that is gone whatever else shows.
  if (isMember && change.type === 'del') return true;
  // Off the frontier only parts of documents are left.
  if (!isMember && !isDocument(change)) return false;
  // Without a register the document wins, whatever its newest write is.
  if (registersOf(frontier).length === 0) return showsIn(state, dot, change);
  const winner = winnerOf(state, frontier);
  return winner?.type === 'document' ? showsIn(state, dot, change) : winner !== undefined && sameDot(winner.write.dot, dot);
}

function explain(state: State, frontier: Frontier): string {
  const [only, ...others] = frontier.members;
  if (only === undefined) return 'never written';
  const winner = winnerOf(state, frontier);
  if (winner?.type === 'register') {
    const losers = registersOf(frontier).filter(write => write !== winner.write);
    const document = state.visible();
    if (document) losers.push(document.newest);
    if (losers.length > 0) return `${showDot(winner.write.dot)} wins: ${few(losers, loser => hlcReason(winner.write, loser), '; ')}`;
  }
  if (others.length === 0) return `${showDot(only.dot)} ${ONLY_WRITE}`;
  if (winner?.type !== 'document') return 'a delete takes away what it had seen, and nothing else';
  const reasons = state.explain(5);
  const registers = registersOf(frontier);
  if (registers.length > 0) reasons.push(`the document is newer than ${fewDots(registers)}`);
  return reasons.length > 0 ? reasons.join('; ') : 'different fields were written: all of them show';
}

export const fields: Resolver<State> = {
  name: 'fields',
  summary: 'documents merge field by field, each by its hybrid clock',
  seenIn: 'Cassandra cells, BDR column-level resolution',
  convergent: true,
  madeOf: 'writes',
  resets: true,
  mergeDepth: 1,
  initial: () => new DocumentTree(),
  apply,
  read,
  shown,
  shows,
  mayReturn: (document, {dot, change}) => isDocument(change) && document.holds(dot, ...leavesOn(change)),
  explain: (_key, state, frontier) => explain(state, frontier),
};
