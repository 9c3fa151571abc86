/**
 * The labs that come with the program: Markdown files and command files in `labs/` of the package. This file
 * imports little, because every start of the program loads it; `files/lab-catalog.ts` reads the contents of
 * the labs.
 */
import {existsSync, readdirSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fail, type Result, succeed} from '../base/failure.ts';
import {isLabFile, numberOf} from '../course/lab-types.ts';
import type {LabSource} from '../course/quiz-lab.ts';
import {packageFolder} from '../store/package-folder.ts';

export const labsFolder = (): string => join(packageFolder(), 'labs');

/** In the order of their numbers. */
export async function labSources(): Promise<Result<readonly LabSource[]>> {
  const folder = labsFolder();
  try {
    const files = (await readdir(folder)).filter(isLabFile).sort();
    const read = files.map(async file => ({
      name: file.replace(/\.md$/, ''),
      folder,
      source: await readFile(join(folder, file), 'utf8'),
    }));
    return succeed(await Promise.all(read));
  } catch {
    return fail('no-labs', `the labs are not in ${folder}`, 'install the program again');
  }
}

/** The names of the bundled files: `first-steps`, `02-last-write-wins`, …; none if the folder is missing. */
export const bundledNames = (): readonly string[] => bundledFiles().map(stemOf);

/** The bundled file that a word names: by its name, with or without its ending, or by a lab's number. */
export function bundledFile(word: string): string | undefined {
  const number = word.replace(/^0+(?=\d)/, '');
  const file = bundledFiles().find(one => one === word || stemOf(one) === word || numberOf(one) === number);
  return file === undefined ? undefined : join(labsFolder(), file);
}

const stemOf = (file: string): string => file.replace(/\.(?:md|lab)$/, '');

function bundledFiles(): readonly string[] {
  const folder = labsFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(file => isLabFile(file) || file.endsWith('.lab'))
    .sort();
}
