/**
 * The visible state as a fold of the log: per key the frontier, which detects conflicts, and the resolver's
 * state, which decides what a reader sees. Switching the resolver folds the log again.
 *
 * Invariant 4: under a resolver that claims to converge, state is a function of the *set* of operations.
 */
import {assert, must} from '../../base/assert.ts';
import type {Key, LeaderId} from '../../base/ids.ts';
import {type Op, type Write, writeOf} from '../log/op.ts';
import {compareDots, covers, type Dot, sameDot, seqOf, type VersionVector} from '../log/version-vector.ts';
import type {Resolver} from '../resolvers/resolver.ts';
import type {ResolverName} from '../resolvers/spec.ts';
import {EMPTY_FRONTIER, type Frontier} from '../state/frontier.ts';
import {type LossChange, Losses, NO_LOSS_CHANGE, type Sight} from '../state/losses.ts';
import {ABSENT, type Reading} from '../state/reading.ts';
import type {Revision} from '../state/revision-edit.ts';
import {isGiven} from './equal-writes.ts';
import {addWrite, isPlainWrite, type KeyConflict, type KeyState, newKeyState} from './key-state.ts';
import {resolvedState} from './resolved-state.ts';
import {NO_HASH, StateDigest} from './state-digest.ts';

/** One key as a reader and the conflict log see it. */
export interface KeySnapshot {
  readonly key: Key;
  readonly reading: Reading;
  readonly frontier: Frontier;
  /** The write that the reading shows, if it is a single one. */
  readonly shown: Dot | undefined;
}

/**
 * What an operation did to a key, if it is of interest: concurrent writes, lost writes, or a late arrival.
 */
export interface Disturbance extends LossChange {
  readonly key: Key;
  /** The write of the operation, if a write that had seen it was applied before. */
  readonly late: Write | undefined;
}

const UNDISTURBED: readonly Disturbance[] = [];
/** The number of writes that one write can name as seen: peers accept no more. */
const SAW_LIMIT = 256;

/**
 * The visible state of a log under one resolver: what readers get of each key, the conflicts on it, and the
 * writes that are lost. `apply` takes the operations in order of arrival and returns what each disturbed.
 * `refold` switches the resolver and makes this fold unusable.
 */
export class Fold {
  readonly #resolver: Resolver;
  readonly #keys = new Map<Key, KeyState>();
  readonly #digest = new StateDigest<KeyState>();
  /** Keys with concurrent or lost writes; each of them was written. */
  readonly #disturbed = new Set<Key>();
  /** The last operation of each origin. */
  #applied: {[origin: LeaderId]: number} = {};

  constructor(resolver: Resolver, ops: Iterable<Op>) {
    this.#resolver = resolver;
    for (const op of ops) this.apply(op);
  }

  /**
   * The same operations through another resolver. Frontiers and discarded writes are taken over, and only
   * those writes of each key are visited that the resolver needs. The old fold must not be used afterwards.
   */
  refold(resolver: Resolver): Fold {
    const fresh = new Fold(resolver, []);
    Object.assign(fresh.#applied, this.#applied);
    for (const [key, before] of this.#keys) {
      const state: KeyState = {
        ...before,
        resolved: resolvedState(resolver, before),
        reading: undefined,
        hash: NO_HASH,
      };
      fresh.#keys.set(key, state);
      fresh.#digest.change(key, state);
      fresh.#recheckLosses(key, state);
    }
    assert(fresh.#keys.size === this.#keys.size, 'a switch of the resolver keeps every key');
    return fresh;
  }

  /** Another resolver may show or lose every write. */
  #recheckLosses(key: Key, state: KeyState): void {
    const [only, ...others] = state.frontier.members;
    const isPlain =
      only !== undefined && others.length === 0 && this.#shows(state.resolved, state.frontier, only);
    if (state.losses === undefined && isPlain) return;
    state.losses ??= new Losses();
    state.losses.recheck(state.frontier, this.#sightOf(state));
    this.#noteDisturbed(key, state);
  }

  /** Keys that were ever written, deleted ones too. */
  keys(): IterableIterator<Key> {
    return this.#keys.keys();
  }

  get resolver(): ResolverName {
    return this.#resolver.name;
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  apply(op: Op): readonly Disturbance[] {
    let disturbances = UNDISTURBED;
    for (const change of op.writes) {
      const disturbance = this.#applyWrite(writeOf(op, change));
      if (disturbance !== undefined) disturbances = [...disturbances, disturbance];
    }
    this.#applied[op.dot.origin] = op.dot.seq;
    return disturbances;
  }

  /**
   * Undoes these last operations. `applied`: the operations that remain. Only the keys that they wrote are
   * folded again, because clients wait meanwhile and a full disk refuses many operations.
   */
  forget(ops: readonly Op[], applied: VersionVector): void {
    for (const key of new Set(ops.flatMap(({writes}) => writes.map(write => write.key))))
      this.#foldAgain(key, applied);
    this.#applied = {...applied};
  }

  #foldAgain(key: Key, applied: VersionVector): void {
    const state = must(this.#keys.get(key), 'a key that was written');
    const kept = state.revisions.writes.filter(({dot}) => covers(applied, dot));
    assert(kept.length < state.revisions.writes.length, 'a key is folded again because it lost a write');
    this.#keys.delete(key);
    this.#disturbed.delete(key);
    this.#digest.remove(key, state);
    // Here it counts the writes to this key that are applied so far.
    this.#applied = {};
    for (const write of kept) {
      this.#applyWrite(write);
      this.#applied[write.dot.origin] = write.dot.seq;
    }
  }

  /**
   * The reading of the key changed although no operation arrived. This happens only if a database server
   * resolves conflicts, not a resolver of ours.
   */
  reread(key: Key): Disturbance | undefined {
    const state = this.#keys.get(key);
    if (state === undefined) return undefined;
    state.reading = undefined;
    this.#digest.change(key, state);
    const isPlain =
      state.frontier.members.length === 1 && state.frontier.members.every(write => this.isShown(write));
    if (isPlain && state.losses === undefined) return undefined;
    state.losses ??= new Losses();
    const {lost, found} = this.#settle(key, state, true);
    return {key, late: undefined, lost, found};
  }

  #applyWrite(write: Write): Disturbance | undefined {
    const {key} = write.change;
    const state = this.#keys.get(key) ?? this.#create(key);
    const before = state.frontier;
    addWrite(state, write, this.#resolver);
    this.#digest.change(key, state);
    // A key with lost writes keeps them for long, so the usual case must be cheap for it too.
    const isIndifferent = state.losses?.isIndifferentTo(write.change.saw) ?? true;
    if (isIndifferent && isPlainWrite(state, before, write, this.#resolver)) return undefined;
    state.losses ??= new Losses();
    state.losses.add(write, before, state.frontier, dot => seqOf(this.#applied, dot.origin) >= dot.seq);
    const change = this.#settle(key, state, this.#resolver.hides?.(write) ?? true);
    const late = covers(before.context, write.dot) ? write : undefined;
    const isQuiet = change === NO_LOSS_CHANGE && late === undefined && state.frontier.members.length < 2;
    return isQuiet ? undefined : {key, late, lost: change.lost, found: change.found};
  }

  #settle(key: Key, state: KeyState, hides: boolean): LossChange {
    if (state.losses === undefined) return NO_LOSS_CHANGE;
    const change = state.losses.settle(state.frontier, hides, this.#sightOf(state));
    this.#noteDisturbed(key, state);
    return change;
  }

  #sightOf(state: KeyState): Sight {
    return {
      shows: write => this.#gets(state, write),
      mayReturn: write => this.#resolver.mayReturn?.(state.resolved, write) ?? false,
      touched: () => this.#resolver.touched?.(state.resolved) ?? [],
    };
  }

  #noteDisturbed(key: Key, state: KeyState): void {
    if (state.losses?.isEmpty) state.losses = undefined;
    if (state.frontier.members.length > 1 || state.losses?.hasLost) this.#disturbed.add(key);
    else this.#disturbed.delete(key);
  }

  #shows(resolved: unknown, frontier: Frontier, {dot, change}: Write): boolean {
    return this.#resolver.shows(resolved, frontier, dot, change);
  }

  /** Whether readers get what the write asked for, from it or from an equal write. */
  #gets(state: KeyState, write: Write): boolean {
    const {resolved, frontier} = state;
    if (this.#shows(resolved, frontier, write)) return true;
    const shown = {
      reading: this.#readingOf(state),
      shown: this.#resolver.shown(resolved, frontier),
      frontier,
    };
    return isGiven(write, shown, this.#resolver);
  }

  read(key: Key): Reading {
    const state = this.#keys.get(key);
    return state === undefined ? ABSENT : this.#readingOf(state);
  }

  /** The reading of the key. It is cached, because clients, the digest and the conflict log ask for it. */
  #readingOf(state: KeyState): Reading {
    state.reading ??= this.#resolver.read(state.resolved, state.frontier);
    return state.reading;
  }

  snapshot(key: Key): KeySnapshot {
    const state = this.#keys.get(key);
    if (state === undefined) return {key, reading: ABSENT, frontier: EMPTY_FRONTIER, shown: undefined};
    const {resolved, frontier} = state;
    return {key, frontier, reading: this.#readingOf(state), shown: this.#resolver.shown(resolved, frontier)};
  }

  /**
   * The revision that a write to the key would edit: the leaf that `revision` shows, whatever the resolver.
   */
  revision(key: Key): Revision | undefined {
    return this.#keys.get(key)?.revisions.winner;
  }

  /** All leaf revisions of the key, ranked as `revision` ranks them. Cost: one step for each. */
  leaves(key: Key): readonly Revision[] {
    return this.#keys.get(key)?.revisions.leaves() ?? [];
  }

  /** The writes that a new write to the key would replace: those whose effect readers get. Sorted by dot. */
  seen(key: Key): readonly Dot[] {
    const state = this.#keys.get(key);
    if (state === undefined) return [];
    const {resolved, frontier, losses} = state;
    const seen = frontier.members.filter(write => this.#gets(state, write)).map(({dot}) => dot);
    const shown = this.#resolver.shown(resolved, frontier);
    if (shown !== undefined && !seen.some(dot => sameDot(dot, shown))) seen.push(shown);
    for (const {dot} of losses?.visible() ?? []) {
      if (seen.length >= SAW_LIMIT) break;
      if (shown === undefined || !sameDot(dot, shown)) seen.push(dot);
    }
    return seen.length < 2 ? seen : seen.slice(0, SAW_LIMIT).sort(compareDots);
  }

  /**
   * Writes whose effect no reader here gets, although no write that had seen them replaced them. Sorted by
   * dot.
   */
  lost(key: Key): readonly Dot[] {
    return this.#keys.get(key)?.losses?.lost() ?? [];
  }

  isLost(key: Key, dot: Dot): boolean {
    return this.#keys.get(key)?.losses?.isLost(dot) ?? false;
  }

  /** Whether readers get what this write asked for. */
  isShown(write: Write): boolean {
    const state = this.#keys.get(write.change.key);
    return state !== undefined && covers(this.#applied, write.dot) && this.#gets(state, write);
  }

  /** Keys with concurrent or lost writes. */
  disturbedKeys(): Iterable<Key> {
    return this.#disturbed;
  }

  explain(key: Key): string {
    const state = this.#keys.get(key);
    assert(state !== undefined, `${key} was never written, so nothing needs explaining`);
    return this.#resolver.explain(key, state.resolved, state.frontier);
  }

  /** Why the user's module failed on the key; undefined if it did not fail. */
  failure(key: Key): string | undefined {
    const state = this.#keys.get(key);
    return state && this.#resolver.failure?.(state.resolved, state.frontier);
  }

  /**
   * The conflict on a key, if there is one: concurrent writes, or a shown write (`instead`) that is off the
   * frontier while newer ones are hidden. It is `reversed` if one of the hidden writes had seen the shown
   * one. Cheap without a conflict.
   */
  conflictOn(key: Key): (KeySnapshot & KeyConflict) | undefined {
    const state = this.#keys.get(key);
    if (state === undefined) return undefined;
    const {resolved, frontier} = state;
    const {members} = frontier;
    const shown = this.#resolver.shown(resolved, frontier);
    const instead = shown !== undefined && members.every(({dot}) => !sameDot(dot, shown)) ? shown : undefined;
    const hidden =
      instead === undefined ? [] : members.filter(write => !this.#shows(resolved, frontier, write));
    if (members.length < 2 && hidden.length === 0) return undefined;
    const isReversed =
      instead !== undefined && hidden.some(({after}) => members.length === 1 || covers(after, instead));
    return {...this.snapshot(key), instead, isReversed};
  }

  /** Equal digests mean equal visible states: see `StateDigest`. */
  digest(): string {
    return this.#digest.text(state => this.#readingOf(state));
  }

  #create(key: Key): KeyState {
    const state = newKeyState(this.#resolver);
    this.#keys.set(key, state);
    return state;
  }
}
