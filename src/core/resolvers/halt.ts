/**
 * `halt`: a concurrent write stops the stream of its origin at this leader until a person decides. The
 * replica does the stopping. If a log nevertheless holds a concurrent write, that write was skipped, so the
 * log reads as under `keep-local`. Seen in pglogical's `error` and in PostgreSQL's subscriptions, which stop
 * at `insert_exists`.
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
