/**
 * The conflict log's entry: one per conflict of the whole cluster, not one per leader.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {Relation} from '../core/io/leader-event.ts';
import type {Hlc} from '../core/log/hybrid-clock.ts';
import type {IntentType} from '../core/log/op.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import {type Reading, sameReading} from '../core/state/reading.ts';

/**
 * The relation between the writes of a conflict. `concurrent`: neither had seen the other. `reversed`: a
 * resolver discarded a write in favour of one that it *had* seen. `stale`: a late arrival that had already
 * been superseded; it is not a conflict, although real systems report it.
 */
export type {Relation};

/** Whether the entry counts as a conflict. A `reversed` entry counts too if its writes were concurrent. */
export const isConcurrent = ({sides}: Pick<Conflict, 'sides'>): boolean => sides.length > 1;

/** Whether leaders show different values, and one of them has discarded what another shows. */
export const isSplit = ({decisions}: Pick<Conflict, 'decisions'>): boolean => {
  const [first, ...others] = Object.values(decisions);
  if (first === undefined || others.every(({shows}) => sameReading(shows, first.shows))) return false;
  return [first, ...others].some(({lost}) => lost.length > 0);
};

export interface ConflictWrite {
  readonly dot: Dot;
  readonly intent: IntentType;
  /** The command that would make it, without the key and cut short: `set "A"`, `incr 2`, `del`. */
  readonly summary: string;
  /** The effect; absent when the write deletes. */
  readonly value?: Json;
  readonly wallMs: number;
  /** When the lab first received it, by the clock of the lab. */
  readonly receivedAtMs: number;
  readonly hlc: Hlc;
  /** What its origin had applied when it accepted the write. */
  readonly after: VersionVector;
  /** Whether the client got the answer that the write is safe. */
  readonly acknowledged: boolean;
}

/** One leader's decision about the conflict. */
export interface Decision {
  readonly resolver: ResolverName;
  /**
   * The resolver that the leader uses now, if it is another one: it has decided nothing about the key since.
   */
  readonly until?: ResolverName | undefined;
  readonly shows: Reading;
  /** When the lab first received a report of the conflict from it. */
  readonly learnedAtMs: number;
  /** When the lab received this decision. */
  readonly atMs: number;
  /** The writes of the entry that are lost at this leader. */
  readonly lost: readonly Dot[];
  /** The leader's sentence, with the numbers that decided. */
  readonly why: string;
  /** If a database server decides: the lines of its log about this conflict, word for word. */
  readonly serverLog?: readonly string[];
  /** When the lab first received these lines. */
  readonly serverLoggedAtMs?: number;
}

/** The sentence of the leader. It names the resolver if that is no longer in use there. */
export const reasonOf = ({resolver, until, why}: Decision): string =>
  until === undefined ? why : `${resolver} decided, until ${until} took its place: ${why}`;

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
  /**
   * The writes that the conflict is about; entries are distinguished by them. More than one if and only if
   * each of them was concurrent with another; otherwise the one that was reversed or late. Sorted by dot.
   */
  readonly sides: readonly Dot[];
  /**
   * The older write that readers get instead of reversed ones; or the writes that had superseded a late one.
   * Sorted by dot.
   */
  readonly instead: readonly Dot[];
  /** The decisions of the present members, dead ones included. */
  readonly decisions: {readonly [leader: LeaderId]: Decision};
  /** Acknowledged, and lost at every live leader that applied them. Sorted by dot. */
  readonly lost: readonly Dot[];
  /** Transactions that a resolver tore apart at some leader: a part shows, a part is lost. Sorted by dot. */
  readonly torn: readonly Dot[];
  readonly why: string;
}
