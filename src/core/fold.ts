/**
 * The visible state as a fold of the log: per key the frontier, which detects conflicts, and the resolver's state, which decides
 * what a reader sees. Switching the resolver folds the log again.
 *
 * Invariant 4: under a resolver that claims to converge, state is a function of the *set* of operations.
 */
import {assert} from '../base/assert.ts';
import type {Key} from '../base/ids.ts';
import {canonicalJson} from '../base/json.ts';
import {hash32} from '../base/prng.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from './frontier.ts';
import {type Op, writeOf} from './op.ts';
import {ABSENT, type Reading, readingToJson} from './reading.ts';
import type {Resolver} from './resolvers/resolver.ts';
import {compareDots, type Dot, sameDot} from './version-vector.ts';

interface KeyState {
  frontier: Frontier;
  resolved: unknown;
  generation: number;
  /** The hash of the reading that is in the digest now; both halves 0 for a key that reads as absent. */
  hash: readonly [number, number];
}

/** One key as a reader and the conflict log see it. */
export interface KeySnapshot {
  readonly key: Key;
  readonly reading: Reading;
  readonly frontier: Frontier;
  /** The write that the reading shows, where it is one. */
  readonly shown: Dot | undefined;
}

const NO_HASH = [0, 0] as const;

export class Fold {
  readonly #resolver: Resolver;
  readonly #keys = new Map<Key, KeyState>();
  readonly #unhashed = new Set<Key>();
  #digest: readonly [number, number] = NO_HASH;

  constructor(resolver: Resolver, ops: Iterable<Op>) {
    this.#resolver = resolver;
    for (const op of ops) this.apply(op);
  }

  /** Keys that were ever written, deleted ones too. */
  keys(): IterableIterator<Key> {
    return this.#keys.keys();
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  apply(op: Op): void {
    for (const change of op.writes) {
      const state = this.#keys.get(change.key) ?? this.#create(change.key);
      const write = writeOf(op, change);
      state.frontier = addToFrontier(state.frontier, write);
      state.resolved = this.#resolver.apply(state.resolved, write, state.frontier);
      state.generation = Math.max(state.generation, change.generation);
      this.#unhashed.add(change.key);
    }
  }

  read(key: Key): Reading {
    const state = this.#keys.get(key);
    return state === undefined ? ABSENT : this.#resolver.read(state.resolved, state.frontier);
  }

  snapshot(key: Key): KeySnapshot {
    const state = this.#keys.get(key);
    if (state === undefined) return {key, reading: ABSENT, frontier: EMPTY_FRONTIER, shown: undefined};
    const {resolved, frontier} = state;
    return {key, frontier, reading: this.#resolver.read(resolved, frontier), shown: this.#resolver.shown(resolved, frontier)};
  }

  /** The highest generation seen for the key; 0 for a key never written. */
  generation(key: Key): number {
    return this.#keys.get(key)?.generation ?? 0;
  }

  /** What a write to the key would replace: the writes that a reader sees. Sorted by dot. */
  seen(key: Key): readonly Dot[] {
    const state = this.#keys.get(key);
    if (state === undefined) return [];
    const {resolved, frontier} = state;
    const visible = frontier.members.map(({dot}) => dot).filter(dot => this.#resolver.shows(resolved, frontier, dot));
    const shown = this.#resolver.shown(resolved, frontier);
    return shown === undefined || visible.some(dot => sameDot(dot, shown)) ? visible : [...visible, shown].sort(compareDots);
  }

  /** Writes whose effect no reader here gets, though nothing that had seen it replaced it. Sorted by dot. */
  lost(key: Key): readonly Dot[] {
    const state = this.#keys.get(key);
    if (state === undefined) return [];
    const {resolved, frontier} = state;
    return frontier.members.map(({dot}) => dot).filter(dot => !this.#resolver.shows(resolved, frontier, dot));
  }

  explain(key: Key): string {
    const state = this.#keys.get(key);
    assert(state !== undefined, `${key} was never written, so nothing needs explaining`);
    return this.#resolver.explain(key, state.resolved, state.frontier);
  }

  /**
   * The conflict on a key, if there is one: concurrent writes, or a reader who sees a write (`reversedBy`) that newer ones had
   * already seen. Cheap where there is none.
   */
  conflictOn(key: Key): (KeySnapshot & {readonly reversedBy: Dot | undefined}) | undefined {
    const state = this.#keys.get(key);
    if (state === undefined) return undefined;
    const {members} = state.frontier;
    const shown = this.#resolver.shown(state.resolved, state.frontier);
    const reversedBy = shown !== undefined && members.every(({dot}) => !sameDot(dot, shown)) ? shown : undefined;
    return members.length > 1 || reversedBy ? {...this.snapshot(key), reversedBy} : undefined;
  }

  /**
   * A digest of everything a reader could see: equal digests, equal visible state (up to a chance of about 2⁻⁶⁴). The XOR of
   * the hashes of all keys, so only what changed since the last call is hashed.
   */
  digest(): string {
    for (const key of this.#unhashed) {
      const state = this.#keys.get(key);
      assert(state !== undefined, 'a changed key exists');
      const reading = this.#resolver.read(state.resolved, state.frontier);
      const text = `${JSON.stringify(key)}${canonicalJson(readingToJson(reading))}`;
      const fresh = reading.type === 'absent' ? NO_HASH : ([hash32(`1${text}`), hash32(`2${text}`)] as const);
      this.#digest = [this.#digest[0] ^ state.hash[0] ^ fresh[0], this.#digest[1] ^ state.hash[1] ^ fresh[1]];
      state.hash = fresh;
    }
    this.#unhashed.clear();
    return this.#digest.map(half => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #create(key: Key): KeyState {
    const state: KeyState = {frontier: EMPTY_FRONTIER, resolved: this.#resolver.initial(), generation: 0, hash: NO_HASH};
    this.#keys.set(key, state);
    return state;
  }
}
