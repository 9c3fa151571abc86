/**
 * The labs that come with the program: Markdown files in `labs/` of the package, wherever this code was itself loaded from.
 */
import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {fail, type Result, succeed} from './base/failure.ts';
import type {LabSource} from './lab/course/quiz.ts';

/** In the order of their numbers. */
export async function labSources(): Promise<Result<readonly LabSource[]>> {
  const folder = labsFolder();
  try {
    const files = (await readdir(folder)).filter(file => /^\d\d-.*\.md$/.test(file)).sort();
    const read = files.map(async file => ({name: file.replace(/\.md$/, ''), folder, source: await readFile(join(folder, file), 'utf8')}));
    return succeed(await Promise.all(read));
  } catch {
    return fail('no-labs', `the labs are not in ${folder}`, 'install the program again');
  }
}

function labsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'labs');
}
