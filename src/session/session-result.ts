/**
 * The result of a command that a session has run: `run --json` prints it, and the screen shows it.
 */
import type {Failure} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {Action, Check, SettingName} from '../command/action.ts';
import type {ParsedCommand} from '../command/index.ts';
import type {Reading} from '../core/state/reading.ts';
import type {Comparison} from '../history/comparison.ts';
import type {Conflict} from '../history/conflict.ts';
import type {StoryLine} from '../history/story.ts';
import type {EngineResult, Status} from '../port/cluster.ts';
import type {ClusterView, LeaderView, PairLag} from '../port/view.ts';

/**
 * The verdict on one `expect`. Texts are for people: what should be, what is, at which leader, and the reason
 * if the history knows.
 */
export interface CheckResult {
  readonly type: 'check';
  readonly holds: boolean;
  readonly expected: string;
  readonly seen: string;
  readonly at?: LeaderId;
  readonly why?: string;
}

export type SessionResult =
  | EngineResult
  | CheckResult
  | {
      readonly type: 'conflicts';
      readonly conflicts: readonly Conflict[];
      readonly format: 'list' | 'csv' | 'jsonl';
    }
  | {
      readonly type: 'explained';
      readonly conflict: Conflict;
      readonly story: readonly StoryLine[];
      /** What every resolver makes of the conflict's writes, as they were. */
      readonly comparison?: Comparison;
      /** Why there is no comparison. */
      readonly notCompared?: string;
    }
  | {readonly type: 'compared'; readonly comparison: Comparison}
  /** How the present reading of a key came to be, oldest first. */
  | {
      readonly type: 'why';
      readonly key: Key;
      readonly leader: LeaderId;
      readonly reading: Reading;
      readonly story: readonly StoryLine[];
    }
  | {readonly type: 'lag'; readonly lags: readonly PairLag[]; readonly traffic: ClusterView['traffic']}
  /** As the command of that name would set it; leaders with a resolver of their own besides. */
  | {
      readonly type: 'setting';
      readonly setting: SettingName;
      readonly value: string;
      readonly at: {readonly [leader: LeaderId]: string};
    }
  | {readonly type: 'state'; readonly leaders: readonly LeaderView[]}
  /** The keys that live leaders read differently, by key. */
  | {
      readonly type: 'diff';
      readonly keys: readonly {
        readonly key: Key;
        readonly readings: {readonly [leader: LeaderId]: Reading};
      }[];
    }
  | {readonly type: 'waited'; readonly ms: number}
  | {readonly type: 'focused'; readonly leader: LeaderId}
  | {readonly type: 'help'; readonly topic: string | undefined; readonly lines: readonly string[]}
  | {readonly type: 'quit'};

/** One command of a session, run. */
export interface Entry {
  /** As typed. */
  readonly text: string;
  readonly status: Status;
  /** Milliseconds from the command to its answer. */
  readonly ms: number;
  readonly result?: SessionResult;
  /** What the text meant when it ran; absent if it is not a command. */
  readonly action?: Action;
  /**
   * Why not `ok`; for a text that is not a command, `failure.code` is `syntax` and `caret` is the offending
   * column (from 0).
   */
  readonly failure?: Failure;
  readonly caret?: number;
  /** This entry is the end of a load in the background, whose start was that one. */
  readonly ends?: Entry;
}

export interface Session {
  /** The leader that commands without @ go to. */
  readonly focused: LeaderId;
  /**
   * Carries out one command: a line of text, or a line that was parsed before. Such a line is parsed again
   * only if the leaders have changed since; if it names one that is gone, it fails as typed text does. Never
   * throws for what a person typed. Commands run one after the other. A load in the background is answered
   * when it has begun, and its end is an entry of its own.
   */
  run(command: string | ParsedCommand): Promise<Entry>;
  /**
   * Judges one check after the commands before it; leaves no entry. `undefined` if it was interrupted. It
   * waits at most `limitMs` until the check holds; without it, as long as the check says.
   */
  judge(check: Check, limitMs?: number): Promise<CheckResult | undefined>;
  /** Newest last; at most 500. */
  readonly entries: readonly Entry[];
  /**
   * What `undo` would do now, as a command a person could read, such as `restart ap`; undefined when there is
   * nothing to undo.
   */
  readonly undoable: string | undefined;
  /**
   * Stops what takes long: the `wait`, `sleep`, `load`, `join` or `leave` that runs, or else the loads in the
   * background.
   */
  interrupt(): void;
}
