/**
 * A plan as a command file, so that `leaderlab run` can repeat it on real processes. Rounds of concurrent
 * writes need no timing; other steps are separated by `sleep`. What only the simulator can do becomes a
 * comment.
 */
import {relative} from 'node:path';
import {showAction} from '../command/show-action.ts';
import {showTopology} from '../command/topology.ts';
import {WAITING_OPS} from '../core/links/waiting-ops.ts';
import {type ResolverSpec, showResolver} from '../core/resolvers/spec.ts';
import type {DiskAction, DiskLossAction} from '../sim/plan.ts';
import type {Find} from '../sim/search.ts';
import {ROUND_MS} from '../sim/shrink.ts';

/** The text of the file. `folder` is where it will be: the path of a module is relative to it. */
export function commandFile({plan, seed, violation}: Find, folder: string): string {
  const {leaders, topology, resolver, delivery, waitingOps, steps} = plan;
  const lines = [
    `# found by: leaderlab fuzz --resolver ${quoted(showSpec(resolver, folder))} --seed ${seed}`,
    `# ${violation.checker}: ${violation.text}`,
    `# to see it on real processes: leaderlab run --lan --leaders ${leaders.join(',')} THIS-FILE`,
    ...(waitingOps === undefined
      ? []
      : [
          `# only in the simulator: at most ${waitingOps} operations wait at a leader for their ` +
            `dependencies, normally ${WAITING_OPS}`,
        ]),
    `resolver ${showSpec(resolver, folder)}`,
    ...(topology.name === 'mesh' ? [] : [`topology ${showTopology(topology)}`]),
    ...(delivery === 'fifo' ? [] : [`delivery ${delivery}`]),
  ];
  let nowMs = 0;
  for (const {atMs, action} of steps) {
    if (atMs - nowMs >= ROUND_MS) lines.push('wait converged');
    else if (atMs > nowMs) lines.push(`sleep ${atMs - nowMs}ms`);
    nowMs = atMs;
    lines.push(action.type === 'disk' || action.type === 'disk-lost' ? showDisk(action) : showAction(action));
  }
  const isFaulty = steps.some(
    ({action}) => !['write', 'txn', 'concurrently', 'ack', 'delivery', 'loopguard'].includes(action.type),
  );
  return [...lines, ...(isFaulty ? ['heal'] : []), 'expect converged within 5s', ''].join('\n');
}

/** The step as a comment, because no command can cause it. */
function showDisk(action: DiskAction | DiskLossAction): string {
  const what =
    action.type === 'disk-lost'
      ? `is replaced by an older copy with ${Math.round(100 * action.keep)}% of its operations`
      : action.fails
        ? 'is full from here on'
        : 'has room again';
  return `# only in the simulator: the disk of ${action.leader} ${what}`;
}

function showSpec(resolver: ResolverSpec, folder: string): string {
  if (resolver.name !== 'custom') return showResolver(resolver);
  const path = relative(folder, resolver.file);
  return `custom ${path.startsWith('.') ? path : `./${path}`}`;
}

const quoted = (text: string): string => (text.includes(' ') ? `"${text}"` : text);
