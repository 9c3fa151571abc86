/**
 * The Cluster port: the requests that a cluster accepts, and its answers. Engines implement it. Commands,
 * labs, checkers and the screen use a cluster only through it.
 */
import type {Failure} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {ActionType, EngineAction} from '../command/action.ts';
import type {Op} from '../core/log/op.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {Reading} from '../core/state/reading.ts';
import type {ServerReading} from '../history/comparison.ts';
import type {EngineName} from './engine-name.ts';
import type {ClusterView} from './view.ts';

/**
 * `ok`: it happened. `fail`: it certainly did not happen. `info`: unknown, such as after a timeout; it may
 * have happened or may still happen. An unknown outcome is never reported as a failure.
 */
export type Status = 'ok' | 'fail' | 'info';

/** The answer of one leader to one write. */
export interface WriteReport {
  readonly leader: LeaderId;
  readonly status: Status;
  /** The operation's name, if it was accepted. */
  readonly dot?: Dot;
  /** Why it is not `ok`. */
  readonly reason?: string;
}

/**
 * The result of an action, by kind. The answer of each leader is either its value, or the reason why there is
 * none.
 */
export type EngineResult =
  | {readonly type: 'writes'; readonly writes: readonly WriteReport[]}
  | {
      readonly type: 'values';
      readonly key: Key;
      readonly values: {
        readonly [leader: LeaderId]: Reading | {readonly type: 'error'; readonly error: string};
      };
      /** The operations that each leader had applied when it read the key. */
      readonly applied: {readonly [leader: LeaderId]: VersionVector};
    }
  | {
      readonly type: 'keys';
      readonly keys: {readonly [leader: LeaderId]: readonly Key[] | {readonly error: string}};
    }
  /** `older`: the number of older operations that are left out, for each leader that has more. */
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
  /** A fault or setting took effect; the summary says what changed, such as `us>eu and eu>us cut`. */
  | {readonly type: 'changed'; readonly summary: string};

/** Outcomes of the writes of a load: `ok + fail + info <= planned`; the other writes were never issued. */
export interface LoadTally {
  readonly planned: number;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  readonly ms: number;
}

/** The outcome of an action. `status` is the worst of its parts: `fail` before `info` before `ok`. */
export type Outcome =
  | {readonly status: 'ok'; readonly result: EngineResult}
  | {readonly status: 'fail' | 'info'; readonly failure: Failure; readonly result?: EngineResult};

/** The time of a cluster: the machine's, or a virtual time that passes when somebody waits. */
export interface Clock {
  nowMs(): number;
  /** Resolves after that time, or as soon as the signal is aborted. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A cluster of leaders under one engine. */
export interface Cluster {
  readonly engine: EngineName;
  /** The types of the actions that this engine supports. The session refuses any other. */
  readonly capabilities: ReadonlySet<ActionType>;
  /** The clock of all times in the view. Code that waits for the cluster must sleep with this clock. */
  readonly clock: Clock;
  /**
   * Carries out one action of a type in `capabilities`. Never rejects for operating errors. `focused` is the
   * target of actions that name no leader. Aborting `signal` ends long actions (`load`, `join`, `leave`)
   * early.
   */
  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome>;
  /** The present view. Reading it changes nothing. It is the same object until something has changed. */
  view(): ClusterView;
  /** Asks every live leader now, instead of trusting the view; for `wait converged` and `expect`. */
  measure(): Promise<Measurement>;
  /**
   * For engines whose servers decide instead of our resolvers: what each leader shows for the key, as last
   * read by `measure` or `log`.
   */
  serverReadings?(key: Key): {readonly [leader: LeaderId]: ServerReading} | undefined;
  /** Calls the listener after changes, possibly many times a second; returns a function that stops it. */
  subscribe(listener: () => void): () => void;
  /** Ends every process and removes temporary files. Safe to call twice. */
  close(): Promise<void>;
}

/** The answer of one leader to a measurement. */
export interface LeaderMeasurement {
  readonly vv: VersionVector;
  /** A digest of everything a reader could see: equal digests mean equal visible states. */
  readonly digest: string;
}

/** The answers of leaders that are up and answered in time; `silent` names all others. */
export interface Measurement {
  readonly leaders: {readonly [leader: LeaderId]: LeaderMeasurement};
  readonly silent: readonly LeaderId[];
}
