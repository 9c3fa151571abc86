/**
 * Refuses faults, topologies and resolvers that a dialect does not support, and says what it supports
 * instead. The table in `postgres-handlers.ts` says which actions the engines support at all. Pure.
 */
import {type Failure, fail} from '../../../base/failure.ts';
import type {TopologySpec} from '../../../command/topology.ts';
import type {ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {LinkAction} from '../../shared/model/link-changes.ts';
import type {Dialect} from './dialect.ts';

/** A TCP stream arrives whole and in order, or not at all: it has no single messages to lose. */
export function linkRefusal({engine}: Dialect, action: LinkAction): Failure | undefined {
  if (action.type !== 'link' || action.change === 'clear') return undefined;
  const {lossShare = 0, dupShare = 0, reorderShare = 0} = action.change;
  const faults = [
    ...(lossShare > 0 ? ['loss'] : []),
    ...(dupShare > 0 ? ['dup'] : []),
    ...(reorderShare > 0 ? ['reorder'] : []),
  ];
  if (faults.length === 0) return undefined;
  const why = 'PostgreSQL replicates over a TCP stream, which arrives whole and in order or not at all';
  return fail(
    'unsupported',
    `the ${engine} engine has no ${faults.join(', ')}: ${why}`,
    'it has latency, jitter, bandwidth, cut, hold, reset',
  ).failure;
}

/** Why the dialect does not support the topology, with the supported ones as a hint; undefined if it does. */
export function topologyRefusal(
  {engine, topologies, topologyReason, topologyHints}: Dialect,
  {name}: TopologySpec,
): Failure | undefined {
  if (topologies.includes(name)) return undefined;
  const hint = [`it has ${topologies.join(', ')}`, topologyHints[name]].filter(part => part !== undefined);
  return fail('unsupported', `the ${engine} engine has no ${name}: ${topologyReason}`, hint.join('; '))
    .failure;
}

/** Why the dialect does not support the resolver, with the supported ones as a hint; undefined if it does. */
export function resolverRefusal(
  {engine, resolvers, resolverHint}: Dialect,
  {name}: ResolverSpec,
): Failure | undefined {
  if (resolvers.includes(name)) return undefined;
  return fail('unsupported', `the ${engine} engine has no ${name}`, resolverHint).failure;
}
