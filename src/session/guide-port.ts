/**
 * The port between a session and the guide of a lab: the guide carries out its own commands and is notified
 * of all others.
 */
import type {Check, GuideAction} from '../command/action.ts';
import type {ParsedCommand} from '../command/index.ts';
import type {Answer} from './session-answer.ts';
import type {CheckResult, Entry} from './session-result.ts';

export interface Guide {
  carryOut(action: GuideAction, by: Guided): Promise<Answer>;
  /** Called when a command that is not the guide's, or a load in the background, has ended. */
  ended(entry: Entry): void;
}

/** What a command of the guide can do with the session while it runs. No other command runs meanwhile. */
export interface Guided {
  /** Runs a command as if the person had typed it. */
  run(command: string | ParsedCommand): Promise<Entry>;
  /** Runs a command without an entry, and does not notify the guide. */
  runQuietly(command: string | ParsedCommand): Promise<Entry>;
  /** Judges a check without waiting. */
  glance(check: Check): Promise<CheckResult | undefined>;
  /** Resets focus, undo and the client's steps after a new cluster replaced the previous one. */
  startOver(): void;
}
