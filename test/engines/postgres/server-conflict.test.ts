/**
 * Log records of real servers about conflicts, case by case.
 */
import {describe, expect, it} from 'vitest';
import {
  conflictOf,
  isConnectionTrouble,
  subscriptionStopOf,
} from '../../../src/engines/postgres/server/parse-conflict.ts';
import type {ServerConflict} from '../../../src/engines/postgres/server/server-conflict.ts';
import {captured, recordsOf} from './captured.ts';

const conflictsIn = (name: string): readonly ServerConflict[] =>
  recordsOf(captured(name)).flatMap(record => conflictOf(record) ?? []);
const stopsIn = (name: string) =>
  recordsOf(captured(name)).flatMap(record => subscriptionStopOf(record) ?? []);
const short = ({kind, resolution, key}: ServerConflict) => `${key} ${kind} ${resolution}`;

/**
 * Both updated; updated there and deleted here; deleted by both; updated there, deleted and inserted again
 * here; inserted by both.
 */
const PGLOGICAL_CASES: readonly (readonly [file: string, both: string, again: string, inserts: string])[] = [
  ['apply-remote', 'apply_remote', 'apply_remote', 'apply_remote'],
  ['keep-local', 'keep_local', 'keep_local', 'keep_local'],
  ['last-update-wins', 'keep_local', 'apply_remote', 'keep_local'],
  ['first-update-wins', 'apply_remote', 'keep_local', 'apply_remote'],
];

describe('pglogical', () => {
  it.each(PGLOGICAL_CASES)('reports the conflicts under %s', (file, both, again, inserts) => {
    const conflicts = conflictsIn(`pglogical-${file}`);
    expect(conflicts.map(short)).toEqual([
      `uu update_origin_differs ${both}`,
      'ud update_missing skip',
      'dd delete_missing skip',
      `dr update_origin_differs ${again}`,
      `ii insert_exists ${inserts}`,
    ]);
    expect(
      conflicts.every(
        ({stops, relation, engine}) => !stops && relation === 'public.kv' && engine === 'pglogical',
      ),
    ).toBe(true);
  });

  it('names the transactions that conflict', () => {
    const [both, missing] = conflictsIn('pglogical-keep-local');
    expect(both).toEqual({
      engine: 'pglogical',
      relation: 'public.kv',
      kind: 'update_origin_differs',
      resolution: 'keep_local',
      key: 'uu',
      localXid: 979,
      localOrigin: {type: 'local'},
      localTimestamp: '2026-11-25 23:58:09.040047+00',
      remoteOrigin: {type: 'number', number: 1},
      remoteXid: 1010,
      remoteTimestamp: '2026-11-25 23:58:09.030232+00',
      remoteLsn: '0/1681628',
      appliedXid: 986,
      stops: false,
    });
    expect(missing).toMatchObject({
      remoteXid: 1011,
      remoteTimestamp: '2026-11-25 23:58:09.051206+00',
      appliedXid: undefined,
    });
    expect(missing).not.toHaveProperty('localXid');
  });

  it('names the origin of a row that another server wrote, and no origin of a frozen row', () => {
    expect(conflictsIn('pglogical-origins')).toMatchObject([
      {key: 'o', localOrigin: {type: 'number', number: 1}, remoteOrigin: {type: 'number', number: 2}},
      {key: 'f', localOrigin: {type: 'local'}, remoteOrigin: {type: 'number', number: 1}},
    ]);
    const [triggered, frozen] = conflictsIn('pglogical-rare');
    expect(triggered).toMatchObject({key: 'bt', kind: 'update_origin_differs', localXid: 1056});
    expect(frozen).toMatchObject({
      key: 'fz',
      kind: 'insert_exists',
      localOrigin: {type: 'unknown'},
      localTimestamp: undefined,
    });
  });

  it('stops under error, and logs that at each retry', () => {
    const conflicts = conflictsIn('pglogical-error');
    expect(conflicts.map(short)).toEqual([
      'undefined update_origin_differs stop',
      'undefined update_origin_differs stop',
      'undefined insert_exists stop',
    ]);
    expect(conflicts.map(({stops, remoteLsn, remoteXid}) => [stops, remoteLsn, remoteXid])).toEqual([
      [true, '0/16843A8', 1064],
      [true, '0/16843A8', 1064],
      [true, '0/1684468', 1065],
    ]);
    expect(stopsIn('pglogical-error')[2]).toEqual({
      engine: 'pglogical',
      type: 'failed',
      subscription: {type: 'id', id: 763975077},
      origin: {type: 'number', number: 1},
      error: 'cannot apply conflicting row',
      finishedAtLsn: '0/1684468',
    });
  });

  it('stops at a second unique index', () => {
    expect(conflictsIn('pglogical-unique').map(short)).toEqual([
      'undefined update_exists stop',
      'q5 insert_exists apply_remote',
      'undefined insert_exists stop',
    ]);
    expect(stopsIn('pglogical-unique').map(({error}) => error)).toEqual(
      Array(2).fill('duplicate key value violates unique constraint "kv_v"'),
    );
  });

  it('distinguishes lost connections from a missing slot', () => {
    const trouble = recordsOf(captured('pglogical-connection')).filter(isConnectionTrouble);
    expect(trouble.map(({message}) => message.slice(0, 40))).toEqual([
      'data stream ended',
      'connection to other side has died',
      'could not connect to the postgresql serv',
    ]);
    expect(stopsIn('pglogical-connection')).toMatchObject([
      {type: 'failed', error: expect.stringContaining('does not exist'), finishedAtLsn: undefined},
    ]);
    expect(conflictsIn('pglogical-connection')).toEqual([]);
  });
});

describe('PostgreSQL 18', () => {
  it('reports the conflicts that it resolves', () => {
    expect(conflictsIn('postgres-updates').map(short)).toEqual([
      'uu update_origin_differs apply_remote',
      'ud update_missing skip',
      'dd delete_missing skip',
      'dr update_origin_differs apply_remote',
      'du delete_origin_differs apply_remote',
    ]);
    expect(conflictsIn('postgres-updates')[0]).toEqual({
      engine: 'postgres',
      relation: 'public.kv',
      kind: 'update_origin_differs',
      resolution: 'apply_remote',
      key: 'uu',
      localXid: 910,
      localOrigin: {type: 'local'},
      localTimestamp: '2026-11-26 00:00:39.969333+00',
      remoteOrigin: {type: 'name', name: 'pg_16426'},
      remoteXid: 851,
      remoteLsn: '0/182EE60',
      appliedXid: 917,
      stops: false,
    });
  });

  it('names the origin of a row that another server wrote', () => {
    expect(conflictsIn('postgres-origins').map(({localOrigin, localXid}) => [localOrigin, localXid])).toEqual(
      [
        [{type: 'name', name: 'pg_16392'}, 755],
        [{type: 'dropped'}, 761],
      ],
    );
  });

  it('stops at a blocking row, and logs that it disabled the subscription', () => {
    const [conflict, other] = conflictsIn('postgres-insert');
    expect(conflict).toMatchObject({
      kind: 'insert_exists',
      resolution: 'stop',
      stops: true,
      key: 'ii',
      localOrigin: {type: 'local'},
    });
    expect(other?.key).toBe('new\nline (k)=(x)');
    const stops = stopsIn('postgres-insert');
    expect(stops.find(({type}) => type === 'disabled')).toMatchObject({
      engine: 'postgres',
      subscription: {type: 'name', name: 's_cd'},
    });
    expect(stops.find(({type}) => type === 'failed')).toEqual({
      engine: 'postgres',
      type: 'failed',
      subscription: {type: 'id', id: 16432},
      origin: {type: 'name', name: 'pg_16432'},
      error: 'conflict detected on relation "public.kv": conflict=insert_exists',
      finishedAtLsn: conflict?.remoteLsn,
    });
  });

  it('logs the error at every retry if it does not disable the subscription', () => {
    expect(stopsIn('postgres-retry').map(({type, finishedAtLsn}) => [type, finishedAtLsn])).toEqual(
      Array(2).fill(['failed', '0/18319B0']),
    );
  });

  it('names the row of the change, not the row that blocks it', () => {
    expect(conflictsIn('postgres-unique').map(({kind, key, keyPrefix}) => [kind, key, keyPrefix])).toEqual([
      ['update_exists', 'u1', undefined],
      ['multiple_unique_conflicts', undefined, 'm1'],
      ['update_exists', 'm1', undefined],
    ]);
  });

  it('disables the subscription also at a lost connection, which is not a failure to apply', () => {
    const records = recordsOf(captured('postgres-connection'));
    expect(
      records
        .filter(isConnectionTrouble)
        .map(({source, message}) => `${source?.sqlState} ${message.slice(0, 46)}`),
    ).toEqual([
      '08P01 could not receive data from WAL stream: FATAL:',
      '08006 could not receive data from WAL stream: server',
      '08006 apply worker for subscription "s_cd" could not',
    ]);
    expect(stopsIn('postgres-connection').map(({type, error}) => [type, error.slice(0, 40)])).toEqual(
      expect.arrayContaining([
        ['disabled', 'subscription "s_cd" has been disabled be'],
        ['failed', 'could not start WAL streaming: ERROR:  r'],
      ]),
    );
  });
});
