/**
 * The conflict log's entry: one per conflict of the whole cluster, not one per leader.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Relation} from '../core/event.ts';
import type {Hlc} from '../core/hlc.ts';
import type {IntentType} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import type {Dot, VersionVector} from '../core/version-vector.ts';

/**
 * How the writes stand to each other: `concurrent` = neither had seen the other; `reversed` = a resolver discarded a write in
 * favour of one that it *had* seen; `stale` = a late arrival that had already been superseded: no conflict, though real systems report it.
 */
export type {Relation};

export interface ConflictWrite {
  readonly dot: Dot;
  readonly intent: IntentType;
  /** How a person would have typed it, short: `set "A"`, `incr 2`, `del`. */
  readonly summary: string;
  /** The effect; absent when the write deletes. */
  readonly value?: Json;
  readonly wallMs: number;
  readonly hlc: Hlc;
  /** What its origin had applied when it accepted this: who had seen whom. */
  readonly after: VersionVector;
  /** Whether the client was told that it is safe. */
  readonly acknowledged: boolean;
}

/** What one leader made of the conflict. */
export interface Decision {
  readonly resolver: ResolverName;
  readonly shows: Reading;
  /** When it first learned of the conflict, by the lab's clock. */
  readonly learnedAtMs: number;
  /** When it decided so. */
  readonly atMs: number;
  /** Of the entry's writes: lost at this leader. */
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
  /** Of the leaders there are, dead ones too, and not of those that have left. */
  readonly decisions: {readonly [leader: LeaderId]: Decision};
  /** Acknowledged, and lost at every live leader that applied them. Sorted by dot. */
  readonly lost: readonly Dot[];
  /** Transactions that a resolver tore apart at some leader: a part shows, a part is lost. Sorted by dot. */
  readonly torn: readonly Dot[];
  readonly why: string;
}
