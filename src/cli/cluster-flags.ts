/**
 * The flags of commands that start a cluster, and the start options that follow from them.
 */
import {type Command, Option} from 'commander';
import type {StartOptions} from '../app/open-cluster.ts';
import type {LeaderId} from '../base/ids.ts';
import type {About} from '../course/lab-types.ts';
import type {ForeignServer} from '../engines/postgres/sql/address.ts';
import {ENGINE_NAMES, type EngineName} from '../port/engine-name.ts';
import {parseEngine, parseLeaders, parsePath, parseSeed, parseServer} from './arguments.ts';
import {areLinksGiven, type LinkFlags, linksOf, linksOfLab, withLinkFlags} from './link-flags.ts';
import {quit} from './quit.ts';
import {resolverOf, resolverOption, topologyOf, topologyOption} from './setting-flags.ts';

export interface ClusterFlags extends LinkFlags {
  readonly leaders?: readonly LeaderId[];
  /** If absent: postgres if servers are named, otherwise native. */
  readonly engine?: EngineName;
  readonly leader?: readonly ForeignServer[];
  readonly seed?: number;
  /** As typed. They may name leaders, so they are parsed once all flags are known. */
  readonly topology?: string;
  readonly resolver?: string;
  readonly data?: string;
}

export const ENGINE_WORDS =
  'what the leaders are: our own processes (native), the same in virtual time (sim), or PostgreSQL servers';

/** The caller sets the default, or leaves it to a lab. */
export const engineOption = (description: string): Option =>
  new Option('--engine <engine>', description).choices(ENGINE_NAMES).argParser(parseEngine);

export const execOption = (description: string): Option =>
  new Option('-e, --exec <command>', description).argParser(
    (text: string, before: readonly string[] = []) => [...before, text],
  );

/** Adds the flags, in the order in which help lists them. */
export function withClusterFlags(
  command: Command,
  engine = engineOption(`${ENGINE_WORDS} (default: native)`),
): Command {
  command
    .addOption(
      new Option('--leaders <names>', 'how many leaders, or their names (default: us,eu,ap)').argParser(
        parseLeaders,
      ),
    )
    .addOption(engine)
    .addOption(
      new Option(
        '--leader <name=address>',
        'a PostgreSQL server of your own, as us=postgres://me@localhost:5432/postgres; once for each',
      ).argParser(parseServer),
    )
    .addOption(topologyOption())
    .addOption(resolverOption());
  return withLinkFlags(command, 'the default')
    .addOption(
      new Option(
        '--data <dir>',
        'keep the data in this folder, and continue from it (default: temporary data)',
      ).argParser(parsePath),
    )
    .addOption(new Option('--seed <number>', 'the seed of every random decision').argParser(parseSeed));
}

/** An address may hold a password, which every process of this machine could read among the arguments. */
function hideArguments(): void {
  process.title = 'leaderlab';
}

export function engineOf({engine, leader}: Pick<ClusterFlags, 'engine' | 'leader'>): EngineName {
  if (leader === undefined) return engine ?? 'native';
  if (engine === 'native' || engine === 'sim')
    quit({
      code: 'syntax',
      message: `--leader: the ${engine} engine uses no servers`,
      hint: 'use --engine postgres or pglogical',
    });
  if (leader.length < 2)
    quit({
      code: 'syntax',
      message: '--leader: one leader has no other to replicate to',
      hint: 'name at least two servers',
    });
  return engine ?? 'postgres';
}

/** Turns the flags into start options, once the leaders are known. */
export async function startOptions(
  flags: ClusterFlags,
  seed: number,
): Promise<{readonly options: StartOptions; readonly leaders: readonly LeaderId[]}> {
  if (flags.leader !== undefined) hideArguments();
  const {leadersFor} = await import('../app/open-cluster.ts');
  const plain = {
    engine: engineOf(flags),
    leaders: flags.leader?.map(({leader}) => leader) ?? flags.leaders,
    ...(flags.leader === undefined ? {} : {servers: flags.leader}),
    topology: undefined,
    resolver: undefined,
    links: linksOf(flags),
    data: flags.data,
    seed,
  };
  const leaders = leadersFor(plain);
  if (!leaders.ok) quit(leaders.failure);
  return {
    options: {
      ...plain,
      topology: topologyOf(flags.topology, leaders.value),
      resolver: resolverOf(flags.resolver, leaders.value),
    },
    leaders: leaders.value,
  };
}

/** The start options of a lab. Flags can change only the latency of its links. */
export function forLab(
  {leaders, topology, resolver, links}: About,
  flags: LinkFlags,
): Pick<StartOptions, 'leaders' | 'topology' | 'resolver' | 'links'> {
  return {leaders, topology, resolver, links: areLinksGiven(flags) ? linksOf(flags) : linksOfLab(links)};
}
