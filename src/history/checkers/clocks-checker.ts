/**
 * `clocks`: the hybrid clock of an operation is above the clocks of all operations that its origin had
 * applied (Kulkarni et al., "Logical Physical Clocks", 2014), and not above both its origin's wall clock and
 * all of those clocks. A remote clock further ahead than the drift limit is reported once for each operation
 * and never adopted; no other clock is reported. A leader that starts adopts the clocks in its log again,
 * unless one is too far ahead then.
 *
 * Cost: linear in the events, and at every start in the operations of the leader.
 */
import type {LeaderId} from '../../base/ids.ts';
import {compareHlc, DRIFT_LIMIT_MS, HLC_ZERO, type Hlc} from '../../core/log/hybrid-clock.ts';
import type {Op} from '../../core/log/op.ts';
import {covers, showDot, type VersionVector} from '../../core/log/version-vector.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';

type Applied = Extract<TraceEvent, {type: 'applied'}>;
type Ahead = {readonly origin: LeaderId; readonly aheadMs: number};

/** The bounds of one leader's hybrid clock. */
class Clock {
  #applied: Op[] = [];
  /**
   * The hybrid clock of its own operations must be above this, and the wall clock part of it must not be
   * higher than allowed.
   */
  #floor: Hlc = HLC_ZERO;
  #ceilingMs = 0;
  /** A reported clock beyond the drift limit, for the operation that comes next. */
  #reported: Ahead | undefined;

  says(ahead: Ahead): void {
    this.#reported = ahead;
  }

  /** The fault in the operation's clock or in the leader's report about it. */
  applied({leader, op, wallMs, isRecovered = false}: Applied): string | undefined {
    const reported = this.#reported;
    this.#reported = undefined;
    this.#applied.push(op);
    const aheadMs = op.hlc.wallMs - wallMs;
    const isAhead = isTooFar(op, leader, wallMs);
    if (isAhead && (reported?.origin !== op.dot.origin || reported.aheadMs !== aheadMs))
      return `${leader} did not say that the clock of ${showDot(op.dot)} is ${aheadMs} ms ahead of its own`;
    if (!isAhead && reported !== undefined)
      return (
        `${leader} reported that the clock of ${reported.origin} is ${reported.aheadMs} ms ahead, but the ` +
        `clock of the applied ${showDot(op.dot)} is not`
      );
    if (isAhead) return undefined;
    const fault = op.dot.origin === leader && !isRecovered ? this.#faultOf(op) : undefined;
    this.#adopt(op, wallMs);
    return fault;
  }

  /** The leader starts with these operations in its log. */
  begin(leader: LeaderId, vv: VersionVector, wallMs: number): void {
    this.#applied = this.#applied.filter(({dot}) => covers(vv, dot));
    [this.#floor, this.#ceilingMs, this.#reported] = [HLC_ZERO, 0, undefined];
    for (const op of this.#applied) if (!isTooFar(op, leader, wallMs)) this.#adopt(op, wallMs);
  }

  #adopt(op: Op, wallMs: number): void {
    if (compareHlc(op.hlc, this.#floor) > 0) this.#floor = op.hlc;
    this.#ceilingMs = Math.max(this.#ceilingMs, op.hlc.wallMs, wallMs);
  }

  #faultOf({dot, hlc, wallMs}: Op): string | undefined {
    if (compareHlc(hlc, this.#floor) <= 0)
      return `the hybrid clock of ${showDot(dot)} is not above one that its leader had adopted`;
    const latestMs = Math.max(wallMs, this.#ceilingMs);
    if (hlc.wallMs <= latestMs) return undefined;
    return (
      `the hybrid clock of ${showDot(dot)} is ${hlc.wallMs - latestMs} ms ahead of its wall clock and of ` +
      'all that its leader had adopted'
    );
  }
}

/** Whether a leader with that wall clock must not adopt the clock of the operation. */
const isTooFar = ({dot, hlc}: Op, leader: LeaderId, wallMs: number): boolean =>
  dot.origin !== leader && hlc.wallMs - wallMs > DRIFT_LIMIT_MS;

export function checkClocks({events}: Trace): Violation | undefined {
  const clocks = new Map<LeaderId, Clock>();
  const clockOf = (leader: LeaderId): Clock => {
    const clock = clocks.get(leader) ?? new Clock();
    clocks.set(leader, clock);
    return clock;
  };
  for (const event of events) {
    if (event.type === 'applied') {
      const text = clockOf(event.leader).applied(event);
      if (text !== undefined) return {checker: 'clocks', text, dots: [event.op.dot], leaders: [event.leader]};
    } else if (event.type === 'reported' && event.event.type === 'clock-ahead') {
      clockOf(event.leader).says(event.event);
    } else if (event.type === 'started' || event.type === 'joined') {
      clockOf(event.leader).begin(event.leader, event.vv, event.wallMs);
    }
  }
  return undefined;
}
