/**
 * Reads and checks the file of a lab. It reports errors in it, and missing files that it names, before
 * anything starts.
 */
import {createReadStream, fstatSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {addAbortSignal, type Readable} from 'node:stream';
import {type Result, succeed} from '../base/failure.ts';
import {printable} from '../base/printable.ts';
import {decodeUtf8} from '../base/utf8.ts';
import type {ScriptCommand} from '../command/script.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {About, Lab} from '../course/lab-types.ts';
import {showLabErrors} from '../course/show-lab.ts';
import {locate} from './custom-file.ts';

type Warn = (line: string) => void;

const MIB = 1024 * 1024;
/** Enough for a dozen commands with the longest values. */
const FILE_LIMIT_BYTES = 16 * MIB;

/**
 * The text of the file; undefined after it reported why it cannot be read. The limit holds for a pipe or a
 * device, too.
 */
export const readSource = (file: string, warn: Warn, signal?: AbortSignal): Promise<string | undefined> =>
  readText(createReadStream(file), file, warn, signal);

/**
 * The whole input, up to the limit; undefined if it was aborted, or after it reported why it cannot be read.
 */
async function readText(
  source: Readable,
  name: string,
  warn: Warn,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    if (signal !== undefined) addAbortSignal(signal, source);
    for await (const chunk of source) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > FILE_LIMIT_BYTES) break;
    }
  } catch (error) {
    if (!signal?.aborted)
      warn(`${printable(name)}: cannot be read: ${readError(error as NodeJS.ErrnoException)}`);
    return undefined;
  }
  if (bytes <= FILE_LIMIT_BYTES) return textOf(Buffer.concat(chunks), name, warn);
  warn(`${printable(name)}: the file is too long: the limit is ${FILE_LIMIT_BYTES / MIB} MiB`);
  return undefined;
}

function textOf(bytes: Buffer, name: string, warn: Warn): string | undefined {
  const decoded = decodeUtf8(bytes);
  if (decoded.ok) return decoded.text;
  warn(`${printable(name)}:${decoded.line}:${decoded.column}: this is not UTF-8; save the file as UTF-8`);
  return undefined;
}

/** The text of the standard input; undefined after it reported why it cannot be read. */
export async function readStandardInput(
  name: string,
  warn: Warn,
  signal?: AbortSignal,
): Promise<string | undefined> {
  // Node takes a folder for an empty input.
  if (isFolder(STDIN)) {
    warn(`${printable(name)}: cannot be read: ${IS_FOLDER}`);
    return undefined;
  }
  return readText(process.stdin, name, warn, signal);
}

const STDIN = 0;

function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    // Reading it reports the error.
    return false;
  }
}

/**
 * Parses the text as a lab; undefined after it reported what is wrong with it. The parser of YAML is loaded
 * only here, because a script needs none.
 */
export async function labFrom(file: string, source: string, warn: Warn): Promise<Lab | undefined> {
  const {readLab} = await import('../course/read-lab.ts');
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

/** Returns the resolvers that `resolver` commands set, each with the line of its command in the file. */
export const resolversIn = (commands: readonly ScriptCommand[]): readonly NamedResolver[] =>
  commands.flatMap(({line, action}) =>
    action.type === 'resolver' ? [{line, resolver: action.resolver}] : [],
  );

/** True if the files that resolvers name exist; reports those that do not. */
export async function areModulesThere(
  file: string,
  named: readonly NamedResolver[],
  warn: Warn,
): Promise<boolean> {
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
  steps.flatMap(({parts}) =>
    parts.flatMap(part =>
      part.type === 'commands' ? part.commands : part.type === 'task' ? part.solution : [],
    ),
  );

/** The front matter with the absolute path of its module, which is relative to the folder of the lab. */
export async function located(about: About, folder: string): Promise<Result<About>> {
  const resolver = await locate(about.resolver, folder);
  return resolver.ok
    ? succeed({...about, resolver: resolver.value})
    : {ok: false, failure: {...resolver.failure, code: 'custom-module'}};
}

const IS_FOLDER = 'it is a folder';
const READ_ERRORS: {readonly [code: string]: string} = {
  ENOENT: 'there is no such file',
  EISDIR: IS_FOLDER,
  EACCES: 'reading it is not allowed',
};

const readError = ({code, message}: NodeJS.ErrnoException): string =>
  READ_ERRORS[code ?? ''] ?? printable(message);
