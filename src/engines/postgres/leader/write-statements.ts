/**
 * Writes at a PostgreSQL leader. A write that does not depend on the current value is one statement. A write
 * that does (a guard, an increment, a field) is a transaction that locks the rows while the lab computes
 * their new values.
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
 * SQLSTATEs of conflicts with another transaction, where a retry may succeed: a new row of the key, a
 * deadlock.
 */
const RETRIED = new Set(['sql-23505', 'sql-40P01', 'sql-40001']);
const TRIES = 10;
/** Characters that PostgreSQL cannot store in a text. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * Carries out the write, and returns the dot of its operation. Fails with `not-done` if the write certainly
 * did not happen.
 */
export async function write(connection: SqlConnection, request: WriteRequest): Promise<Result<Dot>> {
  const hostile = request.asked.find(({key}) => UNSTORABLE.test(key));
  if (hostile !== undefined)
    return fail(
      'bad-key',
      'the key contains U+0000 or an unpaired surrogate, which PostgreSQL cannot store',
      'choose another key',
    );
  const attempt = dependsOnRows(request) ? writeReading : writeAlone;
  for (let n = 1; ; n++) {
    const written = await attempt(connection, request);
    if (written.ok || n === TRIES || !RETRIED.has(written.failure.code)) return written;
  }
}

const dependsOnRows = ({asked, guard}: WriteRequest): boolean =>
  guard !== undefined || asked.some(({intent: {type}}) => type !== 'set' && type !== 'del');

async function writeAlone(connection: SqlConnection, request: WriteRequest): Promise<Result<Dot>> {
  const accepted = acceptAll(readableOf([]), request.asked, undefined);
  return accepted.ok ? accept(connection, request, accepted.value) : accepted;
}

/**
 * A failure before the commit was sent means that the write did not happen: the server rolls the transaction
 * back when the connection ends.
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
  // All transactions lock keys in the same order, so they cannot deadlock.
  const sorted = [...writes].sort((a, b) => (a.key < b.key ? -1 : 1));
  const changes = sorted.map(({generation: _generation, saw: _saw, ...change}) => JSON.stringify(change));
  const effects = sorted.map(effectOf).map(effect => (effect === undefined ? null : JSON.stringify(effect)));
  const values = [leader, sorted.map(({key}) => key), changes, effects];
  const answer = await connection.ask('select lab.accept($1, $2, $3, $4) as seq', values, limitMs);
  return answer.ok ? succeed({origin: leader, seq: Number(answer.value[0]?.seq)}) : answer;
}

/**
 * Gives the operation its current values only. The server itself computes generations and the writes that
 * were seen.
 */
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
