/**
 * The conflicts that PostgreSQL itself logs since release 18. It prints keys in full, without escaping. Pure.
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

const KINDS: {readonly [kind in ConflictKind]: Resolution} = {
  insert_exists: 'stop',
  update_exists: 'stop',
  multiple_unique_conflicts: 'stop',
  update_origin_differs: 'apply_remote',
  delete_origin_differs: 'apply_remote',
  update_missing: 'skip',
  update_deleted: 'skip',
  delete_missing: 'skip',
};

const isKind = (word: string | undefined): word is ConflictKind =>
  word !== undefined && Object.hasOwn(KINDS, word);

const BUILTIN_CONTEXT = new RegExp(
  '^processing remote data for replication origin "(.*?)" during message type "([A-Z ]+)"(?: for ' +
    'replication target relation "(.+?)"(?: column ".+")?)?(?: in transaction (\\d+)(?:,? finished at ' +
    `(${LSN}))?)?$`,
);

export function builtinChange({context = ''}: LogRecord): RemoteChange {
  const [, name, action, relation, xid, remoteLsn] = BUILTIN_CONTEXT.exec(lastContextLine(context)) ?? [];
  const remoteOrigin: RowOrigin | undefined = name === undefined ? undefined : {type: 'name', name};
  return {action, relation, transaction: {remoteOrigin, remoteXid: numberOf(xid), remoteLsn}};
}

export function builtinConflict(record: LogRecord): ServerConflict | undefined {
  const [, relation, kind] =
    /^conflict detected on relation "(.+)": conflict=(\w+)$/s.exec(record.message) ?? [];
  if (relation === undefined || !isKind(kind)) return undefined;
  const detail = record.detail ?? '';
  return {
    engine: 'postgres',
    relation,
    kind,
    resolution: KINDS[kind],
    ...builtinKey(kind, detail),
    ...builtinLocal(detail),
    ...builtinChange(record).transaction,
    appliedXid: appliedXidOf(record),
    stops: isError(record),
  };
}

const BUILTIN_LOCAL = new RegExp(
  `^(?:Updating the row that was|Deleting the row that was|Key already exists in unique index ".*?",) ` +
    `modified(?: locally| by (?:a different )?origin "(.*?)"| by a (non-existent) origin|) ` +
    String.raw`in transaction (\d+)(?: at (${TIMESTAMP}))?\.$`,
);

/** The first line is about the local row, and holds nothing that clients wrote. */
function builtinLocal(detail: string): LocalRow {
  const [line = ''] = detail.split('\n', 1);
  const [, name, dropped, xid, localTimestamp] = BUILTIN_LOCAL.exec(line) ?? [];
  if (xid === undefined) return {};
  return {localXid: Number(xid), localOrigin: builtinOrigin(name, dropped, localTimestamp), localTimestamp};
}

function builtinOrigin(
  name: string | undefined,
  dropped: string | undefined,
  timestamp: string | undefined,
): RowOrigin {
  if (name !== undefined) return {type: 'name', name};
  if (dropped !== undefined) return {type: 'dropped'};
  return {type: timestamp === undefined ? 'unknown' : 'local'};
}

/**
 * The key is the column `k`, printed in full: at the end, where a row was not found or differed; after the
 * first line, where a row is in the way. It is certain unless the marks around it occur more than once.
 */
function builtinKey(kind: ConflictKind, detail: string): RowKey {
  if (kind === 'insert_exists' || (kind === 'multiple_unique_conflicts' && !/replica identity/.test(detail)))
    return insertedKey(detail);
  const [, key, ...others] = detail.split(/[Rr]eplica identity \(k\)=\(/);
  return key === undefined || others.length > 0 || !key.endsWith(').')
    ? {}
    : {key: key.slice(0, -').'.length)};
}

function insertedKey(detail: string): RowKey {
  const [, rows] = /^[^\n]*\nKey \(k\)=\((.*)$/s.exec(detail) ?? [];
  const [first, ...others] = rows?.split('); existing local row (') ?? [];
  if (first === undefined || others.length === 0) return {};
  return others.length === 1 ? {key: first} : {keyPrefix: first};
}
