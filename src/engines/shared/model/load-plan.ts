/**
 * The plan of a load: when each of its writes is due and what it writes, and the outcome of a load from its
 * tally. The same seed plans the same writes. Pure.
 */
import {assert, assertNever} from '../../../base/assert.ts';
import {fail} from '../../../base/failure.ts';
import {type Key, key} from '../../../base/ids.ts';
import {Prng} from '../../../base/prng.ts';
import type {LoadAction} from '../../../command/action.ts';
import type {Intent, IntentType} from '../../../core/log/op.ts';
import type {LoadTally, Outcome} from '../../../port/cluster.ts';

export interface PlannedWrite {
  readonly key: Key;
  readonly intent: Intent;
}

/** Kinds of writes that accept each other's values: a counter is not a set, and a set is not a document. */
const FAMILIES: readonly (readonly IntentType[])[] = [['set', 'incr'], ['sadd', 'srem'], ['hset']];
/** Few enough that sets and documents stay small, and that a removal often finds its element. */
const ELEMENTS = 20;

/** Plans `count` writes at a constant rate. */
export class LoadPlan {
  readonly count: number;
  readonly #perSecond: number;
  readonly #keys: number;
  readonly #prng: Prng;
  readonly #kinds: readonly (readonly [IntentType, number])[];
  readonly #weight: number;
  readonly #families: readonly (readonly IntentType[])[];
  /** At most `count`. */
  #planned = 0;

  constructor(
    {perSecond, forMs, keys, mix}: Pick<LoadAction, 'perSecond' | 'forMs' | 'keys' | 'mix'>,
    seed: number,
  ) {
    this.count = Math.round((perSecond * forMs) / 1000);
    this.#perSecond = perSecond;
    this.#keys = keys;
    this.#prng = new Prng(`load ${seed}`);
    const kinds = (Object.entries(mix) as [IntentType, number][]).filter(([, weight]) => weight > 0);
    this.#kinds = kinds.length === 0 ? [['set', 1]] : kinds;
    this.#weight = this.#kinds.reduce((sum, [, weight]) => sum + weight, 0);
    this.#families = FAMILIES.filter(family => this.#kinds.some(([kind]) => family.includes(kind)));
  }

  /** The number of writes that are due this long after the start; at most `count`. */
  due(elapsedMs: number): number {
    return Math.min(this.count, Math.floor((elapsedMs * this.#perSecond) / 1000) + 1);
  }

  next(): PlannedWrite {
    assert(this.#planned < this.count, 'a plan has `count` writes');
    this.#planned += 1;
    const kind = this.#pickKind();
    return {key: key(`load:${this.#pickKey(kind)}`), intent: this.#intent(kind)};
  }

  #pickKind(): IntentType {
    let at = this.#prng.next() * this.#weight;
    for (const [kind, weight] of this.#kinds) {
      at -= weight;
      if (at < 0) return kind;
    }
    return 'set';
  }

  /**
   * Each key belongs to one family, in turn. With fewer keys than families, leaders refuse some writes
   * because of the type of the value.
   */
  #pickKey(kind: IntentType): number {
    const step = this.#families.length;
    const family = this.#families.findIndex(kinds => kinds.includes(kind));
    const own = Math.floor((this.#keys - 1 - family) / step) + 1;
    if (family < 0 || own <= 0) return this.#prng.int(1, this.#keys);
    return 1 + family + step * this.#prng.int(0, own - 1);
  }

  #intent(kind: IntentType): Intent {
    switch (kind) {
      case 'set':
        return {type: 'set', value: this.#planned};
      case 'del':
        return {type: 'del'};
      case 'incr':
        return {type: 'incr', by: 1};
      case 'sadd':
      case 'srem':
        return {type: kind, element: this.#prng.int(1, ELEMENTS)};
      case 'hset':
        return {type: 'hset', field: `f${this.#prng.int(1, ELEMENTS)}`, value: this.#planned};
      default:
        return assertNever(kind);
    }
  }
}

/** The load as a person types it, in short. */
export const loadLabel = ({perSecond, forMs, keys}: LoadAction): string =>
  `load ${perSecond}/s for ${forMs / 1000}s keys=${keys}`;

/** A load failed only if none of its writes happened; a load that was aborted is unknown. */
export function loadOutcome(tally: LoadTally, isAborted: boolean): Outcome {
  const result = {type: 'loaded', load: tally} as const;
  if (isAborted)
    return {status: 'info', failure: fail('interrupted', 'the load was ended early').failure, result};
  if (tally.ok > 0 || tally.planned === 0) return {status: 'ok', result};
  const status = tally.info > 0 ? 'info' : 'fail';
  return {
    status,
    failure: fail(
      status === 'info' ? 'unknown' : 'refused',
      `none of ${tally.planned} writes was acknowledged`,
    ).failure,
    result,
  };
}
