/**
 * The program: commander reads the words, the rest is composed here. What a subcommand needs is loaded when it runs.
 */
import {resolve} from 'node:path';
import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import about from '../package.json' with {type: 'json'};
import {type Failure, succeed} from './base/failure.ts';
import {isLeaderId, type LeaderId, leaderId} from './base/ids.ts';
import {printable} from './base/printable.ts';
import type {EngineName} from './cluster/port.ts';
import type {StartOptions} from './cluster/start.ts';
import {type Action, TOPOLOGY_NAMES, type TopologySpec} from './command/action.ts';
import {parse} from './command/index.ts';
import {LEADER_LIMIT, REGIONS} from './command/leader-names.ts';
import {didYouMean} from './command/suggest.ts';
import {RESOLVER_NAMES, type ResolverSpec} from './core/resolvers/spec.ts';
import {lan, slow, wan} from './faults/wan.ts';
import type {About} from './lab/course/lab.ts';
import {exitStatusOf} from './lab/exit-status.ts';

const ENGINES: readonly EngineName[] = ['native', 'sim'];

interface ClusterFlags {
  readonly leaders?: readonly LeaderId[];
  readonly engine: EngineName;
  readonly seed?: number;
  /** As typed: what they may name is known once all flags are. */
  readonly topology?: string;
  readonly resolver?: string;
  readonly lan?: boolean;
  readonly wan?: boolean;
  readonly slow?: number;
  readonly data?: string;
}

function parseLeaders(text: string): readonly LeaderId[] {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > LEADER_LIMIT) throw new InvalidArgumentError(`from 1 to ${LEADER_LIMIT} leaders`);
    return Array.from({length: count}, (_, i) => REGIONS[i] ?? leaderId(`l${i + 1}`));
  }
  const names = text.split(',').map(name => name.trim());
  const wrong = names.find(name => !isLeaderId(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${printable(wrong)}" is no name of a leader: 1 to 8 lower-case letters and digits, a letter first.`);
  if (names.includes('all')) throw new InvalidArgumentError('"all" names every leader, so none can have that name.');
  if (new Set(names).size < names.length) throw new InvalidArgumentError('each leader once.');
  if (names.length > LEADER_LIMIT) throw new InvalidArgumentError(`at most ${LEADER_LIMIT} leaders.`);
  return names.map(leaderId);
}

function parseNumber(low: number, high: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high)
      throw new InvalidArgumentError(`a number from ${low} to ${high}.`);
    return value;
  };
}

/** As commands take one. */
function parseDuration(text: string): number {
  const parsed = parse(`sleep ${text}`, {leaders: []});
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.failure.message}.`);
  if (parsed.value.type !== 'sleep' || parsed.value.ms === 0) throw new InvalidArgumentError('a duration, such as 30s or 5m.');
  return parsed.value.ms;
}

/** A setting as the command of that name takes it, for the whole cluster. */
function settingOf<Type extends 'topology' | 'resolver'>(
  type: Type,
  text: string,
  leaders: readonly LeaderId[],
): Extract<Action, {type: Type}> {
  const parsed = parse(`${type} ${text}`, {leaders});
  if (!parsed.ok) quit({...parsed.failure, message: `--${type}: ${parsed.failure.message}`});
  const {value} = parsed;
  if (value.type === type && !('at' in value && value.at !== 'cluster')) return value as Extract<Action, {type: Type}>;
  quit({code: 'syntax', message: `--${type}: it is set at every leader`, hint: 'leave @ out'});
}

const topologyOf = (text: string | undefined, leaders: readonly LeaderId[]): TopologySpec | undefined =>
  text === undefined ? undefined : settingOf('topology', text, leaders).topology;

/** A module's file is relative to where the program was started. */
function resolverOf(text: string | undefined, leaders: readonly LeaderId[]): ResolverSpec | undefined {
  if (text === undefined) return undefined;
  const {resolver} = settingOf('resolver', text, leaders);
  return resolver.name === 'custom' ? {...resolver, file: resolve(resolver.file)} : resolver;
}

const resolverOption = (): Option =>
  new Option(
    '--resolver <resolver>',
    `what is made of conflicts: ${RESOLVER_NAMES.join(', ')}; "priority ap us eu" and "custom ./merge.mjs" name more (default: lww)`,
  );

const withClusterFlags = (command: Command): Command =>
  command
    .addOption(new Option('--leaders <names>', 'how many leaders, or their names (default: us,eu,ap)').argParser(parseLeaders))
    .addOption(
      new Option('--engine <engine>', 'what the leaders are: real processes, or the same code under virtual time')
        .choices(ENGINES)
        .default('native'),
    )
    .addOption(
      new Option(
        '--topology <topology>',
        `which links there are: ${TOPOLOGY_NAMES.join(', ')}; "star eu" and "custom us>eu,eu>ap" name more (default: mesh)`,
      ),
    )
    .addOption(resolverOption())
    .addOption(new Option('--wan', 'links as slow as between continents (the default)').conflicts(['lan', 'slow']))
    .addOption(new Option('--lan', 'links without latency').conflicts(['wan', 'slow']))
    .addOption(
      new Option('--slow <factor>', 'links so many times slower than between continents')
        .argParser(parseNumber(0.1, 100))
        .conflicts(['lan', 'wan']),
    )
    .option('--data <dir>', 'keep the data there, and go on from it; otherwise it is temporary')
    .addOption(new Option('--seed <number>', 'what is random is made from it').argParser(parseNumber(0, Number.MAX_SAFE_INTEGER)));

const linksOf = (flags: ClusterFlags): StartOptions['links'] => (flags.lan ? lan : flags.slow === undefined ? wan : slow(flags.slow));

/** What the flags say, once it is known who the leaders are. */
async function startOptions(flags: ClusterFlags, seed: number): Promise<{options: StartOptions; leaders: readonly LeaderId[]}> {
  const {leadersFor} = await import('./cluster/start.ts');
  const plain = {
    engine: flags.engine,
    leaders: flags.leaders,
    topology: undefined,
    resolver: undefined,
    links: linksOf(flags),
    data: flags.data,
    seed,
  };
  const leaders = leadersFor(plain);
  if (!leaders.ok) quit(leaders.failure);
  return {
    options: {...plain, topology: topologyOf(flags.topology, leaders.value), resolver: resolverOf(flags.resolver, leaders.value)},
    leaders: leaders.value,
  };
}

async function start(flags: ClusterFlags & {readonly exec?: readonly string[]}): Promise<void> {
  // Virtual time repeats to the byte, so there one seed is as good as another.
  const {options} = await startOptions(flags, flags.seed ?? (flags.engine === 'sim' ? 1 : Date.now() % 1_000_000));
  const isTerminal = process.stdout.isTTY && process.stdin.isTTY;
  if (!isTerminal) quit({code: 'no-terminal', message: 'the lab draws on a terminal, and this is none', hint: 'use: leaderlab run FILE'});
  const {startScreen} = await import('./start.ts');
  const failure = await startScreen(options, flags.exec ?? []);
  if (failure) quit(failure);
}

async function run(files: readonly string[], flags: ClusterFlags & {readonly json?: boolean; readonly junit?: string}): Promise<void> {
  const kept: Promise<void>[] = [];
  const {seed = 1} = flags;
  const [{runFiles}, {startCluster}] = await Promise.all([import('./lab/run.ts'), import('./cluster/start.ts')]);
  const {options, leaders} = await startOptions(flags, seed);
  const [{open}, {search}] = await Promise.all([import('node:fs/promises'), import('./search.ts')]);
  const cannotWrite = ({message}: Error): never => quit({code: 'disk', message: `--junit: ${message}`});
  // Opened first: nothing is to run for a report that cannot be written, and no report of an earlier run is to be taken for this one's.
  const report = flags.junit === undefined ? undefined : await open(flags.junit, 'w').catch(cannotWrite);
  const closing = new AbortController();
  // Whoever reads the output may stop reading, as `head` does: the run is broken off, in order.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closing.abort();
  });
  // Not `once`: what cleans up children would find no listener left when its turn comes, and end the program at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => closing.abort(signal));
  const status = await runFiles(
    files,
    {
      engine: flags.engine,
      leaders,
      json: flags.json === true,
      seed,
      write: line => console.log(line),
      warn: line => console.error(line),
      signal: closing.signal,
      search,
      keep: junit => void (report && kept.push(report.writeFile(junit))),
    },
    async about => {
      const started = await startCluster(about === undefined ? options : {...options, ...forLab(about, flags)});
      if (!started.ok) return started;
      const ready = await started.value.ready;
      return ready.ok ? succeed(started.value.cluster) : ready;
    },
  );
  await Promise.all(kept).catch(cannotWrite);
  await report?.close();
  process.exitCode = status;
}

/** A lab says what it needs; only how far apart its leaders are is the person's to say otherwise. */
function forLab({leaders, topology, resolver, links}: About, flags: ClusterFlags) {
  const isSaid = flags.lan !== undefined || flags.wan !== undefined || flags.slow !== undefined;
  const own = links.type === 'slow' ? slow(links.factor) : links.type === 'lan' ? lan : wan;
  return {leaders, topology, resolver, links: isSaid ? linksOf(flags) : own};
}

async function lab(name: string | undefined, flags: Omit<ClusterFlags, 'engine'> & {readonly engine?: EngineName}): Promise<void> {
  const {listLabs, openLab, guideScreen} = await import('./guided.ts');
  const warn = (line: string): void => console.error(line);
  if (name === undefined) return listLabs(process.stdout.columns, line => console.log(line), warn);
  const opened = await openLab(name, warn);
  if (opened === undefined) {
    process.exitCode = 2;
    return;
  }
  if (!opened.ok) quit(opened.failure);
  const {
    lab: {about},
    file,
  } = opened.value;
  const engine = flags.engine ?? about.engine ?? 'native';
  if (about.engine !== undefined && engine !== about.engine)
    quit({code: 'syntax', message: `this lab is for the ${about.engine} engine alone`, hint: 'leave --engine out'});
  if (!(process.stdout.isTTY && process.stdin.isTTY))
    quit({code: 'no-terminal', message: 'a lab is shown on a terminal, and this is none', hint: `use: leaderlab run ${file}`});
  const failure = await guideScreen(opened.value, {engine, data: undefined, seed: 1, ...forLab(about, {...flags, engine})});
  if (failure) quit(failure);
}

interface FuzzFlags {
  readonly resolver?: string;
  readonly leaders?: readonly LeaderId[];
  readonly seeds?: number;
  readonly seed?: number;
  /** In ms. */
  readonly for?: number;
  readonly json?: boolean;
}

/** Without a number of seeds: as many as there is time for, the one that was named, or 2,000. */
const seedsOf = ({seeds, seed, for: forMs}: FuzzFlags): number =>
  seeds ?? (forMs !== undefined ? Number.POSITIVE_INFINITY : seed === undefined ? 2000 : 1);

async function fuzz(flags: FuzzFlags): Promise<void> {
  const [{runFuzz}, {CustomLoader}, {PATIENT_LIMITS}, {writeFile}] = await Promise.all([
    import('./fuzz/run.ts'),
    import('./leader/custom-loader.ts'),
    import('./leader/custom-version.ts'),
    import('node:fs/promises'),
  ]);
  const leaders = flags.leaders ?? REGIONS.slice(0, 4);
  if (leaders.length < 2) quit({code: 'syntax', message: '--leaders: one leader alone has no conflicts', hint: 'name at least two'});
  const resolver = resolverOf(flags.resolver, leaders) ?? {name: 'lww'};
  const module = resolver.name === 'custom' ? await CustomLoader.open(resolver.file, () => {}, PATIENT_LIMITS) : undefined;
  if (module?.ok === false) quit(module.failure);
  const closing = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => closing.abort(signal));
  process.exitCode = await runFuzz({
    subject: {resolver, leaders, ...(module ? {custom: module.value.module} : {})},
    links: wan,
    firstSeed: flags.seed ?? 1,
    seeds: seedsOf(flags),
    forMs: flags.for,
    json: flags.json === true,
    write: line => console.log(line),
    progress: line => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${line}`)),
    keep: async (name, text) => {
      try {
        await writeFile(name, text(process.cwd()));
        return name;
      } catch (error) {
        console.error(`leaderlab: ${printable(`the find is not kept: ${error instanceof Error ? error.message : String(error)}`)}`);
        return undefined;
      }
    },
    nowMs: () => performance.now(),
    signal: closing.signal,
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  module?.value.close();
}

interface QuizFlags {
  readonly questions: number;
  readonly seed?: number;
}

/** Answers are lines of the input, which may be a pipe. */
async function quiz(flags: QuizFlags): Promise<void> {
  const [{runQuiz}, {labSources}, {Prng}, {startCluster}, {locate}, {createInterface}] = await Promise.all([
    import('./lab/course/quiz.ts'),
    import('./lab-files.ts'),
    import('./base/prng.ts'),
    import('./cluster/start.ts'),
    import('./lab/custom-file.ts'),
    import('node:readline'),
  ]);
  const labs = await labSources();
  if (!labs.ok) quit(labs.failure);
  const seed = flags.seed ?? Date.now() % 1_000_000;
  const input = createInterface({input: process.stdin});
  const lines = input[Symbol.asyncIterator]();
  await runQuiz({
    labs: labs.value,
    questions: flags.questions,
    prng: new Prng(`quiz ${seed}`),
    write: line => console.log(line),
    read: async () => {
      if (process.stdout.isTTY) process.stdout.write('› ');
      const {done, value} = await lines.next();
      return done === true ? undefined : String(value);
    },
    startCluster: async ({leaders, topology, resolver, links}, folder) => {
      const located = await locate(resolver, folder);
      if (!located.ok) return located;
      const far = links.type === 'slow' ? slow(links.factor) : links.type === 'lan' ? lan : wan;
      const started = await startCluster({engine: 'sim', leaders, topology, resolver: located.value, links: far, data: undefined, seed});
      return started.ok ? succeed(started.value.cluster) : started;
    },
  });
  input.close();
}

/** Ends with 3 where something is missing that the lab cannot do without. */
async function doctor({json}: {readonly json?: boolean}): Promise<void> {
  const {examine, showFinding} = await import('./doctor.ts');
  const {stdout, versions, env, platform} = process;
  const colorDepth = stdout.isTTY ? stdout.getColorDepth() : undefined;
  const {columns, rows} = stdout;
  let isWell = true;
  for await (const finding of examine({nodeVersion: versions.node, columns, rows, colorDepth, environment: env, platform})) {
    isWell &&= finding.state !== 'bad';
    if (json) console.log(JSON.stringify(finding));
    else for (const line of showFinding(finding)) console.log(line);
  }
  process.exitCode = isWell ? 0 : 3;
}

async function leader(
  id: string,
  flags: {
    readonly data: string;
    readonly port: number;
    readonly peer: readonly Peer[];
    readonly cluster: string;
    readonly resolver?: string;
  },
): Promise<void> {
  const {runLeader} = await import('./leader/run.ts');
  if (!isLeaderId(id))
    quit({
      code: 'syntax',
      message: `"${printable(id)}" is no name of a leader`,
      hint: '1 to 8 lower-case letters and digits, a letter first',
    });
  const members = [id, ...flags.peer.map(peer => peer.leader)];
  const started = await runLeader({
    self: id,
    cluster: process.env.LEADERLAB_TOKEN ?? flags.cluster,
    folder: flags.data,
    port: flags.port,
    settings: {
      // An order may name leaders that only send to this one.
      resolver: resolverOf(flags.resolver, [...new Set([...members, ...REGIONS])]) ?? {name: 'lww'},
      delivery: 'fifo',
      ack: 'local',
      loopguard: true,
      members,
      clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
    },
    neighbours: flags.peer.map(peer => ({...peer, forward: 'all' as const})),
  });
  if (!started.ok) quit(started.failure);
  console.log(`leader ${id} listens on 127.0.0.1:${started.value.port}`);
  const end = (): void => void started.value.close().then(() => process.exit(0));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

interface Peer {
  readonly leader: LeaderId;
  readonly port: number;
}

function parsePeer(text: string, before: readonly Peer[] = []): readonly Peer[] {
  const [name = '', port = '', ...rest] = text.split('=');
  if (!isLeaderId(name) || port === '' || rest.length > 0) throw new InvalidArgumentError('write it as eu=7002.');
  return [...before, {leader: name, port: parseNumber(1, 65535)(port)}];
}

/** Ends with one line that says what is wrong, and what to do. */
function quit(failure: Failure): never {
  const {message, hint} = failure;
  console.error(`leaderlab: ${printable(hint === undefined ? message : `${message}; ${hint}`)}`);
  process.exit(exitStatusOf(failure));
}

const program = new Command('leaderlab')
  .description('An interactive lab for multi-leader replication: real leaders, real links, live conflicts.')
  .version(about.version)
  .enablePositionalOptions()
  .showSuggestionAfterError()
  // Commander's messages hold what was typed, as it was typed.
  .configureOutput({writeErr: text => process.stderr.write(text.split('\n').map(printable).join('\n'))})
  .configureHelp({showGlobalOptions: false})
  .addHelpText(
    'after',
    '\nExamples:\n  leaderlab                              three leaders, as far apart as us, eu and ap\n  leaderlab --leaders 5 --topology ring  the options of start work without its name\n  leaderlab run labs/first-steps.lab     the same without a screen\n  leaderlab help start                   what can be chosen',
  );

withClusterFlags(program.command('start', {isDefault: true}))
  .description('open the lab (what leaderlab alone does)')
  .option('--exec <command>', 'a command to begin with; may be given again', (text: string, before: readonly string[] = []) => [
    ...before,
    text,
  ])
  .addHelpText(
    'after',
    '\nExamples:\n  leaderlab\n  leaderlab --leaders 5 --topology ring --slow 10\n  leaderlab --lan --exec "set title A @us || set title B @eu"\n  leaderlab --engine sim                 virtual time: message by message, and back',
  )
  .action(start);

withClusterFlags(program.command('run').argument('<file...>', 'labs (.md), or files with a command a line'))
  .description('carry out labs (.md) or plain lists of commands and checks, without a screen')
  .option('--json', 'one object per line, for programs')
  .option('--junit <file>', 'the checks as JUnit writes them, too')
  .addHelpText(
    'after',
    '\nEnds with 0 if all checks held, 1 if one did not, 2 if the input is wrong, 3 if the engine cannot run here.\n\nExamples:\n  leaderlab run labs/first-steps.lab\n  leaderlab run --lan --json session.lab\n  leaderlab run --engine sim session.lab      the same in virtual time, at once',
  )
  .action(run);

program
  .command('lab')
  .argument('[name]', 'a number or a part of the name of a lab, or your own file (.md)')
  .description('list the guided labs, or open one')
  .addOption(new Option('--engine <engine>', 'what the leaders are (default: native, or what the lab needs)').choices(ENGINES))
  .addOption(new Option('--wan', 'links as slow as between continents (default: as the lab says)').conflicts(['lan', 'slow']))
  .addOption(new Option('--lan', 'links without latency').conflicts(['wan', 'slow']))
  .addOption(
    new Option('--slow <factor>', 'links so many times slower than between continents')
      .argParser(parseNumber(0.1, 100))
      .conflicts(['lan', 'wan']),
  )
  .addHelpText('after', '\nExamples:\n  leaderlab lab\n  leaderlab lab 2\n  leaderlab lab ./my-own.md --engine sim')
  .action(lab);

program
  .command('fuzz')
  .description('look for a random history in the simulator that breaks something, and shrink it')
  .addOption(resolverOption())
  .addOption(new Option('--leaders <names>', 'at most how many leaders, or their names').argParser(parseLeaders).default(undefined, '4'))
  .addOption(new Option('--seeds <number>', 'how many histories').argParser(parseNumber(1, 1e9)))
  .addOption(new Option('--for <duration>', 'until the time is up: 30s, 5m').argParser(parseDuration))
  .addOption(new Option('--seed <number>', 'the first seed; alone, only this one').argParser(parseNumber(0, Number.MAX_SAFE_INTEGER)))
  .option('--json', 'one object per line, for programs')
  .addHelpText(
    'after',
    '\nEnds with 0 if nothing was found, 1 if something was.\n\nExamples:\n  leaderlab fuzz --resolver crdt --seeds 5000\n  leaderlab fuzz --resolver crdt --for 5m\n  leaderlab fuzz --resolver "custom ./merge.mjs"\n  leaderlab fuzz --resolver keep-local --seed 17     that history again',
  )
  .action(fuzz);

program
  .command('quiz')
  .description('answer questions of the labs, with fresh names, and hear the reason from the cluster')
  .addOption(new Option('--questions <number>', 'how many').argParser(parseNumber(1, 100)).default(5))
  .addOption(new Option('--seed <number>', 'the same questions again').argParser(parseNumber(0, Number.MAX_SAFE_INTEGER)))
  .addHelpText('after', '\nExamples:\n  leaderlab quiz\n  leaderlab quiz --questions 10 --seed 7')
  .action(quiz);

program
  .command('doctor')
  .description('tell what works on this machine, and what to do about the rest')
  .option('--json', 'one object per line, for programs')
  .addHelpText('after', '\nEnds with 3 if something is missing that the lab cannot do without.\n\nExamples:\n  leaderlab doctor')
  .action(doctor);

program
  .command('leader')
  .argument('<name>', 'its name: us, eu, ap, …')
  .description('run one leader by hand')
  .requiredOption('--data <dir>', 'the folder of its log')
  .addOption(
    new Option('--port <port>', 'where it listens, on this machine only; 0 = the system chooses')
      .argParser(parseNumber(0, 65535))
      .default(0),
  )
  .addOption(new Option('--peer <name=port>', 'a leader that it sends to; may be given again').argParser(parsePeer).default([], 'none'))
  .option('--cluster <name>', 'only leaders of the same cluster talk', 'leaderlab')
  .addOption(resolverOption())
  .addHelpText(
    'after',
    '\nExamples:\n  leaderlab leader us --data ./us --port 7001 --peer eu=7002\n  leaderlab leader eu --data ./eu --port 7002 --peer us=7001',
  )
  .action(leader);

for (const command of [program, ...program.commands]) command.exitOverride();

// A first word that is no command would be taken for an argument of the default one.
const [word = ''] = process.argv.slice(2);
const commandNames = [...program.commands.map(command => command.name()), 'help'];
if (/^[^-]/.test(word) && !commandNames.includes(word))
  quit({code: 'syntax', message: `no command "${word}"${didYouMean(word, commandNames)}`, hint: 'leaderlab --help lists them'});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
