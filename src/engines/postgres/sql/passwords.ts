/**
 * Reads passwords from `~/.pgpass`, as every client of PostgreSQL does. The lab needs them itself, because
 * each server gets them to connect to the next one.
 */
import pgpass from 'pgpass';
import type {ForeignServer} from './address.ts';

/** Adds passwords to the addresses that have none, where `~/.pgpass` has one. */
export const withPasswords = (servers: readonly ForeignServer[]): Promise<readonly ForeignServer[]> =>
  Promise.all(servers.map(withPassword));

async function withPassword(server: ForeignServer): Promise<ForeignServer> {
  const {address} = server;
  if (address.password !== undefined) return server;
  const {host, port, database, user} = address;
  const password = await new Promise<string | undefined>(resolve =>
    pgpass({host, port, database, user}, resolve),
  );
  return {...server, address: {...address, password}};
}
