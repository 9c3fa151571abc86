/**
 * `keep-local`: the present value stays, and a concurrent write that arrives is ignored. Every leader prefers
 * what it had first.
 *
 * Seen as pglogical's `keep_local`.
 */
import {type ArrivalRule, byArrival} from './arrival.ts';

export const KEEP_LOCAL_RULE: ArrivalRule = {
  name: 'keep-local',
  summary: 'whatever was here first: leaders do not converge',
  seenIn: 'pglogical keep_local',
  convergent: false,
  replaces: false,
  reason: 'arrived here after it',
};

export const keepLocal = byArrival(KEEP_LOCAL_RULE);
