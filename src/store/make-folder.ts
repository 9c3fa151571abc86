/**
 * `mkdir -p`. The version in Node 20 never returns if a parent exists but nothing can be created in it, as in
 * /proc.
 */
import {existsSync, mkdirSync, statSync} from 'node:fs';
import {dirname} from 'node:path';

/** `mode` applies to the last folder only; the folders above it follow the user's umask. */
export function makeFolder(path: string, mode?: number): void {
  if (isFolder(path)) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, {mode});
  } catch (error) {
    // Leaders of one lab start at the same time and share parents: another one may have been faster.
    if (!isFolder(path)) throw error;
  }
}

const isFolder = (path: string): boolean => statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;
