/**
 * `durability`: an acknowledged operation is in the log of its origin at every start and at the end, and in the log of every leader that
 * claims to have it. If its origin left, it is in all other logs. No log has gaps or duplicates. Nothing is sent before it is on disk.
 *
 * Cost: linear in the operations, times the leaders; acknowledgements times starts.
 */
import type {LeaderId} from '../../base/ids.ts';
import {covers, type Dot, showDot} from '../../core/version-vector.ts';
import {type FinalLeader, shortened, type Trace} from '../trace.ts';
import type {Violation} from './verdict.ts';

export function checkDurability({events, ends}: Trace): Violation | undefined {
  const acknowledged = new Map<LeaderId, Dot[]>();
  for (const event of events) {
    const shorter = shortened(event);
    const gone = shorter && acknowledged.get(shorter.leader)?.find(dot => !covers(shorter.now.vv, dot));
    if (gone !== undefined) return violation(`${showDot(gone)} was acknowledged, but ${gone.origin} no longer has it`, gone);
    if (event.type === 'sent' && !event.isOnDisk)
      return violation(`${event.leader} sent ${showDot(event.dot)}, which was not on its disk`, event.dot);
    if (event.type !== 'answered' || event.status !== 'ok' || event.dot === undefined) continue;
    const own = acknowledged.get(event.leader);
    if (own === undefined) acknowledged.set(event.leader, [event.dot]);
    else own.push(event.dot);
  }
  for (const [leader, dots] of acknowledged) {
    const keepers = ends.some(end => end.leader === leader) ? ends.filter(end => end.leader === leader) : ends;
    for (const dot of dots) {
      const without = keepers.find(({vv}) => !covers(vv, dot));
      if (without !== undefined) return violation(`${showDot(dot)} was acknowledged, but ${without.leader} no longer has it`, dot);
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
      return violation(`in the log of ${leader} ${showDot(dot)} stands where ${next} belongs`, dot);
    }
    last[dot.origin] = dot.seq;
  }
  return undefined;
}

const violation = (text: string, dot: Dot): Violation => ({checker: 'durability', text, dots: [dot], leaders: [dot.origin]});
