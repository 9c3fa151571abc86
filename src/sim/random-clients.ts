/**
 * The random clients of a plan. Every key has one kind of data, so that most writes fit the value that is
 * there.
 */
import {type Key, key, type LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Prng} from '../base/prng.ts';
import type {Guard, Target} from '../command/action.ts';
import type {Intent} from '../core/log/op.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {PlanAction, Step} from './plan.ts';
import {sampleOf, type ValueKind} from './value-kinds.ts';

/** What the parts of a random plan share. */
export interface PlanScope {
  readonly leaders: readonly LeaderId[];
  readonly resolver: ResolverSpec;
  /** The leaders that may join. */
  readonly newcomers: readonly LeaderId[];
  /** Most steps happen between 0 and this time. */
  readonly lastMs: number;
  /** The only kind of value, and only `set` writes; undefined for all kinds of writes. */
  readonly only: ValueKind | undefined;
}

type KeyKind = 'register' | 'counter' | 'set' | 'document';
const KEY_KINDS: readonly KeyKind[] = ['register', 'register', 'counter', 'set', 'document'];

interface PlanKey {
  readonly key: Key;
  readonly kind: KeyKind;
}

export const atLeader = (leader: LeaderId): Target => ({type: 'leaders', leaders: [leader]});

/** A multiple of 5 ms, so that some steps happen at the same time. */
export const randomTimeMs = (random: Prng, lastMs: number): number => 5 * random.int(0, lastMs / 5);

export class RandomClients {
  readonly #random: Prng;
  readonly #scope: PlanScope;
  readonly #keys: readonly PlanKey[];
  /** True if many writes are equal. */
  readonly #hasEqual: boolean;
  /** True if some writes have the wrong type for their key. */
  readonly #hasWrongTypes: boolean;
  readonly #hasGuards: boolean;

  constructor(random: Prng, scope: PlanScope) {
    this.#random = random;
    this.#scope = scope;
    this.#keys = ['a', 'b', 'c']
      .slice(0, random.int(1, 3))
      .map(name => ({key: key(name), kind: random.pick(KEY_KINDS)}));
    this.#hasEqual = random.chance(0.3);
    this.#hasWrongTypes = random.chance(0.25);
    this.#hasGuards = random.chance(0.3);
  }

  /** The steps of the clients at all leaders, in no order. */
  steps(): Step[] {
    const count = this.#random.int(3, 40);
    return Array.from(
      {length: count},
      (_, i): Step => ({
        atMs: randomTimeMs(this.#random, this.#scope.lastMs),
        action: this.action(i, this.#random.pick(this.#scope.leaders)),
      }),
    );
  }

  pickKey(): PlanKey {
    return this.#random.pick(this.#keys);
  }

  /** A read, a write or a transaction at the leader. `n` makes its values unique. */
  action(n: number, leader: LeaderId): PlanAction {
    const random = this.#random;
    const {key: of, kind} = random.pick(this.#keys);
    const at = atLeader(leader);
    if (random.chance(0.15)) return {type: 'read', key: of, at};
    if (random.chance(0.08) && this.#keys.length > 1) {
      return {
        type: 'txn',
        writes: this.#keys.slice(0, 2).map(one => ({key: one.key, intent: this.intent(one.kind, n)})),
        at,
      };
    }
    const intent = this.intent(kind, n);
    if (intent.type !== 'set' || !this.#hasGuards || random.chance(0.5))
      return {type: 'write', key: of, intent, at};
    return {
      type: 'write',
      key: of,
      intent,
      at,
      guard: this.#guard(random.chance(0.8) ? {key: of, kind} : random.pick(this.#keys), n),
    };
  }

  /** A guard on a value that the key probably has. */
  #guard({key: of, kind}: {readonly key: Key; readonly kind: KeyKind}, n: number): Guard {
    const random = this.#random;
    if (random.chance(0.3)) return {key: of, expected: {absent: true}};
    return {
      key: of,
      expected: {value: this.value(kind, random.chance(0.5) ? n : Math.max(0, n - random.int(1, 3)))},
    };
  }

  /** Unique for each `n`, so that a reading identifies its write; except in plans with many equal writes. */
  value(kind: KeyKind, n: number): Json {
    const number = this.#hasEqual ? this.#random.int(1, 2) : n;
    if (kind !== 'document') return number;
    return this.#random.pick<Json>([
      {name: number},
      {name: number},
      {address: number},
      {address: {city: number}},
    ]);
  }

  /**
   * A write whose type often does not fit the key. Whether a leader refuses it depends on what it has seen.
   */
  #wrongTypeIntent(n: number): Intent {
    const random = this.#random;
    return random.pick<Intent>([
      {type: 'set', value: ['milk']},
      {type: 'set', value: ['eggs', 'milk']},
      {type: 'set', value: {name: n}},
      {type: 'set', value: n},
      {type: 'sadd', element: 'milk'},
      {type: 'hset', field: 'name', value: n},
      {type: 'incr', by: 1},
    ]);
  }

  /** A write that fits a key of this kind, or any write in plans with wrong types. */
  intent(kind: KeyKind, n: number): Intent {
    const random = this.#random;
    if (this.#scope.only !== undefined)
      return {type: 'set', value: sampleOf(this.#scope.only, random.int(1, 9))};
    if (random.chance(0.08)) return {type: 'del'};
    if (this.#hasWrongTypes && random.chance(0.2)) return this.#wrongTypeIntent(n);
    if (kind === 'counter') return {type: 'incr', by: random.int(-2, 5)};
    if (kind === 'set')
      return {type: random.chance(0.6) ? 'sadd' : 'srem', element: random.pick(['milk', 'eggs'])};
    if (kind === 'document' && random.chance(0.8))
      return {
        type: 'hset',
        field: random.pick(['name', 'address.city', 'address']),
        value: this.value('register', n),
      };
    return {type: 'set', value: this.value(kind, n)};
  }
}
