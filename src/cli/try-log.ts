/**
 * Reads a log in a separate process first, because a damaged log can kill the process that reads it.
 */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import type {Failure} from '../base/failure.ts';
import {findPrograms} from '../engines/shared/programs.ts';
import {dataFileIn, deadlyLog} from '../store/lmdb-file.ts';

/**
 * A process that runs longer did not die of the log. The leader that opens the log next reports other errors.
 */
const LIMIT_MS = 30_000;

/**
 * Returns why a leader must not open the log in this folder; undefined unless reading the log kills a
 * process. The leader that opens the log reports all other errors.
 */
export function deadlyDamage(folder: string): Failure | undefined {
  if (!existsSync(dataFileIn(folder))) return undefined;
  const programs = findPrograms();
  if (!programs.ok) return programs.failure;
  const {signal} = spawnSync(process.execPath, [programs.value.leader, '--try-log', folder], {
    stdio: 'ignore',
    timeout: LIMIT_MS,
  });
  return signal === null || signal === 'SIGKILL' || signal === 'SIGTERM'
    ? undefined
    : deadlyLog(folder, signal);
}
