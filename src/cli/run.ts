/**
 * `leaderlab run`: files carried out without a screen, for people, programs and whoever reads JUnit.
 */
import type {Command} from 'commander';
import {succeed} from '../base/failure.ts';
import type {StartCluster} from '../lab/run.ts';
import {type ClusterFlags, forLab, startOptions, withClusterFlags} from './cluster-flags.ts';
import {quit} from './quit.ts';
import {abortedBySignals} from './signals.ts';

interface RunFlags extends ClusterFlags {
  readonly json?: boolean;
  readonly junit?: string;
}

export function addRun(program: Command): void {
  withClusterFlags(program.command('run').argument('<file...>', 'labs (.md), or files with a command a line'))
    .description('carry out labs (.md) or plain lists of commands and checks, without a screen')
    .option('--json', 'one object per line, for programs')
    .option('--junit <file>', 'the checks as JUnit writes them, too')
    .addHelpText(
      'after',
      '\nEnds with 0 if all checks held, 1 if one did not, 2 if the input is wrong, 3 if the engine cannot run here.\n\nExamples:\n  leaderlab run labs/first-steps.lab\n  leaderlab run --lan --json session.lab\n  leaderlab run --engine sim session.lab      the same in virtual time, at once',
    )
    .action(run);
}

async function run(files: readonly string[], flags: RunFlags): Promise<void> {
  const {seed = 1} = flags;
  const [{runFiles}, {startCluster}] = await Promise.all([import('../lab/run.ts'), import('../cluster/start.ts')]);
  const {options, leaders} = await startOptions(flags, seed);
  const {search} = await import('../search.ts');
  // Opened first: nothing is to run for a report that cannot be written, and no report of an earlier run is to be taken for this one's.
  const report = flags.junit === undefined ? undefined : await openReport(flags.junit);
  const closing = abortedBySignals();
  abortUnread(closing);
  const startFor: StartCluster = async about => {
    const started = await startCluster(about === undefined ? options : {...options, ...forLab(about, flags)});
    if (!started.ok) return started;
    const ready = await started.value.ready;
    return ready.ok ? succeed(started.value.cluster) : ready;
  };
  const status = await runFiles(
    files,
    {
      engine: options.engine,
      leaders,
      json: flags.json === true,
      seed,
      write: line => console.log(line),
      warn: line => console.error(line),
      signal: closing.signal,
      search,
      keep: junit => report?.keep(junit),
    },
    startFor,
  );
  await report?.close();
  process.exitCode = status;
}

interface Report {
  readonly keep: (junit: string) => void;
  /** Once all that was kept is written. */
  readonly close: () => Promise<void>;
}

async function openReport(path: string): Promise<Report> {
  const {open} = await import('node:fs/promises');
  const cannotWrite = ({message}: Error): never => quit({code: 'disk', message: `--junit: ${message}`});
  const file = await open(path, 'w').catch(cannotWrite);
  const kept: Promise<void>[] = [];
  return {
    keep: junit => void kept.push(file.writeFile(junit)),
    close: async () => {
      await Promise.all(kept).catch(cannotWrite);
      await file.close();
    },
  };
}

/** Whoever reads the output may stop reading, as `head` does: the run is broken off, in order. */
function abortUnread(closing: AbortController): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closing.abort();
  });
}
