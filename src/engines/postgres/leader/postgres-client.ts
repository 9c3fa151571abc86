/**
 * Answers clients of a PostgreSQL leader as our own leaders do. It runs SQL at the server, or answers from
 * the leader's replica state.
 */
import {type Result, succeed} from '../../../base/failure.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import {isWanted} from '../../../core/log/op.ts';
import type {Dot} from '../../../core/log/version-vector.ts';
import type {LeaderAnswers, LeaderClient, RequestOf, RequestType} from '../../shared/leader-client.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import {parseJson, readSchema} from '../sql/parse-rows.ts';
import type {SqlConnection} from '../sql/sql.ts';
import type {PostgresLeader} from './postgres-leader.ts';
import {write} from './write-statements.ts';

const REQUEST_LIMIT_MS = 5000;

export interface ClientOptions {
  readonly leader: PostgresLeader;
  /** Carries out a client's write. Writes wait while links are rewired. */
  writing<T>(work: () => Promise<T>): Promise<T>;
  /** Skips the operations of an origin, or of all origins, at which links to this leader stopped. */
  skip(origin: LeaderId | undefined): Promise<Result<readonly Dot[]>>;
}

/** The handler of each type of request. */
type RequestHandlers = {
  readonly [Type in RequestType]: (
    request: RequestOf<Type>,
    limitMs: number,
  ) => Promise<Result<LeaderAnswers[Type]>>;
};

/** The client side of one leader. */
export class PostgresClient implements LeaderClient {
  readonly #options: ClientOptions;
  readonly #handlers: RequestHandlers = {
    write: (request, limitMs) => this.#write(request, limitMs),
    read: ({key}, limitMs) => this.#leader.withConnection(connection => read(connection, key, limitMs)),
    keys: (_request, limitMs) => this.#leader.withConnection(connection => keysAt(connection, limitMs)),
    log: request => this.#log(request),
    skip: ({origin}) => this.#skip(origin),
    status: () => this.#leader.measure(),
  };

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get id(): LeaderId {
    return this.#leader.id;
  }

  get state(): LeaderState {
    return this.#leader.state;
  }

  async request<Type extends RequestType>(
    request: RequestOf<Type>,
    limitMs = REQUEST_LIMIT_MS,
  ): Promise<Result<LeaderAnswers[Type]>> {
    const type: Type = request.type;
    return this.#leader.isRunning ? this.#handlers[type](request, limitMs) : this.#leader.downFailure();
  }

  get #leader(): PostgresLeader {
    return this.#options.leader;
  }

  async #write({writes, guard}: RequestOf<'write'>, limitMs: number): Promise<Result<{dot: Dot}>> {
    const written = await this.#options.writing(() =>
      this.#leader.withConnection(connection =>
        write(connection, {leader: this.id, asked: writes, guard, limitMs}),
      ),
    );
    if (!written.ok) return written;
    this.#leader.acknowledged(written.value);
    return succeed({dot: written.value});
  }

  async #log(request: RequestOf<'log'>): Promise<Result<LeaderAnswers['log']>> {
    const refreshed = await this.#leader.refresh();
    return refreshed.ok ? succeed({ops: this.#leader.replica.log.filter(isWanted(request))}) : refreshed;
  }

  async #skip(origin: LeaderId | undefined): Promise<Result<LeaderAnswers['skip']>> {
    const skipped = await this.#options.skip(origin);
    return skipped.ok ? succeed({dots: skipped.value}) : skipped;
  }
}

/** A single statement, so that the value and the applied operations belong to the same instant. */
const READ = `select (select v from public.kv where k = $1) as v,
  (select coalesce(json_object_agg(origin, seq) filter (where seq > 0), '{}') from lab.applied) as applied`;

async function read(
  connection: SqlConnection,
  key: Key,
  limitMs: number,
): Promise<Result<LeaderAnswers['read']>> {
  const answer = await connection.ask(READ, [key], limitMs);
  if (!answer.ok) return answer;
  const {v, applied} = readSchema.parse(answer.value[0]);
  const value = parseJson(v);
  return succeed({reading: value === undefined ? {type: 'absent'} : {type: 'value', value}, vv: applied});
}

async function keysAt(connection: SqlConnection, limitMs: number): Promise<Result<LeaderAnswers['keys']>> {
  const answer = await connection.ask('select k from public.kv order by k', [], limitMs);
  return answer.ok ? succeed({keys: answer.value.map(({k}) => k as Key)}) : answer;
}
