/**
 * What PostgreSQL cannot do, by name, with what it can. Pure.
 */
import {type Failure, fail} from '../../../base/failure.ts';
import {type ActionType, ENGINE_ACTIONS, type TopologySpec} from '../../../command/action.ts';
import type {ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {LinkAction} from '../../shared/model/link-changes.ts';
import type {Dialect} from './dialect.ts';

const NEVER: readonly ActionType[] = [
  'clock',
  'join',
  'leave',
  'forward',
  'delivery',
  'ack',
  'time',
  'step',
  'back',
  'deliver',
  'drop',
];
const OF_OWN_SERVERS: readonly ActionType[] = ['kill', 'restart', 'pause', 'resume'];

/** `isOurs`: the lab started the servers. */
export function capabilitiesOf({engine}: Dialect, isOurs: boolean): ReadonlySet<ActionType> {
  const not = [...NEVER, ...(engine === 'postgres' ? ['loopguard'] : []), ...(isOurs ? [] : OF_OWN_SERVERS)];
  return new Set(ENGINE_ACTIONS.filter(type => !not.includes(type)));
}

/** A stream comes whole and in order, or not at all. */
export function linkRefusal({engine}: Dialect, action: LinkAction): Failure | undefined {
  if (action.type !== 'link' || action.change === 'clear') return undefined;
  const {lossShare = 0, dupShare = 0, reorderShare = 0} = action.change;
  const faults = [
    ...(lossShare > 0 ? ['loss'] : []),
    ...(dupShare > 0 ? ['dup'] : []),
    ...(reorderShare > 0 ? ['reorder'] : []),
  ];
  if (faults.length === 0) return undefined;
  const why = 'PostgreSQL replicates over a TCP stream, which comes whole and in order or not at all';
  return fail(
    'unsupported',
    `the ${engine} engine has no ${faults.join(', ')}: ${why}`,
    'it has latency, jitter, bandwidth, cut, hold, reset',
  ).failure;
}

export function topologyRefusal({engine, topologies}: Dialect, {name}: TopologySpec): Failure | undefined {
  if (topologies.includes(name)) return undefined;
  const why =
    engine === 'postgres'
      ? 'PostgreSQL sends only what a leader wrote itself, or everything, round and round'
      : 'pglogical forwards all that a leader received, or nothing';
  const others = engine === 'postgres' && name === 'ring' ? '; --engine pglogical has a ring' : '';
  return fail(
    'unsupported',
    `the ${engine} engine has no ${name}: ${why}`,
    `it has ${topologies.join(', ')}${others}`,
  ).failure;
}

export function resolverRefusal({engine, resolvers}: Dialect, {name}: ResolverSpec): Failure | undefined {
  if (resolvers.includes(name)) return undefined;
  const has =
    engine === 'postgres'
      ? 'it has apply-remote for updates, and stops on an insert of a row that is there; --engine ' +
        'pglogical has more'
      : `it has ${resolvers.join(', ')}`;
  return fail('unsupported', `the ${engine} engine has no ${name}`, has).failure;
}
