/**
 * The labs that come with the program, and how a person names one.
 */
import {readdir, readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {fail, type Result, succeed} from '../base/failure.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import {isLabFile, type ListedLab, type NextLab, numberOf} from '../course/lab-types.ts';
import {readLab} from '../course/read-lab.ts';

/** The names of the labs in the folder, sorted: `01-…`, `02-…`. */
async function labNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter(isLabFile)
    .map(file => basename(file, '.md'))
    .sort();
}

/**
 * The file of a lab. `wanted` is its path, its number, its name, or a part of its name that no other lab has.
 */
export async function findLab(wanted: string, folder: string): Promise<Result<string>> {
  if (/\.md$/i.test(wanted)) return succeed(wanted);
  const names = await labNames(folder);
  const fileOf = (name: string): Result<string> => succeed(join(folder, `${name}.md`));
  const exact = names.find(name => name === wanted || numberOf(name) === wanted.replace(/^0+(?=\d)/, ''));
  if (exact !== undefined) return fileOf(exact);
  const [one, ...others] = names.filter(name => name.includes(wanted.toLowerCase()));
  if (one !== undefined && others.length === 0) return fileOf(one);
  const hint = 'leaderlab lab lists them; a file of your own ends in .md; for example: leaderlab lab 2';
  if (one !== undefined)
    return fail(
      'syntax',
      `several labs have "${wanted}" in their name: ${[one, ...others].join(', ')}`,
      hint,
    );
  const numbers = /^\d+$/.test(wanted)
    ? `; there are ${numberOf(names[0] ?? '')} to ${numberOf(names.at(-1) ?? '')}`
    : didYouMean(wanted, names);
  return fail('syntax', `no lab "${wanted}"${numbers}`, hint);
}

/** All labs in the folder, for the list. */
export async function readCatalog(folder: string): Promise<readonly ListedLab[]> {
  const names = await labNames(folder);
  return Promise.all(
    names.map(async (name): Promise<ListedLab> => {
      const read = readLab(name, await readFile(join(folder, `${name}.md`), 'utf8').catch(() => ''));
      return {name, about: read.ok ? read.lab.about : undefined};
    }),
  );
}

/** The lab after that one; undefined if it is the last, or not in the catalog. */
export function labBehind(name: string, catalog: readonly ListedLab[]): NextLab | undefined {
  const place = catalog.findIndex(one => one.name === name);
  const next = place < 0 ? undefined : catalog[place + 1];
  if (next === undefined) return undefined;
  return {
    command: `leaderlab lab ${numberOf(next.name) ?? next.name}`,
    title: next.about?.title ?? next.name,
  };
}
