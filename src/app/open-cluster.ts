/**
 * Starts a cluster: opens the data folder, decides the settings, then starts the engine.
 */
import {assertNever} from '../base/assert.ts';
import {FailureError, fail, type Result, succeed} from '../base/failure.ts';
import {type LeaderId, leaderId} from '../base/ids.ts';
import {showTopology, type TopologySpec, topologyFault} from '../command/topology.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {ForeignServer} from '../engines/postgres/sql/address.ts';
import {
  type DataFolder,
  openDataFolder,
  readSaved,
  type SavedCluster,
} from '../engines/shared/data-folder.ts';
import {INITIAL, type Settings} from '../engines/shared/model/cluster-settings.ts';
import {findPrograms, type Programs} from '../engines/shared/programs.ts';
import type {StartedCluster} from '../engines/shared/started-cluster.ts';
import {SimCluster} from '../engines/sim/sim-cluster.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import type {EngineName, PostgresEngine} from '../port/engine-name.ts';

/**
 * How to start a cluster. An undefined setting is taken from the data folder, if a lab used it before, and
 * otherwise from the defaults.
 */
export interface StartOptions {
  readonly engine: EngineName;
  readonly leaders: readonly LeaderId[] | undefined;
  readonly topology: TopologySpec | undefined;
  readonly resolver: ResolverSpec | undefined;
  readonly links: LinkDefaults;
  readonly data: string | undefined;
  /** Servers that run already, one for each leader, for engines that can use them. */
  readonly servers?: readonly ForeignServer[];
  readonly seed: number;
}

/** Starts the engine of these options. */
export function startCluster(options: StartOptions): Promise<Result<StartedCluster>> {
  switch (options.engine) {
    case 'native':
      return startNative(options);
    case 'sim':
      return startSim(options);
    case 'postgres':
    case 'pglogical':
      return startPostgres(options, options.engine);
    default:
      return assertNever(options.engine);
  }
}

async function startSim(options: StartOptions): Promise<Result<StartedCluster>> {
  const {links, seed, data} = options;
  if (data !== undefined)
    return fail('no-data', 'the sim engine keeps nothing on disk', 'omit --data, or use --engine native');
  const settings = settingsFor(options, options.leaders ?? DEFAULT_LEADERS, undefined, {});
  const fault = topologyFault(settings.topology, settings.members);
  if (fault !== undefined) return {ok: false, failure: fault};
  const started = await SimCluster.start({settings, links, seed});
  return started.ok ? succeed({cluster: started.value, ready: Promise.resolve(succeed(null))}) : started;
}

/** What starts processes is loaded only when it is needed: most of the program's start is loading. */
async function startNative(options: StartOptions): Promise<Result<StartedCluster>> {
  const [{moduleFault}, {NativeCluster}] = await Promise.all([
    import('../engines/native/module-fault.ts'),
    import('../engines/native/native-cluster.ts'),
  ]);
  return withFolder(options, {}, async ({folder, settings, programs}) => {
    const unusable = await moduleFault(settings, settings.members);
    if (unusable !== undefined) {
      folder.close();
      const isSaved = options.resolver === undefined;
      return {
        ok: false,
        failure: isSaved ? {...unusable, hint: 'fix it, or name another resolver with --resolver'} : unusable,
      };
    }
    folder.save(toSave(settings, 'native'));
    const {links, seed} = options;
    return NativeCluster.start(
      {
        settings,
        links,
        seed,
        isNew: folder.isNew,
        folderOf: leader => folder.folderOf(leader),
        onSettings: changed => folder.save(toSave(changed, 'native')),
        historyFolder: folder.path,
        onClosed: () => folder.close(),
      },
      programs,
    );
  });
}

/** The client for PostgreSQL is loaded only when it is needed. */
async function startPostgres(options: StartOptions, engine: PostgresEngine): Promise<Result<StartedCluster>> {
  if (options.servers !== undefined && options.data !== undefined)
    return fail(
      'no-data',
      '--data cannot be combined with --leader',
      'omit --data: your servers keep their own data',
    );
  const {dialectOf, openPostgres} = await import('../engines/postgres/start-servers.ts');
  const {links, seed} = options;
  const first = {resolver: dialectOf(engine).firstResolver};
  return withFolder(options, first, async ({folder, settings, programs}) => {
    const before = folder.saved?.topology;
    if (before !== undefined && showTopology(before) !== showTopology(settings.topology)) {
      folder.close();
      return fail(
        'other-leaders',
        `${folder.path} holds leaders linked as ${showTopology(before)}`,
        `omit --topology; then: topology ${showTopology(settings.topology)}`,
      );
    }
    return openPostgres({
      engine,
      settings,
      links,
      seed,
      folder,
      programs,
      servers: options.servers,
      onSettings: changed => folder.save(toSave(changed, engine)),
    });
  });
}

interface Opened {
  readonly folder: DataFolder;
  readonly settings: Settings;
  readonly programs: Programs;
}

/** Opens the data folder and starts a cluster in it, which closes the folder at its end. */
async function withFolder(
  options: StartOptions,
  first: Partial<Settings>,
  start: (opened: Opened) => Promise<Result<StartedCluster>>,
): Promise<Result<StartedCluster>> {
  const programs = findPrograms();
  if (!programs.ok) return programs;
  const opened = openDataFolder(options.data);
  if (!opened.ok) return opened;
  const folder = opened.value;
  const fits = settingsIn(folder, options, first);
  if (fits.ok) return startIn(folder, () => start({folder, settings: fits.value, programs: programs.value}));
  folder.close();
  return fits;
}

/** Starts a cluster. A disk that refuses its first files is a failure. */
async function startIn(
  folder: DataFolder,
  start: () => Promise<Result<StartedCluster>>,
): Promise<Result<StartedCluster>> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    folder.close();
    return {ok: false, failure: error.failure};
  }
}

/** The settings of a lab with these options, or why it cannot start in this folder. */
function settingsIn(
  {path, saved}: DataFolder,
  options: StartOptions,
  first: Partial<Settings>,
): Result<Settings> {
  const leaders = options.leaders ?? saved?.leaders ?? DEFAULT_LEADERS;
  const before = saved?.engine ?? 'native';
  if (saved && before !== options.engine)
    return fail(
      'other-leaders',
      `${path} holds leaders of the ${before} engine`,
      `use --engine ${before}, or another data folder`,
    );
  if (saved && saved.leaders.join() !== leaders.join()) {
    return fail(
      'other-leaders',
      `${path} holds the leaders ${saved.leaders.join(', ')}, not ${leaders.join(', ')}`,
      'omit --leaders, or use another data folder',
    );
  }
  const settings = settingsFor(options, leaders, saved, first);
  const fault = topologyFault(settings.topology, leaders);
  return fault === undefined ? succeed(settings) : {ok: false, failure: fault};
}

/**
 * The settings of the lab that had this folder before. A topology or resolver that the user names replaces
 * everything that belonged to it. `first`: the first settings of this engine, if they differ from those of
 * others.
 */
function settingsFor(
  {topology, resolver}: StartOptions,
  members: readonly LeaderId[],
  saved: SavedCluster | undefined,
  first: Partial<Settings>,
): Settings {
  const {leaders: _members, engine: _engine, ...before} = saved ?? {};
  return {
    ...INITIAL,
    ...first,
    ...before,
    members,
    ...(topology === undefined ? {} : {topology, forward: undefined}),
    ...(resolver === undefined ? {} : {resolver, exceptions: {}}),
  };
}

function toSave(
  {members, forward, pastClocks, ...settings}: Settings,
  engine: NonNullable<SavedCluster['engine']>,
): SavedCluster {
  return {
    engine,
    leaders: [...members],
    ...settings,
    pastClocks: [...pastClocks],
    ...(forward === undefined ? {} : {forward}),
  };
}

const DEFAULT_LEADERS = ['us', 'eu', 'ap'].map(leaderId);

/** The leaders that a lab with these options will have. */
export function leadersFor({leaders, data}: StartOptions): Result<readonly LeaderId[]> {
  if (leaders !== undefined || data === undefined) return succeed(leaders ?? DEFAULT_LEADERS);
  const saved = readSaved(data);
  return saved.ok ? succeed(saved.value?.leaders ?? DEFAULT_LEADERS) : saved;
}
