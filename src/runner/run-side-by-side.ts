/**
 * `leaderlab run` on several engines: carries out every file on a cluster of each engine that it is for, one
 * after the other, and then shows where the results differ.
 */

import type {Failure, Result} from '../base/failure.ts';
import {printable, printableJson} from '../base/printable.ts';
import type {About} from '../course/lab-types.ts';
import {isSound} from '../course/settle-predictions.ts';
import type {Cluster} from '../port/cluster.ts';
import type {EngineName} from '../port/engine-name.ts';
import {showFailure} from '../report/entry-document.ts';

import {carryOut, type Listener, type StartCluster, withCluster} from './execute.ts';
import {type ExitStatus, exitStatusOf} from './exit-status.ts';
import {Report} from './junit.ts';
import {type LabFile, readFiles} from './read-files.ts';
import {isFor, keepEntry, keepSettled, type OutputOptions, skipped} from './run-files.ts';
import {rowToJson, showDifferences, showRun, showSummary, summaryToJson} from './show-side-by-side.ts';
import {type EngineRun, type LineResult, sideBySide} from './side-by-side.ts';

export interface SideBySideOptions extends OutputOptions {
  /** In terminal columns. */
  readonly width: number;
}

export interface Engine {
  readonly name: EngineName;
  readonly start: StartCluster;
  /** Why the engine cannot run the lab; undefined if it can. Called before anything starts. */
  readonly whyNot: (about: About | undefined) => Promise<Failure | undefined>;
}

/** Runs the files, and writes where the engines differ. Differences do not fail the run; failed checks do. */
export async function runSideBySide(
  named: readonly string[],
  options: SideBySideOptions,
  engines: readonly Engine[],
): Promise<ExitStatus> {
  const files = await readFiles(named, options);
  if (files === undefined) return 2;
  const unable = await firstUnable(files, engines);
  if (unable !== undefined) return warnOf(unable, options);
  const report = new Report();
  let hasFailed = false;
  for (const [i, file] of files.entries()) {
    if (i > 0 && !options.json) options.write('');
    const compared = comparedOn(file, engines);
    if (compared.length === 0) {
      options.write(skipped(file, options));
      continue;
    }
    if (!options.json) options.write(printable(file.file));
    const runs = await runOnEach(file, options, compared, report);
    if (!runs.ok) return warnOf(runs.failure, options);
    if (options.signal?.aborted) return 130;
    writeDifferences(file, runs.value, options);
    hasFailed ||= runs.value.some(({tally}) => tally.failed > 0);
  }
  options.keep?.(report.junit());
  return hasFailed ? 1 : 0;
}

/** The engines that the file is for; none if it is for only one, because there is nothing to compare. */
function comparedOn(file: LabFile, engines: readonly Engine[]): readonly Engine[] {
  const fit = engines.filter(({name}) => isFor(file, name));
  return fit.length > 1 ? fit : [];
}

function warnOf(failure: Failure, {warn}: SideBySideOptions): ExitStatus {
  for (const line of showFailure(failure)) warn(line);
  return exitStatusOf(failure);
}

async function firstUnable(
  files: readonly LabFile[],
  engines: readonly Engine[],
): Promise<Failure | undefined> {
  for (const file of files) {
    for (const {name, whyNot} of comparedOn(file, engines)) {
      const failure = await whyNot(file.type === 'lab' ? file.lab.about : undefined);
      if (failure !== undefined) return on(file.type === 'lab' ? `${file.file}: ${name}` : name, failure);
    }
  }
  return undefined;
}

async function runOnEach(
  file: LabFile,
  options: SideBySideOptions,
  engines: readonly Engine[],
  report: Report,
): Promise<Result<readonly EngineRun[]>> {
  const {json, write, signal} = options;
  const runs: EngineRun[] = [];
  for (const {name, start} of engines) {
    const run = await withCluster(file, start, cluster =>
      report.during(`${file.file} on ${name}`, () => runOn(name, cluster, file, options, report)),
    );
    if (!run.ok) return {ok: false, failure: on(name, run.failure)};
    if (signal?.aborted) break;
    runs.push(run.value);
    if (!json) write(showRun(run.value));
  }
  return {ok: true, value: runs};
}

/** The failure with the name of the engine or file that it belongs to. */
const on = (whose: string, {message, ...rest}: Failure): Failure => ({
  ...rest,
  message: `${whose}: ${message}`,
});

async function runOn(
  engine: EngineName,
  cluster: Cluster,
  file: LabFile,
  options: SideBySideOptions,
  report: Report,
): Promise<EngineRun> {
  const {resolver} = cluster.view();
  const results: LineResult[] = [];
  const failedLines: number[] = [];
  const listener: Listener = {
    alarm: text => options.warn(`! ${printable(`${engine}: ${text}`)}`),
    reported(entry, line, as) {
      const resolvers = cluster.view().leaders.map(leader => leader.resolver.name);
      results.push({type: 'entry', line, entry, resolvers});
      if (as === 'failed') failedLines.push(line);
      keepEntry(report, entry, as);
    },
    begins() {},
    settled(settled) {
      const {line} = settled.prediction;
      results.push({type: 'prediction', line, settled});
      if (!isSound(settled)) failedLines.push(line);
      keepSettled(report, settled);
    },
  };
  const tally = await carryOut(file, cluster, options, listener);
  await cluster.measure();
  return {engine, resolver, results, conflicts: cluster.view().conflicts, tally, failedLines};
}

function writeDifferences(
  file: LabFile,
  runs: readonly EngineRun[],
  {json, write, width, seed}: SideBySideOptions,
): void {
  const compared = sideBySide(runs);
  if (json) {
    for (const row of compared.rows) write(printableJson(JSON.stringify(rowToJson(row, runs))));
    write(printableJson(JSON.stringify(summaryToJson(file.file, compared, runs, seed))));
  } else
    for (const line of [...showDifferences(runs, compared, width), '', showSummary(file.file, compared)])
      write(line);
}
