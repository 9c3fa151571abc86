/**
 * Parses lines before the first of them runs: a later line can name a leader that joins in an earlier one,
 * but not one that left.
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

  /** Parses the next line. A line with an error has no effect on later lines. */
  parse(line: string): ParsedLine {
    const {leaders} = this.#roster;
    const parsed = parse(line, {...this.#context, leaders});
    if (!parsed.ok) return parsed;
    this.#roster = rosterAfter(this.#roster, parsed.value);
    const command = {text: line.trim(), action: parsed.value};
    return {ok: true, command: parsed.inOurWords === undefined ? {...command, leaders} : command};
  }
}

/** The action of a command among these leaders. Its text is parsed again only if the leaders have changed. */
export function parsedFor(command: string | ParsedCommand, context: CommandContext): Parsed {
  if (typeof command === 'string') return parse(command, context);
  const {text, action, leaders} = command;
  return leaders !== undefined && areSame(leaders, context.leaders)
    ? {ok: true, value: action}
    : parse(text, context);
}

const areSame = (some: readonly LeaderId[], others: readonly LeaderId[]): boolean =>
  some.length === others.length && some.every(id => others.includes(id));
