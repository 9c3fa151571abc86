/**
 * `leaderlab run`: command files carried out without a screen, for people or, with `json`, for programs. Nothing is printed here but through
 * the writers handed in.
 */
import {basename, dirname} from 'node:path';
import {type Result, succeed} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import type {Cluster, EngineName} from '../cluster/port.ts';
import type {About, Lab} from './course/lab.ts';
import {areModulesThere, labFrom, located, readSource, resolversIn} from './course/lab-file.ts';
import {playLab, type Tally} from './course/play.ts';
import {isSound} from './course/settle.ts';
import {settledToJson, showSettled, showStep} from './course/show-lab.ts';
import {type ExitStatus, exitStatusOf} from './exit-status.ts';
import {type Counted, counted} from './expected.ts';
import {Report} from './junit.ts';
import type {Entry} from './result.ts';
import {readScript, type ScriptCommand, showScriptErrors} from './script.ts';
import {createSession, type Search, type SessionOptions, type SessionWithLoads} from './session.ts';
import {showEntry, showFailure} from './show.ts';
import {entryToJson} from './to-json.ts';

export interface RunOptions {
  readonly engine: EngineName;
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
  readonly search?: Search;
  /** The checks of all files as JUnit writes them, for the tools that read that. */
  readonly keep?: (junit: string) => void;
}

/** What a file needs of its cluster; nothing special where it is a plain list of commands. */
export type StartCluster = (about: About | undefined) => Promise<Result<Cluster>>;

type Run = {readonly file: string} & (
  | {readonly type: 'script'; readonly commands: readonly ScriptCommand[]}
  | {readonly type: 'lab'; readonly lab: Lab}
);

/**
 * Runs each file on a cluster of its own, one after the other. `startCluster` fails where the engine cannot run here, and else answers when every
 * leader is up.
 */
export async function runFiles(files: readonly string[], options: RunOptions, startCluster: StartCluster): Promise<ExitStatus> {
  const labs = files.filter(isLab);
  if (labs.length === 0) {
    options.warn(`${files.map(printable).join(' ')}: tells of labs, and is none`);
    return 2;
  }
  const runs = await readAll(labs, options);
  if (runs === undefined) return 2;
  const report = new Report();
  let failed = 0;
  for (const run of runs) {
    const onlyOn = run.type === 'lab' ? run.lab.about.engine : undefined;
    if (onlyOn !== undefined && onlyOn !== options.engine) {
      options.write(skipped(run.file, onlyOn, options));
      continue;
    }
    const tally = await runOne(run, options, report, startCluster);
    if (!tally.ok) {
      for (const line of showFailure(tally.failure)) options.warn(line);
      return exitStatusOf(tally.failure);
    }
    failed += tally.value.failed;
    if (options.signal?.aborted) return 130;
  }
  options.keep?.(report.junit());
  return failed === 0 ? 0 : 1;
}

/** Every file, checked; undefined after telling what is wrong with any of them. */
async function readAll(files: readonly string[], options: RunOptions): Promise<readonly Run[] | undefined> {
  const runs: Run[] = [];
  for (const file of files) {
    const source = await readSource(file, options.warn);
    const run = source === undefined ? undefined : await readOne(file, source, options);
    if (run !== undefined) runs.push(run);
  }
  return runs.length === files.length ? runs : undefined;
}

/** A lab where the name ends in .md, else a list of commands. */
async function readOne(file: string, source: string, {leaders, warn}: RunOptions): Promise<Run | undefined> {
  if (/\.md$/i.test(file)) {
    const lab = await labFrom(file, source, warn);
    return lab && {file, type: 'lab', lab};
  }
  const script = readScript(source, {leaders});
  if (!script.ok) for (const line of showScriptErrors(file, script.errors)) warn(line);
  return script.ok && (await areModulesThere(file, resolversIn(script.commands), warn))
    ? {file, type: 'script', commands: script.commands}
    : undefined;
}

async function runOne(run: Run, options: RunOptions, report: Report, startCluster: StartCluster): Promise<Result<Tally>> {
  const startedMs = performance.now();
  const about = run.type === 'lab' ? await located(run.lab.about, dirname(run.file)) : succeed(undefined);
  if (!about.ok) return about;
  const started = await startCluster(about.value);
  if (!started.ok) return started;
  const cluster = started.value;
  try {
    report.begin(run.file);
    const tally =
      run.type === 'lab' ? await runLab(run.lab, run.file, cluster, options, report) : await runCommands(run, cluster, options, report);
    report.end(performance.now() - startedMs);
    options.write(summary(run.file, tally, options));
    return succeed(tally);
  } finally {
    await cluster.close();
  }
}

async function runLab(lab: Lab, file: string, cluster: Cluster, options: RunOptions, report: Report): Promise<Tally> {
  const {json, write, signal} = options;
  const session = createSession(cluster, {folder: dirname(file), loadsInBackground: false, ...searchOf(options)});
  const interrupt = (): void => session.interrupt();
  signal?.addEventListener('abort', interrupt, {once: true});
  const teller = new Teller(options, report);
  const tally = await playLab(lab, {
    run: text => session.run(text),
    judge: (check, limitMs) => session.judge(check, limitMs),
    isOver: () => signal?.aborted === true,
    tell: (entry, line, as) => teller.tell(entry, line, as),
    begin: step => {
      if (!json) for (const line of showStep(step)) write(line);
    },
    settled: settled => {
      if (json) write(JSON.stringify(settledToJson(settled)));
      else for (const line of showSettled(settled)) write(line);
      report.add(
        `predict ${settled.prediction.question}`,
        isSound(settled)
          ? undefined
          : showSettled(settled)
              .slice(1)
              .map(line => line.trim())
              .join('; '),
      );
    },
  });
  const failed = tally.failed + (await endLoads(session, teller, signal));
  signal?.removeEventListener('abort', interrupt);
  return {passed: tally.passed, failed};
}

async function runCommands(
  {file, commands}: {readonly file: string; readonly commands: readonly ScriptCommand[]},
  cluster: Cluster,
  options: RunOptions,
  report: Report,
): Promise<Tally> {
  const {signal} = options;
  const session = createSession(cluster, {folder: dirname(file), loadsInBackground: false, ...searchOf(options)});
  const interrupt = (): void => session.interrupt();
  signal?.addEventListener('abort', interrupt, {once: true});
  const teller = new Teller(options, report);
  let [passed, failed] = [0, 0];
  for (const [index, {line, text, action}] of commands.entries()) {
    if (signal?.aborted) break;
    const entry = await session.run(text);
    const as = counted(entry, action, commands[index + 1]?.action);
    teller.tell(entry, line, as);
    failed += teller.tellEnds(session.entries);
    if (as === 'passed') passed++;
    if (as === 'failed') failed++;
    if (action.type === 'quit') break;
  }
  failed += await endLoads(session, teller, signal);
  signal?.removeEventListener('abort', interrupt);
  return {passed, failed};
}

/** A file of that name tells people what there is, and stands where labs are named together: `labs/*.md`. */
const isLab = (file: string): boolean => basename(file).toLowerCase() !== 'readme.md';

/** How many loads in the background failed that had not ended before. */
async function endLoads(session: SessionWithLoads, teller: Teller, signal: AbortSignal | undefined): Promise<number> {
  if (signal?.aborted) session.interrupt();
  await session.loadsEnded();
  return teller.tellEnds(session.entries);
}

/** Writes entries, each once; what counts is a case of the report, too. */
class Teller {
  readonly #options: RunOptions;
  readonly #report: Report;
  /** By entry: the line of the command. */
  readonly #lines = new WeakMap<Entry, number>();

  constructor(options: RunOptions, report: Report) {
    this.#options = options;
    this.#report = report;
  }

  tell(entry: Entry, line: number, as: Counted): void {
    const {json, write} = this.#options;
    this.#lines.set(entry, line);
    if (as !== 'neither') this.#report.add(entry.text, as === 'passed' ? undefined : (entry.failure?.message ?? 'it failed'));
    if (json) write(JSON.stringify(entryToJson(line, entry)));
    else for (const shown of showEntry(entry)) write(shown);
  }

  /** Loads in the background that have ended meanwhile; says how many failed. */
  tellEnds(entries: readonly Entry[]): number {
    let failed = 0;
    for (const entry of entries) {
      if (entry.ends === undefined || this.#lines.has(entry)) continue;
      const isFailed = entry.status === 'fail';
      this.tell(entry, this.#lines.get(entry.ends) ?? 0, isFailed ? 'failed' : 'neither');
      if (isFailed) failed++;
    }
    return failed;
  }
}

const searchOf = ({search}: RunOptions): Pick<SessionOptions, 'search'> => (search === undefined ? {} : {search});

const skipped = (file: string, engine: EngineName, {json}: RunOptions): string =>
  json
    ? JSON.stringify({summary: {file, skipped: `only on ${engine}`}})
    : `${printable(file)}: not run: it is for the ${engine} engine alone`;

const summary = (file: string, {passed, failed}: Tally, {json, seed}: RunOptions): string =>
  json ? JSON.stringify({summary: {file, passed, failed, seed}}) : `${printable(file)}: ${passed} passed, ${failed} failed`;
