/**
 * What a search has been through, so that "nothing found" says how hard it looked.
 */
import type {Key} from '../base/ids.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/frontier.ts';
import {writeOf} from '../core/op.ts';
import type {FinalLeader, Trace} from '../history/trace.ts';

export interface Coverage {
  readonly writes: number;
  /** Acknowledged to their clients. */
  readonly acknowledged: number;
  /** Applied by another leader than the origin's. */
  readonly replicated: number;
  /** Writes that met others on arrival, of which neither had seen the other: each is one for the resolver to decide. At one leader. */
  readonly conflicts: number;
  /** Writes that this leader counts as lost in the end. */
  readonly lost: number;
  readonly crashes: number;
  readonly pauses: number;
  /** Cuts, holds and partitions. */
  readonly partitions: number;
  readonly lossyLinks: number;
  readonly clocks: number;
  readonly rewirings: number;
  /** Of the resolver. */
  readonly switches: number;
  /** Of new leaders; one whose donor is down is refused. */
  readonly joins: number;
}

export const NO_COVERAGE: Coverage = {
  writes: 0,
  acknowledged: 0,
  replicated: 0,
  conflicts: 0,
  lost: 0,
  crashes: 0,
  pauses: 0,
  partitions: 0,
  lossyLinks: 0,
  clocks: 0,
  rewirings: 0,
  switches: 0,
  joins: 0,
};

const COUNTED: {readonly [type: string]: keyof Coverage} = {
  write: 'writes',
  txn: 'writes',
  pause: 'pauses',
  cut: 'partitions',
  hold: 'partitions',
  partition: 'partitions',
  link: 'lossyLinks',
  reset: 'lossyLinks',
  clock: 'clocks',
  topology: 'rewirings',
  resolver: 'switches',
};

export function addCoverage(before: Coverage, {events, ends}: Trace): Coverage {
  const counts: {-readonly [name in keyof Coverage]: number} = {...before};
  for (const event of events) {
    if (event.type === 'action') {
      const name = COUNTED[event.action.type];
      if (name !== undefined) counts[name] += 1;
    } else if (event.type === 'crashed') counts.crashes += 1;
    else if (event.type === 'joined') counts.joins += 1;
    else if (event.type === 'answered' && event.status === 'ok') counts.acknowledged += 1;
    else if (event.type === 'applied' && event.op.dot.origin !== event.leader) counts.replicated += 1;
  }
  const [end] = ends;
  if (end !== undefined) {
    counts.conflicts += conflictsIn(end);
    for (const dots of Object.values(end.lost)) counts.lost += dots.length;
  }
  return counts;
}

function conflictsIn({ops}: FinalLeader): number {
  const frontiers = new Map<Key, Frontier>();
  let conflicts = 0;
  for (const op of ops) {
    for (const change of op.writes) {
      const write = writeOf(op, change);
      const frontier = addToFrontier(frontiers.get(change.key) ?? EMPTY_FRONTIER, write);
      frontiers.set(change.key, frontier);
      if (frontier.members.length > 1 && frontier.members.includes(write)) conflicts += 1;
    }
  }
  return conflicts;
}
