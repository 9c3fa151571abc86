/**
 * The standard error of real servers: PostgreSQL 15.18 with pglogical 2.4.2, and PostgreSQL 18.4, started
 * with `LOG_SETTINGS`. Some files hold only the lines of apply processes, and of the postmaster about them.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type LogRecord, ServerLog} from '../../../src/engines/postgres/server/server-log.ts';

const FOLDER = join(import.meta.dirname, 'log');

export const CAPTURED = readdirSync(FOLDER).map(file => file.replace(/\.txt$/, ''));

export const captured = (name: string): string => readFileSync(join(FOLDER, `${name}.txt`), 'utf8');

export function recordsOf(text: string): readonly LogRecord[] {
  const log = new ServerLog();
  return [...log.push(text), ...log.end()];
}

/** The lines as the server writes them: every further line of a text begins with a tab. */
export interface Written {
  readonly pid: number;
  readonly backend?: string;
  readonly application?: string;
  readonly sqlState?: string;
  readonly texts: readonly (readonly [tag: string, text: string])[];
}

/** One or more lines for each text. Lines of other processes may come between texts, but not within one. */
export function written({
  pid,
  backend = 'client backend',
  application = '',
  sqlState = '00000',
  texts,
}: Written): readonly string[] {
  const prefix = `<1795651083.516|${pid}|${sqlState}|0|${backend}|${application.padEnd(256)}>`;
  return texts.map(([tag, text]) => `${prefix}${tag}:  ${text.replaceAll('\n', '\n\t')}\n`);
}
