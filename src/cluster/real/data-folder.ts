/**
 * The folder of a lab's data: `leaders/us/` holds a leader's log, `cluster.json` what to start again. Temporary unless the person
 * named one; a named one belongs to one lab at a time.
 */
import {existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import * as z from 'zod';
import {FailureError, fail, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {TOPOLOGY_NAMES, type TopologySpec} from '../../command/action.ts';
import {diskFailure} from '../../store/disk-failure.ts';
import {type FolderLock, lockFolder} from '../../store/folder-lock.ts';
import {makeFolder} from '../../store/make-folder.ts';
import {leaderIdSchema} from '../../wire/ids.ts';
import {clockSchema, resolverSpecSchema} from '../../wire/leader-control.ts';

const TEMPORARY_PREFIX = 'leaderlab-';

const topologySchema: z.ZodType<TopologySpec> = z.union([
  z.object({name: z.literal('star'), hub: leaderIdSchema.exactOptional()}),
  z.object({name: z.literal('custom'), links: z.array(z.object({a: leaderIdSchema, b: leaderIdSchema, both: z.boolean()}))}),
  z.object({name: z.enum(TOPOLOGY_NAMES).exclude(['star', 'custom'])}),
]);

/** The first labs wrote only leaders, topology and resolver. */
const savedSchema = z.object({
  /** Where it is not there, native: there was no other yet. */
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
  pastClocks: z.array(z.object({leader: leaderIdSchema, clock: clockSchema, untilMs: z.number()})).exactOptional(),
});

/** What a lab was when it was last open. */
export type SavedCluster = z.infer<typeof savedSchema>;

export interface DataFolder {
  readonly path: string;
  readonly isTemporary: boolean;
  /** No leader had its log here before. */
  readonly isNew: boolean;
  /** Of the lab that was here before. */
  readonly saved: SavedCluster | undefined;
  folderOf(leader: LeaderId): string;
  save(cluster: SavedCluster): void;
  /** Gives the folder up; a temporary one is removed. */
  close(): void;
}

/** Without a path: a new temporary folder; those of labs that died without removing theirs are removed first. */
export function openDataFolder(path: string | undefined): Result<DataFolder> {
  const isTemporary = path === undefined;
  try {
    if (isTemporary) removeAbandoned();
    const folder = isTemporary ? mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX)) : resolve(path);
    makeFolder(folder);
    const lock = lockFolder(folder);
    const saved = readSaved(folder);
    if (!saved.ok) {
      lock.release();
      return saved;
    }
    return succeed(dataFolder(folder, isTemporary, lock, saved.value));
  } catch (error) {
    if (error instanceof FailureError) return {ok: false, failure: error.failure};
    return {ok: false, failure: diskFailure('open', path ?? tmpdir(), error)};
  }
}

function dataFolder(path: string, isTemporary: boolean, lock: FolderLock, saved: SavedCluster | undefined): DataFolder {
  return {
    path,
    isTemporary,
    isNew: saved === undefined && !existsSync(join(path, 'leaders')),
    saved,
    folderOf: leader => join(path, 'leaders', leader),
    save: cluster => replaceFile(join(path, 'cluster.json'), `${JSON.stringify(cluster, null, 2)}\n`),
    close: () => {
      lock.release();
      if (isTemporary) rmSync(path, {recursive: true, force: true, maxRetries: 5});
    },
  };
}

/** At once: a disk that is full leaves what was there. */
function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, {force: true});
    throw new FailureError(diskFailure('write to', path, error));
  }
}

/** What was there when a lab last had the folder open; nothing in a new one. */
export function readSaved(folder: string): Result<SavedCluster | undefined> {
  const file = join(folder, 'cluster.json');
  if (!existsSync(file)) return succeed(undefined);
  try {
    return succeed(savedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch {
    return fail(
      'folder-unreadable',
      `${file} is not what a lab writes`,
      'use another data folder, or remove that file to start the leaders in it anew',
    );
  }
}

/** A lab that was ended by SIGKILL cannot remove its temporary folder; the next one does. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(TEMPORARY_PREFIX) || !existsSync(join(folder, 'owner.lock'))) continue;
    try {
      lockFolder(folder).release();
      rmSync(folder, {recursive: true, force: true});
    } catch {
      // Its owner lives, or another lab is at it.
    }
  }
}
