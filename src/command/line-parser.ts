/**
 * Lines that run one after another, parsed before the first of them runs: a later line can name a leader that
 * joined in an earlier one, and not one that left.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Action} from './action.ts';
import type {CommandContext} from './grammar/reader.ts';
import {type Parsed, parse} from './parse.ts';
import {type Roster, rosterAfter, rosterOf} from './roster.ts';

/** A command that was parsed before it runs. */
export interface ParsedCommand {
  /** As typed, without the spaces around it. */
  readonly text: string;
  readonly action: Action;
  /**
   * The leaders that its names were checked against. Absent for a line in words of another system: what such
   * a line means can depend on which leaders are up, so it is parsed when it runs.
   */
  readonly leaders?: readonly LeaderId[];
}

export type ParsedLine =
  | {readonly ok: true; readonly command: ParsedCommand}
  | Extract<Parsed, {readonly ok: false}>;

export class LineParser {
  readonly #context: CommandContext;
  #roster: Roster;

  /** `context.leaders` are the leaders before the first line. */
  constructor(context: CommandContext) {
    this.#context = context;
    this.#roster = rosterOf(context.leaders);
  }

  /** A line that is wrong changes nothing for the lines after it. */
  parse(line: string): ParsedLine {
    const {leaders} = this.#roster;
    const parsed = parse(line, {...this.#context, leaders});
    if (!parsed.ok) return parsed;
    this.#roster = rosterAfter(this.#roster, parsed.value);
    const command = {text: line.trim(), action: parsed.value};
    return {ok: true, command: parsed.inOurWords === undefined ? {...command, leaders} : command};
  }
}

/**
 * What the command means where these leaders are: its text is parsed only if that can differ from what it
 * meant before.
 */
export function parsedFor(command: string | ParsedCommand, context: CommandContext): Parsed {
  if (typeof command === 'string') return parse(command, context);
  const {text, action, leaders} = command;
  return leaders !== undefined && areSame(leaders, context.leaders)
    ? {ok: true, value: action}
    : parse(text, context);
}

const areSame = (some: readonly LeaderId[], others: readonly LeaderId[]): boolean =>
  some.length === others.length && some.every(id => others.includes(id));
