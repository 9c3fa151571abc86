/**
 * The Cluster port: all that commands, labs, checkers and the screen know of a cluster. Engines stand behind
 * it.
 */
import type {Failure} from '../base/failure.ts';
import type {Key, LeaderId, LinkId} from '../base/ids.ts';
import type {ActionType, EngineAction, TopologyName, TopologySpec} from '../command/action.ts';
import type {AckMode, Delivery, Forward} from '../core/io/input-effect.ts';
import type {HaltedOrigin} from '../core/io/leader-event.ts';
import type {Hlc} from '../core/log/hybrid-clock.ts';
import type {Op} from '../core/log/op.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {ResolverName, ResolverSpec} from '../core/resolvers/spec.ts';
import type {Reading} from '../core/state/reading.ts';
import type {ProcessStatus} from '../faults/process-fault.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {FaultName} from '../faults/verdict.ts';
import type {ClockSpell} from '../history/clock-history.ts';
import type {ServerReading} from '../history/comparison.ts';
import type {Conflict} from '../history/conflict.ts';
import type {PairLag} from '../history/lag.ts';
import type {ReusedDot} from '../history/reused-dots.ts';
import type {TrafficCounts} from '../history/traffic.ts';

export type {PairLag, TrafficCounts};

export const ENGINE_NAMES = ['native', 'sim', 'postgres', 'pglogical'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
/** The engines whose leaders are PostgreSQL servers. */
export type PostgresEngine = Extract<EngineName, 'postgres' | 'pglogical'>;

/**
 * `ok` = it happened; `fail` = it surely did not happen; `info` = unknown (a timeout): it may have happened
 * or may yet happen. Unknown is never called failure.
 */
export type Status = 'ok' | 'fail' | 'info';

export interface WriteReport {
  readonly leader: LeaderId;
  readonly status: Status;
  /** The operation's name, when it was accepted. */
  readonly dot?: Dot;
  /** Why not `ok`. */
  readonly reason?: string;
}

export type EngineResult =
  | {readonly type: 'writes'; readonly writes: readonly WriteReport[]}
  | {
      readonly type: 'values';
      readonly key: Key;
      readonly values: {
        readonly [leader: LeaderId]: Reading | {readonly type: 'error'; readonly error: string};
      };
      /** What had been applied where it was read. */
      readonly applied: {readonly [leader: LeaderId]: VersionVector};
    }
  | {
      readonly type: 'keys';
      readonly keys: {readonly [leader: LeaderId]: readonly Key[] | {readonly error: string}};
    }
  /** `older`: how many operations are left out before those that are given, of leaders that have more. */
  | {
      readonly type: 'log';
      readonly ops: {readonly [leader: LeaderId]: readonly Op[] | {readonly error: string}};
      readonly older?: {readonly [leader: LeaderId]: number};
    }
  | {
      readonly type: 'skipped';
      readonly dots: {readonly [leader: LeaderId]: readonly Dot[] | {readonly error: string}};
    }
  | {readonly type: 'loaded'; readonly load: LoadTally}
  /** A fault or setting took effect: what changed, in a few words, such as `us>eu and eu>us cut`. */
  | {readonly type: 'changed'; readonly summary: string};

/** `status` is the worst of its parts: `fail` before `info` before `ok`. */
/** What became of the writes of a load. */
export interface LoadTally {
  readonly planned: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  readonly ms: number;
}

export type Outcome =
  | {readonly status: 'ok'; readonly result: EngineResult}
  | {readonly status: 'fail' | 'info'; readonly failure: Failure; readonly result?: EngineResult};

/** The time of a cluster: the machine's, or a virtual one that passes when somebody waits. */
export interface Clock {
  nowMs(): number;
  /** Resolves after that long, or at once when the signal is or gets aborted. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Cluster {
  readonly engine: EngineName;
  /** What this engine can do; any other action is refused by name. */
  readonly capabilities: ReadonlySet<ActionType>;
  /** Times in its view are by this clock, and whoever waits for the cluster waits by it. */
  readonly clock: Clock;
  /**
   * `focused` stands for targets that named no leader. Aborting `signal` ends what takes long (`load`,
   * `join`, `leave`) early.
   */
  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome>;
  /** The present picture. The same object until something changed. */
  view(): ClusterView;
  /** Asks every live leader now, instead of trusting the picture; for `wait converged` and `expect`. */
  measure(): Promise<Measurement>;
  /**
   * If servers decide instead of our resolvers: what each leader shows for the key, as last read by `measure`
   * or `log`.
   */
  serverReadings?(key: Key): {readonly [leader: LeaderId]: ServerReading} | undefined;
  /** Called after changes, possibly many times a second; returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Ends every process and removes what was temporary. Safe to call twice. */
  close(): Promise<void>;
}

export interface ClusterView {
  readonly engine: EngineName;
  readonly startedAtMs: number;
  /** Where time is virtual. */
  readonly virtualTime?: VirtualTime;
  /** Absent: all resolvers, topologies, clocks. */
  readonly offers?: Offers;
  readonly topology: TopologySpec;
  /** Of the cluster; a leader may have another. */
  readonly resolver: ResolverSpec;
  readonly forward: Forward;
  readonly loopguard: boolean;
  readonly delivery: Delivery;
  readonly ack: AckMode;
  /** In the order given at the start, later ones behind. */
  readonly leaders: readonly LeaderView[];
  /** The wall clocks that leaders have and had, of those whose clock was ever changed. */
  readonly clocks: readonly ClockSpell[];
  readonly links: readonly LinkView[];
  /** Why no link carries messages: the process that carries all links has ended. */
  readonly linksEnded?: string;
  /** Oldest first; the ids rise. At most the newest 1,000. */
  readonly conflicts: readonly Conflict[];
  /**
   * All ever seen: the list above may have been cut. `conflictCount` counts entries in which writes were
   * concurrent, the same under every resolver, `reversed` ones among them; what was only reversed or stale is
   * in the list and not in it.
   */
  readonly conflictCount: number;
  readonly lostCount: number;
  /** Of each origin the last operation that a client was told to be safe. */
  readonly acknowledged: VersionVector;
  /** Dots that clients were told of twice: what they stood for first is lost. */
  readonly acknowledgedTwice: readonly Dot[];
  /** Dots that stand for two operations, because a leader came back without its log: by dot. */
  readonly reusedDots: readonly ReusedDot[];
  /** What people should know and no command says, oldest first; at most the newest 100. */
  readonly notices: readonly Notice[];
  readonly convergence: Convergence;
  /** Operations accepted by all leaders in the last second. */
  readonly opsPerSecond: number;
  /**
   * Origin's acceptance to another leader's application, over the last 10 seconds; absent when nothing was
   * replicated.
   */
  readonly lag?: {readonly p50Ms: number; readonly p99Ms: number};
  /** The same of each origin and each leader that its operations reached. */
  readonly lags: readonly PairLag[];
  readonly traffic: {readonly lastSecond: TrafficCounts; readonly total: TrafficCounts};
  /** What takes long and is under way: loads, joins, leaves. */
  readonly activities: readonly Activity[];
}

/** What there is to choose from where an engine has not everything. */
export interface Offers {
  readonly resolvers: readonly ResolverName[];
  readonly topologies: readonly TopologyName[];
  /** Whether leaders have clocks of their own, that can be set. */
  readonly clocks: boolean;
}

export interface VirtualTime {
  /** By itself; else it passes when somebody waits or steps. */
  readonly runs: boolean;
  /** The message that a step would wait for, unless a faster one is sent meanwhile. */
  readonly next?: NextMessage;
  /** How often one can go back. */
  readonly depth: number;
  /** The command before which `back` would go. */
  readonly back?: string;
}

export interface NextMessage {
  readonly link: LinkId;
  readonly direction: 'forth' | 'back';
  readonly kind: 'operations' | 'acknowledgement' | 'greeting' | 'knowledge';
  readonly dueAtMs: number;
}

export interface Activity {
  /** The command, such as `load 500/s for 5s keys=20`. */
  readonly label: string;
  readonly done: number;
  /** 0 where the end is not known. */
  readonly total: number;
  /** What stands beside the bar: `498/s, 2 failed`. */
  readonly detail: string;
}

/** A refused connection, a disk that takes nothing, a clock too far ahead. */
export interface Notice {
  readonly atMs: number;
  /** Whom it is about, where it is about one. */
  readonly leader: LeaderId | undefined;
  readonly text: string;
  /** Must be shown without a screen too, because it changes the meaning of the results. */
  readonly isAlarm?: boolean;
}

export type LeaderStatus = ProcessStatus;

export interface LeaderView {
  readonly id: LeaderId;
  readonly status: LeaderStatus;
  /** Why it is in that state: `killed`, `paused`, `crashed (exit 1)`; absent when up. */
  readonly cause?: string;
  readonly sinceMs: number;
  readonly pid?: number;
  readonly port?: number;
  readonly resolver: ResolverSpec;
  /** How far its wall clock is ahead of the machine's now, and how fast that grows, in millionths. */
  readonly clockOffsetMs: number;
  readonly driftPpm: number;
  /** Origins whose operations it no longer applies, under `halt`. */
  readonly halted: readonly HaltedOrigin[];
  /** Operations received that wait for what they depend on. */
  readonly buffered: number;
  /** As last heard: of a dead leader, what it had when it died. */
  readonly vv: VersionVector;
  readonly hlc: Hlc;
  readonly opCount: number;
  readonly keyCount: number;
  /** The keys changed last, newest first; at most 200. */
  readonly keys: readonly KeyView[];
  /** Operations that live leaders have and this one lacks. */
  readonly behind: number;
  /** Hostile or broken messages refused since its start. */
  readonly refused: number;
}

export interface KeyView {
  readonly key: Key;
  readonly reading: Reading;
  /** Concurrent writes on the frontier: more than 1 is a conflict, whatever the reading shows. */
  readonly frontierSize: number;
  /** The write that the reading shows, where it is one. */
  readonly dot?: Dot;
  readonly changedAtMs: number;
}

/**
 * `open`: both ends talk; `connecting`: they do not (an end is dead or not answering). A cut or hold is in
 * the rule.
 */
export interface LinkView {
  readonly id: LinkId;
  readonly from: LeaderId;
  readonly to: LeaderId;
  readonly connection: 'open' | 'connecting';
  readonly rule: LinkRule;
  /** When the rule was last changed by a fault. */
  readonly ruleSinceMs: number;
  /** Whether the rule is other than what the lab started the link with. */
  readonly faulty: boolean;
  /**
   * The receiver has given up: its server's own words, and what repairs it. Nothing passes until somebody
   * does that.
   */
  readonly stopped?: StoppedLink;
  /** What the receiver's server itself counts of it, by its own names; what is 0 is left out. */
  readonly counted?: {readonly [name: string]: number};
  /** Operations that `from` would send over this link and `to` has not acknowledged. */
  readonly waiting: number;
  /**
   * Messages that carry operations and are under way now, oldest first; at most 8. `back` ones are
   * acknowledgements.
   */
  readonly inFlight: readonly InFlight[];
  /** Messages queued by `hold`. */
  readonly held: number;
  /** Since the start: messages passed on, and messages lost. */
  readonly delivered: number;
  readonly dropped: number;
  /** Since the start: how many messages each fault dropped, delayed, doubled or let overtake. */
  readonly byFault: {readonly [fault in FaultName]?: number};
  /** What last happened to messages that a fault touched, oldest first; at most 8. */
  readonly marks: readonly FaultMark[];
}

export interface StoppedLink {
  readonly sinceMs: number;
  readonly error: string;
  /** Commands, or what to do by hand. */
  readonly repair: string;
}

/** What a fault did to one message. */
export interface FaultMark {
  readonly atMs: number;
  readonly direction: 'forth' | 'back';
  /** Operations or an acknowledgement: how many operations it carried is not known to a link. */
  readonly bytes: number;
  readonly did: 'dropped' | 'doubled' | 'overtaken' | 'delayed';
  readonly faults: readonly FaultName[];
  /** By how much, where it was delayed. */
  readonly delayMs?: number;
}

export interface InFlight {
  readonly direction: 'forth' | 'back';
  readonly sentAtMs: number;
  readonly dueAtMs: number;
  /** What makes it take so long. */
  readonly faults: readonly FaultName[];
}

export type Convergence =
  /** All live leaders show the same; `live` of `leaders.length`. */
  | {readonly type: 'converged'; readonly live: number}
  /**
   * Some keys read differently, or some live leader lacks operations that another has: `missingOps`, each
   * counted once.
   */
  | {readonly type: 'diverged'; readonly live: number; readonly missingOps: number};

export interface LeaderMeasurement {
  readonly vv: VersionVector;
  /** A digest of everything a reader could see: equal digests, equal visible state. */
  readonly digest: string;
}

/** Only leaders that are up and answered in time are in it; the others are named in `silent`. */
export interface Measurement {
  readonly leaders: {readonly [leader: LeaderId]: LeaderMeasurement};
  readonly silent: readonly LeaderId[];
}
