/**
 * `fields`: documents merge field by field, each field to the write with the highest HLC. `hset` writes one
 * field; a `set` of a document writes all of its fields, and removes those it had seen that are not in it.
 * Any other value is one register, and the highest HLC wins it as a whole. A field is a column: its value is
 * replaced as a whole, even a nested document.
 *
 * `del` leaves a row tombstone. It removes everything it had seen and everything without a higher HLC, even
 * if that arrives later.
 *
 * Seen in Cassandra, where every cell has its own timestamp and a tombstone shadows what is not newer. In
 * Cassandra ties go to the greater value, a statement that has seen a newer cell may still lose to it, and a
 * `set` keeps the fields that it does not name. A `set` counts as lost when none of its fields shows.
 */
import {isObject} from '../../base/json.ts';
import {compareHlc} from '../log/hybrid-clock.ts';
import {effectOf, type KeyWrite, type Write} from '../log/op.ts';
import {type Dot, sameDot, showDot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import {ABSENT, type Reading} from '../state/reading.ts';
import {fieldOf, pathOf} from '../state/values.ts';
import {DocumentTree, type Leaf, leavesOf, type Visible} from './document.ts';
import {few, fewDots, hasHigherHlc, hlcReason, ONLY_WRITE} from './reasons.ts';
import type {Resolver} from './resolver.ts';

interface State {
  readonly document: DocumentTree;
  /** The delete with the highest HLC. */
  tombstone: Write | undefined;
}

/** What a reader sees: the whole value of one write, or the document. */
type Winner =
  | {readonly type: 'register'; readonly write: Write}
  | {readonly type: 'document'; readonly document: Visible};

const isDocument = (change: KeyWrite): boolean =>
  change.type === 'hset' || (change.type === 'set' && isObject(change.value));

/**
 * Writes whose value is not a document. They stay until another write has seen them, so all of them are on
 * the frontier.
 */
const registersOf = ({tombstone}: State, {members}: Frontier): Write[] =>
  members.filter(
    write => write.change.type !== 'del' && !isDocument(write.change) && !isShadowed(tombstone, write),
  );

/** Whether a delete that is at least as new removed the write, whether or not it had seen it. */
const isShadowed = (tombstone: Write | undefined, write: Write): boolean =>
  tombstone !== undefined && !sameDot(tombstone.dot, write.dot) && compareHlc(write.hlc, tombstone.hlc) <= 0;

function apply(state: State, write: Write): State {
  const {document, tombstone} = state;
  const {change} = write;
  if (change.type === 'hset') {
    const column = columnOf(change.field);
    const written = isObject(change.effect) ? fieldOf(change.effect, column) : undefined;
    document.put(write, [column], leavesOf(written ?? change.value, 0));
    return state;
  }
  document.reset(write.after);
  if (change.type === 'set' && isObject(change.value)) document.add(write, [], leavesOf(change.value, 1));
  if (change.type === 'del') {
    if (tombstone === undefined || hasHigherHlc(write, tombstone)) state.tombstone = write;
    document.bury(write.hlc);
  }
  return state;
}

const columnOf = (field: string): string => pathOf(field)[0] ?? field;

/** The place in the document that a write wrote to, and the leaves that it put there. */
function leavesOn(change: KeyWrite): [at: readonly string[], leaves: readonly Leaf[]] {
  if (change.type === 'hset') return [[columnOf(change.field)], leavesOf(change.value, 0)];
  return [[], change.type === 'set' && isObject(change.value) ? leavesOf(change.value, 1) : []];
}

/** Whether a reader gets any leaf that the write put into the document. */
const showsIn = ({document}: State, dot: Dot, change: KeyWrite): boolean =>
  document.shows(dot, ...leavesOn(change));

function winnerOf(state: State, frontier: Frontier): Winner | undefined {
  const document = state.document.visible();
  const register = registersOf(state, frontier).reduce<Write | undefined>(
    (best, write) => (best === undefined || hasHigherHlc(write, best) ? write : best),
    undefined,
  );
  if (document !== undefined && (register === undefined || hasHigherHlc(document.newest, register)))
    return {type: 'document', document};
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
  if (winner === undefined) {
    const [only, ...others] = members;
    if (only === undefined || others.length > 0) return undefined;
    return isShadowed(state.tombstone, only) && only.change.type !== 'del' ? state.tombstone?.dot : only.dot;
  }
  if (winner.type === 'register') return winner.write.dot;
  const [one, ...others] = winner.document.shown;
  if (one === undefined || others.some(({dot}) => !sameDot(dot, one.dot))) return undefined;
  return members.some(({dot}) => sameDot(dot, one.dot)) ? one.dot : undefined;
}

function shows(state: State, frontier: Frontier, dot: Dot, change: KeyWrite): boolean {
  const isMember = frontier.members.some(member => sameDot(member.dot, dot));
  // A delete removes what it had seen, whatever else shows.
  if (isMember && change.type === 'del') return true;
  // Off the frontier only parts of documents are left.
  if (!isMember && !isDocument(change)) return false;
  // Without a register the document wins, whatever its newest write is.
  if (registersOf(state, frontier).length === 0) return showsIn(state, dot, change);
  const winner = winnerOf(state, frontier);
  return winner?.type === 'document'
    ? showsIn(state, dot, change)
    : winner !== undefined && sameDot(winner.write.dot, dot);
}

function explain(state: State, frontier: Frontier): string {
  const [only, ...others] = frontier.members;
  if (only === undefined) return 'never written';
  const winner = winnerOf(state, frontier);
  if (winner?.type === 'register') {
    const losers = registersOf(state, frontier).filter(write => write !== winner.write);
    const document = state.document.visible();
    if (document) losers.push(document.newest);
    if (losers.length > 0)
      return (
        `${showDot(winner.write.dot)} wins: ` +
        `${few(losers, loser => hlcReason(winner.write, loser), '; ')}`
      );
  }
  const {tombstone} = state;
  const shadowed = frontier.members.filter(
    write => write.change.type !== 'del' && isShadowed(tombstone, write),
  );
  const buried =
    tombstone && shadowed.length > 0
      ? [`the delete ${showDot(tombstone.dot)} takes away ${fewDots(shadowed)}, which is not newer`]
      : [];
  if (others.length === 0 && buried.length === 0) return `${showDot(only.dot)} ${ONLY_WRITE}`;
  if (winner?.type !== 'document')
    return buried[0] ?? 'a delete takes away what it had seen, and what is not newer';
  const reasons = [...buried, ...state.document.explain(5)];
  const registers = registersOf(state, frontier);
  if (registers.length > 0) reasons.push(`the document is newer than ${fewDots(registers)}`);
  return reasons.length > 0 ? reasons.join('; ') : 'different fields were written: all of them show';
}

export const fields: Resolver<State> = {
  name: 'fields',
  summary: 'documents merge field by field, each by its hybrid clock',
  seenIn: 'Cassandra cells and row tombstones (ties differ)',
  convergent: true,
  madeOf: 'writes',
  resets: true,
  mergeDepth: 1,
  initial: () => ({document: new DocumentTree(), tombstone: undefined}),
  apply,
  read,
  shown,
  shows,
  mayReturn: ({document}, {dot, change}) => isDocument(change) && document.holds(dot, ...leavesOn(change)),
  explain: (_key, state, frontier) => explain(state, frontier),
};
