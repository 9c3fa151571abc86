/**
 * `causality`: under causal delivery no leader applies an operation before what its origin had applied; and an operation that two leaders
 * have is the same at both. `clocks`: the hybrid clock of an operation is above those of all that its origin had applied (Kulkarni et al.,
 * "Logical Physical Clocks", 2014), unless a clock was further ahead than the drift limit.
 *
 * Cost: linear in the events; the clocks look at one operation for each origin that an operation had seen.
 */
import {canonicalJson, type Json} from '../../base/json.ts';
import {compareHlc, DRIFT_LIMIT_MS} from '../../core/hlc.ts';
import type {Op} from '../../core/op.ts';
import {dominates, origins, seqOf, showDot} from '../../core/version-vector.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import type {Violation} from './verdict.ts';

/** `isCausal`: whether delivery was causal throughout. */
export function checkCausality({events}: Trace, isCausal: boolean): Violation | undefined {
  const first = new Map<string, Applied>();
  for (const event of events) {
    const violation =
      event.type === 'applied' ? faultOf(event, first, isCausal) : event.type === 'started' ? forget(event, first) : undefined;
    if (violation !== undefined) return violation;
  }
  return undefined;
}

type Applied = Extract<TraceEvent, {type: 'applied'}>;

function faultOf(event: Applied, first: Map<string, Applied>, isCausal: boolean): Violation | undefined {
  const {op, vv, leader} = event;
  const name = showDot(op.dot);
  if (isCausal && !dominates(vv, op.after))
    return violationOf(event, `${leader} applied ${name} before something that its origin had applied`);
  const before = first.get(name);
  if (before !== undefined && !isSame(before.op, op))
    return violationOf(event, `${name} is another operation at ${leader} than at ${before.leader}`);
  // Where the origin is the only one that has it, a crash may still undo it.
  if (before === undefined || leader !== op.dot.origin) first.set(name, event);
  return undefined;
}

const isSame = (a: Op, b: Op): boolean => a === b || canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

/** What its disk did not have when it crashed never happened, provided that nobody else has it. */
function forget({leader: origin, vv}: Extract<TraceEvent, {type: 'started'}>, first: Map<string, Applied>): Violation | undefined {
  for (let seq = seqOf(vv, origin) + 1; ; seq++) {
    const name = showDot({origin, seq});
    const event = first.get(name);
    if (event === undefined) return undefined;
    if (event.leader !== origin) return violationOf(event, `${event.leader} has ${name}, which ${origin} sent before it was on its disk`);
    first.delete(name);
  }
}

const violationOf = ({op, leader}: Applied, text: string): Violation => ({checker: 'causality', text, dots: [op.dot], leaders: [leader]});

export function checkClocks({ends}: Trace): Violation | undefined {
  const ops = new Map<string, Op>();
  for (const end of ends) for (const op of end.ops) ops.set(showDot(op.dot), op);
  for (const op of ops.values()) {
    for (const origin of origins(op.after)) {
      const seen = ops.get(showDot({origin, seq: seqOf(op.after, origin)}));
      const isAdopted = seen !== undefined && (origin === op.dot.origin || seen.hlc.wallMs - op.wallMs <= DRIFT_LIMIT_MS);
      if (!isAdopted || compareHlc(op.hlc, seen.hlc) > 0) continue;
      return {
        checker: 'clocks',
        text: `${showDot(op.dot)} had seen ${showDot(seen.dot)}, and its hybrid clock is not above it`,
        dots: [seen.dot, op.dot],
        leaders: [op.dot.origin],
      };
    }
  }
  return undefined;
}
