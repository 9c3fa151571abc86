/**
 * The conflict log's entry: one per conflict of the whole cluster, not one per leader.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Hlc} from '../core/hlc.ts';
import type {IntentType} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {ResolverName} from '../core/resolvers/index.ts';
import type {Dot} from '../core/version-vector.ts';

/**
 * How the writes stand to each other: `concurrent` = neither had seen the other; `reversed` = a resolver discarded a write in
 * favour of one that it *had* seen.
 */
export type Relation = 'concurrent' | 'reversed';

export interface ConflictWrite {
  readonly dot: Dot;
  readonly intent: IntentType;
  /** How a person would have typed it, short: `set "A"`, `incr 2`, `del`. */
  readonly summary: string;
  /** The effect; absent when the write deletes. */
  readonly value?: Json;
  readonly wallMs: number;
  readonly hlc: Hlc;
  /** Whether the client was told that it is safe. */
  readonly acknowledged: boolean;
}

/** What one leader made of the conflict. */
export interface Decision {
  readonly resolver: ResolverName;
  readonly shows: Reading;
  /** When it learned of the conflict, by the lab's clock. */
  readonly atMs: number;
  readonly lost: readonly Dot[];
  /** The leader's sentence, with the numbers that decided. */
  readonly why: string;
}

export interface Conflict {
  /** From 1, in the order in which the lab learned of them. */
  readonly id: number;
  readonly key: Key;
  readonly relation: Relation;
  /** `set/set`, `set/del`, `incr/incr`, …: the kinds of the writes, each once unless there is only one. */
  readonly kind: string;
  readonly detectedAtMs: number;
  /** Sorted by dot. */
  readonly writes: readonly ConflictWrite[];
  readonly decisions: {readonly [leader: LeaderId]: Decision};
  /** Lost at any leader, sorted by dot, each once. */
  readonly lost: readonly Dot[];
  readonly why: string;
}
