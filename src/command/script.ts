/**
 * A command file: one command on a line, empty lines and `#` comments between. Every line is checked before
 * anything runs, so that an error in the last line is found before the others run. Pure.
 */
import type {Failure} from '../base/failure.ts';
import {printable} from '../base/printable.ts';
import {type CommandContext, LineParser, type ParsedCommand, underline} from './index.ts';

export interface ScriptCommand extends ParsedCommand {
  /** From 1. */
  readonly line: number;
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

/** The limit for the lines of a file. People write shorter files, and programs can split theirs. */
const LINES_LIMIT = 20_000;
/** More errors than this are not listed: the file is not a command file at all. */
const ERRORS_SHOWN = 20;

/**
 * Parses a command file. Returns all its commands with their lines, or all its errors and no commands.
 * `context.leaders` are the leaders before the first line. A file with more than 20,000 lines is an error.
 */
export function readScript(source: string, context: CommandContext): Script {
  const commands: ScriptCommand[] = [];
  const errors: ScriptError[] = [];
  const all = linesOf(source);
  if (all.length > LINES_LIMIT) return {ok: false, errors: [tooManyLines(all.length)]};
  const parser = new LineParser(context);
  for (const [index, text] of all.entries()) {
    if (/^\s*(?:#|$)/.test(text)) continue;
    const line = index + 1;
    const parsed = parser.parse(text);
    if (parsed.ok) commands.push({line, ...parsed.command});
    else errors.push({line, text, caret: parsed.caret, failure: parsed.failure});
  }
  return errors.length === 0 ? {ok: true, commands} : {ok: false, errors};
}

/** Each error as `file:line:column: message`, and below it the line with a caret and what to do. */
export function showScriptErrors(file: string, errors: readonly ScriptError[]): string[] {
  const shown = errors
    .slice(0, ERRORS_SHOWN)
    .flatMap(({line, text, caret, failure}) => [
      `${printable(file)}:${line}:${caret + 1}: ${printable(failure.message)}`,
      ...underline(text, caret, {code: failure.code, message: failure.hint ?? ''}).map(row =>
        `  ${row}`.trimEnd(),
      ),
    ]);
  const rest = errors.length - ERRORS_SHOWN;
  return rest > 0 ? [...shown, `${printable(file)}: and ${rest} more lines that are not commands`] : shown;
}

/** Ignores the line break at the end of the text. */
const linesOf = (source: string): string[] =>
  source
    .replace(/^\ufeff/, '')
    .replace(/(?:\r\n|\n|\r)$/, '')
    .split(/\r\n|\n|\r/);

function tooManyLines(count: number): ScriptError {
  const message = `the file has ${count} lines: the limit is ${LINES_LIMIT}`;
  const hint = 'split it into several files, or use load, which makes many writes with one command';
  return {line: LINES_LIMIT + 1, text: '', caret: 0, failure: {code: 'too-long', message, hint}};
}
