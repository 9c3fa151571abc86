/**
 * `durability`: an acknowledged operation is in the log of its origin at the end, and of everyone who claims to have it; no log has a
 * gap, and none holds an operation twice. `fail` means that it is nowhere.
 *
 * Cost: linear in the operations, times the leaders.
 */
import type {LeaderId} from '../../base/ids.ts';
import {covers, showDot} from '../../core/version-vector.ts';
import type {FinalLeader, Trace} from '../trace.ts';
import type {Violation} from './verdict.ts';

export function checkDurability({events, ends}: Trace): Violation | undefined {
  const byLeader = new Map(ends.map(end => [end.leader, end]));
  for (const event of events) {
    if (event.type !== 'answered' || event.status !== 'ok' || event.dot === undefined) continue;
    const end = byLeader.get(event.leader);
    if (end !== undefined && !covers(end.vv, event.dot)) {
      return violation(`${showDot(event.dot)} was acknowledged, and ${event.leader} no longer has it`, event.dot.origin, event.dot.seq);
    }
  }
  for (const end of ends) {
    const found = checkLog(end);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Invariants 1 and 3 of a log. */
function checkLog({leader, ops}: FinalLeader): Violation | undefined {
  const last: {[origin: LeaderId]: number} = {};
  for (const {dot} of ops) {
    const expected = (last[dot.origin] ?? 0) + 1;
    if (dot.seq !== expected) {
      const next = showDot({origin: dot.origin, seq: expected});
      return violation(`in the log of ${leader} ${showDot(dot)} stands where ${next} belongs`, dot.origin, dot.seq);
    }
    last[dot.origin] = dot.seq;
  }
  return undefined;
}

const violation = (text: string, origin: LeaderId, seq: number): Violation => ({
  checker: 'durability',
  text,
  dots: [{origin, seq}],
  leaders: [origin],
});
