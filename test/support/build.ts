/**
 * Bundles an entry of src/ to a temporary file that plain Node runs, so that tests can start processes without a build before them.
 */
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');

/** The path of the bundle; it goes when the test process ends. It lies where the packages it imports are found. */
export async function buildEntry(entry: string): Promise<string> {
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, {recursive: true});
  const folder = mkdtempSync(join(cache, 'leaderlab-test-'));
  process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
  const outfile = join(folder, 'entry.js');
  const options = {bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent'} as const;
  await build({entryPoints: [join(ROOT, entry)], outfile, ...options});
  return outfile;
}
