/**
 * No key, no value and no client makes the parser of conflicts say something false.
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
  it('of pglogical is read only as far as it is certain', () => {
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

describe('a key or value cannot', () => {
  it('make the parser name another key or writer for pglogical', () => {
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

  it('make the parser name another key for an update of PostgreSQL', () => {
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

  it('make the parser name another key for a PostgreSQL row that blocks an insert', () => {
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

describe('a log line is ignored', () => {
  it('if it is from a client', () => {
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

  it('if it is from a trigger in an apply process', () => {
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

  it('if it is from a process that was terminated', () => {
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
