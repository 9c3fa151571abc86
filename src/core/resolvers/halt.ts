/**
 * `halt`: a concurrent write stops its origin's stream at this leader until a person decides. The stopping is
 * the replica's; as a lens over a log, a concurrent write that is in it all the same was skipped, so the log
 * reads as under `keep-local`.
 *
 * Seen in pglogical's `error` and in PostgreSQL's subscriptions, which stop at `insert_exists`.
 */
import {byArrival} from './arrival.ts';
import {KEEP_LOCAL_RULE} from './keep-local.ts';

export const halt = byArrival({
  ...KEEP_LOCAL_RULE,
  name: 'halt',
  summary: 'what was here first; a conflict stops the stream',
  seenIn: 'pglogical error, PostgreSQL insert_exists',
  reason: 'was skipped',
});
