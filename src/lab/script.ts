/**
 * A command file: one command on a line, empty lines and `#` comments between. Every line is checked before anything runs, so a slip in the last
 * line does not cost the time of all those before it. Pure.
 */
import type {Failure} from '../base/failure.ts';
import {printable} from '../base/printable.ts';
import type {Action} from '../command/action.ts';
import {type CommandContext, leadersAfter, parse, underline} from '../command/index.ts';

export interface ScriptCommand {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly action: Action;
}

export interface ScriptError {
  readonly line: number;
  readonly text: string;
  /** Offset in the line, from 0. */
  readonly caret: number;
  readonly failure: Failure;
}

export type Script =
  | {readonly ok: true; readonly commands: readonly ScriptCommand[]}
  | {readonly ok: false; readonly errors: readonly ScriptError[]};

/** More errors than this are not listed: the file is something else altogether. */
const ERRORS_SHOWN = 20;

export function readScript(source: string, context: CommandContext): Script {
  const commands: ScriptCommand[] = [];
  const errors: ScriptError[] = [];
  let {leaders} = context;
  for (const [index, text] of lines(source).entries()) {
    if (/^\s*(?:#|$)/.test(text)) continue;
    const line = index + 1;
    const parsed = parse(text, {...context, leaders});
    if (parsed.ok) {
      commands.push({line, text: text.trim(), action: parsed.value});
      leaders = leadersAfter(leaders, parsed.value);
    } else errors.push({line, text, caret: parsed.caret, failure: parsed.failure});
  }
  return errors.length === 0 ? {ok: true, commands} : {ok: false, errors};
}

/** Each error as `file:line:column: message`, and below it the line with a caret and what to do. */
export function showScriptErrors(file: string, errors: readonly ScriptError[]): string[] {
  const shown = errors
    .slice(0, ERRORS_SHOWN)
    .flatMap(({line, text, caret, failure}) => [
      `${printable(file)}:${line}:${caret + 1}: ${printable(failure.message)}`,
      ...underline(text, caret, {code: failure.code, message: failure.hint ?? ''}).map(row => `  ${row}`.trimEnd()),
    ]);
  const rest = errors.length - ERRORS_SHOWN;
  return rest > 0 ? [...shown, `${printable(file)}: and ${rest} more lines that are no commands`] : shown;
}

const lines = (source: string): string[] => source.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
