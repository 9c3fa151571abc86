/**
 * `leaderlab run`: command files carried out without a screen, for people or, with `json`, for programs. Nothing is printed here but through
 * the writers handed in.
 */
import {readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {type Result, succeed} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import type {Cluster} from '../cluster/port.ts';
import type {Action} from '../command/action.ts';
import {locate} from './custom-file.ts';
import {type ExitStatus, exitStatusOf} from './exit-status.ts';
import type {Entry} from './result.ts';
import {readScript, type ScriptCommand, showScriptErrors} from './script.ts';
import {createSession} from './session.ts';
import {showEntry, showFailure} from './show.ts';
import {entryToJson} from './to-json.ts';

export interface RunOptions {
  /** The leaders that the cluster will have: commands are checked against them before it is started. */
  readonly leaders: readonly LeaderId[];
  readonly json: boolean;
  /** Printed, so that a run can be repeated. */
  readonly seed: number;
  /** One line of output. */
  readonly write: (line: string) => void;
  /** One line about what is wrong: never among the output. */
  readonly warn: (line: string) => void;
  /** The person breaks it off: what runs is interrupted, what started is ended. */
  readonly signal?: AbortSignal;
}

export type StartCluster = () => Promise<Result<Cluster>>;

interface Run {
  readonly file: string;
  readonly commands: readonly ScriptCommand[];
}

interface Tally {
  /** Checks that held. */
  readonly passed: number;
  /** Checks that did not hold, and commands that failed unexpectedly. */
  readonly failed: number;
}

/**
 * Runs each file on a cluster of its own, one after the other. `startCluster` fails where the engine cannot run here, and else answers when every
 * leader is up.
 */
export async function runFiles(files: readonly string[], options: RunOptions, startCluster: StartCluster): Promise<ExitStatus> {
  const runs = await readAll(files, options);
  if (runs === undefined) return 2;
  let failed = 0;
  for (const run of runs) {
    const tally = await runOne(run, options, startCluster);
    if (!tally.ok) {
      for (const line of showFailure(tally.failure)) options.warn(line);
      return exitStatusOf(tally.failure);
    }
    failed += tally.value.failed;
    if (options.signal?.aborted) return 130;
  }
  return failed === 0 ? 0 : 1;
}

/** Every file, checked; undefined after telling what is wrong with any of them. */
async function readAll(files: readonly string[], {leaders, warn}: RunOptions): Promise<readonly Run[] | undefined> {
  const runs: Run[] = [];
  for (const file of files) {
    const source = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      warn(`${printable(file)}: cannot be read: ${readError(error)}`);
      return undefined;
    });
    if (source === undefined) continue;
    const script = readScript(source, {leaders});
    if (!script.ok) for (const line of showScriptErrors(file, script.errors)) warn(line);
    else if (await areModulesThere(file, script.commands, warn)) runs.push({file, commands: script.commands});
  }
  return runs.length === files.length ? runs : undefined;
}

/** Whether the files that `resolver custom` names are there; tells which are not. */
async function areModulesThere(file: string, commands: readonly ScriptCommand[], warn: RunOptions['warn']): Promise<boolean> {
  const lines = await Promise.all(
    commands.map(async ({line, action}) => {
      const located = action.type === 'resolver' ? await locate(action.resolver, dirname(file)) : undefined;
      return located?.ok === false ? [`${printable(file)}:${line}: ${printable(located.failure.message)}`] : [];
    }),
  );
  for (const line of lines.flat()) warn(line);
  return lines.flat().length === 0;
}

const READ_ERRORS: {readonly [code: string]: string} = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
};

const readError = ({code, message}: NodeJS.ErrnoException): string => READ_ERRORS[code ?? ''] ?? printable(message);

async function runOne(run: Run, options: RunOptions, startCluster: StartCluster): Promise<Result<Tally>> {
  const started = await startCluster();
  if (!started.ok) return started;
  const cluster = started.value;
  try {
    const tally = await runCommands(run, cluster, options);
    options.write(summary(run.file, tally, options));
    return succeed(tally);
  } finally {
    await cluster.close();
  }
}

async function runCommands({file, commands}: Run, cluster: Cluster, options: RunOptions): Promise<Tally> {
  const {signal} = options;
  const session = createSession(cluster, {folder: dirname(file), loadsInBackground: false});
  signal?.addEventListener('abort', () => session.interrupt(), {once: true});
  const teller = new Teller(options);
  let [passed, failed] = [0, 0];
  for (const [index, {line, text, action}] of commands.entries()) {
    if (signal?.aborted) break;
    const entry = await session.run(text);
    teller.tell(entry, line);
    failed += teller.tellEnds(session.entries);
    if (action.type === 'expect' && entry.status === 'ok') passed++;
    if (isFailed(entry, action, commands[index + 1]?.action)) failed++;
    if (action.type === 'quit') break;
  }
  if (signal?.aborted) session.interrupt();
  await session.loadsEnded();
  failed += teller.tellEnds(session.entries);
  return {passed, failed};
}

/** Writes entries, each once. */
class Teller {
  readonly #options: RunOptions;
  /** By entry: the line of the command. */
  readonly #lines = new WeakMap<Entry, number>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  tell(entry: Entry, line: number): void {
    const {json, write} = this.#options;
    this.#lines.set(entry, line);
    if (json) write(JSON.stringify(entryToJson(line, entry)));
    else for (const shown of showEntry(entry)) write(shown);
  }

  /** Loads in the background that have ended meanwhile; says how many failed. */
  tellEnds(entries: readonly Entry[]): number {
    let failed = 0;
    for (const entry of entries) {
      if (entry.ends === undefined || this.#lines.has(entry)) continue;
      this.tell(entry, this.#lines.get(entry.ends) ?? 0);
      if (entry.status === 'fail') failed++;
    }
    return failed;
  }
}

/** A check that does not hold, or a command that failed although the next line does not expect it to. */
function isFailed({status}: Entry, action: Action, next: Action | undefined): boolean {
  if (action.type === 'expect') return status !== 'ok';
  const isExpected = next?.type === 'expect' && next.check.type === 'outcome' && next.check.expected !== 'ok';
  return status === 'fail' && !isExpected;
}

const summary = (file: string, {passed, failed}: Tally, {json, seed}: RunOptions): string =>
  json ? JSON.stringify({summary: {file, passed, failed, seed}}) : `${printable(file)}: ${passed} passed, ${failed} failed`;
