/**
 * Conflicts and stopped subscriptions as a PostgreSQL server logs them, whichever software replicates: the
 * types, and what the parsers of both texts share. Pure.
 */
import type {LogRecord} from './server-log.ts';

export type ConflictEngine = 'pglogical' | 'postgres';

/**
 * The kind of a conflict, by PostgreSQL's names. pglogical distinguishes only whether it found the row, and
 * logs nothing when it deletes a row that was changed here. Both compare with who wrote the row last, not
 * with what the writer had seen: a later update that had seen the row is a conflict to them. `update_deleted`
 * comes with PostgreSQL 19.
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
 * What the server did. `stop`: it applied nothing of the transaction, and retries it until someone repairs
 * the row or skips the transaction.
 */
export type Resolution = 'apply_remote' | 'keep_local' | 'skip' | 'stop';

/**
 * Who committed a row: this server, one of its replication origins by number or name, a dropped one, or
 * unknown.
 */
export type RowOrigin =
  | {readonly type: 'local'}
  | {readonly type: 'number'; readonly number: number}
  | {readonly type: 'name'; readonly name: string}
  | {readonly type: 'dropped'}
  | {readonly type: 'unknown'};

/** The transaction at another server that made the change. */
export interface RemoteTransaction {
  readonly remoteOrigin?: RowOrigin | undefined;
  readonly remoteXid?: number | undefined;
  /** As printed, up to microseconds without zeros at the end. pglogical only. */
  readonly remoteTimestamp?: string | undefined;
  /**
   * The LSN of its commit. `alter subscription … skip (lsn = …)` takes it as it is; to skip the transaction
   * under pglogical, the origin has to be advanced to the next higher LSN.
   */
  readonly remoteLsn?: string | undefined;
}

export interface ServerConflict extends RemoteTransaction {
  readonly engine: ConflictEngine;
  /** As printed: `public.kv`. */
  readonly relation: string;
  readonly kind: ConflictKind;
  readonly resolution: Resolution;
  /** The key of the row that the change is about; absent where the text does not show it with certainty. */
  readonly key?: string | undefined;
  /** The beginning of that key, where no more is certain. */
  readonly keyPrefix?: string | undefined;
  /** The transaction that wrote the row that is here. */
  readonly localXid?: number | undefined;
  readonly localOrigin?: RowOrigin | undefined;
  /** As printed, up to microseconds without zeros at the end. */
  readonly localTimestamp?: string | undefined;
  /**
   * The transaction that applies the change here, which is the xmin of the rows it writes; absent while it
   * has no number.
   */
  readonly appliedXid?: number | undefined;
  /** True if it ended the apply process, so that the subscription stands still. */
  readonly stops: boolean;
}

/**
 * The name of a subscription where the server logs it, otherwise its id in the catalog:
 * `pglogical.subscription.sub_id` or `pg_subscription.oid`.
 */
export type SubscriptionRef =
  | {readonly type: 'name'; readonly name: string}
  | {readonly type: 'id'; readonly id: number};

export interface SubscriptionStop {
  readonly engine: ConflictEngine;
  /**
   * `failed`: a transaction cannot be applied, and is retried every few seconds in vain. `disabled`:
   * PostgreSQL disabled the subscription after the previous error of the same process, under
   * `disable_on_error`; a lost connection is enough for that.
   */
  readonly type: 'failed' | 'disabled';
  readonly subscription?: SubscriptionRef | undefined;
  readonly origin?: RowOrigin | undefined;
  readonly error: string;
  readonly finishedAtLsn?: string | undefined;
}

/** Of a conflict: the key of its row. */
export type RowKey = Pick<ServerConflict, 'key' | 'keyPrefix'>;
/** Of a conflict: who wrote the local row. */
export type LocalRow = Pick<ServerConflict, 'localXid' | 'localOrigin' | 'localTimestamp'>;

/** What the context of a record says of the change that was being applied. */
export interface RemoteChange {
  readonly action: string | undefined;
  readonly relation: string | undefined;
  readonly transaction: RemoteTransaction;
}

export const isError = ({severity}: LogRecord): boolean =>
  severity === 'ERROR' || severity === 'FATAL' || severity === 'PANIC';

export const LSN = '[0-9A-F]+/[0-9A-F]+';
export const TIMESTAMP = String.raw`\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d(?::\d\d)*(?: BC)?`;

export const numberOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(digits);
export const appliedXidOf = ({source}: LogRecord): number | undefined => source?.xid || undefined;

/** The last line of a context comes from the apply process; earlier lines may come from triggers. */
export const lastContextLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);
