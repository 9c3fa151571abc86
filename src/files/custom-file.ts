/**
 * Finds the user's module: its path is relative to the folder where the lab was started, or to the file with
 * the command.
 */
import {stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import {fail, type Result, succeed} from '../base/failure.ts';
import {kindOf} from '../base/file-kind.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {Locate} from '../session/session.ts';

/**
 * Returns the spec with the absolute path of its file, and fails if there is no such file. A spec without a
 * file is returned as it is.
 */
export async function locate(spec: ResolverSpec, folder: string): Promise<Result<ResolverSpec>> {
  if (spec.name !== 'custom') return succeed(spec);
  const file = resolve(folder, spec.file);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return succeed({name: 'custom', file});
  return fail(
    'no-such-file',
    `${file}: ${found === undefined ? 'there is no such file' : `it is ${kindOf(found)}, not a file`}`,
    `looked for in ${folder}`,
  );
}

/** `locate` for one folder, as a session needs it. */
export const locateIn =
  (folder: string): Locate =>
  resolver =>
    locate(resolver, folder);
