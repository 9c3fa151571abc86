/**
 * The inputs and effects of a replica. Inputs say what happened. Effects say what the caller must do, in
 * their order; the header of `replica.ts` says what each effect demands.
 */
import type {Failure} from '../../base/failure.ts';
import type {Key, LeaderId, LinkId} from '../../base/ids.ts';
import type {Json} from '../../base/json.ts';
import type {Intent, Op} from '../log/op.ts';
import type {Dot, VersionVector} from '../log/version-vector.ts';
import type {CustomModule} from '../resolvers/custom-module.ts';
import type {ResolverSpec} from '../resolvers/spec.ts';
import type {Reading} from '../state/reading.ts';
import type {LeaderEvent, RequestId} from './leader-event.ts';
import type {Message} from './message.ts';

/**
 * The two clocks of a leader: its own wall clock, which stamps writes and may be wrong, and a monotonic clock
 * for timeouts.
 */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * What a link carries. `own`: only operations that this leader accepted, and those of leaders that are no
 * longer members, because no other leader would send them. `all`: every operation, so that operations can
 * travel over several links.
 */
export type Forward = 'own' | 'all';

export type Input =
  | {
      readonly type: 'write-requested';
      readonly request: RequestId;
      readonly writes: readonly {readonly key: Key; readonly intent: Intent}[];
      readonly guard?: Guard;
    }
  /**
   * Applies the operation that this origin halted on (or every halted origin, if none is named) and resumes
   * it.
   */
  | {readonly type: 'skip-requested'; readonly request: RequestId; readonly origin: LeaderId | undefined}
  | {readonly type: 'read-requested'; readonly request: RequestId; readonly key: Key}
  | {readonly type: 'message-received'; readonly link: LinkId; readonly message: Message}
  /** The connection of an outgoing link was opened. An incoming link opens with the hello of its sender. */
  | {readonly type: 'link-opened'; readonly link: LinkId}
  | {readonly type: 'link-closed'; readonly link: LinkId}
  /** The first `count` arrivals survive a crash. */
  | {readonly type: 'persisted'; readonly count: number}
  | {readonly type: 'persist-failed'; readonly reason: string}
  | {readonly type: 'tick'}
  | {readonly type: 'setting-changed'; readonly setting: Setting};

export type WriteRequest = Extract<Input, {readonly type: 'write-requested'}>;

/** The writes are accepted only if a reader at this leader sees this. */
export interface Guard {
  readonly key: Key;
  readonly expected: {readonly value: Json} | {readonly absent: true};
}

export type Setting =
  /**
   * `custom` belongs to the resolver `custom` alone. The same spec with another module is a new version of
   * the module.
   */
  | {readonly name: 'resolver'; readonly value: ResolverSpec; readonly custom?: CustomModule}
  /** The leaders that links lead to, and what each link carries. */
  | {readonly name: 'peers'; readonly value: readonly Peer[]}
  | {readonly name: 'delivery'; readonly value: Delivery}
  | {readonly name: 'ack'; readonly value: AckMode}
  /** If off, every operation that arrives is sent on to every peer, over at most `HOP_LIMIT` links. */
  | {readonly name: 'loopguard'; readonly value: boolean}
  /** Every leader of the cluster, this one included. Quorums are counted over them. */
  | {readonly name: 'members'; readonly value: readonly LeaderId[]};

export interface Peer {
  readonly leader: LeaderId;
  readonly forward: Forward;
}

/**
 * When a received operation is applied. `fifo`: on arrival, in the order of its origin. `causal`: once
 * everything that its origin had applied is applied.
 */
export type Delivery = 'fifo' | 'causal';

/** When the client is answered: once this leader, most leaders, or all leaders have the write on disk. */
export type AckMode = 'local' | 'quorum' | 'all';

/** The number of links that an operation may travel without a loop guard. */
export const HOP_LIMIT = 16;

export type Reply =
  | {readonly type: 'accepted'; readonly dot: Dot}
  /**
   * The operation is in the log here, but fewer than `needed` leaders confirmed it in time. Whether it
   * survives this leader is unknown.
   */
  | {
      readonly type: 'unconfirmed';
      readonly dot: Dot;
      readonly confirmed: readonly LeaderId[];
      readonly needed: number;
    }
  | {readonly type: 'skipped'; readonly dots: readonly Dot[]}
  /** `vv`: everything that was applied when the key was read. */
  | {readonly type: 'read'; readonly reading: Reading; readonly vv: VersionVector}
  | {readonly type: 'refused'; readonly failure: Failure};

export type Effect =
  /**
   * The operations must survive a crash before `persisted` reports them. `from`: the index of the first among
   * the arrivals.
   */
  | {readonly type: 'persist'; readonly from: number; readonly ops: readonly Op[]}
  | {readonly type: 'send'; readonly link: LinkId; readonly message: Message}
  | {readonly type: 'reply'; readonly request: RequestId; readonly reply: Reply}
  | {readonly type: 'report'; readonly event: LeaderEvent}
  /** Step `tick` at that monotonic time or sooner. This replaces the time set before. */
  | {readonly type: 'arm-timer'; readonly atMs: number}
  /** The peer is silent: close the connection and dial again. */
  | {readonly type: 'drop-link'; readonly link: LinkId; readonly reason: string};
