/**
 * `convergence`: at the end all leaders show the same. `strong-convergence`: leaders that have applied the
 * same operations show the same, at every instant (Shapiro et al., "Conflict-free Replicated Data Types",
 * 2011).
 *
 * Cost: linear in the events; one entry is kept for each set of operations that some leader had.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson} from '../../base/json.ts';
import {
  missing,
  origins,
  sameVector,
  seqOf,
  showDot,
  showVector,
  type VersionVector,
} from '../../core/log/version-vector.ts';
import {readingToJson} from '../../core/state/reading.ts';
import {type FinalLeader, shortened, type Trace, type TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';

/** All leaders have the same dots. */
export function checkCompleteness({ends: [first, ...others]}: Trace): Violation | undefined {
  const other = first && others.find(({vv}) => !sameVector(first.vv, vv));
  return first && other && unequalOps(first, other);
}

export function checkConvergence({ends}: Trace): Violation | undefined {
  const [first, ...others] = ends;
  if (first === undefined) return undefined;
  for (const other of others) {
    if (!sameVector(first.vv, other.vv)) return unequalOps(first, other);
    const key = Object.keys(first.readings).find(
      name => shown(first, name as Key) !== shown(other, name as Key),
    ) as Key | undefined;
    if (key === undefined) continue;
    return {
      checker: 'convergence',
      text:
        `${first.leader} and ${other.leader} have the same operations, and key ${key} reads ` +
        `${shown(first, key)} at ${first.leader} and ${shown(other, key)} at ${other.leader}`,
      dots: first.ops.filter(op => op.writes.some(write => write.key === key)).map(({dot}) => dot),
      leaders: [first.leader, other.leader],
    };
  }
  return undefined;
}

const shown = ({readings}: FinalLeader, key: Key): string => {
  const reading = readings[key];
  return reading === undefined ? 'nothing' : canonicalJson(readingToJson(reading));
};

/** Says which leader lacks which operations, and whether the reason is that it is halted. */
function unequalOps(a: FinalLeader, b: FinalLeader): Violation {
  const [lacks, has] = missing(a.vv, b.vv) > 0 ? [b, a] : [a, b];
  const origin = origins(has.vv).find(one => seqOf(has.vv, one) > seqOf(lacks.vv, one)) as LeaderId;
  const dot = {origin, seq: seqOf(lacks.vv, origin) + 1};
  const why = lacks.halted.includes(origin) ? `: it is halted on ${origin}` : '';
  return {
    checker: 'convergence',
    text: `${lacks.leader} never got ${showDot(dot)}, which ${has.leader} has${why}`,
    dots: [dot],
    leaders: [lacks.leader, has.leader],
  };
}

type Applied = Extract<TraceEvent, {type: 'applied'}>;

export function checkStrongConvergence({events}: Trace): Violation | undefined {
  const seen = new Map<string, Applied>();
  /**
   * Origins in the order of their first appearance, each at a fixed place: equal sets have equal names, and
   * nothing is sorted for an event.
   */
  const order: LeaderId[] = [];
  for (const event of events) {
    const shorter = shortened(event);
    if (shorter !== undefined) forgetBeyond(shorter.leader, shorter.now.vv, seen);
    if (event.type !== 'applied') continue;
    for (const origin of origins(event.vv)) if (!order.includes(origin)) order.push(origin);
    // Another resolver may show something else.
    const set = `${event.resolver} ${showVector(event.vv, order)}`;
    const before = seen.get(set);
    if (before === undefined) seen.set(set, event);
    else if (before.digest !== event.digest) {
      return {
        checker: 'strong-convergence',
        text:
          `${before.leader} and ${event.leader} both had applied exactly ${showVector(event.vv)}, and did ` +
          'not show the same',
        dots: [before.op.dot, event.op.dot],
        leaders: [before.leader, event.leader],
      };
    }
  }
  return undefined;
}

function forgetBeyond(leader: LeaderId, vv: VersionVector, seen: Map<string, Applied>): void {
  for (const [set, event] of seen) if (seqOf(event.vv, leader) > seqOf(vv, leader)) seen.delete(set);
}
