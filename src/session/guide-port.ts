/**
 * Between a session and whoever guides a person through a lab in it: the guide carries out its own commands
 * and is told of all others.
 */
import type {Check, GuideAction} from '../command/action.ts';
import type {ParsedCommand} from '../command/index.ts';
import type {Answer} from './session-answer.ts';
import type {CheckResult, Entry} from './session-result.ts';

export interface Guide {
  carryOut(action: GuideAction, by: Guided): Promise<Answer>;
  /** A command that is none of the guide's, or a load in the background, came to its end. */
  ended(entry: Entry): void;
}

/** What a command of the guide's may do with the session while it runs; nothing else runs there meanwhile. */
export interface Guided {
  /** As if the person had typed it. */
  run(command: string | ParsedCommand): Promise<Entry>;
  /** Leaves no entry, and the guide is not told. */
  runQuietly(command: string | ParsedCommand): Promise<Entry>;
  /** Judges a check as things stand. */
  glance(check: Check): Promise<CheckResult | undefined>;
  /**
   * Another cluster is in the place of the one before: focus, undo and what the client did are as at the
   * start.
   */
  startOver(): void;
}
