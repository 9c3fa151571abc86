/**
 * What a PostgreSQL server says of conflicts and of subscriptions that stop, from the records of its log:
 * pglogical 2.4 and what is built into PostgreSQL 18. Pure.
 *
 * Keys and values stand in these texts as they are, not escaped, and pglogical cuts them. What cannot be read
 * with certainty is left out: take values by SELECT. Only processes that apply changes are believed, as a
 * client can have any text logged.
 */
import type {LogRecord} from './server-log.ts';

export type ConflictEngine = 'pglogical' | 'postgres';

/**
 * In PostgreSQL's words. pglogical tells apart only whether it found the row, and says nothing when it
 * deletes one that was changed here. Both go by who wrote the row last, not by who had seen what: a later
 * update that had seen the row is a conflict to them. `update_deleted` comes with PostgreSQL 19.
 */
export type ConflictKind =
  | 'insert_exists'
  | 'update_exists'
  | 'update_origin_differs'
  | 'update_missing'
  | 'update_deleted'
  | 'delete_origin_differs'
  | 'delete_missing'
  | 'multiple_unique_conflicts';

/**
 * `stop`: nothing of the transaction is applied, and it comes again until someone repairs the row or skips
 * it.
 */
export type Resolution = 'apply_remote' | 'keep_local' | 'skip' | 'stop';

/**
 * Who committed a row: this server, a replication origin of it by number or by name, one that was dropped, or
 * nobody knows.
 */
export type RowOrigin =
  | {readonly type: 'local'}
  | {readonly type: 'number'; readonly number: number}
  | {readonly type: 'name'; readonly name: string}
  | {readonly type: 'dropped'}
  | {readonly type: 'unknown'};

/** The transaction at another server that brings the change. */
export interface RemoteTransaction {
  readonly remoteOrigin?: RowOrigin | undefined;
  readonly remoteXid?: number | undefined;
  /** As printed, up to microseconds without zeros at the end. pglogical only. */
  readonly remoteTimestamp?: string | undefined;
  /**
   * Of its commit. `alter subscription … skip (lsn = …)` takes it as it is, PostgreSQL's own; to skip it
   * under pglogical, the origin has to be advanced to the next higher one.
   */
  readonly remoteLsn?: string | undefined;
}

export interface ServerConflict extends RemoteTransaction {
  readonly engine: ConflictEngine;
  /** As printed: `public.kv`. */
  readonly relation: string;
  readonly kind: ConflictKind;
  readonly resolution: Resolution;
  /** Of the row that the change is about; absent where the text does not tell for certain. */
  readonly key?: string | undefined;
  /** How that key begins, where no more is certain. */
  readonly keyPrefix?: string | undefined;
  /** The transaction that wrote the row that is here. */
  readonly localXid?: number | undefined;
  readonly localOrigin?: RowOrigin | undefined;
  /** As printed, up to microseconds without zeros at the end. */
  readonly localTimestamp?: string | undefined;
  /**
   * The transaction that applies the change here, which is the xmin of what it writes; absent while it has no
   * number.
   */
  readonly appliedXid?: number | undefined;
  /** Whether it ended the process that applies, so that the subscription stands still. */
  readonly stops: boolean;
}

/**
 * `name` where the server says it, else what it is known by in the catalog: `pglogical.subscription.sub_id`,
 * `pg_subscription.oid`.
 */
export type SubscriptionRef =
  | {readonly type: 'name'; readonly name: string}
  | {readonly type: 'id'; readonly id: number};

export interface SubscriptionStop {
  readonly engine: ConflictEngine;
  /**
   * `failed`: a transaction cannot be applied; it is tried again every few seconds, in vain. `disabled`:
   * PostgreSQL gave up after the error of the same process before this record, under `disable_on_error`,
   * which a lost connection is enough for.
   */
  readonly type: 'failed' | 'disabled';
  readonly subscription?: SubscriptionRef | undefined;
  readonly origin?: RowOrigin | undefined;
  readonly error: string;
  readonly finishedAtLsn?: string | undefined;
}

export function conflictOf(record: LogRecord): ServerConflict | undefined {
  switch (applierOf(record)?.engine) {
    case 'pglogical':
      return pglogicalConflict(record);
    case 'postgres':
      return postgresConflict(record);
    case undefined:
      return undefined;
  }
}

export function subscriptionStopOf(record: LogRecord): SubscriptionStop | undefined {
  const applier = applierOf(record);
  if (applier === undefined) return undefined;
  const [, name] = /^subscription "(.+)" has been disabled because of an error$/s.exec(record.message) ?? [];
  const {engine} = applier;
  if (name !== undefined)
    return {engine, type: 'disabled', subscription: {type: 'name', name}, error: record.message};
  if (!isError(record) || isConnectionTrouble(record) || isShutdown(record)) return undefined;
  const {remoteOrigin: origin, remoteLsn} = changeOf(record, engine).transaction;
  return {
    engine,
    type: 'failed',
    subscription: applier.subscription ?? byOrigin(origin),
    origin,
    error: record.message,
    finishedAtLsn: remoteLsn,
  };
}

/**
 * Whether a process that applies lost its provider, or does not reach it: it tries again by itself, unless it
 * is disabled for it.
 */
export function isConnectionTrouble(record: LogRecord): boolean {
  const {message, source} = record;
  if (applierOf(record) === undefined || !isError(record) || /\bdoes not exist\b/.test(message)) return false;
  return source?.sqlState.startsWith('08') === true || PGLOGICAL_TROUBLE.test(message);
}

/** These come from pglogical with the SQLSTATE of an internal error. */
const PGLOGICAL_TROUBLE =
  /^(connection to other side has died$|data stream ended$|could not (connect to the postgresql server|send (feedback packet|replication command)))/;

/** Operator intervention: the process was told to go. */
const isShutdown = ({source}: LogRecord): boolean => source?.sqlState.startsWith('57') === true;

const isError = ({severity}: LogRecord): boolean =>
  severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC';

interface Applier {
  readonly engine: ConflictEngine;
  readonly subscription?: SubscriptionRef;
}

function applierOf({source}: LogRecord): Applier | undefined {
  const [, id] = /^pglogical apply \d+:(\d+)$/.exec(source?.backend ?? '') ?? [];
  if (id !== undefined) return {engine: 'pglogical', subscription: {type: 'id', id: Number(id)}};
  return /^logical replication ([a-z]+ )*worker$/.test(source?.backend ?? '')
    ? {engine: 'postgres'}
    : undefined;
}

/** PostgreSQL calls the origin of a subscription after its number. */
function byOrigin(origin: RowOrigin | undefined): SubscriptionRef | undefined {
  const [, id] = origin?.type === 'name' ? (/^pg_(\d+)$/.exec(origin.name) ?? []) : [];
  return id === undefined ? undefined : {type: 'id', id: Number(id)};
}

const LSN = '[0-9A-F]+/[0-9A-F]+';
const TIMESTAMP = String.raw`\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d(?::\d\d)*(?: BC)?`;

const numberOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(digits);
const appliedXidOf = ({source}: LogRecord): number | undefined => source?.xid || undefined;

/** Of a context the last line is said by who applies; those before may be of triggers. */
const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);

/** What the context says of the change that was being applied. */
interface RemoteChange {
  readonly action: string | undefined;
  readonly relation: string | undefined;
  readonly transaction: RemoteTransaction;
}

const changeOf = (record: LogRecord, engine: ConflictEngine): RemoteChange =>
  engine === 'pglogical' ? pglogicalChange(record) : postgresChange(record);

// pglogical

const PGLOGICAL_MESSAGE =
  /^CONFLICT: remote (INSERT|UPDATE|DELETE) on relation (.+) (?:\(local index .+\)|replica identity index .+ (\(tuple not found\)))\. Resolution: (apply_remote|keep_local|skip)\.$/s;

/** The action is `(unknown action)` where it deletes. */
const PGLOGICAL_CONTEXT = new RegExp(
  `^apply (.+?)(?: from remote relation (.+))? in commit before (${LSN}), xid (\\d+) committed at ` +
    `(${TIMESTAMP}) \\(action #\\d+\\)(?: from node replorigin (\\d+))?`,
);

function pglogicalChange({context = ''}: LogRecord): RemoteChange {
  const [, action, relation, remoteLsn, xid, remoteTimestamp, origin] =
    PGLOGICAL_CONTEXT.exec(lastLine(context)) ?? [];
  const transaction = {
    remoteOrigin: numberedOrigin(origin),
    remoteXid: numberOf(xid),
    remoteTimestamp,
    remoteLsn,
  };
  return {action, relation, transaction};
}

/** -1 where the time of the commit is not kept any more, as of rows that were frozen. */
function numberedOrigin(digits: string | undefined): RowOrigin | undefined {
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (number < 0) return {type: 'unknown'};
  return number === 0 ? {type: 'local'} : {type: 'number', number};
}

function pglogicalConflict(record: LogRecord): ServerConflict | undefined {
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

/** Under `conflict_resolution = error`, or when another unique index is violated: then no row is printed. */
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
 * The row that is here, if there is one, and the one that comes. No value can pretend to be what stands
 * between them: each is cut at 40 bytes, and that is longer. The star: triggers have changed the row before.
 */
const PGLOGICAL_ROWS = new RegExp(
  String.raw`^(?:existing local tuple \{(.*)\} xid=(\d+),origin=(-?\d+),timestamp=(${TIMESTAMP}|); )?remote tuple \{(.*)\}\*? in xact origin=`,
  's',
);

type RowKey = Pick<ServerConflict, 'key' | 'keyPrefix'>;
type LocalRow = Pick<ServerConflict, 'localXid' | 'localOrigin' | 'localTimestamp'>;

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
 * A value longer than 40 bytes is printed as its first 35 and three dots, cut wherever that falls in a
 * character.
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

/** What stands for a long value that is kept outside of the row. */
const UNREAD = '(unchanged-toast-datum)';

const maybeCut = (kept: string): boolean =>
  kept.endsWith('\ufffd') || new TextEncoder().encode(kept).length === CUT_BYTES;

// PostgreSQL

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

const POSTGRES_CONTEXT = new RegExp(
  '^processing remote data for replication origin "(.*?)" during message type "([A-Z ]+)"(?: for ' +
    'replication target relation "(.+?)"(?: column ".+")?)?(?: in transaction (\\d+)(?:,? finished at ' +
    `(${LSN}))?)?$`,
);

function postgresChange({context = ''}: LogRecord): RemoteChange {
  const [, name, action, relation, xid, remoteLsn] = POSTGRES_CONTEXT.exec(lastLine(context)) ?? [];
  const remoteOrigin: RowOrigin | undefined = name === undefined ? undefined : {type: 'name', name};
  return {action, relation, transaction: {remoteOrigin, remoteXid: numberOf(xid), remoteLsn}};
}

function postgresConflict(record: LogRecord): ServerConflict | undefined {
  const [, relation, kind] =
    /^conflict detected on relation "(.+)": conflict=(\w+)$/s.exec(record.message) ?? [];
  if (relation === undefined || !isKind(kind)) return undefined;
  const detail = record.detail ?? '';
  return {
    engine: 'postgres',
    relation,
    kind,
    resolution: KINDS[kind],
    ...postgresKey(kind, detail),
    ...postgresLocal(detail),
    ...postgresChange(record).transaction,
    appliedXid: appliedXidOf(record),
    stops: isError(record),
  };
}

const POSTGRES_LOCAL = new RegExp(
  String.raw`^(?:Updating the row that was|Deleting the row that was|Key already exists in unique index ".*?",) modified(?: locally| by (?:a different )?origin "(.*?)"| by a (non-existent) origin|) in transaction (\d+)(?: at (${TIMESTAMP}))?\.$`,
);

/** The first line tells of the row that is here, and holds nothing that clients wrote. */
function postgresLocal(detail: string): LocalRow {
  const [line = ''] = detail.split('\n', 1);
  const [, name, dropped, xid, localTimestamp] = POSTGRES_LOCAL.exec(line) ?? [];
  if (xid === undefined) return {};
  return {localXid: Number(xid), localOrigin: postgresOrigin(name, dropped, localTimestamp), localTimestamp};
}

function postgresOrigin(
  name: string | undefined,
  dropped: string | undefined,
  timestamp: string | undefined,
): RowOrigin {
  if (name !== undefined) return {type: 'name', name};
  if (dropped !== undefined) return {type: 'dropped'};
  return {type: timestamp === undefined ? 'unknown' : 'local'};
}

/**
 * The key is the column `k`. It is printed whole: last, where a row is looked for; after the first line,
 * where one is in the way. It is certain unless the marks around it occur more than once.
 */
function postgresKey(kind: ConflictKind, detail: string): RowKey {
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
