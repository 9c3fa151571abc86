/**
 * Bundles an entry of src/ or test/ to a file that plain Node runs, so that tests can start processes without
 * a build before them.
 */
import {createHash} from 'node:crypto';
import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * The path of the bundle: named by its content, where the packages it imports are found, complete as soon as
 * it is there.
 */
export async function buildEntry(entry: string): Promise<string> {
  const options = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    write: false,
  } as const;
  const {outputFiles} = await build({entryPoints: [join(ROOT, entry)], ...options});
  const code = outputFiles.map(file => file.text).join('');
  const folder = join(ROOT, 'node_modules', '.cache', 'leaderlab-test');
  mkdirSync(folder, {recursive: true});
  const path = join(folder, `${createHash('sha256').update(code).digest('hex').slice(0, 16)}.js`);
  writeFileSync(`${path}.${process.pid}`, code);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}
