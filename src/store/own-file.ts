/**
 * Safe access to this user's files in places where other users may have written: the shared temporary folder,
 * or a data folder that was once open to all. It never follows a link, never blocks (as on a FIFO), and reads
 * or writes only regular files that this user owns. Only this user can read the written files.
 */
import {randomBytes} from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {type Failure, FailureError, fail} from '../base/failure.ts';
import {decodeUtf8} from '../base/utf8.ts';
import {errorCode} from './disk-failure.ts';
import {makeFolder} from './make-folder.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
/** Windows has neither flag and does not need them. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const DRAFT_BYTES = 8;
/** The age after which a draft is no longer needed. */
const DRAFT_MS = 60_000;
const DRAFT_END = new RegExp(`\\.[0-9a-f]{${2 * DRAFT_BYTES}}$`);

/** The text of a file, or `undefined` if there is none. */
export function readOwnFile(path: string): string | undefined {
  return withOwnFile(path, constants.O_RDONLY, file => readFileSync(file, 'utf8'));
}

/**
 * The text of a file, and whether only this user can read it. Leaves its mode unchanged. `undefined` if there
 * is no file.
 */
export function readSecretFile(
  path: string,
): {readonly text: string; readonly isSecret: boolean} | undefined {
  const opened = openChecked(path, constants.O_RDONLY);
  if (opened === undefined) return undefined;
  try {
    const isSecret = process.getuid === undefined || (opened.found.mode & OTHERS) === 0;
    return {text: textOf(path, readFileSync(opened.file)), isSecret};
  } finally {
    closeSync(opened.file);
  }
}

function textOf(path: string, bytes: Buffer): string {
  const decoded = decodeUtf8(bytes);
  if (decoded.ok) return decoded.text;
  throw new FailureError(
    fail('syntax', `${path}:${decoded.line}:${decoded.column}: this is not UTF-8`, 'save the file as UTF-8')
      .failure,
  );
}

/** Returns the result of `use` for the open file; undefined if there is no file. */
export function withOwnFile<T>(path: string, flags: number, use: (file: number) => T): T | undefined {
  const file = openOwnFile(path, flags);
  if (file === undefined) return undefined;
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Creates the file with its text in one step. Returns false if something by that name exists, whatever it is.
 */
export function createOwnFile(path: string, text: string | Uint8Array): boolean {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, {force: true});
  }
}

/** Replaces the text of the file in one step, or keeps the old text. */
export function replaceOwnFile(path: string, text: string): void {
  const draft = writeDraft(path, text);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, {force: true});
    throw error;
  }
}

/**
 * Adds the text to the end of the file, and creates the file for this user alone if there is none. Throws a
 * `FailureError` if it is another user's, a link or no regular file, and the error of `node:fs` if the disk
 * refuses.
 */
export function appendOwnFile(path: string, text: string): void {
  withOwnFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, file =>
    appendFileSync(file, text),
  );
}

/** Whether the file ends in the middle of a line, as after a crash of its writer. */
export function lacksLineEnd(path: string): boolean {
  const last = withOwnFile(path, constants.O_RDONLY, file => {
    const byte = Buffer.alloc(1);
    const {size} = fstatSync(file);
    return size > 0 && readSync(file, byte, 0, 1, size - 1) === 1 ? byte.toString('latin1') : '\n';
  });
  return last !== undefined && last !== '\n';
}

/** Creates a missing folder for this user alone. Throws a `FailureError` if it belongs to another user. */
export function makeOwnFolder(path: string): void {
  makeFolder(path, FOLDER_MODE);
  const foreign = foreignFolder(path);
  if (foreign !== undefined) throw new FailureError(foreign);
}

/** The failure if the folder exists and belongs to another user. */
export function foreignFolder(path: string): Failure | undefined {
  let [link, found]: (Stats | undefined)[] = [];
  try {
    [link, found] = [lstatSync(path), statSync(path)];
  } catch {
    // Opening it reports the error.
  }
  // Another user's link could lead anywhere.
  if (link?.isSymbolicLink() && !isOurs(link) && link.uid !== 0) return anothers(path, link);
  return found === undefined || isOurs(found) ? undefined : anothers(path, found);
}

/**
 * Removes other users' rights from this program's files in the folder, and from the folder if it holds
 * nothing else. The caller must hold the lock of the folder. `isProgramFile` gets a name without the ending
 * of a draft. Drafts that a killed process left are removed.
 */
export function narrowOwnFolder(path: string, isProgramFile: (name: string) => boolean): void {
  removeOldDrafts(path, isProgramFile);
  const names = readdirSync(path);
  const programNames = names.filter(name => isProgramFile(name.replace(DRAFT_END, '')));
  for (const name of programNames) narrow(join(path, name));
  if (programNames.length === names.length && (statSync(path).mode & STICKY) === 0)
    narrow(realpathSync(path));
}

/** A process that asks for the lock at this moment has a draft, too. */
function removeOldDrafts(path: string, isProgramFile: (name: string) => boolean): void {
  for (const name of readdirSync(path)) {
    if (!DRAFT_END.test(name) || !isProgramFile(name.replace(DRAFT_END, ''))) continue;
    const found = lstatSync(join(path, name), {throwIfNoEntry: false});
    if (found?.isFile() && isOurs(found) && Date.now() - found.mtimeMs > DRAFT_MS)
      rmSync(join(path, name), {force: true});
  }
}

/** Whether this is a folder, not a link to one, and belongs to this user. */
export function isOwnFolder(path: string): boolean {
  const found = lstatSync(path, {throwIfNoEntry: false});
  return found?.isDirectory() === true && isOurs(found);
}

export const isOurs = ({uid}: Pick<Stats, 'uid'>): boolean =>
  process.getuid === undefined || uid === process.getuid();

/** Opens a file that stays open; undefined if there is no file. Use `withOwnFile` otherwise. */
export function openOwnFile(path: string, flags: number): number | undefined {
  const opened = openChecked(path, flags);
  if (opened !== undefined && (opened.found.mode & OTHERS) !== 0)
    tolerate(() => fchmodSync(opened.file, FILE_MODE));
  return opened?.file;
}

function openChecked(
  path: string,
  flags: number,
): {readonly file: number; readonly found: Stats} | undefined {
  let file: number;
  try {
    file = openSync(path, flags | CAREFULLY, FILE_MODE);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && (flags & constants.O_CREAT) === 0) return undefined;
    if (errorCode(error) === 'ELOOP')
      throw new FailureError(unusual(path, 'is a symbolic link, and links are not followed here'));
    if (errorCode(error) === 'ENXIO') throw new FailureError(unusual(path, 'is not a regular file'));
    throw error;
  }
  const found = fstatSync(file);
  const wrong = !found.isFile()
    ? unusual(path, 'is not a regular file')
    : isOurs(found)
      ? undefined
      : anothers(path, found);
  if (wrong !== undefined) {
    closeSync(file);
    throw new FailureError(wrong);
  }
  return {file, found};
}

/**
 * Writes a draft beside the file, under a name that nobody can guess. If the disk refuses it, nothing is
 * left.
 */
export function writeDraft(path: string, text: string | Uint8Array): string {
  const draft = `${path}.${randomBytes(DRAFT_BYTES).toString('hex')}`;
  const file = openSync(draft, 'wx', FILE_MODE);
  try {
    writeFileSync(file, text);
  } catch (error) {
    rmSync(draft, {force: true});
    throw error;
  } finally {
    closeSync(file);
  }
  return draft;
}

/** Removes all other users' rights from our file or folder. Some file systems have no such rights. */
function narrow(path: string): void {
  tolerate(() => {
    const found = lstatSync(path);
    if (!isOurs(found) || (found.mode & OTHERS) === 0) return;
    if (found.isDirectory()) chmodSync(path, FOLDER_MODE);
    // Opening the file removes the rights.
    else if (found.isFile()) withOwnFile(path, constants.O_RDONLY, () => {});
  });
}

function tolerate(act: () => void): void {
  try {
    act();
  } catch {
    // It stays as it is.
  }
}

const anothers = (path: string, {uid}: Stats): Failure =>
  fail('not-yours', `${path} belongs to another user (uid ${uid})`, 'use a data folder of your own').failure;

const unusual = (path: string, what: string): Failure =>
  fail('not-yours', `${path} ${what}`, 'remove it, or use another data folder').failure;
