/**
 * The view of a cluster: everything that the screen, commands and checkers see of it at one instant. Plain
 * data.
 */
import type {Key, LeaderId, LinkId} from '../base/ids.ts';
import type {TopologyName, TopologySpec} from '../command/topology.ts';
import type {AckMode, Delivery, Forward} from '../core/io/input-effect.ts';
import type {HaltedOrigin} from '../core/io/leader-event.ts';
import type {Hlc} from '../core/log/hybrid-clock.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {ResolverName, ResolverSpec} from '../core/resolvers/spec.ts';
import type {Reading} from '../core/state/reading.ts';
import type {ProcessStatus} from '../faults/process-fault.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {FaultName} from '../faults/verdict.ts';
import type {ClockSpell} from '../history/clock-history.ts';
import type {Conflict} from '../history/conflict.ts';
import type {PairLag} from '../history/lag.ts';
import type {ReusedDot} from '../history/reused-dots.ts';
import type {TrafficCounts} from '../history/traffic.ts';
import type {EngineName} from './engine-name.ts';

export type {PairLag, TrafficCounts};

/**
 * The cluster at one instant: what leaders reported last, and the state that the engine knows itself. The
 * same object until something changed, so holders may compare by identity.
 */
export interface ClusterView {
  readonly engine: EngineName;
  readonly startedAtMs: number;
  /** Present where time is virtual. */
  readonly virtualTime?: VirtualTime;
  /** The choices of this engine; absent if it has all resolvers, topologies and clocks. */
  readonly offers?: Offers;
  readonly topology: TopologySpec;
  /** The cluster's resolver; a leader may have another one. */
  readonly resolver: ResolverSpec;
  readonly forward: Forward;
  readonly loopguard: boolean;
  readonly delivery: Delivery;
  readonly ack: AckMode;
  /** In the order given at the start; leaders that joined later follow. */
  readonly leaders: readonly LeaderView[];
  /** Present and past wall clocks of the leaders whose clock was ever changed. */
  readonly clocks: readonly ClockSpell[];
  readonly links: readonly LinkView[];
  /** Why no link carries messages: the process that carries all links has ended. Absent while it runs. */
  readonly linksEnded?: string;
  /** Oldest first, by rising id; at most the newest 1,000. */
  readonly conflicts: readonly Conflict[];
  /**
   * All conflicts ever seen; the list above may have been cut. Counts the entries in which writes were
   * concurrent, which are the same under every resolver. Entries that were only reversed or stale are in the
   * list and are not counted.
   */
  readonly conflictCount: number;
  readonly lostCount: number;
  /** For each origin, the last operation that was acknowledged to a client. */
  readonly acknowledged: VersionVector;
  /** Dots that were acknowledged to clients twice: the operation that each named first is lost. */
  readonly acknowledgedTwice: readonly Dot[];
  /** Dots that name two operations, because a leader came back without its log; sorted by dot. */
  readonly reusedDots: readonly ReusedDot[];
  /** Messages about events that no command reports, oldest first; at most the newest 100. */
  readonly notices: readonly Notice[];
  readonly convergence: Convergence;
  /** Operations accepted by all leaders in the last second. */
  readonly opsPerSecond: number;
  /**
   * The time from acceptance at the origin to application at another leader, over the last 10 seconds; absent
   * if nothing was replicated.
   */
  readonly lag?: {readonly p50Ms: number; readonly p99Ms: number};
  /** The same for each pair of an origin and a leader that its operations reached. */
  readonly lags: readonly PairLag[];
  readonly traffic: {readonly lastSecond: TrafficCounts; readonly total: TrafficCounts};
  /** Long-running work under way: loads, joins, leaves. */
  readonly activities: readonly Activity[];
}

/** The choices under an engine that does not support everything. */
export interface Offers {
  readonly resolvers: readonly ResolverName[];
  readonly topologies: readonly TopologyName[];
  /** Whether leaders have wall clocks that can be set. */
  readonly clocks: boolean;
}

/** The state of a time that the lab controls. */
export interface VirtualTime {
  /** True while time passes by itself; otherwise it passes only when somebody waits or steps. */
  readonly runs: boolean;
  /** The message that the next step would deliver, unless a faster one is sent meanwhile. */
  readonly next?: NextMessage;
  /** The number of commands that `back` can undo. */
  readonly depth: number;
  /** The command that the next `back` would undo. */
  readonly back?: string;
}

/** A message on its way, which a step can deliver. */
export interface NextMessage {
  readonly link: LinkId;
  readonly direction: 'forth' | 'back';
  readonly kind: 'operations' | 'acknowledgement' | 'greeting' | 'knowledge';
  readonly dueAtMs: number;
}

/** Work under way, as a progress bar shows it. */
export interface Activity {
  /** The command, such as `load 500/s for 5s keys=20`. */
  readonly label: string;
  readonly done: number;
  /** 0 where the total is not known; otherwise `done <= total`. */
  readonly total: number;
  /** The text beside the bar: `498/s, 2 failed`. */
  readonly detail: string;
}

/** A refused connection, a disk that refuses writes, a clock too far ahead. */
export interface Notice {
  readonly atMs: number;
  /** The leader it is about, if it is about one. */
  readonly leader: LeaderId | undefined;
  readonly text: string;
  /** True if it must also be shown without a screen, because it changes what the results mean. */
  readonly isAlarm?: boolean;
}

export type LeaderStatus = ProcessStatus;

/** One leader: the state of its process, and what it reported last. */
export interface LeaderView {
  readonly id: LeaderId;
  readonly status: LeaderStatus;
  /** Why it is in that state: `killed`, `paused`, `crashed (exit 1)`; absent when up. */
  readonly cause?: string;
  readonly sinceMs: number;
  readonly pid?: number;
  readonly port?: number;
  readonly resolver: ResolverSpec;
  /** How far its wall clock is ahead of the machine's clock now. */
  readonly clockOffsetMs: number;
  /** How fast that offset grows, in parts per million. */
  readonly driftPpm: number;
  /** Origins whose operations it no longer applies, under the resolver `halt`. */
  readonly halted: readonly HaltedOrigin[];
  /** Received operations that wait for operations they depend on. */
  readonly buffered: number;
  /** As last reported; for a dead leader, as when it died. */
  readonly vv: VersionVector;
  readonly hlc: Hlc;
  readonly opCount: number;
  readonly keyCount: number;
  /** The keys that changed last, newest first; at most 200. */
  readonly keys: readonly KeyView[];
  /** Number of operations that live leaders have and this one lacks. */
  readonly behind: number;
  /** Number of hostile or broken messages refused since its start. */
  readonly refused: number;
}

/** A key as one leader shows it. */
export interface KeyView {
  readonly key: Key;
  readonly reading: Reading;
  /** Number of concurrent writes on the frontier: more than 1 is a conflict, whatever the reading shows. */
  readonly frontierSize: number;
  /** The write that the reading shows, if it shows a single one. */
  readonly dot?: Dot;
  readonly changedAtMs: number;
}

/**
 * One direction of replication. `connection` is `open` while both ends talk, and `connecting` while an end is
 * dead or does not answer; a cut or a hold is in `rule`.
 */
export interface LinkView {
  readonly id: LinkId;
  readonly from: LeaderId;
  readonly to: LeaderId;
  readonly connection: 'open' | 'connecting';
  readonly rule: LinkRule;
  /** When the rule was last changed by a fault. */
  readonly ruleSinceMs: number;
  /** True if the rule differs from the one that the link started with. */
  readonly faulty: boolean;
  /**
   * Present if the receiver's server gave up applying what comes over this link. Nothing passes until
   * somebody repairs it.
   */
  readonly stopped?: StoppedLink;
  /** Counters of the receiver's server, by the names it gives them; counters at 0 are left out. */
  readonly counted?: {readonly [name: string]: number};
  /** Number of operations that `from` would send over this link and `to` has not acknowledged. */
  readonly waiting: number;
  /**
   * Messages under way now that carry operations or acknowledge them (`back`), oldest first; at most 8.
   */
  readonly inFlight: readonly InFlight[];
  /** Number of messages queued by `hold`. */
  readonly held: number;
  /** Since the start: the number of messages passed on, and of messages lost. */
  readonly delivered: number;
  readonly dropped: number;
  /** Since the start: how many messages each fault dropped, delayed, duplicated or reordered. */
  readonly byFault: {readonly [fault in FaultName]?: number};
  /** The last effects of faults on single messages, oldest first; at most 8. */
  readonly marks: readonly FaultMark[];
}

/** A link whose receiver gave up. */
export interface StoppedLink {
  readonly sinceMs: number;
  /** The server's own words. */
  readonly error: string;
  /** The commands that repair it, or instructions for a repair by hand. */
  readonly repair: string;
}

/** The effect of faults on one message. */
export interface FaultMark {
  readonly atMs: number;
  readonly direction: 'forth' | 'back';
  /** The size of the message; a link does not know how many operations it carries. */
  readonly bytes: number;
  readonly did: 'dropped' | 'doubled' | 'overtaken' | 'delayed';
  readonly faults: readonly FaultName[];
  /** Present where it was delayed. */
  readonly delayMs?: number;
}

/** A message under way. */
export interface InFlight {
  readonly direction: 'forth' | 'back';
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  /** The faults that delay it. */
  readonly faults: readonly FaultName[];
}

/** Whether live leaders agree. `live` is the number of leaders that are up. */
export type Convergence =
  /** All live leaders show the same. */
  | {readonly type: 'converged'; readonly live: number}
  /**
   * Some keys read differently, or some live leader lacks operations that another has. `missingOps` counts
   * each operation once, however many leaders lack it.
   */
  | {readonly type: 'diverged'; readonly live: number; readonly missingOps: number};
