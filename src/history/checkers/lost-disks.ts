/**
 * What a lost disk excuses: operations whose only copy is gone, and dots that may name two operations.
 */
import type {Op} from '../../core/log/op.ts';
import {type Dot, sameDot, showDot} from '../../core/log/version-vector.ts';
import type {Trace} from '../trace.ts';
import {sameOp} from './causality-checker.ts';

export interface LostDisks {
  /** As text, made by `showDot`. */
  readonly destroyed: ReadonlySet<string>;
  readonly twice: ReadonlySet<string>;
}

const NONE: LostDisks = {destroyed: new Set(), twice: new Set()};

export function lostDisksIn(trace: Trace): LostDisks {
  const losses = trace.events.flatMap(event => (event.type === 'disk-lost' ? [event] : []));
  if (losses.length === 0) return NONE;
  return {
    destroyed: new Set(losses.flatMap(({destroyed}) => destroyed.map(({dot}) => showDot(dot)))),
    twice: dotsGivenTwice(trace),
  };
}

/** An operation that only its origin has applied never happened if the origin's disk loses it. */
function dotsGivenTwice({events, ends}: Trace): Set<string> {
  const [first, twice] = [new Map<string, Op>(), new Set<string>()];
  const add = (op: Op): void => {
    const name = showDot(op.dot);
    const before = first.get(name);
    if (before === undefined) first.set(name, op);
    else if (!sameOp(before, op)) twice.add(name);
  };
  for (const event of events) {
    if (event.type === 'reused') twice.add(showDot(event.dot));
    if (event.type === 'applied' && (event.op.dot.origin !== event.leader || event.isRecovered))
      add(event.op);
  }
  for (const {ops} of ends) ops.forEach(add);
  return twice;
}

export const isIn = (ops: readonly Op[], op: Op): boolean =>
  ops.some(other => sameDot(other.dot, op.dot) && sameOp(other, op));

export const named = (ops: readonly Op[], dot: Dot): Op | undefined => ops.find(op => sameDot(op.dot, dot));
