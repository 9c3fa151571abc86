/**
 * A trace: everything that happened in one run, as an observer would record it who sees all leaders at once.
 * Checkers judge traces. The simulator records one exactly; for a real run it would have to be made from what
 * clients and leaders report.
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

/** What a client wants done to a key. */
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
  /** A client sent these writes to a leader, as one operation; no writes mean a read. */
  | {
      readonly type: 'asked';
      readonly request: number;
      readonly leader: LeaderId;
      readonly writes: readonly Asked[];
    }
  /**
   * A client that wanted to write was answered. `ok` = it is safe, `fail` = it surely did not happen, `info`
   * = unknown: it was not confirmed in time, or the leader died, and then the client has no dot.
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
   * The leader took a request to write in, perhaps long after it was asked for, and accepted it or did not.
   * `reading` is what the key of the guard read there just before; absent where nobody could look.
   */
  | {
      readonly type: 'taken';
      readonly request: number;
      readonly leader: LeaderId;
      readonly dot: Dot | undefined;
      readonly guard?: Guard;
      readonly reading?: Reading;
    }
  /** What a client read at a leader, and everything applied there when it was answered. */
  | {
      readonly type: 'read';
      readonly request: number;
      readonly leader: LeaderId;
      readonly key: Key;
      readonly reading: Reading;
      readonly vv: VersionVector;
    }
  /**
   * A leader applied an operation; `vv` and `digest` are what it has and shows afterwards. `resolver` as
   * `showResolver` has it.
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
  | {readonly type: 'told'; readonly leader: LeaderId; readonly reports: readonly ConflictReport[]}
  /** The number of operations that now wait there for their dependencies. */
  | {readonly type: 'waits'; readonly leader: LeaderId; readonly ops: number; readonly delivery: Delivery}
  /**
   * An operation was put on a link although the leader's disk did not have it (`isOnDisk`), or once more
   * although nobody asked (`isEcho`); what is usual is not told. `hops` are the links that it will have come
   * over.
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
   * Another leader told this one how many of its operations it has. Told only while the leader waits for its
   * neighbours, and of more than it has itself.
   */
  | {
      readonly type: 'heard';
      readonly leader: LeaderId;
      readonly peer: LeaderId;
      readonly has: number;
      readonly isGreeting: boolean;
    }
  /**
   * A leader reported that it could not fetch these operations of its own and accepts writes anyway.
   * `helpers` could have given them to it all the time.
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
      readonly neighbours: readonly LeaderId[];
    }
  /** The process ended, and with it what its disk had not stored. */
  | {readonly type: 'crashed'; readonly leader: LeaderId}
  | ({readonly type: 'started'; readonly leader: LeaderId; readonly wallMs: number} & Standing)
  /** A new leader runs, or one that had left, and is a member from now on. */
  | ({readonly type: 'joined'; readonly leader: LeaderId; readonly wallMs: number} & Standing)
  /** The leader is no longer a member. `vv`: what it had to hand over. */
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
 * A run, and how every leader stood at its end, when all faults had been healed and there was time to
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
 * Whether the leader may have applied less from here on: operations that its disk did not store are gone, and
 * their dots are reused.
 */
export function shortened(
  event: TraceEvent,
): {readonly leader: LeaderId; readonly now: Standing} | undefined {
  if (event.type === 'started' || event.type === 'joined') return {leader: event.leader, now: event};
  if (event.type !== 'reported' || event.event.type !== 'storage-failed' || event.now === undefined)
    return undefined;
  return {leader: event.leader, now: event.now};
}
