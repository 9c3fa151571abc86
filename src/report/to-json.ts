/**
 * Entries as JSON for programs: the format of `run --json`. In results, dots are texts such as `us:4`, and a
 * map by leader or by key is an object.
 */
import type {Failure} from '../base/failure.ts';
import type {Entry} from '../session/session-result.ts';
import {formOf} from './result-table.ts';
import type {JsonObject} from './results/result-form.ts';

/**
 * The version of the lines of `run --json`, which docs/json.md describes. It rises when a field is removed or
 * changes its meaning.
 */
export const JSON_VERSION = 1;

/** One line of `run --json`. `status` and `error` are present if the command is not ok. */
export const entryToJson = (line: number, {text, status, ms, result, failure}: Entry): JsonObject => ({
  line,
  command: text,
  ok: status === 'ok',
  ...(status === 'ok' ? {} : {status}),
  ms,
  ...(result === undefined ? {} : {result: formOf(result).json(result)}),
  ...(failure === undefined ? {} : {error: failureToJson(failure)}),
});

const failureToJson = ({code, message, hint}: Failure): JsonObject => ({
  code,
  message,
  ...(hint === undefined ? {} : {hint}),
});
