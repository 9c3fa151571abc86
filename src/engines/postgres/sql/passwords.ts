/**
 * The passwords that a person keeps in `~/.pgpass`, as every client of PostgreSQL looks them up. They have to
 * be known here: each server is told them, to reach the next one.
 */
import pgpass from 'pgpass';
import type {ForeignServer} from './address.ts';

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
