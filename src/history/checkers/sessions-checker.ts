/**
 * `sessions`: the guarantees for a client that stays with one leader (Terry et al., "Session Guarantees for
 * Weakly Consistent Replicated Data", 1994). Read your writes: when a read is answered, the leader has
 * applied every write that it acknowledged before. Monotonic reads: a later read reflects every operation
 * that an earlier one did, even after a crash, unless the disk was lost. Writes follow reads: a write has
 * seen the operations that earlier reads there reflected.
 *
 * Cost: linear in the events.
 */
import type {LeaderId} from '../../base/ids.ts';
import {
  covers,
  dominates,
  EMPTY,
  extend,
  merge,
  showDot,
  showVector,
  type VersionVector,
} from '../../core/log/version-vector.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';

/** Whether a client wrote the operation at this leader. */
const isWritten = (event: TraceEvent): event is Extract<TraceEvent, {type: 'applied'}> =>
  event.type === 'applied' && event.op.dot.origin === event.leader && !event.isRecovered;

export function checkSessions({events}: Trace): Violation | undefined {
  /** By leader: the operations that its clients know to be applied there. */
  const known = new Map<LeaderId, VersionVector>();
  const knownAt = (leader: LeaderId): VersionVector => known.get(leader) ?? EMPTY;
  for (const event of events) {
    if (event.type === 'answered' && event.status === 'ok' && event.dot !== undefined) {
      const before = knownAt(event.leader);
      const {dot} = event;
      const own = covers(before, dot) ? before : merge(before, extend({[dot.origin]: dot.seq - 1}, dot));
      known.set(event.leader, own);
    } else if (event.type === 'read') {
      const {leader, vv, key} = event;
      if (!dominates(vv, knownAt(leader))) {
        const had = showVector(vv) || 'nothing';
        const text =
          `a read of ${key} at ${leader} had ${had} behind it, less than its clients knew: ` +
          `${showVector(knownAt(leader))}`;
        return {checker: 'sessions', text, dots: [], leaders: [leader]};
      }
      known.set(leader, vv);
    } else if (event.type === 'disk-lost') {
      known.set(event.leader, event.kept);
    } else if (isWritten(event) && !dominates(event.op.after, knownAt(event.leader))) {
      const {op, leader} = event;
      const text = `${showDot(op.dot)} was written at ${leader} without all that its clients had read there`;
      return {checker: 'sessions', text, dots: [op.dot], leaders: [leader]};
    }
  }
  return undefined;
}
