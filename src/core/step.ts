/**
 * The replica's inputs and effects. Inputs are in the past tense: what happened. Effects are imperatives: what whoever surrounds the
 * replica must do, in their order.
 */
import type {Failure} from '../base/failure.ts';
import type {Key, LeaderId, LinkId} from '../base/ids.ts';
import type {LeaderEvent} from './event.ts';
import type {Message} from './message.ts';
import type {Intent, Op} from './op.ts';
import type {Forward} from './progress.ts';
import type {Reading} from './reading.ts';
import type {ResolverName} from './resolvers/index.ts';
import type {Dot} from './version-vector.ts';

/** The two clocks: the leader's own wall clock, possibly skewed, that stamps writes; and one that only rises, for timeouts. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export type RequestId = number;

export type Input =
  | {
      readonly type: 'write-requested';
      readonly request: RequestId;
      readonly writes: readonly {readonly key: Key; readonly intent: Intent}[];
    }
  | {readonly type: 'read-requested'; readonly request: RequestId; readonly key: Key}
  | {readonly type: 'message-received'; readonly link: LinkId; readonly message: Message}
  /** The connection of a link from here stands. Links to here need no such notice: their sender's hello opens them. */
  | {readonly type: 'link-opened'; readonly link: LinkId}
  | {readonly type: 'link-closed'; readonly link: LinkId}
  /** The first `count` arrivals survive a crash. */
  | {readonly type: 'persisted'; readonly count: number}
  | {readonly type: 'persist-failed'; readonly reason: string}
  | {readonly type: 'tick'}
  | {readonly type: 'setting-changed'; readonly setting: Setting};

export type Setting =
  | {readonly name: 'resolver'; readonly value: ResolverName}
  | {readonly name: 'forward'; readonly value: Forward}
  /** The leaders that links lead to from here. */
  | {readonly name: 'neighbours'; readonly value: readonly LeaderId[]};

export type Reply =
  | {readonly type: 'accepted'; readonly dot: Dot}
  | {readonly type: 'read'; readonly reading: Reading}
  | {readonly type: 'refused'; readonly failure: Failure};

export type Effect =
  /** Must survive a crash before `persisted` says so. `from` is the index of the first among this leader's arrivals. */
  | {readonly type: 'persist'; readonly from: number; readonly ops: readonly Op[]}
  | {readonly type: 'send'; readonly link: LinkId; readonly message: Message}
  | {readonly type: 'reply'; readonly request: RequestId; readonly reply: Reply}
  | {readonly type: 'report'; readonly event: LeaderEvent}
  /** Call `tick` at that monotonic time, or sooner. Replaces the earlier one. */
  | {readonly type: 'arm-timer'; readonly atMs: number}
  /** The other end is silent: close the connection and dial again. */
  | {readonly type: 'drop-link'; readonly link: LinkId; readonly reason: string};
