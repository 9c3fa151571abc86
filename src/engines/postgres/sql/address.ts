/**
 * Addresses of servers, and how a person writes them. Nothing here connects to a server, so the program can
 * parse its flags without loading a client for PostgreSQL.
 */
import {fail, type Result, succeed} from '../../../base/failure.ts';
import {isLeaderId, type LeaderId} from '../../../base/ids.ts';

/** How to reach a server. The password appears in no argument list, no log and no message. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
}

export interface ForeignServer {
  readonly leader: LeaderId;
  /** The address of its maintenance database: the one that the person named, or `postgres`. */
  readonly address: Address;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
const DEFAULT_PORT = 5432;

/**
 * Parses `us=postgres://user@localhost:5433/postgres`. If the address has no password, PGPASSWORD is used;
 * without that, `~/.pgpass` is read later.
 */
export function foreignServer(
  text: string,
  environment: {readonly [name: string]: string | undefined},
): Result<ForeignServer> {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at));
  if (!isLeaderId(name))
    return fail('syntax', 'a server is written as us=postgres://user@localhost:5432/postgres');
  const url = URL.parse(text.slice(at + 1));
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol))
    return fail('syntax', `the address of ${name} is not a postgres:// address`);
  if (!LOCAL_HOSTS.has(url.hostname))
    return fail(
      'syntax',
      `${name} is on another machine`,
      'use servers on this machine, because the links of the lab listen on 127.0.0.1 only',
    );
  const password = decodeURIComponent(url.password) || environment.PGPASSWORD;
  return succeed({
    leader: name,
    address: {
      host: url.hostname.replace(/[[\]]/g, ''),
      port: Number(url.port || DEFAULT_PORT),
      database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
      user: decodeURIComponent(url.username) || environment.PGUSER || environment.USER || 'postgres',
      password: password === '' ? undefined : password,
    },
  });
}
