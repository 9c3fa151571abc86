/**
 * Finds the built programs that engines start, in `dist/` of the package.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {packageFolder} from '../../store/package-folder.ts';

/** Paths of the built programs. */
export interface Programs {
  readonly leader: string;
  readonly proxy: string;
  readonly cleanup: string;
}

/** Returns the paths of the built programs, or a failure that says how to build them. */
export function findPrograms(): Result<Programs> {
  const folder = packageFolder();
  const built = (name: string): string => join(folder, 'dist', `${name}.js`);
  const programs = {leader: built('leader'), proxy: built('proxy'), cleanup: built('cleanup')};
  const isBuilt = Object.values(programs).every(program => existsSync(program));
  return isBuilt
    ? succeed(programs)
    : fail('not-built', `the programs of the lab are not in ${join(folder, 'dist')}`, 'npm run build');
}
