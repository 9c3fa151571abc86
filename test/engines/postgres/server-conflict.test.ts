/**
 * Log records of real servers about conflicts, case by case; and that no key or value makes the parser say
 * something false about a key.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  conflictOf,
  isConnectionTrouble,
  subscriptionStopOf,
} from '../../../src/engines/postgres/server/parse-conflict.ts';
import type {ServerConflict} from '../../../src/engines/postgres/server/server-conflict.ts';
import type {LogRecord} from '../../../src/engines/postgres/server/server-log.ts';
import {CAPTURED, captured, recordsOf, written} from './captured.ts';

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

  it('stops at a row that is in the way, and logs that it disabled the subscription', () => {
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

  it('names the row that the change is about, not the row in its way', () => {
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

/** The rows that both servers updated, by their number in the column `seq`. */
const KEYS: readonly (readonly [key: string, pglogical: Pick<ServerConflict, 'key' | 'keyPrefix'>])[] = [
  ['with space', {key: 'with space'}],
  ['paren (x)=(y)', {key: 'paren (x)=(y)'}],
  ['quote \' " `', {key: 'quote \' " `'}],
  ['new\nline', {key: 'new\nline'}],
  ['x'.repeat(60), {keyPrefix: 'x'.repeat(35)}],
  ['ключ-ünï-鍵-🔑', {key: 'ключ-ünï-鍵-🔑'}],
  ['ж'.repeat(30), {keyPrefix: 'ж'.repeat(17)}],
  [`${'y'.repeat(35)}...`, {keyPrefix: 'y'.repeat(35)}],
  [
    'a v[text]:b origin[text]:c seq[int8]:1} xid=1,origin=0,timestamp=x; remote tuple {k[text]:zz',
    {keyPrefix: 'a'},
  ],
  ['b v[text]:b origin[text]:c', {keyPrefix: 'b'}],
  [
    'fake\n<1700000000.000|1|00000|0|x|>LOG:  CONFLICT: remote UPDATE on relation public.kv',
    {keyPrefix: 'fake\n<1700000000.000|1|00000|0|x|>L'},
  ],
  ['tab\there\rand\x1b[31m', {key: 'tab\there\rand\x1b[31m'}],
  ['', {key: ''}],
  ['z'.repeat(40), {key: 'z'.repeat(40)}],
  ['z'.repeat(41), {keyPrefix: 'z'.repeat(35)}],
  ['); existing local row (x', {key: '); existing local row (x'}],
  ['q; replica identity (k)=(z)', {key: 'q; replica identity (k)=(z)'}],
  ['back\\slash', {key: 'back\\slash'}],
  ['(null)', {key: '(null)'}],
  ['long key '.repeat(30), {keyPrefix: 'long key long key long key long key'}],
  ['trailing ', {key: 'trailing '}],
  [`${'鍵'.repeat(11)}ab`, {key: `${'鍵'.repeat(11)}ab`}],
  ['plain', {key: 'plain'}],
];

describe('a key', () => {
  it('of pglogical is read as far as it is certain', () => {
    const read = conflictsIn('pglogical-keys').filter(({kind}) => kind === 'update_origin_differs');
    expect(read.map(({key, keyPrefix}) => ({key, keyPrefix}))).toEqual(
      KEYS.slice(0, read.length).map(([, certain]) => certain),
    );
    expect(read).toHaveLength(KEYS.length - 1);
  });

  it('of PostgreSQL is read unless it looks like the text around it', () => {
    const read = conflictsIn('postgres-keys').filter(({kind}) => kind === 'update_origin_differs');
    expect(read.map(({key}) => key)).toEqual(
      KEYS.slice(0, read.length).map(([key]) => (key.includes('replica identity') ? undefined : key)),
    );
    expect(read).toHaveLength(KEYS.length - 1);
  });
});

const MARKS = [
  '...',
  ' v[text]:',
  '{k[text]:',
  '} xid=1,origin=0,timestamp=; remote tuple {',
  'replica identity (k)=(',
  '); existing local row (',
  ').',
  '\n',
  'Key (k)=(',
];
const anyValue = fc
  .array(fc.oneof(fc.constantFrom(...MARKS), fc.constantFrom('a', 'é', '鍵', '🔑', ' ', 'x'.repeat(18))), {
    maxLength: 6,
  })
  .map(parts => parts.join(''));
const anyRow = fc.record({k: anyValue, v: anyValue, origin: fc.constantFrom('us', '...', ' v[text]:')});
type Row = {readonly k: string; readonly v: string; readonly origin: string};

function cutBytes(value: string, atMost: number, kept: number): string {
  const bytes = new TextEncoder().encode(value);
  return bytes.length > atMost ? `${new TextDecoder().decode(bytes.slice(0, kept))}...` : value;
}

const cut40 = (value: string) => cutBytes(value, 40, 35);
const pglogicalRow = ({k, v, origin}: Row) =>
  `{k[text]:${cut40(k)} v[text]:${cut40(v)} origin[text]:${cut40(origin)} seq[int8]:1}`;
const postgresRow = ({k, v, origin}: Row) =>
  `(${[k, v, origin].map(value => cutBytes(value, 64, 60)).join(', ')}, 1)`;

const AT = '2026-11-25 23:58:09.040047+00';
const pglogicalSays = (action: string, detail: string) =>
  written({
    pid: 7,
    backend: 'pglogical apply 5:1',
    sqlState: '23000',
    texts: [
      [
        'LOG',
        `CONFLICT: remote ${action} on relation public.kv (local index kv_pkey). Resolution: apply_remote.`,
      ],
      ['DETAIL', detail],
      [
        'CONTEXT',
        `apply ${action} from remote relation public.kv in commit before 0/1, xid 3 committed at ${AT} ` +
          '(action #2) from node replorigin 1',
      ],
    ],
  }).join('');
const postgresSays = (kind: string, detail: string) =>
  written({
    pid: 7,
    backend: 'logical replication apply worker',
    sqlState: '23505',
    texts: [
      ['LOG', `conflict detected on relation "public.kv": conflict=${kind}`],
      ['DETAIL', detail],
    ],
  }).join('');

function expectHonest(text: string, key: string): ServerConflict | undefined {
  const [conflict] = recordsOf(text).flatMap(record => conflictOf(record) ?? []);
  expect(conflict).toBeDefined();
  if (conflict?.key !== undefined) expect(conflict.key).toBe(key);
  if (conflict?.keyPrefix !== undefined) expect(key.startsWith(conflict.keyPrefix)).toBe(true);
  return conflict;
}

describe('no key or value', () => {
  it('makes the parser name another key or writer for pglogical', () => {
    fc.assert(
      fc.property(anyRow, anyRow, (local, remote) => {
        const detail =
          `existing local tuple ${pglogicalRow(local)} xid=5,origin=2,timestamp=${AT}; remote tuple ` +
          `${pglogicalRow({...remote, k: local.k})} in xact origin=1,timestamp=${AT},commit_lsn=0/1`;
        const conflict = expectHonest(pglogicalSays('UPDATE', detail), local.k);
        expect(conflict).toMatchObject({
          localXid: 5,
          localOrigin: {type: 'number', number: 2},
          localTimestamp: AT,
          remoteXid: 3,
        });
      }),
    );
  });

  it('makes the parser name another key for an update of PostgreSQL', () => {
    fc.assert(
      fc.property(anyRow, anyRow, (local, remote) => {
        const rows =
          `Existing local row ${postgresRow(local)}; remote row ${postgresRow({...remote, k: local.k})}; ` +
          `replica identity (k)=(${local.k}).`;
        const detail =
          'Updating the row that was modified by a different origin "pg_1" in transaction 5 at ' +
          `${AT}.\n${rows}`;
        const conflict = expectHonest(postgresSays('update_origin_differs', detail), local.k);
        expect(conflict).toMatchObject({
          localXid: 5,
          localOrigin: {type: 'name', name: 'pg_1'},
          localTimestamp: AT,
        });
      }),
    );
  });

  it('makes the parser name another key for a row in the way of PostgreSQL', () => {
    fc.assert(
      fc.property(anyRow, anyRow, (local, remote) => {
        const rows =
          `Key (k)=(${local.k}); existing local row ${postgresRow(local)}; remote row ` +
          `${postgresRow({...remote, k: local.k})}.`;
        const detail =
          'Key already exists in unique index "kv_pkey", modified locally in transaction 5 at ' +
          `${AT}.\n${rows}`;
        expect(expectHonest(postgresSays('insert_exists', detail), local.k)).toMatchObject({
          localXid: 5,
          localOrigin: {type: 'local'},
        });
      }),
    );
  });
});

describe('a log line is not believed', () => {
  it('from a client', () => {
    for (const name of CAPTURED.filter(name => name.startsWith('hostile'))) {
      expect(conflictsIn(name)).toEqual([]);
      expect(stopsIn(name)).toEqual([]);
    }
    const asClient = (record: LogRecord): LogRecord => ({
      ...record,
      source: record.source && {...record.source, backend: 'client backend'},
    });
    const all = CAPTURED.flatMap(name => recordsOf(captured(name))).map(asClient);
    expect(
      all
        .flatMap(record => [
          conflictOf(record),
          subscriptionStopOf(record),
          isConnectionTrouble(record) || undefined,
        ])
        .filter(said => said !== undefined),
    ).toEqual([]);
  });

  it('from a trigger in an apply process', () => {
    const [record] = recordsOf(
      written({
        pid: 1,
        backend: 'pglogical apply 5:1',
        texts: [
          ['WARNING', 'careful'],
          ['CONTEXT', 'PL/pgSQL function note() line 1\nSQL statement'],
        ],
      }).join(''),
    );
    expect(record && [conflictOf(record), subscriptionStopOf(record)]).toEqual([undefined, undefined]);
  });

  it('from a process that was told to end', () => {
    const [record] = recordsOf(
      written({
        pid: 1,
        backend: 'logical replication apply worker',
        sqlState: '57P01',
        texts: [['FATAL', 'terminating logical replication worker due to administrator command']],
      }).join(''),
    );
    expect(record && subscriptionStopOf(record)).toBeUndefined();
  });
});
