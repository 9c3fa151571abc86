/**
 * Finds conflicts and stopped subscriptions in the log of a PostgreSQL server: those of pglogical 2.4 and of
 * what is built into PostgreSQL 18. It accepts only records of processes that apply changes, because a client
 * can make a server log any text. Pure.
 *
 * Servers print keys and values without escaping, and pglogical cuts them. The parser leaves out what it
 * cannot read with certainty. To get values, use SELECT.
 */
import {builtinChange, builtinConflict} from './builtin-conflict.ts';
import {pglogicalChange, pglogicalConflict} from './pglogical-conflict.ts';
import {
  type ConflictEngine,
  isError,
  type RemoteChange,
  type RowOrigin,
  type ServerConflict,
  type SubscriptionRef,
  type SubscriptionStop,
} from './server-conflict.ts';
import type {LogRecord} from './server-log.ts';

/** The conflict that this record is about, if it is about one. */
export function conflictOf(record: LogRecord): ServerConflict | undefined {
  switch (applierOf(record)?.engine) {
    case 'pglogical':
      return pglogicalConflict(record);
    case 'postgres':
      return builtinConflict(record);
    case undefined:
      return undefined;
  }
}

/** The stop of a subscription that this record is about, if it is about one. */
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
 * True if an apply process lost its provider or cannot reach it. It retries by itself, unless its
 * subscription is disabled for that reason.
 */
export function isConnectionTrouble(record: LogRecord): boolean {
  const {message, source} = record;
  if (applierOf(record) === undefined || !isError(record) || /\bdoes not exist\b/.test(message)) return false;
  return source?.sqlState.startsWith('08') === true || PGLOGICAL_TROUBLE.test(message);
}

/** pglogical logs these with the SQLSTATE of an internal error. */
const PGLOGICAL_TROUBLE = new RegExp(
  '^(connection to other side has died$|data stream ended$|could not (connect to the postgresql server|' +
    'send (feedback packet|replication command)))',
);

/** Operator intervention: the process was told to end. */
const isShutdown = ({source}: LogRecord): boolean => source?.sqlState.startsWith('57') === true;

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

/** PostgreSQL names the origin of a subscription after the number of the subscription. */
function byOrigin(origin: RowOrigin | undefined): SubscriptionRef | undefined {
  const [, id] = origin?.type === 'name' ? (/^pg_(\d+)$/.exec(origin.name) ?? []) : [];
  return id === undefined ? undefined : {type: 'id', id: Number(id)};
}

const changeOf = (record: LogRecord, engine: ConflictEngine): RemoteChange =>
  engine === 'pglogical' ? pglogicalChange(record) : builtinChange(record);
