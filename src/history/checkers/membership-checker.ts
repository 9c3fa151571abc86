/**
 * `handover`: in the end every leader has all operations of a leader that left, including those it had
 * acknowledged (`durability`), unless the last disk that held them was lost.
 *
 * `inbox`: the operations that wait at a leader for their dependencies never exceed its limit, except that
 * one operation of each origin may always wait. Under fifo delivery, and at the end, no operation waits,
 * unless the leader is halted on its dependency. (Refused operations arrive later: `convergence`.)
 *
 * `loop-guard`: with a loop guard, no operation is sent again without a request. Without one, it travels at
 * most `HOP_LIMIT` links.
 *
 * Cost: linear in the events.
 */
import type {LeaderId} from '../../base/ids.ts';
import {HOP_LIMIT} from '../../core/io/input-effect.ts';
import {WAITING_OPS} from '../../core/links/waiting-ops.ts';
import {origins, seqOf, showDot} from '../../core/log/version-vector.ts';
import type {Trace} from '../trace.ts';
import type {Violation} from './check-verdict.ts';

export function checkHandover(
  {events, ends}: Trace,
  destroyed: ReadonlySet<string> = new Set(),
): Violation | undefined {
  for (const event of events) {
    if (event.type !== 'left') continue;
    for (const {leader, vv, halted} of ends) {
      const origin = origins(event.vv).find(
        one => seqOf(vv, one) < seqOf(event.vv, one) && !halted.includes(one),
      );
      if (origin === undefined) continue;
      const dot = {origin, seq: seqOf(vv, origin) + 1};
      if (destroyed.has(showDot(dot))) continue;
      const text = `${event.leader} left with ${showDot(dot)}, but ${leader} never received it`;
      return {checker: 'handover', text, dots: [dot], leaders: [event.leader, leader]};
    }
  }
  return undefined;
}

export function checkInbox({events, ends}: Trace, waitingLimit = WAITING_OPS): Violation | undefined {
  const waiting = new Map<LeaderId, number>();
  const all = new Set(events.flatMap(event => ('leader' in event ? [event.leader] : [])));
  // Operations of other leaders; one of them filled the inbox.
  const most = waitingLimit + Math.max(0, all.size - 2);
  for (const event of events) {
    if (event.type === 'crashed') waiting.delete(event.leader);
    if (event.type !== 'waits') continue;
    waiting.set(event.leader, event.ops);
    if (event.ops > 0 && event.delivery === 'fifo') {
      const text = `${event.ops} operations wait at ${event.leader}, although its delivery is fifo`;
      return {checker: 'inbox', text, dots: [], leaders: [event.leader]};
    }
    if (event.ops <= most) continue;
    const text = `${event.ops} operations wait at ${event.leader}, but its limit is ${waitingLimit}`;
    return {checker: 'inbox', text, dots: [], leaders: [event.leader]};
  }
  for (const [leader, ops] of waiting) {
    const isHalted = ends.some(end => end.leader === leader && end.halted.length > 0);
    if (ops > 0 && !isHalted)
      return {
        checker: 'inbox',
        text: `${ops} operations wait at ${leader} in the end`,
        dots: [],
        leaders: [leader],
      };
  }
  return undefined;
}

export function checkLoopGuard({events}: Trace): Violation | undefined {
  for (const event of events) {
    if (event.type !== 'sent' || !event.isEcho) continue;
    const {leader, dot, hops, loopguard} = event;
    const wrong = loopguard
      ? 'although there is a loop guard'
      : hops > HOP_LIMIT
        ? `over ${hops} links`
        : undefined;
    if (wrong !== undefined)
      return {
        checker: 'loop-guard',
        text: `${leader} sent ${showDot(dot)} once more ${wrong}`,
        dots: [dot],
        leaders: [leader],
      };
  }
  return undefined;
}
