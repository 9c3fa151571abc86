/**
 * `leaderlab run`: runs command files without a screen, and writes for people or, with `json`, for programs.
 * Output goes only through the writers of the options.
 */

import type {LeaderId} from '../base/ids.ts';
import {printable, printableJson} from '../base/printable.ts';
import {engineMismatch, forEngines} from '../course/lab-engines.ts';
import type {Tally} from '../course/play-lab.ts';
import {isSound, type Settled} from '../course/settle-predictions.ts';
import {settledToJson, showSettled, showStep} from '../course/show-lab.ts';
import type {EngineName} from '../port/engine-name.ts';
import {showEntry, showFailure} from '../report/entry-document.ts';

import {entryToJson, JSON_VERSION} from '../report/to-json.ts';
import type {Counted} from '../session/expected.ts';
import type {Entry} from '../session/session-result.ts';
import {type CarryOutOptions, carryOut, type Listener, type StartCluster, withCluster} from './execute.ts';
import {type ExitStatus, exitStatusOf} from './exit-status.ts';
import {Report} from './junit.ts';
import {type LabFile, readFiles} from './read-files.ts';

export type {StartCluster};

/** The output of a run, on one engine or on several. */
export interface OutputOptions extends CarryOutOptions {
  /** The leaders that the cluster will have: commands are checked against them before it is started. */
  readonly leaders: readonly LeaderId[];
  readonly json: boolean;
  /** The texts of sources that are not files, by name. */
  readonly texts?: ReadonlyMap<string, string>;
  /** The seed of the cluster. It is printed, so that a person can repeat the run. */
  readonly seed: number;
  /** One line of output. */
  readonly write: (line: string) => void;
  /** One line about what is wrong; it never goes to the output. */
  readonly warn: (line: string) => void;
  /** Takes the checks of all files as the text of a JUnit XML file. */
  readonly keep?: (junit: string) => void;
}

export interface RunOptions extends OutputOptions {
  readonly engine: EngineName;
}

/**
 * Runs each file on a cluster of its own, one after the other. Of several files, it skips the labs that are
 * for other engines. `startCluster` fails if the engine cannot run here; otherwise it answers when every
 * leader is up.
 */
export async function runFiles(
  named: readonly string[],
  options: RunOptions,
  startCluster: StartCluster,
): Promise<ExitStatus> {
  const files = await readFiles(named, options);
  if (files === undefined) return 2;
  const [only] = files;
  if (only !== undefined && named.length === 1 && !isFor(only, options.engine)) return refuse(only, options);
  const report = new Report();
  let failed = 0;
  for (const file of files) {
    if (!isFor(file, options.engine)) {
      options.write(skipped(file, options));
      continue;
    }
    const tally = await withCluster(file, startCluster, cluster =>
      report.during(file.file, () => carryOut(file, cluster, options, printer(options, report))),
    );
    if (!tally.ok) {
      for (const line of showFailure(tally.failure)) options.warn(line);
      return exitStatusOf(tally.failure);
    }
    options.write(summary(file, tally.value, options));
    failed += tally.value.failed;
    if (options.signal?.aborted) return 130;
  }
  options.keep?.(report.junit());
  return failed === 0 ? 0 : 1;
}

/** True if the file is for this engine. A list of commands is for every engine. */
export const isFor = (file: LabFile, engine: EngineName): boolean =>
  file.type === 'script' || file.lab.about.engines.includes(engine);

const enginesOf = (file: LabFile): readonly EngineName[] =>
  file.type === 'lab' ? file.lab.about.engines : [];

/** Refuses a file that is for other engines. Only one of several files would be skipped instead. */
function refuse(file: LabFile, {warn}: RunOptions): ExitStatus {
  const failure = engineMismatch(enginesOf(file));
  for (const line of showFailure({...failure, message: `${file.file}: ${failure.message}`})) warn(line);
  return exitStatusOf(failure);
}

/** Writes each result as it comes; checks and failed commands go to the report, too. */
const printer = ({json, write, warn}: RunOptions, report: Report): Listener => ({
  alarm: text => warn(`! ${printable(text)}`),
  reported(entry, line, as) {
    keepEntry(report, entry, as);
    if (json) write(printableJson(JSON.stringify(entryToJson(line, entry))));
    else for (const shown of showEntry(entry)) write(shown);
  },
  begins(step) {
    if (!json) for (const line of showStep(step)) write(line);
  },
  settled(settled) {
    if (json) write(printableJson(JSON.stringify(settledToJson(settled))));
    else for (const line of showSettled(settled)) write(line);
    keepSettled(report, settled);
  },
});

export function keepEntry(report: Report, {text, failure}: Entry, as: Counted): void {
  if (as !== 'neither') report.add(text, as === 'passed' ? undefined : (failure?.message ?? 'it failed'));
}

export function keepSettled(report: Report, settled: Settled): void {
  const why = showSettled(settled)
    .slice(1)
    .map(line => line.trim())
    .join('; ');
  report.add(`predict ${settled.prediction.question}`, isSound(settled) ? undefined : why);
}

/** The line about a lab that was skipped because it is for other engines. */
export const skipped = (file: LabFile, {json}: Pick<OutputOptions, 'json'>): string =>
  json
    ? printableJson(
        JSON.stringify({
          summary: {version: JSON_VERSION, file: file.file, skipped: `only on ${enginesOf(file).join(', ')}`},
        }),
      )
    : `${printable(file.file)}: not run: it is ${forEngines(enginesOf(file))}`;

const summary = ({file}: LabFile, {passed, failed}: Tally, {json, seed}: RunOptions): string =>
  json
    ? printableJson(JSON.stringify({summary: {version: JSON_VERSION, file, passed, failed, seed}}))
    : `${printable(file)}: ${passed} passed, ${failed} failed`;
