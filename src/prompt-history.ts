/**
 * Keeps the prompt history between sessions in a file of the user. It is a convenience: if the file cannot be used, the lab works with the
 * history of the current session only.
 *
 * Each line holds one command as a JSON text. Labs that run at the same time append their own commands, one line per write. A large file is
 * renamed and a new one begins; the previously renamed file is deleted.
 */
import {constants, type Stats} from 'node:fs';
import {type FileHandle, mkdir, open, rename, rmdir, stat} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, isAbsolute, join} from 'node:path';

const FILE_LIMIT_BYTES = 256 * 1024;
/** A longer command is not kept. */
const LINE_LIMIT_BYTES = 4096;
const KEPT_COMMANDS = 1000;
/** Renaming takes a moment; after this time the lock of a dead lab is ignored. */
const LOCK_LIMIT_MS = 60_000;

/** Follows no link, and never blocks on what lies there. */
const SAFELY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** As the XDG Base Directory Specification says; a relative path there is to be ignored. */
export function historyFile(env: {readonly [name: string]: string | undefined}, home: string): string {
  const named = env.XDG_STATE_HOME ?? '';
  return join(isAbsolute(named) ? named : join(home, '.local', 'state'), 'leaderlab', 'history');
}

/** Oldest first; empty where nothing can be read. */
export async function readHistory(file: string): Promise<readonly string[]> {
  const parts = await Promise.all([linesOf(`${file}.1`), linesOf(file)]);
  return parts.flat().slice(-KEPT_COMMANDS);
}

export interface PromptHistory {
  /** Of other sessions, oldest first. */
  readonly commands: readonly string[];
  /** Keeps a command of this one. */
  readonly remember: (command: string) => void;
  /** Once all is written that can be. */
  readonly close: () => Promise<void>;
}

export async function openHistory(file = historyFile(process.env, homedir())): Promise<PromptHistory> {
  let last = Promise.resolve();
  return {
    commands: await readHistory(file),
    remember(command) {
      const line = `${JSON.stringify(command)}\n`;
      if (Buffer.byteLength(line) <= LINE_LIMIT_BYTES) last = last.then(() => append(file, line)).catch(() => undefined);
    },
    close: () => last,
  };
}

async function linesOf(file: string): Promise<string[]> {
  try {
    const handle = await open(file, constants.O_RDONLY | SAFELY);
    try {
      const {size} = await ownFile(handle);
      const from = Math.max(0, size - FILE_LIMIT_BYTES);
      const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
      // The first one may have been cut.
      return lines.slice(from > 0 ? 1 : 0).flatMap(commandOf);
    } finally {
      await handle.close();
    }
  } catch {
    return [];
  }
}

function commandOf(line: string): string[] {
  try {
    const command: unknown = JSON.parse(line);
    return typeof command === 'string' && command.trim() !== '' ? [command] : [];
  } catch {
    return [];
  }
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), {recursive: true, mode: 0o700});
  const handle = await open(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | SAFELY, 0o600);
  try {
    const {size, mode} = await ownFile(handle);
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    await handle.write(line);
    if (size > FILE_LIMIT_BYTES) await setAside(file);
  } finally {
    await handle.close();
  }
}

/** Refuses anything but a regular file of this user. */
async function ownFile(handle: FileHandle): Promise<Stats> {
  const found = await handle.stat();
  if (!found.isFile() || (process.getuid !== undefined && found.uid !== process.getuid())) throw new Error('not a file of this user');
  return found;
}

/** Only one lab at a time may rename: a second one would rename the new file. */
async function setAside(file: string): Promise<void> {
  const lock = `${file}.lock`;
  const age = await stat(lock).then(
    ({mtimeMs}) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > LOCK_LIMIT_MS) await rmdir(lock);
  await mkdir(lock);
  try {
    const {size} = await stat(file);
    if (size > FILE_LIMIT_BYTES) await rename(file, `${file}.1`);
  } finally {
    await rmdir(lock);
  }
}
