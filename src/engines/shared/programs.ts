/**
 * Where the built programs are that this engine starts: in `dist/` of the package.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fail, type Result, succeed} from '../../base/failure.ts';
import {packageFolder} from '../../store/package-folder.ts';

export interface Programs {
  readonly leader: string;
  readonly proxy: string;
  readonly janitor: string;
}

export function findPrograms(): Result<Programs> {
  const folder = packageFolder();
  const built = (name: string): string => join(folder, 'dist', `${name}.js`);
  const programs = {leader: built('leader'), proxy: built('proxy'), janitor: built('janitor')};
  const isBuilt = Object.values(programs).every(program => existsSync(program));
  return isBuilt
    ? succeed(programs)
    : fail('not-built', `the programs of the lab are not in ${join(folder, 'dist')}`, 'npm run build');
}
