/**
 * What happened in the histories of a search, so that "nothing found" says how much was tried.
 */
import type {Key} from '../base/ids.ts';
import {WAITING_OPS} from '../core/links/waiting-ops.ts';
import {writeOf} from '../core/log/op.ts';
import {addToFrontier, EMPTY_FRONTIER, type Frontier} from '../core/state/frontier.ts';
import type {FinalLeader, Trace, TraceEvent} from '../history/trace.ts';

export interface Coverage {
  readonly writes: number;
  /** Acknowledged to their clients. */
  readonly acknowledged: number;
  /** How often a leader applied an operation of another leader. */
  readonly replicated: number;
  /** Writes that were concurrent with a value that was there when they arrived. Counted at one leader. */
  readonly conflicts: number;
  /** Writes that the same leader counts as lost in the end. */
  readonly lost: number;
  readonly crashes: number;
  readonly pauses: number;
  /** Cuts, holds and partitions. */
  readonly partitions: number;
  readonly lossyLinks: number;
  readonly clocks: number;
  readonly rewirings: number;
  /** Switches of the resolver. */
  readonly switches: number;
  /** Joins that happened. A join whose donor is down is refused and does not count. */
  readonly joins: number;
  /** Leaders that left after they had handed over all operations. */
  readonly leaves: number;
  /** Changes of `ack`, `delivery` and `loopguard`. */
  readonly settings: number;
  /** Writes that too few leaders confirmed in time. */
  readonly unconfirmed: number;
  /** Guarded writes whose guard held, and those whose guard did not hold. */
  readonly guardsHeld: number;
  readonly guardsRefused: number;
  /** How often a disk refused a write. */
  readonly diskFailures: number;
  /** Operations whose clock was ahead by more than the drift limit. */
  readonly clocksAhead: number;
  /** How often an inbox was full. */
  readonly fullInboxes: number;
  /** Disks that were replaced by older copies. */
  readonly lostDisks: number;
  /** How often a leader got its own operations back, and how often it gave up. */
  readonly recoveries: number;
  readonly givenUp: number;
  /** Reports of one dot with two operations. */
  readonly reusedDots: number;
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
  leaves: 0,
  settings: 0,
  unconfirmed: 0,
  guardsHeld: 0,
  guardsRefused: 0,
  diskFailures: 0,
  clocksAhead: 0,
  fullInboxes: 0,
  lostDisks: 0,
  recoveries: 0,
  givenUp: 0,
  reusedDots: 0,
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
  ack: 'settings',
  delivery: 'settings',
  loopguard: 'settings',
};

const REPORTED: {readonly [type: string]: keyof Coverage} = {
  'storage-failed': 'diskFailures',
  'clock-ahead': 'clocksAhead',
  recovered: 'recoveries',
  'dot-reused': 'reusedDots',
};

/** Adds the counts of one trace. `waitingOps`: how many operations could wait at a leader in it. */
export function addCoverage(before: Coverage, {events, ends}: Trace, waitingOps = WAITING_OPS): Coverage {
  const counts: {-readonly [name in keyof Coverage]: number} = {...before};
  for (const event of events) {
    const name = countedAs(event, waitingOps);
    if (name !== undefined) counts[name] += 1;
  }
  const [end] = ends;
  if (end !== undefined) {
    counts.conflicts += conflictsIn(end);
    for (const dots of Object.values(end.lost)) counts.lost += dots.length;
  }
  return counts;
}

function countedAs(event: TraceEvent, waitingOps: number): keyof Coverage | undefined {
  switch (event.type) {
    case 'action':
      return COUNTED[event.action.type];
    case 'crashed':
      return 'crashes';
    case 'joined':
      return 'joins';
    case 'left':
      return 'leaves';
    case 'answered':
      if (event.status === 'ok') return 'acknowledged';
      return event.status === 'info' && event.dot !== undefined ? 'unconfirmed' : undefined;
    case 'applied':
      return event.op.dot.origin === event.leader ? undefined : 'replicated';
    case 'taken':
      return event.guard === undefined ? undefined : event.dot === undefined ? 'guardsRefused' : 'guardsHeld';
    case 'reported':
      return REPORTED[event.event.type];
    case 'disk-lost':
      return 'lostDisks';
    case 'gave-up':
      return 'givenUp';
    case 'waits':
      return event.ops >= waitingOps ? 'fullInboxes' : undefined;
    default:
      return undefined;
  }
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
