/**
 * `leaderlab run`: carries out files without a screen, on one engine or on several to compare them, and
 * reports as text, as JSON or as JUnit.
 */
import {existsSync} from 'node:fs';
import {type Command, Option} from 'commander';
import {bundledFile, bundledNames} from '../app/bundled-labs.ts';
import {endInOrder, endWithStatus} from '../app/ending.ts';
import type {StartOptions} from '../app/open-cluster.ts';
import {succeed} from '../base/failure.ts';
import {didYouMean} from '../command/grammar/suggest.ts';
import type {About} from '../course/lab-types.ts';
import type {Cluster} from '../port/cluster.ts';
import {ENGINE_NAMES, type EngineName} from '../port/engine-name.ts';
import type {ExitStatus} from '../runner/exit-status.ts';
import type {OutputOptions, StartCluster} from '../runner/run-files.ts';
import {parseEngines, parseFile} from './arguments.ts';
import {
  type ClusterFlags,
  ENGINE_WORDS,
  execOption,
  forLab,
  startOptions,
  withClusterFlags,
} from './cluster-flags.ts';
import {quit} from './quit.ts';

interface RunFlags extends Omit<ClusterFlags, 'engine'> {
  readonly engine?: readonly EngineName[];
  readonly exec?: readonly string[];
  readonly json?: boolean;
  readonly junit?: string;
}

const engines = new Option(
  '--engine <engine>',
  `${ENGINE_WORDS}; several, as native,pglogical, are compared (default: native)`,
)
  .choices(ENGINE_NAMES)
  .argParser(parseEngines);

export function addRun(program: Command): void {
  withClusterFlags(
    program
      .command('run')
      .argument('[file...]', 'labs, command files with one command per line, or - for the standard input'),
    engines,
  )
    .description('run labs (.md) or plain lists of commands and checks, without a screen')
    .addOption(execOption('run this command instead of a file; may be repeated'))
    .option('--json', 'one object per line, for programs')
    .addOption(
      new Option('--junit <file>', 'also write the checks to this file, as JUnit does (not -)').argParser(
        parseFile,
      ),
    )
    .addHelpText('after', HELP)
    .action(run);
}

const HELP = `
Ends with 0 if all checks held, 1 if one did not, 2 if the input is wrong, 3 if the engine cannot run here.

Examples:
  leaderlab run first-steps                   a file of that name here, or else the bundled one
  leaderlab run 2                             a bundled lab
  leaderlab run -e "set a 1 @us" -e "get a"   these commands
  echo "get a @all" | leaderlab run -          the standard input
  leaderlab run --resolver custom ./m.mjs x.lab
  leaderlab run --lan --json session.lab
  leaderlab run --engine sim session.lab      the same in virtual time, at once
  leaderlab run --engine native,pglogical session.lab
                                              on each engine in turn, and where they differ`;

/** The name of the command file that the `-e` commands form. */
const COMMANDS_GIVEN = '-e';
const STANDARD_INPUT = '-';

/** The user's own file of that name, or else the bundled one. */
function fileOf(name: string): string {
  if (name === STANDARD_INPUT || existsSync(name)) return name;
  const bundled = bundledFile(name);
  if (bundled !== undefined || /[./\\]/.test(name)) return bundled ?? name;
  quit({
    code: 'syntax',
    message: `run: no file and no lab "${name}"${didYouMean(name, bundledNames())}`,
    hint: 'leaderlab lab lists the labs; for example: leaderlab run first-steps',
  });
}

/**
 * The texts of `-e` commands and of the standard input. Returns `undefined` after it reported that they
 * cannot be read.
 */
async function givenTexts(
  names: readonly string[],
  commands: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (commands.length > 0) return new Map([[COMMANDS_GIVEN, commands.join('\n')]]);
  if (!names.includes(STANDARD_INPUT)) return new Map();
  const {readStandardInput} = await import('../files/lab-file.ts');
  const text = await readStandardInput(STANDARD_INPUT, line => console.error(line), signal);
  return text === undefined ? undefined : new Map([[STANDARD_INPUT, text]]);
}

async function run(names: readonly string[], flags: RunFlags): Promise<void> {
  const {engine: chosen = [], exec: commands = [], ...others} = flags;
  if (commands.length > 0 && names.length > 0)
    quit({code: 'syntax', message: 'run: -e and a file cannot be combined', hint: 'remove one of them'});
  const files = commands.length > 0 ? [COMMANDS_GIVEN] : names.map(fileOf);
  const [engine, ...more] = chosen;
  if (more.length > 0) refuseForSeveral(flags);
  const {seed = 1} = flags;
  const single: ClusterFlags = engine === undefined ? others : {...others, engine};
  const {options, leaders} = await startOptions(single, seed);
  const {search} = await import('../app/fuzz-search.ts');
  const starts = [options, ...more.map(name => ({...options, engine: name}))];
  // The report is opened first: if it cannot be written, nothing runs, and an old report is not mistaken for
  // this one.
  const report = flags.junit === undefined ? undefined : await openReport(flags.junit);
  const {signal} = endInOrder();
  const texts = await givenTexts(files, commands, signal);
  if (texts === undefined) {
    endWithStatus(2);
    return report?.close();
  }
  const output: OutputOptions = {
    leaders,
    json: flags.json === true,
    seed,
    write: line => console.log(line),
    warn: line => console.error(line),
    signal,
    texts,
    search,
    keep: junit => report?.keep(junit),
  };
  endWithStatus(
    more.length === 0
      ? await runOn(options, files, single, output)
      : await runOnEach(starts, files, single, output),
  );
  await report?.close();
}

async function runOn(
  options: StartOptions,
  files: readonly string[],
  flags: ClusterFlags,
  output: OutputOptions,
): Promise<ExitStatus> {
  const {runFiles} = await import('../runner/run-files.ts');
  return runFiles(files, {...output, engine: options.engine}, starterOf(options, flags));
}

async function runOnEach(
  starts: readonly StartOptions[],
  files: readonly string[],
  flags: ClusterFlags,
  output: OutputOptions,
): Promise<ExitStatus> {
  const [{runSideBySide}, {whyNotStartable}] = await Promise.all([
    import('../runner/run-side-by-side.ts'),
    import('../app/check-engine.ts'),
  ]);
  const width = Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, process.stdout.columns ?? 0));
  return runSideBySide(
    files,
    {...output, width},
    starts.map(options => {
      const whyNot = whyNotStartable(options.engine);
      return {
        name: options.engine,
        start: starterOf(options, flags),
        whyNot: about => whyNot(optionsFor(about, options, flags)),
      };
    }),
  );
}

const LEAST_COLUMNS = 80;
const MOST_COLUMNS = 120;

const starterOf =
  (options: StartOptions, flags: ClusterFlags): StartCluster =>
  async about => {
    const {startCluster} = await import('../app/open-cluster.ts');
    const started = await startCluster(optionsFor(about, options, flags));
    if (!started.ok) return started;
    const {cluster, ready: getsReady} = started.value;
    const stop = cluster.subscribe(() => progress(cluster));
    const ready = await getsReady;
    stop();
    progress(undefined);
    return ready.ok ? succeed(cluster) : ready;
  };

/** Shows the progress of a long start in a terminal, and removes the line when the start is over. */
function progress(cluster: Cluster | undefined): void {
  if (!process.stderr.isTTY) return;
  const [activity] = cluster?.view().activities ?? [];
  const {label = '', done = 0, total = 0, detail = ''} = activity ?? {};
  process.stderr.write(`\r\x1b[2K${total > 0 ? `${label}: ${done} of ${total} ${detail}` : label}`);
}

const optionsFor = (about: About | undefined, options: StartOptions, flags: ClusterFlags): StartOptions =>
  about === undefined ? options : {...options, ...forLab(about, flags)};

function refuseForSeveral({leader, data}: RunFlags): void {
  const hint = 'name one engine, or leave it out';
  if (leader !== undefined)
    quit({
      code: 'syntax',
      message: '--leader cannot be combined with several engines',
      hint,
    });
  if (data !== undefined)
    quit({code: 'syntax', message: '--data cannot be combined with several engines', hint});
}

interface Report {
  readonly keep: (junit: string) => void;
  /** Resolves when everything was written. */
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
