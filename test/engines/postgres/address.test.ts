/**
 * How a person writes the address of a server, and what is refused.
 */
import {expect, it} from 'vitest';
import {foreignServer} from '../../../src/engines/postgres/sql/address.ts';
import {dsnOf} from '../../../src/engines/postgres/sql/sql.ts';

const ENVIRONMENT = {PGPASSWORD: 'from env', USER: 'ann'};

it.each([
  [
    'us=postgres://me:p%40ss@localhost:5433/main',
    {host: 'localhost', port: 5433, database: 'main', user: 'me', password: 'p@ss'},
  ],
  [
    'us=postgresql://127.0.0.1',
    {host: '127.0.0.1', port: 5432, database: 'postgres', user: 'ann', password: 'from env'},
  ],
  [
    'us=postgres://me@[::1]:5434/',
    {host: '::1', port: 5434, database: 'postgres', user: 'me', password: 'from env'},
  ],
])('%s', (text, address) => {
  expect(foreignServer(text, ENVIRONMENT)).toEqual({ok: true, value: {leader: 'us', address}});
});

it('has no password if none is given anywhere', () => {
  expect(foreignServer('us=postgres://me@localhost', {})).toMatchObject({
    ok: true,
    value: {address: {password: undefined}},
  });
});

it.each([
  ['us', 'a server is written as us=postgres://user@localhost:5432/postgres'],
  ['US=postgres://localhost', 'a server is written as us=postgres://user@localhost:5432/postgres'],
  ['us=localhost:5432', 'the address of us is not a postgres:// address'],
  ['us=http://localhost', 'the address of us is not a postgres:// address'],
  ['us=postgres://db.example.org/x', 'us is on another machine'],
])('%s is refused', (text, message) => {
  expect(foreignServer(text, ENVIRONMENT)).toMatchObject({ok: false, failure: {code: 'syntax', message}});
});

it('quotes what would break a connection string', () => {
  const address = {host: '127.0.0.1', port: 1, database: 'd', user: "o'neil", password: 'a\\b c'};
  expect(dsnOf(address)).toBe(
    "host=127.0.0.1 port=1 dbname='d' user='o\\'neil' password='a\\\\b c' keepalives=0",
  );
});
