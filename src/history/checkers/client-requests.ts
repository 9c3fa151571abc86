/**
 * The requests of clients, each with its outcome: the trace as clients see it.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Op} from '../../core/log/op.ts';
import {type Dot, sameDot} from '../../core/log/version-vector.ts';
import type {Asked, TraceEvent} from '../trace.ts';

/**
 * A request to write. `ok`: it happened. `fail`: it did not. `info`: unknown, or lost with the only disk that
 * held it.
 */
export interface Request {
  readonly leader: LeaderId;
  readonly writes: readonly Asked[];
  readonly status: 'ok' | 'fail' | 'info';
  readonly dot: Dot | undefined;
  /** Positions among the events. A request that was never answered counts as answered after all of them. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** It was acknowledged, and then the only disk that held it was lost. */
const isDestroyed = ({status, dot}: Request, destroyed: readonly Op[]): boolean =>
  status === 'ok' && dot !== undefined && destroyed.some(op => sameDot(op.dot, dot));

export function requestsIn(events: readonly TraceEvent[]): Request[] {
  const requests = new Map<number, Request>();
  for (const [at, event] of events.entries()) {
    if (event.type === 'asked' && event.writes.length > 0) {
      const {leader, writes, request} = event;
      requests.set(request, {
        leader,
        writes,
        status: 'info',
        dot: undefined,
        askedAt: at,
        answeredAt: Number.POSITIVE_INFINITY,
      });
    } else if (event.type === 'disk-lost') {
      for (const [id, request] of requests)
        if (isDestroyed(request, event.destroyed)) requests.set(id, {...request, status: 'info'});
    } else if (event.type === 'answered') {
      const before = requests.get(event.request);
      if (before !== undefined)
        requests.set(event.request, {...before, status: event.status, dot: event.dot, answeredAt: at});
    }
  }
  return [...requests.values()];
}
