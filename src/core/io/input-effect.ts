/**
 * The replica's inputs and effects. Inputs are in the past tense: what happened. Effects are imperatives:
 * what whoever surrounds the replica must do, in their order.
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
 * The two clocks: the leader's own wall clock, possibly skewed, that stamps writes; and one that only rises,
 * for timeouts.
 */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * `own`: only what this leader accepted, and what leaders accepted that are no members any more: nobody else
 * could send that. `all`: everything, so that operations travel further than one link.
 */
export type Forward = 'own' | 'all';

export type Input =
  | {
      readonly type: 'write-requested';
      readonly request: RequestId;
      readonly writes: readonly {readonly key: Key; readonly intent: Intent}[];
      readonly guard?: Guard;
    }
  /** Goes on past the operation that this origin, or any, is halted on. */
  | {readonly type: 'skip-requested'; readonly request: RequestId; readonly origin: LeaderId | undefined}
  | {readonly type: 'read-requested'; readonly request: RequestId; readonly key: Key}
  | {readonly type: 'message-received'; readonly link: LinkId; readonly message: Message}
  /**
   * The connection of a link from here stands. Links to here need no such notice: their sender's hello opens
   * them.
   */
  | {readonly type: 'link-opened'; readonly link: LinkId}
  | {readonly type: 'link-closed'; readonly link: LinkId}
  /** The first `count` arrivals survive a crash. */
  | {readonly type: 'persisted'; readonly count: number}
  | {readonly type: 'persist-failed'; readonly reason: string}
  | {readonly type: 'tick'}
  | {readonly type: 'setting-changed'; readonly setting: Setting};

export type WriteRequest = Extract<Input, {readonly type: 'write-requested'}>;

/** The writes happen only if a reader here sees this. */
export interface Guard {
  readonly key: Key;
  readonly expected: {readonly value: Json} | {readonly absent: true};
}

export type Setting =
  /**
   * `custom` is there for the `custom` resolver alone; given again with the same spec, it is another version
   * of the module.
   */
  | {readonly name: 'resolver'; readonly value: ResolverSpec; readonly custom?: CustomModule}
  /** The leaders that links lead to from here, and what each is sent. */
  | {readonly name: 'neighbours'; readonly value: readonly Neighbour[]}
  | {readonly name: 'delivery'; readonly value: Delivery}
  | {readonly name: 'ack'; readonly value: AckMode}
  /** Off: what arrives is sent on blindly, up to `HOP_LIMIT` links. */
  | {readonly name: 'loopguard'; readonly value: boolean}
  /** Every leader of the cluster, this one too: quorums are counted over them. */
  | {readonly name: 'members'; readonly value: readonly LeaderId[]};

export interface Neighbour {
  readonly leader: LeaderId;
  readonly forward: Forward;
}

/**
 * `fifo`: operations apply on arrival, in the order of their origin. `causal`: once everything that their
 * origin had applied is.
 */
export type Delivery = 'fifo' | 'causal';

/** When the client is answered: once this leader, most leaders, or all leaders have the write on disk. */
export type AckMode = 'local' | 'quorum' | 'all';

/** How many links an operation may travel where no loop guard stops it. */
export const HOP_LIMIT = 16;

export type Reply =
  | {readonly type: 'accepted'; readonly dot: Dot}
  /**
   * In the log here, but not confirmed by `needed` leaders in time: whether it survives this leader is
   * unknown.
   */
  | {
      readonly type: 'unconfirmed';
      readonly dot: Dot;
      readonly confirmed: readonly LeaderId[];
      readonly needed: number;
    }
  | {readonly type: 'skipped'; readonly dots: readonly Dot[]}
  /** `vv`: what had been applied when this was read. */
  | {readonly type: 'read'; readonly reading: Reading; readonly vv: VersionVector}
  | {readonly type: 'refused'; readonly failure: Failure};

export type Effect =
  /**
   * Must survive a crash before `persisted` says so. `from` is the index of the first among this leader's
   * arrivals.
   */
  | {readonly type: 'persist'; readonly from: number; readonly ops: readonly Op[]}
  | {readonly type: 'send'; readonly link: LinkId; readonly message: Message}
  | {readonly type: 'reply'; readonly request: RequestId; readonly reply: Reply}
  | {readonly type: 'report'; readonly event: LeaderEvent}
  /** Call `tick` at that monotonic time, or sooner. Replaces the earlier one. */
  | {readonly type: 'arm-timer'; readonly atMs: number}
  /** The other end is silent: close the connection and dial again. */
  | {readonly type: 'drop-link'; readonly link: LinkId; readonly reason: string};
