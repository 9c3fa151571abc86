/**
 * Which labs a person has finished, in a file of the user. It is a convenience: if the file cannot be read or
 * written, nothing else is lost.
 */
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import * as z from 'zod';
import type {Done, Progress} from '../course/lab-types.ts';

const schema = z.object({
  version: z.literal(1),
  /** By the name of the lab: the best result, as right predictions of all. */
  labs: z.record(z.string(), z.object({right: z.number().int().min(0), of: z.number().int().min(0)})),
});

/** The path of the file, by the XDG Base Directory Specification, which says to ignore a relative path. */
export function progressFile(env: {readonly [name: string]: string | undefined}, home: string): string {
  const named = env.XDG_DATA_HOME ?? '';
  return join(isAbsolute(named) ? named : join(home, '.local', 'share'), 'leaderlab', 'progress.json');
}

export type ProgressRead =
  | {readonly ok: true; readonly progress: Progress}
  | {readonly ok: false; readonly why: string};

/** The results in the file; empty if there is no file yet. */
export async function readProgress(file: string): Promise<ProgressRead> {
  try {
    const read = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return read.success
      ? {ok: true, progress: read.data.labs}
      : {ok: false, why: `${file} is not in the format that leaderlab writes`};
  } catch (error) {
    if (isMissing(error)) return {ok: true, progress: {}};
    return {ok: false, why: error instanceof SyntaxError ? `${file} is damaged` : `${file} cannot be read`};
  }
}

/**
 * Saves the result if it is no worse than before. Returns why it could not be saved; a damaged file is left
 * as it is.
 */
export async function noteDone(file: string, lab: string, done: Done): Promise<string | undefined> {
  const read = await readProgress(file);
  if (!read.ok) return `not remembered: ${read.why}`;
  const before = read.progress[lab];
  const best = before !== undefined && before.of === done.of && before.right > done.right ? before : done;
  const text = `${JSON.stringify({version: 1, labs: {...read.progress, [lab]: best}}, null, 2)}\n`;
  try {
    await mkdir(dirname(file), {recursive: true});
    // The rename makes the write atomic, also when two labs end at the same time.
    await writeFile(`${file}.${process.pid}`, text);
    await rename(`${file}.${process.pid}`, file);
    return undefined;
  } catch {
    return `not remembered: ${file} cannot be written`;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
