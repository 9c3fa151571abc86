/**
 * Reads and checks the files of `run`, so that nothing starts if one of them is wrong.
 */
import {basename} from 'node:path';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {readScript, type ScriptCommand, showScriptErrors} from '../command/script.ts';
import type {Lab} from '../course/lab-types.ts';
import {areModulesThere, labFrom, readSource, resolversIn} from '../files/lab-file.ts';

export type LabFile = {readonly file: string} & (
  | {readonly type: 'script'; readonly commands: readonly ScriptCommand[]}
  | {readonly type: 'lab'; readonly lab: Lab}
);

interface ReadOptions {
  /** The leaders that the cluster will have. */
  readonly leaders: readonly LeaderId[];
  readonly warn: (line: string) => void;
  /** The texts of sources that are not files, by name. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Stops reading. */
  readonly signal?: AbortSignal;
}

/** All files, in the order given; undefined after it reported the errors in them. Leaves out readme files. */
export async function readFiles(
  named: readonly string[],
  options: ReadOptions,
): Promise<readonly LabFile[] | undefined> {
  const files = named.filter(isLab);
  if (files.length === 0) {
    options.warn(`${named.map(printable).join(' ')}: describes labs and is not a lab itself`);
    return undefined;
  }
  const read: LabFile[] = [];
  for (const file of files) {
    const source = options.texts?.get(file) ?? (await readSource(file, options.warn, options.signal));
    const one = source === undefined ? undefined : await readOne(file, source, options);
    if (one !== undefined) read.push(one);
  }
  return read.length === files.length ? read : undefined;
}

/** False for a readme: it describes the labs in its folder, and the pattern `labs/*.md` names it too. */
const isLab = (file: string): boolean => basename(file).toLowerCase() !== 'readme.md';

/**
 * Reads a lab if the name ends in .md, or if a text without a file begins like one; else a list of commands.
 */
async function readOne(
  file: string,
  source: string,
  {leaders, warn, texts}: ReadOptions,
): Promise<LabFile | undefined> {
  if (/\.md$/i.test(file) || (texts?.has(file) && /^---\r?\n/.test(source))) {
    const lab = await labFrom(file, source, warn);
    return lab && {file, type: 'lab', lab};
  }
  const script = readScript(source, {leaders});
  if (!script.ok) for (const line of showScriptErrors(file, script.errors)) warn(line);
  return script.ok && (await areModulesThere(file, resolversIn(script.commands), warn))
    ? {file, type: 'script', commands: script.commands}
    : undefined;
}
