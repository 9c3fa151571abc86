/**
 * Keeps the prompt history between sessions in a file of the user. It is a convenience: if the file cannot be
 * used, the lab works with the history of the current session only.
 *
 * Each line holds one command as a JSON text. Labs that run at the same time append their own commands, one
 * line per write. A large file is renamed and a new one begins; the previously renamed file is deleted.
 */
import {constants, fstatSync, readSync, renameSync, statSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, isAbsolute, join} from 'node:path';
import {lockFolder} from '../store/folder-lock.ts';
import {appendOwnFile, makeOwnFolder, withOwnFile} from '../store/own-file.ts';

const FILE_LIMIT_BYTES = 256 * 1024;
/** A longer command is not kept. */
const LINE_LIMIT_BYTES = 4096;
const KEPT_COMMANDS = 1000;

/** As the XDG Base Directory Specification says; a relative path there is to be ignored. */
export function historyFile(env: {readonly [name: string]: string | undefined}, home: string): string {
  const named = env.XDG_STATE_HOME ?? '';
  return join(isAbsolute(named) ? named : join(home, '.local', 'state'), 'leaderlab', 'history');
}

/** Oldest first; empty where nothing can be read. */
export function readHistory(file: string): readonly string[] {
  return [...linesOf(`${file}.1`), ...linesOf(file)].slice(-KEPT_COMMANDS);
}

export interface PromptHistory {
  /** Of other sessions, oldest first. */
  readonly commands: readonly string[];
  /** Keeps a command of this one. */
  readonly remember: (command: string) => void;
}

/** Opens the history of earlier sessions. Never throws: without a usable file the history is empty. */
export function openHistory(file = historyFile(process.env, homedir())): PromptHistory {
  return {
    commands: readHistory(file),
    remember(command) {
      const line = `${JSON.stringify(command)}\n`;
      if (Buffer.byteLength(line) <= LINE_LIMIT_BYTES) append(file, line);
    },
  };
}

function linesOf(file: string): string[] {
  try {
    const read = withOwnFile(file, constants.O_RDONLY, handle => {
      const {size} = fstatSync(handle);
      const from = Math.max(0, size - FILE_LIMIT_BYTES);
      const buffer = Buffer.alloc(size - from);
      const bytesRead = readSync(handle, buffer, 0, buffer.length, from);
      // The first line may have been cut.
      return buffer
        .toString('utf8', 0, bytesRead)
        .split('\n')
        .slice(from > 0 ? 1 : 0);
    });
    return (read ?? []).flatMap(commandOf);
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

function append(file: string, line: string): void {
  try {
    makeOwnFolder(dirname(file));
    appendOwnFile(file, line);
    if (statSync(file).size > FILE_LIMIT_BYTES) setAside(file);
  } catch {
    // Only this session keeps it.
  }
}

/** Only one lab at a time does this: a second one would rename the new file that the first has just begun. */
function setAside(file: string): void {
  const lock = lockFolder(dirname(file));
  try {
    if (statSync(file).size > FILE_LIMIT_BYTES) renameSync(file, `${file}.1`);
  } finally {
    lock.release();
  }
}
