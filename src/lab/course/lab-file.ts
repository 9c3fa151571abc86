/**
 * A lab's file, read and checked; whatever is wrong with it, or with files that it names, is told before anything starts.
 */
import {createReadStream} from 'node:fs';
import {basename, dirname} from 'node:path';
import {type Result, succeed} from '../../base/failure.ts';
import {printable} from '../../base/printable.ts';
import type {ResolverSpec} from '../../core/resolvers/spec.ts';
import {locate} from '../custom-file.ts';
import type {ScriptCommand} from '../script.ts';
import type {About, Lab} from './lab.ts';
import {readLab} from './read-lab.ts';
import {showLabErrors} from './show-lab.ts';

type Warn = (line: string) => void;

/** Room for a dozen commands with the longest of values. */
const FILE_LIMIT_MIB = 16;

/** The content of the file; undefined after a warning if it cannot be read. The limit also applies to pipes and devices. */
export async function readSource(file: string, warn: Warn): Promise<string | undefined> {
  const limitBytes = FILE_LIMIT_MIB * 1024 * 1024;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(file, {end: limitBytes})) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length <= limitBytes) return bytes.toString('utf8');
    warn(`${printable(file)}: the file is too long: the limit is ${FILE_LIMIT_MIB} MiB`);
  } catch (error) {
    warn(`${printable(file)}: cannot be read: ${readError(error as NodeJS.ErrnoException)}`);
  }
  return undefined;
}

/** The lab that the text is; undefined after telling what is wrong with it. */
export async function labFrom(file: string, source: string, warn: Warn): Promise<Lab | undefined> {
  const read = readLab(nameOf(file), source);
  if (!read.ok) for (const line of showLabErrors(file, read.errors)) warn(line);
  if (!read.ok) return undefined;
  const {about, resolverLine} = read.lab;
  const named = [{line: resolverLine, resolver: about.resolver}, ...resolversIn(commandsIn(read.lab))];
  return (await areModulesThere(file, named, warn)) ? read.lab : undefined;
}

const nameOf = (file: string): string => basename(file).replace(/\.md$/i, '');

/** A resolver, and the line that names it. */
interface NamedResolver {
  readonly line: number;
  readonly resolver: ResolverSpec;
}

export const resolversIn = (commands: readonly ScriptCommand[]): readonly NamedResolver[] =>
  commands.flatMap(({line, action}) => (action.type === 'resolver' ? [{line, resolver: action.resolver}] : []));

/** Whether the files that resolvers name are there; tells which are not. */
export async function areModulesThere(file: string, named: readonly NamedResolver[], warn: Warn): Promise<boolean> {
  const lines = await Promise.all(
    named.map(async ({line, resolver}) => {
      const located = await locate(resolver, dirname(file));
      return located.ok ? [] : [`${printable(file)}:${line}: ${printable(located.failure.message)}`];
    }),
  );
  for (const line of lines.flat()) warn(line);
  return lines.flat().length === 0;
}

const commandsIn = ({steps}: Lab): readonly ScriptCommand[] =>
  steps.flatMap(({parts}) => parts.flatMap(part => (part.type === 'commands' ? part.commands : part.type === 'task' ? part.solution : [])));

/** A module's file is relative to that of the lab. */
export async function located(about: About, folder: string): Promise<Result<About>> {
  const resolver = await locate(about.resolver, folder);
  return resolver.ok ? succeed({...about, resolver: resolver.value}) : {ok: false, failure: {...resolver.failure, code: 'custom-module'}};
}

const READ_ERRORS: {readonly [code: string]: string} = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
};

const readError = ({code, message}: NodeJS.ErrnoException): string => READ_ERRORS[code ?? ''] ?? printable(message);
