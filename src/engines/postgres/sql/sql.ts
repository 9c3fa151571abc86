/**
 * A connection to a leader's database, with every answer as a value. If a connection ends in the middle of a
 * request, the outcome is unknown, and the code of the failure says so.
 */
import pg from 'pg';
import {errorText, type Failure, fail, type Result, succeed} from '../../../base/failure.ts';
import type {Address} from './address.ts';

export type Row = {readonly [column: string]: unknown};

/**
 * Runs statements one after the other, each in its own transaction. A failure is thrown. For the lab's own
 * work, not for clients.
 */
export interface Sql {
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** A text as an SQL literal. */
export const literal = (text: string): string => pg.escapeLiteral(text);

/** The connection string with which a server reaches another one. */
export function dsnOf({host, port, database, user, password}: Address): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const secret = password === undefined ? '' : ` password=${quoted(password)}`;
  return `host=${host} port=${port} dbname=${quoted(database)} user=${quoted(user)}${secret} keepalives=0`;
}

const CONNECT_LIMIT_MS = 3000;

/**
 * SQLSTATEs of servers that start, end, or ended the session: the request may or may not have been carried
 * out.
 */
const ENDED = /^(57P0[123]|08|XX000)/;

/** One connection. Queries run one after the other, in the order of their calls. */
export class SqlConnection implements Sql {
  readonly #client: pg.Client;
  #isOpen = true;
  /** The last query: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #onClosed: () => void;

  static async open(
    address: Address,
    name: string,
    onClosed: () => void = () => {},
  ): Promise<Result<SqlConnection>> {
    const {host, port, database, user, password} = address;
    const client = new pg.Client({
      host,
      port,
      database,
      user,
      password: password ?? '',
      application_name: name,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      keepAlive: true,
    });
    // Before the connection is open the error rejects `connect`; later the event `end` follows.
    client.on('error', () => {});
    try {
      await client.connect();
      return succeed(new SqlConnection(client, onClosed));
    } catch (error) {
      void client.end().catch(() => {});
      return {ok: false, failure: {code: 'unreachable', message: errorText(error)}};
    }
  }

  private constructor(client: pg.Client, onClosed: () => void) {
    this.#client = client;
    this.#onClosed = onClosed;
    client.on('end', () => this.#ended());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  listen(channel: string, onNotification: (payload: string) => void): Promise<Result<readonly Row[]>> {
    this.#client.on('notification', ({payload}) => onNotification(payload ?? ''));
    return this.ask(`listen ${channel}`, [], CONNECT_LIMIT_MS);
  }

  async query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const answer = this.#last.then(() => this.#client.query(text, [...values]));
    this.#last = answer.catch(() => undefined);
    return (await answer).rows as Row[];
  }

  /**
   * As `query`, with a limit and without throwing. After the limit the connection is destroyed: a late answer
   * would be taken for the answer to the next query.
   */
  async ask(text: string, values: readonly unknown[], limitMs: number): Promise<Result<readonly Row[]>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Result<never>>(resolve => {
      timer = setTimeout(() => {
        this.destroy();
        resolve(fail('timeout', `no answer within ${limitMs} ms`));
      }, limitMs);
    });
    const answer = this.query(text, values).then(
      rows => succeed(rows),
      (error: unknown): Result<never> => ({ok: false, failure: failureOf(error)}),
    );
    const first = await Promise.race([answer, late]);
    clearTimeout(timer);
    return first;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  /** Closes it without a message to the server, which may not be reading. */
  destroy(): void {
    (this.#client as unknown as {connection: {stream: {destroy(): void}}}).connection.stream.destroy();
    this.#ended();
  }

  #ended(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClosed();
  }
}

/**
 * Turns an error of the client for PostgreSQL into a failure. Its code is `closed` or `sql-` with the
 * SQLSTATE.
 */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  if (code === undefined || ENDED.test(code))
    return {code: 'closed', message: `the connection ended: ${errorText(error)}`};
  return {code: `sql-${code}`, message: errorText(error)};
}

/** The SQLSTATE, where the server gave one. */
function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
