/**
 * What a search has been through, so that "nothing found" says how hard it looked.
 */
import type {Trace} from '../history/trace.ts';

export interface Coverage {
  readonly writes: number;
  /** Acknowledged to their clients. */
  readonly acknowledged: number;
  /** Applied by another leader than the origin's. */
  readonly replicated: number;
  /** Operations that had not seen the one applied before them, and wrote to a key that it wrote to. */
  readonly conflicts: number;
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
  counts.conflicts += conflictsIn(ends[0]?.ops ?? []);
  return counts;
}

/** Operations whose key was last written by one that they had not seen. */
function conflictsIn(ops: Trace['ends'][number]['ops']): number {
  const last = new Map<string, (typeof ops)[number]['dot']>();
  let conflicts = 0;
  for (const {dot, after, writes} of ops) {
    for (const {key} of writes) {
      const before = last.get(key);
      if (before !== undefined && (after[before.origin] ?? 0) < before.seq) conflicts += 1;
      last.set(key, dot);
    }
  }
  return conflicts;
}
