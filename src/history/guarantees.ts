/**
 * Checks the session guarantees for a client that goes from leader to leader, and the causal order of the
 * logs. Pure. Each check returns one sentence with the operations that prove a breach, or `undefined`.
 *
 * The four session guarantees (Terry et al., "Session Guarantees for Weakly Consistent Replicated Data",
 * 1994) are checked against the operations that had been applied at the leader that the client used, only for
 * the keys that it read and wrote. Cost: steps × operations of the logs.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Op} from '../core/log/op.ts';
import {
  covers,
  type Dot,
  extend,
  origins,
  seqOf,
  showDot,
  type VersionVector,
} from '../core/log/version-vector.ts';

/** One command of a client. The parts of one command have no order among themselves. */
export type ClientStep =
  /** Acknowledged. */
  | {readonly type: 'wrote'; readonly writes: readonly {readonly leader: LeaderId; readonly dot: Dot}[]}
  /** With everything that the leader had applied when it answered. */
  | {
      readonly type: 'read';
      readonly key: Key;
      readonly at: readonly {readonly leader: LeaderId; readonly vv: VersionVector}[];
    };

export interface LeaderLog {
  readonly leader: LeaderId;
  /**
   * The operations in the order of application. The oldest may be missing: then origins that are not among
   * the rest are not checked.
   */
  readonly ops: readonly Op[];
}

/**
 * Finds a leader that applied an operation before everything that its origin had applied when it accepted it.
 */
export function causalBreach(logs: readonly LeaderLog[]): string | undefined {
  for (const {leader, ops} of logs) {
    let applied = cutOff(ops);
    const isWhole = Object.keys(applied).length === 0;
    const there = new Set(ops.map(({dot}) => dot.origin));
    for (const op of ops) {
      const isLacking = (origin: LeaderId): boolean => seqOf(op.after, origin) > seqOf(applied, origin);
      const before = origins(op.after).find(origin => isLacking(origin) && (isWhole || there.has(origin)));
      if (before !== undefined) {
        const missing = showDot({origin: before, seq: seqOf(op.after, before)});
        return (
          `${leader} applied ${showDot(op.dot)} before ${missing}, which ${op.dot.origin} had applied ` +
          'when it accepted it'
        );
      }
      applied = extend(applied, op.dot);
    }
  }
  return undefined;
}

/** The operations before the first operation of each origin in the log. */
function cutOff(ops: readonly Op[]): VersionVector {
  const first: {[origin: LeaderId]: number} = {};
  for (const {dot} of ops) first[dot.origin] ??= dot.seq - 1;
  return Object.fromEntries(Object.entries(first).filter(([, seq]) => seq > 0));
}

/**
 * Read your writes, monotonic reads, monotonic writes, writes follow reads. `ops` are all that any log holds.
 */
export function sessionBreach(steps: readonly ClientStep[], ops: readonly Op[]): string | undefined {
  const byDot = new Map(ops.map(op => [showDot(op.dot), op]));
  const onKey = (key: Key): readonly Op[] =>
    ops.filter(({writes}) => writes.some(write => write.key === key));
  const wrote: Wrote[] = [];
  const saw: Seen[] = [];
  for (const step of steps) {
    if (step.type === 'read') {
      const known = onKey(step.key);
      for (const {leader, vv} of step.at) {
        const breach = readBreach({key: step.key, leader, vv}, known, wrote, saw);
        if (breach !== undefined) return breach;
      }
      for (const {leader, vv} of step.at)
        saw.push({key: step.key, leader, dots: known.map(({dot}) => dot).filter(dot => covers(vv, dot))});
    } else {
      for (const {leader, dot} of step.writes) {
        const breach = writeBreach(leader, dot, byDot.get(showDot(dot))?.after, wrote, saw);
        if (breach !== undefined) return breach;
      }
      wrote.push(...step.writes);
    }
  }
  return undefined;
}

interface Wrote {
  readonly leader: LeaderId;
  readonly dot: Dot;
}

interface Seen {
  readonly key: Key;
  readonly leader: LeaderId;
  /** The operations on the key that were applied there. */
  readonly dots: readonly Dot[];
}

function readBreach(
  {key, leader, vv}: {readonly key: Key; readonly leader: LeaderId; readonly vv: VersionVector},
  known: readonly Op[],
  wrote: readonly Wrote[],
  saw: readonly Seen[],
): string | undefined {
  const own = wrote.find(({dot}) => !covers(vv, dot) && known.some(op => showDot(op.dot) === showDot(dot)));
  if (own !== undefined)
    return (
      `read your writes: ${key} was read at ${leader}, which had not applied ${showDot(own.dot)}, written ` +
      'before'
    );
  for (const earlier of saw) {
    if (earlier.key !== key) continue;
    const lacking = earlier.dots.find(dot => !covers(vv, dot));
    if (lacking !== undefined) {
      return (
        `monotonic reads: ${key} was read at ${leader}, which had not applied ${showDot(lacking)}, read ` +
        `before at ${earlier.leader}`
      );
    }
  }
  return undefined;
}

function writeBreach(
  leader: LeaderId,
  dot: Dot,
  after: VersionVector | undefined,
  wrote: readonly Wrote[],
  saw: readonly Seen[],
): string | undefined {
  // No leader that answered has it.
  if (after === undefined) return undefined;
  const own = wrote.find(earlier => !covers(after, earlier.dot));
  if (own !== undefined) {
    return (
      `monotonic writes: ${showDot(dot)} was written at ${leader}, which had not applied ` +
      `${showDot(own.dot)}, written before`
    );
  }
  for (const earlier of saw) {
    const lacking = earlier.dots.find(seen => !covers(after, seen));
    if (lacking !== undefined) {
      return (
        `writes follow reads: ${showDot(dot)} was written at ${leader}, which had not applied ` +
        `${showDot(lacking)}, read before at ${earlier.leader}`
      );
    }
  }
  return undefined;
}
