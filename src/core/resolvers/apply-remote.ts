/**
 * `apply-remote`: a write that arrives replaces the present value, even if it is concurrent. Two leaders that
 * take each other's writes swap their values instead of agreeing on one.
 *
 * Seen as pglogical's `apply_remote`, and in logical replication without conflict handling.
 */
import {byArrival} from './arrival.ts';

export const applyRemote = byArrival({
  name: 'apply-remote',
  summary: 'whatever arrived here last: leaders do not converge',
  seenIn: 'pglogical apply_remote',
  convergent: false,
  replaces: true,
  reason: 'arrived here before it',
});
