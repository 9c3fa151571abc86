/**
 * `mkdir -p`. The one in Node 20 never ends where a parent exists and yet nothing can be made in it, as in /proc.
 */
import {existsSync, mkdirSync, statSync} from 'node:fs';
import {dirname} from 'node:path';

export function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  mkdirSync(path);
}
