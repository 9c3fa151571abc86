/**
 * `causality`: under causal delivery a leader applies an operation only after everything that its origin had
 * applied. A dot names the same operation at all leaders, unless its origin lost its disk and used the dot
 * twice (`dots`).
 *
 * Cost: linear in the events.
 */
import type {LeaderId} from '../../base/ids.ts';
import {canonicalJson, type Json} from '../../base/json.ts';
import type {Op} from '../../core/log/op.ts';
import {dominates, seqOf, showDot, type VersionVector} from '../../core/log/version-vector.ts';
import {shortened, type Trace, type TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';

export function checkCausality(
  {events}: Trace,
  twice: ReadonlySet<string> = new Set(),
): Violation | undefined {
  const first = new Map<string, Applied>();
  /** What each leader has applied so far, one operation after the other. */
  const had = new Map<LeaderId, {[origin: LeaderId]: number}>();
  /** The number of its own operations that a leader had on a disk that it lost. */
  const lost = new Map<LeaderId, number>();
  for (const event of events) {
    if (event.type === 'applied') {
      const before = had.get(event.leader) ?? {};
      const violation = faultOf(event, first, before, twice);
      if (violation !== undefined) return violation;
      before[event.op.dot.origin] = event.op.dot.seq;
      had.set(event.leader, before);
      continue;
    }
    if (event.type === 'disk-lost')
      lost.set(event.leader, Math.max(lost.get(event.leader) ?? 0, seqOf(event.had, event.leader)));
    const shorter = shortened(event);
    if (shorter === undefined) continue;
    had.set(shorter.leader, {...shorter.now.vv});
    const violation = forget(shorter.leader, shorter.now.vv, first, lost.get(shorter.leader) ?? 0);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

type Applied = Extract<TraceEvent, {type: 'applied'}>;

function faultOf(
  event: Applied,
  first: Map<string, Applied>,
  had: VersionVector,
  twice: ReadonlySet<string>,
): Violation | undefined {
  const {op, leader, delivery} = event;
  const name = showDot(op.dot);
  if (delivery === 'causal' && !dominates(had, op.after))
    return violationOf(event, `${leader} applied ${name} before something that its origin had applied`);
  const before = first.get(name);
  if (before !== undefined && !twice.has(name) && !sameOp(before.op, op))
    return violationOf(event, `${name} is another operation at ${leader} than at ${before.leader}`);
  // If the origin is the only one that has it, a crash may still undo it.
  if (before === undefined || leader !== op.dot.origin) first.set(name, event);
  return undefined;
}

/** Whether they are the same operation, not two operations with the same dot. */
export const sameOp = (a: Op, b: Op): boolean =>
  a === b || canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

/**
 * An operation that the leader's disk had not stored never happened. Operations on a lost disk may still be
 * at other leaders.
 */
function forget(
  origin: LeaderId,
  vv: VersionVector,
  first: Map<string, Applied>,
  lost: number,
): Violation | undefined {
  for (let seq = seqOf(vv, origin) + 1; ; seq++) {
    const name = showDot({origin, seq});
    const event = first.get(name);
    if (event === undefined) return undefined;
    if (event.leader !== origin && seq <= lost) continue;
    if (event.leader !== origin)
      return violationOf(
        event,
        `${event.leader} has ${name}, which ${origin} sent before it was on its disk`,
      );
    first.delete(name);
  }
}

const violationOf = ({op, leader}: Applied, text: string): Violation => ({
  checker: 'causality',
  text,
  dots: [op.dot],
  leaders: [leader],
});
