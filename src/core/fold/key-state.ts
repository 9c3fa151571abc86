/**
 * What a fold keeps of one key: the part of its history that does not depend on the resolver, and the
 * resolver's state.
 */
import {assert} from '../../base/assert.ts';
import {compareHlc} from '../log/hybrid-clock.ts';
import {isReset, type Write} from '../log/op.ts';
import {compareDots, type Dot, sameDot} from '../log/version-vector.ts';
import type {Resolver} from '../resolvers/resolver.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier, leftAlone} from '../state/frontier.ts';
import type {Losses} from '../state/losses.ts';
import type {Reading} from '../state/reading.ts';
import {Revisions} from '../state/revisions.ts';
import type {KeyHistory} from './resolved-state.ts';
import {type Hashed, NO_HASH} from './state-digest.ts';

export interface KeyState extends KeyHistory, Hashed {
  lastAlone: number;
  lastReset: number;
  newestDelete: Write | undefined;
  frontier: Frontier;
  /** The state of the resolver. */
  resolved: unknown;
  /** Most keys never have any. */
  losses: Losses | undefined;
  /** What a reader sees; undefined from each write until the next read. */
  reading: Reading | undefined;
}

export function newKeyState(resolver: Resolver): KeyState {
  const revisions = new Revisions();
  return {
    revisions,
    lastAlone: 0,
    lastReset: -1,
    newestDelete: undefined,
    frontier: EMPTY_FRONTIER,
    resolved: resolver.madeOf === 'revisions' ? revisions : resolver.initial(),
    losses: undefined,
    reading: undefined,
    hash: NO_HASH,
  };
}

/** Adds a write to the history of its key and to the state of the resolver. */
export function addWrite(state: KeyState, write: Write, resolver: Resolver): void {
  state.frontier = addToFrontier(state.frontier, write);
  if (leftAlone(state.frontier, write)) state.lastAlone = state.revisions.writes.length;
  if (isReset(write.change)) state.lastReset = state.revisions.writes.length;
  if (isNewerDelete(write, state.newestDelete)) state.newestDelete = write;
  state.revisions.add(write);
  if (state.resolved !== state.revisions)
    state.resolved = resolver.apply(state.resolved, write, state.frontier);
  state.reading = undefined;
  const {writes} = state.revisions;
  assert(
    state.lastAlone < writes.length && state.lastReset < writes.length,
    'the last of its kind was applied',
  );
  assert(state.lastReset >= 0 || state.newestDelete === undefined, 'a delete is a reset');
}

/**
 * The usual case, in which nothing can be lost: the write saw all that was there (`before`), and readers get
 * it and nothing else.
 */
export function isPlainWrite(
  {resolved, frontier}: KeyState,
  before: Frontier,
  {dot, change}: Write,
  resolver: Resolver,
): boolean {
  if (
    frontier.members.length !== 1 ||
    before.members.length !== change.saw.length ||
    before.members.length > 1
  )
    return false;
  const [last] = before.members;
  const [saw] = change.saw;
  if (last !== undefined && saw !== undefined && !sameDot(last.dot, saw)) return false;
  if (frontier.members[0]?.dot !== dot || !resolver.shows(resolved, frontier, dot, change)) return false;
  return resolver.touched?.(resolved).every(write => write.dot === dot) ?? true;
}

/** How the resolver treats the conflict on a key. */
export interface KeyConflict {
  /** The shown write, if it is off the frontier while newer ones are hidden. */
  readonly instead: Dot | undefined;
  /** Whether one of the hidden writes had seen the shown one. */
  readonly isReversed: boolean;
}

const isNewerDelete = (write: Write, newest: Write | undefined): boolean =>
  write.change.type === 'del' &&
  (newest === undefined || (compareHlc(write.hlc, newest.hlc) || compareDots(write.dot, newest.dot)) > 0);
