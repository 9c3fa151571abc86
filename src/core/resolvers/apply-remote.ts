/**
 * `apply-remote`: what arrives replaces what is there, whatever it had seen. Each of two leaders takes the
 * other's write, and they have swapped values instead of agreeing on one.
 *
 * Seen as pglogical's `apply_remote`, and what logical replication does wherever nobody thought of conflicts.
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
