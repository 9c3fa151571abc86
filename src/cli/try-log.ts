/**
 * Reads a log in a separate process first, because a damaged log can kill the process that reads it.
 */
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import type {Failure} from '../base/failure.ts';
import {findPrograms} from '../cluster/real/programs.ts';
import {dataFileIn, deadlyLog} from '../store/lmdb-file.ts';

/** Why a leader must not open the log in this folder, if reading it kills a process. Opening the log reports all other faults. */
export function deadlyDamage(folder: string): Failure | undefined {
  if (!existsSync(dataFileIn(folder))) return undefined;
  const programs = findPrograms();
  if (!programs.ok) return programs.failure;
  const {signal} = spawnSync(process.execPath, [programs.value.leader, '--try-log', folder], {stdio: 'ignore'});
  return signal === null || signal === 'SIGKILL' || signal === 'SIGTERM' ? undefined : deadlyLog(folder, signal);
}
