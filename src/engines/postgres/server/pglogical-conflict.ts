/**
 * The conflicts that pglogical 2.4 logs. It prints both rows, cut, without escaping. Pure.
 */
import {
  appliedXidOf,
  type ConflictKind,
  isError,
  type LocalRow,
  LSN,
  lastContextLine,
  numberOf,
  type RemoteChange,
  type Resolution,
  type RowKey,
  type RowOrigin,
  type ServerConflict,
  TIMESTAMP,
} from './server-conflict.ts';
import type {LogRecord} from './server-log.ts';

const PGLOGICAL_MESSAGE = new RegExp(
  '^CONFLICT: remote (INSERT|UPDATE|DELETE) on relation (.+) ' +
    String.raw`(?:\(local index .+\)|replica identity index .+ (\(tuple not found\)))\. ` +
    String.raw`Resolution: (apply_remote|keep_local|skip)\.$`,
  's',
);

/** The action is `(unknown action)` for a delete. */
const PGLOGICAL_CONTEXT = new RegExp(
  `^apply (.+?)(?: from remote relation (.+))? in commit before (${LSN}), xid (\\d+) committed at ` +
    `(${TIMESTAMP}) \\(action #\\d+\\)(?: from node replorigin (\\d+))?`,
);

export function pglogicalChange({context = ''}: LogRecord): RemoteChange {
  const [, action, relation, remoteLsn, xid, remoteTimestamp, origin] =
    PGLOGICAL_CONTEXT.exec(lastContextLine(context)) ?? [];
  const transaction = {
    remoteOrigin: numberedOrigin(origin),
    remoteXid: numberOf(xid),
    remoteTimestamp,
    remoteLsn,
  };
  return {action, relation, transaction};
}

/** -1 where the time of the commit is no longer known, as for frozen rows. */
function numberedOrigin(digits: string | undefined): RowOrigin | undefined {
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (number < 0) return {type: 'unknown'};
  return number === 0 ? {type: 'local'} : {type: 'number', number};
}

export function pglogicalConflict(record: LogRecord): ServerConflict | undefined {
  const [, action, relation, missing, resolution] = PGLOGICAL_MESSAGE.exec(record.message) ?? [];
  if (action === undefined || relation === undefined) return pglogicalRefusal(record);
  const stops = isError(record);
  return {
    engine: 'pglogical',
    relation,
    kind: pglogicalKind(action, missing !== undefined),
    resolution: stops ? 'stop' : (resolution as Resolution),
    ...pglogicalRows(record.detail ?? ''),
    ...pglogicalChange(record).transaction,
    appliedXid: appliedXidOf(record),
    stops,
  };
}

function pglogicalKind(action: string, missing: boolean): ConflictKind {
  if (action === 'INSERT') return 'insert_exists';
  if (action === 'UPDATE') return missing ? 'update_missing' : 'update_origin_differs';
  return 'delete_missing';
}

/**
 * Under `conflict_resolution = error`, or when another unique index is violated: then pglogical prints no
 * row.
 */
function pglogicalRefusal(record: LogRecord): ServerConflict | undefined {
  const {action, relation, transaction} = pglogicalChange(record);
  const twice = record.source?.sqlState === '23505';
  if (
    !isError(record) ||
    relation === undefined ||
    !(twice || record.message === 'cannot apply conflicting row')
  )
    return undefined;
  const kind = action === 'INSERT' ? 'insert_exists' : twice ? 'update_exists' : 'update_origin_differs';
  return {
    engine: 'pglogical',
    relation,
    kind,
    resolution: 'stop',
    ...transaction,
    appliedXid: appliedXidOf(record),
    stops: true,
  };
}

/**
 * The local row, if there is one, and the remote row. No value can imitate the text between them: each value
 * is cut at 40 bytes, and that text is longer. The star means that triggers changed the row before.
 */
const PGLOGICAL_ROWS = new RegExp(
  String.raw`^(?:existing local tuple \{(.*)\} xid=(\d+),origin=(-?\d+),timestamp=(${TIMESTAMP}|); )?` +
    String.raw`remote tuple \{(.*)\}\*? in xact origin=`,
  's',
);

function pglogicalRows(detail: string): RowKey & LocalRow {
  const [, local, xid, origin, timestamp, remote = ''] = PGLOGICAL_ROWS.exec(detail) ?? [];
  const key = pglogicalKey(remote);
  if (local === undefined) return key;
  const here = {
    localXid: numberOf(xid),
    localOrigin: numberedOrigin(origin),
    localTimestamp: timestamp || undefined,
  };
  // Another unique index may have found another row, and an update may change the key.
  const {key: found, keyPrefix} = pglogicalKey(local);
  return found === key.key && keyPrefix === key.keyPrefix ? {...key, ...here} : here;
}

/**
 * A value longer than 40 bytes is printed as its first 35 bytes and three dots, cut even within a character.
 */
const CUT_BYTES = 35;
const CUT_MARK = '...';

/** The key is the column `k`, and the one after it `v`. */
function pglogicalKey(row: string): RowKey {
  const [begin] = /^k\[\w+\]:/.exec(row) ?? [];
  const [first, ...others] = row.slice(begin?.length).split(/ v\[\w+\]:/);
  if (begin === undefined || first === undefined || first === UNREAD || others.length === 0) return {};
  const kept = first.slice(0, -CUT_MARK.length);
  if (first.endsWith(CUT_MARK) && maybeCut(kept)) return {keyPrefix: kept.replace(/\ufffd+$/, '')};
  return others.length > 1 ? {keyPrefix: first} : {key: first};
}

/** What pglogical prints for a long value that is stored outside of the row. */
const UNREAD = '(unchanged-toast-datum)';

const maybeCut = (kept: string): boolean =>
  kept.endsWith('\ufffd') || new TextEncoder().encode(kept).length === CUT_BYTES;
