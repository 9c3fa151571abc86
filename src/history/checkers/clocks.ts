/**
 * `clocks`: the hybrid clock of an operation is above the clocks of all operations that its origin had applied (Kulkarni et al., "Logical
 * Physical Clocks", 2014). It is never ahead of both its origin's wall clock and the clocks of the applied operations. A remote clock beyond
 * the drift limit is reported once each time and never adopted; no other clock is reported.
 *
 * Cost: linear in the events, and at every start in what the leader has.
 */
import type {LeaderId} from '../../base/ids.ts';
import {compareHlc, DRIFT_LIMIT_MS, HLC_ZERO, type Hlc} from '../../core/hlc.ts';
import type {Op} from '../../core/op.ts';
import {covers, showDot, type VersionVector} from '../../core/version-vector.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import type {Violation} from './verdict.ts';

type Applied = Extract<TraceEvent, {type: 'applied'}>;
type Ahead = {readonly origin: LeaderId; readonly aheadMs: number};

/** The bounds of one leader's hybrid clock. */
class Clock {
  /** The operations whose clocks it adopted. */
  #adopted: Op[] = [];
  /** The clock of its next operation must be above the first bound, and its wall clock part must not exceed the second. */
  #floor: Hlc = HLC_ZERO;
  #ceilingMs = 0;
  /** A reported clock beyond the drift limit, for the operation that comes next. */
  #said: Ahead | undefined;

  says(ahead: Ahead): void {
    this.#said = ahead;
  }

  /** The fault in the operation's clock or in the leader's report about it. */
  applied({leader, op, wallMs}: Applied): string | undefined {
    const said = this.#said;
    this.#said = undefined;
    const aheadMs = op.hlc.wallMs - wallMs;
    const isAhead = op.dot.origin !== leader && aheadMs > DRIFT_LIMIT_MS;
    if (isAhead && (said?.origin !== op.dot.origin || said.aheadMs !== aheadMs))
      return `${leader} did not say that the clock of ${showDot(op.dot)} is ${aheadMs} ms ahead of its own`;
    if (!isAhead && said !== undefined)
      return `${leader} said of ${said.origin} that its clock is ${said.aheadMs} ms ahead, but the clock of the applied ${showDot(op.dot)} is not`;
    if (isAhead) return undefined;
    const fault = op.dot.origin === leader ? this.#faultOf(op) : undefined;
    this.#adopt(op, wallMs);
    return fault;
  }

  /** After a start: the adopted clocks are those among these operations. */
  begin(vv: VersionVector): void {
    const kept = this.#adopted.filter(({dot}) => covers(vv, dot));
    [this.#adopted, this.#floor, this.#ceilingMs, this.#said] = [[], HLC_ZERO, 0, undefined];
    for (const op of kept) this.#adopt(op, 0);
  }

  #adopt(op: Op, wallMs: number): void {
    this.#adopted.push(op);
    if (compareHlc(op.hlc, this.#floor) > 0) this.#floor = op.hlc;
    this.#ceilingMs = Math.max(this.#ceilingMs, op.hlc.wallMs, wallMs);
  }

  #faultOf({dot, hlc, wallMs}: Op): string | undefined {
    if (compareHlc(hlc, this.#floor) <= 0) return `the hybrid clock of ${showDot(dot)} is not above one that its leader had adopted`;
    const latestMs = Math.max(wallMs, this.#ceilingMs);
    if (hlc.wallMs <= latestMs) return undefined;
    return `the hybrid clock of ${showDot(dot)} is ${hlc.wallMs - latestMs} ms ahead of its wall clock and of all that its leader had adopted`;
  }
}

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
      clockOf(event.leader).begin(event.vv);
    }
  }
  return undefined;
}
