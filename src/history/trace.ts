/**
 * A trace: everything that happened in one run, as an observer of all leaders would record it. Checkers judge
 * traces. The simulator records one exactly; for a real run it would have to be made from what clients and
 * leaders report.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Action, Guard} from '../command/action.ts';
import type {ConflictReport} from '../core/fold/joined-reports.ts';
import type {AckMode, Delivery} from '../core/io/input-effect.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import type {Intent, Op} from '../core/log/op.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {Reading} from '../core/state/reading.ts';
import type {Conflict} from './conflict.ts';

/** A client's intent for one key. */
export interface Asked {
  readonly key: Key;
  readonly intent: Intent;
}

/**
 * How many leaders must have an operation on disk before its client gets an acknowledgement: all members,
 * most of them, or one.
 */
export interface AckPromise {
  readonly ack: AckMode;
  readonly members: readonly LeaderId[];
  /** The leaders that had it on disk at that moment. */
  readonly onDisk: readonly LeaderId[];
}

/** The reports of a leader that a checker verifies. */
export type TracedReport = Extract<
  LeaderEvent,
  {
    type:
      | 'conflict'
      | 'losses'
      | 'refolded'
      | 'halted'
      | 'clock-ahead'
      | 'storage-failed'
      | 'recovered'
      | 'dot-reused';
  }
>;

/**
 * The operations that a leader has applied, the readings of its keys, and its lost writes; keys without any
 * may be absent.
 */
export interface Standing {
  readonly vv: VersionVector;
  readonly readings: {readonly [key: Key]: Reading};
  readonly lost: {readonly [key: Key]: readonly Dot[]};
}

export type TraceEvent = {readonly atMs: number} /** A person or the nemesis did this. */ & (
  | {readonly type: 'action'; readonly action: Action}
  /** A client sent these writes to a leader as one operation. A request without writes is a read. */
  | {
      readonly type: 'asked';
      readonly request: number;
      readonly leader: LeaderId;
      readonly writes: readonly Asked[];
    }
  /**
   * A client that asked to write got an answer. `ok`: the write is safe. `fail`: it did not happen. `info`:
   * the outcome is unknown, because too few leaders confirmed it in time, or the leader died (then the client
   * has no dot).
   */
  | {
      readonly type: 'answered';
      readonly request: number;
      readonly leader: LeaderId;
      readonly status: 'ok' | 'fail' | 'info';
      readonly dot?: Dot;
      /** The leaders named in an acknowledgement, or in the answer that too few leaders confirmed in time. */
      readonly promise?: AckPromise & {readonly confirmed?: readonly LeaderId[]};
      /** The reason for the refusal. */
      readonly code?: string;
    }
  /**
   * The leader processed a request to write, perhaps long after it was sent, and accepted or refused it.
   * `reading`: the reading of the guard's key there just before; absent if it is unknown.
   */
  | {
      readonly type: 'taken';
      readonly request: number;
      readonly leader: LeaderId;
      readonly dot: Dot | undefined;
      readonly guard?: Guard;
      readonly reading?: Reading;
    }
  /** A client read a key at a leader. `vv`: everything applied there at the time of the answer. */
  | {
      readonly type: 'read';
      readonly request: number;
      readonly leader: LeaderId;
      readonly key: Key;
      readonly reading: Reading;
      readonly vv: VersionVector;
    }
  /**
   * A leader applied an operation. `vv` and `digest`: what it has applied and what it shows afterwards.
   * `resolver`: the text of `showResolver`.
   */
  | {
      readonly type: 'applied';
      readonly leader: LeaderId;
      readonly op: Op;
      readonly vv: VersionVector;
      readonly digest: string;
      /** The readings of the keys that it writes, in the order of its writes. */
      readonly readings: readonly Reading[];
      readonly resolver: string;
      /** The setting of the leader at that time. */
      readonly delivery: Delivery;
      /** Its own wall clock. */
      readonly wallMs: number;
      /** The leader had accepted the operation before, lacked it, and recovered it. */
      readonly isRecovered?: boolean;
    }
  /** `now`: the state of the leader if everything may have changed. */
  | {
      readonly type: 'reported';
      readonly leader: LeaderId;
      readonly event: TracedReport;
      readonly now?: Standing;
    }
  /** The lab received all conflict reports of these keys since the last time. */
  | {
      readonly type: 'reports-received';
      readonly leader: LeaderId;
      readonly reports: readonly ConflictReport[];
    }
  /** The number of operations that now wait there for their dependencies. */
  | {readonly type: 'waits'; readonly leader: LeaderId; readonly ops: number; readonly delivery: Delivery}
  /**
   * An operation was sent although the leader's disk did not hold it (`isOnDisk` is false), or it was sent
   * again without a request (`isEcho`). Ordinary sends are not recorded. `hops`: the number of links that it
   * has travelled on arrival.
   */
  | {
      readonly type: 'sent';
      readonly leader: LeaderId;
      readonly dot: Dot;
      readonly isOnDisk: boolean;
      readonly isEcho: boolean;
      readonly hops: number;
      readonly loopguard: boolean;
    }
  /** From now on the disk refuses writes, or accepts them again. */
  | {readonly type: 'disk'; readonly leader: LeaderId; readonly fails: boolean}
  /**
   * The disk of a leader that is down was replaced by an older copy: what it held, what it holds now, and the
   * operations that no disk of a member holds any more.
   */
  | {
      readonly type: 'disk-lost';
      readonly leader: LeaderId;
      readonly had: VersionVector;
      readonly kept: VersionVector;
      readonly destroyed: readonly Op[];
    }
  /**
   * Another leader reported to this one how many of its operations it has. Recorded only while the leader
   * waits for its peers, and only if the other leader has more than the leader itself.
   */
  | {
      readonly type: 'holding-reported';
      readonly leader: LeaderId;
      readonly peer: LeaderId;
      readonly has: number;
      readonly isGreeting: boolean;
    }
  /**
   * A leader reported that it could not fetch these operations of its own and accepts writes anyway.
   * `helpers`: leaders that could have sent them during the whole time.
   */
  | {
      readonly type: 'gave-up';
      readonly leader: LeaderId;
      readonly from: number;
      readonly to: number;
      readonly helpers: readonly LeaderId[];
    }
  /** A leader gave this dot to a new operation, though these others had an operation with it on disk. */
  | {
      readonly type: 'reused';
      readonly leader: LeaderId;
      readonly dot: Dot;
      readonly holders: readonly LeaderId[];
      /** The peers of the leader at that moment. */
      readonly peers: readonly LeaderId[];
    }
  /** The process ended and lost everything that its disk had not stored. */
  | {readonly type: 'crashed'; readonly leader: LeaderId}
  | ({readonly type: 'started'; readonly leader: LeaderId; readonly wallMs: number} & Standing)
  /** A new leader runs, or one that had left, and is a member from now on. */
  | ({readonly type: 'joined'; readonly leader: LeaderId; readonly wallMs: number} & Standing)
  /** The leader is no longer a member. `vv`: the operations that it had to hand over. */
  | {readonly type: 'left'; readonly leader: LeaderId; readonly vv: VersionVector}
);

export interface FinalLeader extends Standing {
  readonly leader: LeaderId;
  /** In the order of arrival. */
  readonly ops: readonly Op[];
  readonly digest: string;
  /** Origins whose operations it does not apply, under `halt`. */
  readonly halted: readonly LeaderId[];
}

/**
 * A run, and the state of every leader at its end, when all faults had been healed and there was time to
 * converge.
 */
export interface Trace {
  readonly events: readonly TraceEvent[];
  readonly ends: readonly FinalLeader[];
  /** The lab's conflict log at the end; absent in traces without a lab. */
  readonly conflicts?: ListedConflicts;
}

/** The entries of the conflict log, and its count of conflicts. */
export interface ListedConflicts {
  readonly list: readonly Conflict[];
  readonly count: number;
}

/**
 * Whether the leader may have applied fewer operations after this event: operations that its disk did not
 * store are gone, and their dots are reused.
 */
export function shortened(
  event: TraceEvent,
): {readonly leader: LeaderId; readonly now: Standing} | undefined {
  if (event.type === 'started' || event.type === 'joined') return {leader: event.leader, now: event};
  if (event.type !== 'reported' || event.event.type !== 'storage-failed' || event.now === undefined)
    return undefined;
  return {leader: event.leader, now: event.now};
}
