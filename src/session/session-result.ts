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
 * The verdict on one `expect`. The texts are for people: `expected` by the check, `seen` in the cluster, `at`
 * this leader, and `why`, if the history knows it.
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
      /** The leaders at that moment, dead ones included. Some may not have reported the conflict. */
      readonly leaders: readonly Pick<LeaderView, 'id' | 'status'>[];
      readonly story: readonly StoryLine[];
      /** What every resolver makes of the writes of the conflict. */
      readonly comparison?: Comparison;
      /** Why there is no comparison. */
      readonly notCompared?: string;
    }
  | {readonly type: 'compared'; readonly comparison: Comparison}
  /** How the present reading of a key came about; the oldest line comes first. */
  | {
      readonly type: 'why';
      readonly key: Key;
      readonly leader: LeaderId;
      readonly reading: Reading;
      readonly story: readonly StoryLine[];
    }
  | {readonly type: 'lag'; readonly lags: readonly PairLag[]; readonly traffic: ClusterView['traffic']}
  /** `value` as a person would type it. `at`: the leaders with a resolver of their own. */
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

/** One command that a session has run. */
export interface Entry {
  /** As typed. */
  readonly text: string;
  readonly status: Status;
  /** Milliseconds from the command to its answer. */
  readonly ms: number;
  readonly result?: SessionResult;
  /** The action that the text meant when it ran; absent if the text is not a command. */
  readonly action?: Action;
  /**
   * Why the status is not `ok`. If the text is not a command, `failure.code` is `syntax`, and `caret` is the
   * offset of the offending character, from 0.
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
   * Carries out one command: a line of text, or a line that was parsed before. A parsed line is parsed again
   * only if the leaders have changed since; if it names a leader that is gone, it fails as typed text does.
   * Never throws, whatever the text is. Commands run one after the other. The answer to a load in the
   * background comes when it has begun, and its end is an entry of its own.
   */
  run(command: string | ParsedCommand): Promise<Entry>;
  /**
   * Judges one check after the commands before it, without an entry. It waits at most `limitMs` until the
   * check holds; without `limitMs`, as long as the check says. `undefined` if it was interrupted.
   */
  judge(check: Check, limitMs?: number): Promise<CheckResult | undefined>;
  /** Newest last; at most 500. */
  readonly entries: readonly Entry[];
  /**
   * What `undo` would do now, in the words of commands, such as `restart ap`; undefined if there is nothing
   * to undo.
   */
  readonly undoable: string | undefined;
  /**
   * Stops the `wait`, `sleep`, `load`, `join` or `leave` that runs. If none runs, it stops the loads in the
   * background.
   */
  interrupt(): void;
}
