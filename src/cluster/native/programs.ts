/**
 * Where the built programs are that this engine starts: in `dist/` of the package.
 */
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {fail, type Result, succeed} from '../../base/failure.ts';

export interface Programs {
  readonly leader: string;
  readonly proxy: string;
}

/** The folder of the package, wherever this code was itself loaded from. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

export function findPrograms(): Result<Programs> {
  const folder = packageFolder();
  const programs = {leader: join(folder, 'dist', 'leader.js'), proxy: join(folder, 'dist', 'proxy.js')};
  const isBuilt = existsSync(programs.leader) && existsSync(programs.proxy);
  return isBuilt
    ? succeed(programs)
    : fail('not-built', `the programs of leader and proxy are not in ${join(folder, 'dist')}`, 'npm run build');
}
