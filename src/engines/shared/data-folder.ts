/**
 * The folder of a lab's data: `leaders/us/` holds the log of a leader, `cluster.json` the settings to start
 * again with. The folder is temporary unless the person names one; a named folder belongs to one lab at a
 * time.
 */
import {existsSync, lstatSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import * as z from 'zod';
import {type Failure, FailureError, fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {TOPOLOGY_NAMES, type TopologySpec} from '../../command/topology.ts';
import {diskFailure} from '../../store/disk-failure.ts';
import {type FolderLock, LOCK_NAMES, lockFolder} from '../../store/folder-lock.ts';
import {makeFolder} from '../../store/make-folder.ts';
import {
  createOwnFile,
  foreignFolder,
  isOwnFolder,
  makeOwnFolder,
  narrowOwnFolder,
  readOwnFile,
  replaceOwnFile,
} from '../../store/own-file.ts';
import {isStoreFile} from '../../store/store-files.ts';
import {leaderIdSchema} from '../../wire/id-schemas.ts';
import {clockSchema, resolverSpecSchema} from '../../wire/leader-control.ts';
import {CONFLICT_NAMES} from './conflict-file.ts';
import {HISTORY_NAMES} from './history-file.ts';

const TEMPORARY_PREFIX = 'leaderlab-';
/**
 * Only temporary folders hold this file. It names the folder, so a copy of the folder does not count as
 * temporary.
 */
const MARKER = 'temporary';
const LEADERS = 'leaders';
const SAVED = 'cluster.json';
const NAMES: readonly string[] = [MARKER, LEADERS, SAVED, ...LOCK_NAMES, ...CONFLICT_NAMES];
const isLabFile = (name: string): boolean => NAMES.includes(name) || HISTORY_NAMES.test(name);
const markerText = (folder: string): string =>
  `${folder} is a temporary folder of leaderlab. If its lab was killed, the next lab removes it.\n`;

const topologySchema: z.ZodType<TopologySpec> = z.union([
  z.object({name: z.literal('star'), hub: leaderIdSchema.exactOptional()}),
  z.object({
    name: z.literal('custom'),
    links: z.array(z.object({a: leaderIdSchema, b: leaderIdSchema, both: z.boolean()})),
  }),
  z.object({name: z.enum(TOPOLOGY_NAMES).exclude(['star', 'custom'])}),
]);

/** Old labs wrote only leaders, topology and resolver. */
const savedSchema = z.object({
  /** Absent means native, which was the only engine at first. */
  engine: z.enum(['native', 'postgres', 'pglogical']).exactOptional(),
  leaders: z.array(leaderIdSchema).min(1),
  topology: topologySchema,
  resolver: resolverSpecSchema,
  forward: z.enum(['own', 'all']).exactOptional(),
  exceptions: z.record(leaderIdSchema, resolverSpecSchema).exactOptional(),
  delivery: z.enum(['fifo', 'causal']).exactOptional(),
  ack: z.enum(['local', 'quorum', 'all']).exactOptional(),
  loopguard: z.boolean().exactOptional(),
  clocks: z.record(leaderIdSchema, clockSchema).exactOptional(),
  pastClocks: z
    .array(z.object({leader: leaderIdSchema, clock: clockSchema, untilMs: z.number()}))
    .exactOptional(),
});

/** The engine and settings of a lab when it was last open. */
export type SavedCluster = z.infer<typeof savedSchema>;

/** An open data folder, locked for this lab. */
export interface DataFolder {
  readonly path: string;
  readonly isTemporary: boolean;
  /** True if no leader had a log here before. */
  readonly isNew: boolean;
  /** The settings of the lab that used the folder before. */
  readonly saved: SavedCluster | undefined;
  folderOf(leader: LeaderId): string;
  save(cluster: SavedCluster): void;
  /** Releases the lock, and removes a temporary folder. */
  close(): void;
}

/**
 * Opens the folder at this path, or a new temporary folder. Before a new temporary folder is created,
 * abandoned ones of labs that were killed are removed.
 */
export function openDataFolder(path: string | undefined): Result<DataFolder> {
  try {
    return succeed(path === undefined ? openTemporary() : openAt(resolve(path), false));
  } catch (error) {
    if (error instanceof FailureError) return {ok: false, failure: error.failure};
    return {ok: false, failure: diskFailure('open', path ?? tmpdir(), error)};
  }
}

function openTemporary(): DataFolder {
  removeAbandoned();
  const path = mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX));
  try {
    return openAt(path, true);
  } catch (error) {
    // A folder without its marker would never be removed by a later lab.
    rmSync(path, {recursive: true, force: true});
    throw error;
  }
}

function openAt(path: string, isTemporary: boolean): DataFolder {
  makeOwnFolder(path);
  const lock = lockFolder(path);
  try {
    const saved = readSaved(path);
    if (!saved.ok) throw new FailureError(saved.failure);
    const isNew = saved.value === undefined && !existsSync(join(path, LEADERS));
    mark(path, isTemporary);
    makeFolder(join(path, LEADERS), 0o700);
    refuseStrangeFolders(path);
    narrowAll(path);
    return dataFolder({path, isTemporary, isNew, saved: saved.value}, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function dataFolder(
  opened: Pick<DataFolder, 'path' | 'isTemporary' | 'isNew' | 'saved'>,
  lock: FolderLock,
): DataFolder {
  const {path, isTemporary} = opened;
  return {
    ...opened,
    folderOf: leader => join(path, LEADERS, leader),
    save: cluster => saveCluster(join(path, SAVED), cluster),
    close: () => {
      if (isTemporary) removeContent(path);
      lock.release();
      if (isTemporary) rmSync(path, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** Replaces the file in one step: a full disk leaves the old file. */
function saveCluster(path: string, cluster: SavedCluster): void {
  try {
    replaceOwnFile(path, `${JSON.stringify(cluster, null, 2)}\n`);
  } catch (error) {
    throw error instanceof FailureError ? error : new FailureError(diskFailure('write to', path, error));
  }
}

function mark(folder: string, isTemporary: boolean): void {
  if (isTemporary) createOwnFile(join(folder, MARKER), markerText(folder));
  // A user who names a folder wants to keep it, even if a killed lab left it behind.
  else if (isMarked(folder)) rmSync(join(folder, MARKER));
}

const isMarked = (folder: string): boolean => readOwnFile(join(folder, MARKER)) === markerText(folder);

/**
 * The lab writes into the folders of the leaders. So none of them may be a symbolic link, and no other user
 * may be able to replace one.
 */
function refuseStrangeFolders(folder: string): void {
  const leaders = join(folder, LEADERS);
  const foreign = foreignFolder(leaders);
  if (foreign !== undefined) throw new FailureError(foreign);
  for (const path of [leaders, ...readdirSync(leaders).map(name => join(leaders, name))]) {
    if (lstatSync(path).isSymbolicLink()) throw new FailureError(linked(path));
  }
}

const linked = (path: string): Failure =>
  fail(
    'not-yours',
    `${path} is a symbolic link, and the lab does not follow links here`,
    'replace it with the folder that it points to',
  ).failure;

/**
 * Makes the folder and the folders of all leaders private, even those of leaders that left. Folders of
 * PostgreSQL servers may belong to another account, and stay as they are.
 */
function narrowAll(folder: string): void {
  narrowOwnFolder(folder, isLabFile);
  const leaders = join(folder, LEADERS);
  if (!isOwnFolder(leaders)) return;
  for (const name of readdirSync(leaders))
    if (isOwnFolder(join(leaders, name))) narrowOwnFolder(join(leaders, name), isStoreFile);
}

/** The settings in a folder; undefined in a new folder. */
export function readSaved(folder: string): Result<SavedCluster | undefined> {
  const file = join(folder, SAVED);
  const foreign = foreignFolder(folder);
  if (foreign !== undefined) return {ok: false, failure: foreign};
  try {
    const text = readOwnFile(file);
    return succeed(text === undefined ? undefined : savedSchema.parse(JSON.parse(text)));
  } catch (error) {
    if (error instanceof FailureError) return {ok: false, failure: error.failure};
    return fail(
      'folder-unreadable',
      `${file} was not written by a lab, or is damaged`,
      'use another data folder, or remove that file to start with new leaders',
    );
  }
}

/** A lab that was ended by SIGKILL cannot remove its temporary folder; the next one does. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(TEMPORARY_PREFIX) || !isOwnFolder(folder)) continue;
    try {
      if (isMarked(folder)) removeIfAbandoned(folder);
    } catch {
      // Its owner is alive, or another lab is removing it.
    }
  }
}

/** Keeps the lock and the marker: if this process is killed meanwhile, the next lab continues. */
function removeContent(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== MARKER && !LOCK_NAMES.includes(name))
      rmSync(join(folder, name), {recursive: true, force: true, maxRetries: 5});
  }
}

/**
 * Throws if its owner is alive. Checks the marker again, because the folder may have been named as `--data`
 * before this lab locked it.
 */
function removeIfAbandoned(folder: string): void {
  const lock = lockFolder(folder);
  const isAbandoned = isMarked(folder);
  if (isAbandoned) removeContent(folder);
  lock.release();
  if (isAbandoned) rmSync(folder, {recursive: true, force: true});
}
