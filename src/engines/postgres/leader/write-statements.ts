/**
 * Writes at a PostgreSQL leader. A write that says all by itself is one statement; one that depends on what
 * is there (a guard, an increment, a field) is a transaction that keeps the rows to itself while the lab
 * computes what they become.
 */
import {type Failure, fail, type Result, succeed} from '../../../base/failure.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {Json} from '../../../base/json.ts';
import {type Asked, acceptAll, type Readable} from '../../../core/fold/accept.ts';
import type {Guard} from '../../../core/io/input-effect.ts';
import {effectOf, type KeyWrite} from '../../../core/log/op.ts';
import type {Dot} from '../../../core/log/version-vector.ts';
import {EMPTY_FRONTIER} from '../../../core/state/frontier.ts';
import {ABSENT, type Reading} from '../../../core/state/reading.ts';
import {parseJson} from '../sql/parse-rows.ts';
import type {Row, SqlConnection} from '../sql/sql.ts';

export interface WriteRequest {
  readonly leader: LeaderId;
  readonly asked: readonly Asked[];
  readonly guard: Guard | undefined;
  readonly limitMs: number;
}

/**
 * What another transaction got in between, so that the same may succeed now: a row of that key, a deadlock.
 */
const AGAIN = new Set(['sql-23505', 'sql-40P01', 'sql-40001']);
const TRIES = 10;
const UNTEXTUAL = /\0|\p{Surrogate}/u;

export async function write(connection: SqlConnection, request: WriteRequest): Promise<Result<Dot>> {
  const hostile = request.asked.find(({key}) => UNTEXTUAL.test(key));
  if (hostile !== undefined)
    return fail(
      'bad-key',
      'PostgreSQL has no text with U+0000 or half a character in it',
      'choose another key',
    );
  const attempt = dependsOnRows(request) ? writeReading : writeAlone;
  for (let n = 1; ; n++) {
    const written = await attempt(connection, request);
    if (written.ok || n === TRIES || !AGAIN.has(written.failure.code)) return written;
  }
}

const dependsOnRows = ({asked, guard}: WriteRequest): boolean =>
  guard !== undefined || asked.some(({intent: {type}}) => type !== 'set' && type !== 'del');

async function writeAlone(connection: SqlConnection, request: WriteRequest): Promise<Result<Dot>> {
  const accepted = acceptAll(readableOf([]), request.asked, undefined);
  return accepted.ok ? accept(connection, request, accepted.value) : accepted;
}

/**
 * Whatever ends before the commit was asked for has surely not happened: the server forgets the transaction
 * with the connection.
 */
async function writeReading(connection: SqlConnection, request: WriteRequest): Promise<Result<Dot>> {
  const {asked, guard, limitMs} = request;
  const keys = [
    ...new Set([...asked.map(({key}) => key), ...(guard === undefined ? [] : [guard.key])]),
  ].sort();
  const begun = await connection.ask('begin', [], limitMs);
  if (!begun.ok) return notDone(begun.failure);
  const rows = await connection.ask('select k, v from lab.hold($1)', [keys], limitMs);
  const accepted = rows.ok ? acceptAll(readableOf(rows.value), asked, guard) : rows;
  const written = accepted.ok ? await accept(connection, request, accepted.value) : accepted;
  if (!written.ok) {
    await connection.ask('rollback', [], limitMs);
    return notDone(written.failure);
  }
  const committed = await connection.ask('commit', [], limitMs);
  return committed.ok ? written : committed;
}

const notDone = (failure: Failure): Result<never> =>
  failure.code === 'timeout' || failure.code === 'closed'
    ? fail('not-done', failure.message)
    : {ok: false, failure};

async function accept(
  connection: SqlConnection,
  {leader, limitMs}: WriteRequest,
  writes: readonly KeyWrite[],
): Promise<Result<Dot>> {
  // All transactions lock in one order.
  const sorted = [...writes].sort((a, b) => (a.key < b.key ? -1 : 1));
  const changes = sorted.map(({generation: _generation, saw: _saw, ...change}) => JSON.stringify(change));
  const effects = sorted.map(effectOf).map(effect => (effect === undefined ? null : JSON.stringify(effect)));
  const values = [leader, sorted.map(({key}) => key), changes, effects];
  const answer = await connection.ask('select lab.accept($1, $2, $3, $4) as seq', values, limitMs);
  return answer.ok ? succeed({origin: leader, seq: Number(answer.value[0]?.seq)}) : answer;
}

/** Generations and what was seen the server knows better. */
function readableOf(rows: readonly Row[]): Readable {
  const values = new Map(rows.map(({k, v}) => [k, parseJson(v)] as const));
  const read = (key: Key): Reading => {
    const value: Json | undefined = values.get(key);
    return value === undefined ? ABSENT : {type: 'value', value};
  };
  return {
    read,
    revision: () => undefined,
    seen: () => [],
    snapshot: key => ({key, reading: read(key), frontier: EMPTY_FRONTIER, shown: undefined}),
  };
}
