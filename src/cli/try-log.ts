/**
 * Reads a log in a separate process first, because a damaged log can kill the process that reads it.
 */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import type {Failure} from '../base/failure.ts';
import {findPrograms} from '../engines/shared/programs.ts';
import {dataFileIn, deadlyLog} from '../store/lmdb-file.ts';

/** What takes longer did not die of the log: whoever opens it next says what is wrong. */
const LIMIT_MS = 30_000;

/**
 * Why a leader must not open the log in this folder, if reading it ends a process. Whatever else is wrong,
 * opening it says.
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
