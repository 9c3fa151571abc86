/**
 * Starts a cluster: the data folder, then the engine.
 */
import {assertNever} from '../base/assert.ts';
import {fail, type Result, succeed} from '../base/failure.ts';
import {type LeaderId, leaderId} from '../base/ids.ts';
import type {TopologySpec} from '../command/action.ts';
import {topologyFault} from '../command/topology.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {openDataFolder, readSaved, type SavedCluster} from './native/data-folder.ts';
import {moduleFault} from './native/module-fault.ts';
import {NativeCluster} from './native/native.ts';
import {findPrograms} from './native/programs.ts';
import type {Cluster, EngineName} from './port.ts';
import {INITIAL, type Settings} from './settings.ts';
import {SimCluster} from './sim/sim.ts';

/** What the person did not say is taken from the data folder, if a lab was there before, else from the defaults. */
export interface StartOptions {
  readonly engine: EngineName;
  readonly leaders: readonly LeaderId[] | undefined;
  readonly topology: TopologySpec | undefined;
  readonly resolver: ResolverSpec | undefined;
  readonly links: LinkDefaults;
  readonly data: string | undefined;
  readonly seed: number;
}

export interface StartedCluster {
  readonly cluster: Cluster;
  /** When every leader is up and linked, or why not; the cluster is closed then. */
  readonly ready: Promise<Result<null>>;
}

export function startCluster(options: StartOptions): Promise<Result<StartedCluster>> {
  switch (options.engine) {
    case 'native':
      return startNative(options);
    case 'sim':
      return startSim(options);
    default:
      return assertNever(options.engine);
  }
}

async function startSim(options: StartOptions): Promise<Result<StartedCluster>> {
  const {links, seed, data} = options;
  if (data !== undefined) return fail('no-data', 'the sim engine keeps nothing on disk', 'leave --data out, or use --engine native');
  const settings = settingsFor(options, options.leaders ?? DEFAULT_LEADERS, undefined);
  const fault = topologyFault(settings.topology, settings.members);
  if (fault !== undefined) return {ok: false, failure: fault};
  const started = await SimCluster.start({settings, links, seed});
  return started.ok ? succeed({cluster: started.value, ready: Promise.resolve(succeed(null))}) : started;
}

async function startNative(options: StartOptions): Promise<Result<StartedCluster>> {
  const programs = findPrograms();
  if (!programs.ok) return programs;
  const opened = openDataFolder(options.data);
  if (!opened.ok) return opened;
  const folder = opened.value;
  const leaders = options.leaders ?? folder.saved?.leaders ?? DEFAULT_LEADERS;
  if (folder.saved && folder.saved.leaders.join() !== leaders.join()) {
    folder.close();
    return fail(
      'other-leaders',
      `${folder.path} holds the leaders ${folder.saved.leaders.join(', ')}, not ${leaders.join(', ')}`,
      'leave --leaders out, or use another data folder',
    );
  }
  const settings = settingsFor(options, leaders, folder.saved);
  const fault = topologyFault(settings.topology, leaders);
  if (fault !== undefined) {
    folder.close();
    return {ok: false, failure: fault};
  }
  const unusable = await moduleFault(settings, settings.members);
  if (unusable !== undefined) {
    folder.close();
    const isSaved = options.resolver === undefined;
    return {ok: false, failure: isSaved ? {...unusable, hint: 'mend it, or name another resolver with --resolver'} : unusable};
  }
  folder.save(toSave(settings));
  const {links, seed} = options;
  return NativeCluster.start(
    {
      settings,
      links,
      seed,
      folderOf: leader => folder.folderOf(leader),
      onSettings: changed => folder.save(toSave(changed)),
      historyFolder: folder.path,
      onClosed: () => folder.close(),
    },
    programs.value,
  );
}

/** Of what the lab here before was set to, a topology or resolver that the person names replaces all that went with it. */
function settingsFor({topology, resolver}: StartOptions, members: readonly LeaderId[], saved: SavedCluster | undefined): Settings {
  const {leaders: _members, ...before} = saved ?? {};
  return {
    ...INITIAL,
    ...before,
    members,
    ...(topology === undefined ? {} : {topology, forward: undefined}),
    ...(resolver === undefined ? {} : {resolver, exceptions: {}}),
  };
}

function toSave({members, forward, pastClocks, ...settings}: Settings): SavedCluster {
  return {leaders: [...members], ...settings, pastClocks: [...pastClocks], ...(forward === undefined ? {} : {forward})};
}

const DEFAULT_LEADERS = ['us', 'eu', 'ap'].map(leaderId);

/** The leaders that a lab with these options will have. */
export function leadersFor({leaders, data}: StartOptions): Result<readonly LeaderId[]> {
  if (leaders !== undefined || data === undefined) return succeed(leaders ?? DEFAULT_LEADERS);
  const saved = readSaved(data);
  return saved.ok ? succeed(saved.value?.leaders ?? DEFAULT_LEADERS) : saved;
}
