/**
 * One PostgreSQL leader as the lab holds it: its server, the connections to it, what is known of its
 * database, and its state (starting, up, paused, down). It answers what clients ask as our own leaders do.
 */
import type * as z from 'zod';
import {assertNever} from '../../../base/assert.ts';
import {type Failure, FailureError, fail, type Result, succeed} from '../../../base/failure.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import {isWanted, type Op} from '../../../core/log/op.ts';
import {type Dot, EMPTY, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import {TRUE_CLOCK} from '../../../core/log/wall-clock.ts';
import type {ResolverSpec} from '../../../core/resolvers/spec.ts';
import {EventPublisher} from '../../../leader/event-publisher.ts';
import type {LeaderStatus} from '../../../port/view.ts';
import type {LeaderRequest, News} from '../../../wire/leader-control.ts';
import type {LeaderClient} from '../../shared/leader-client.ts';
import type {LeaderState} from '../../shared/model/build-view.ts';
import type {Host, Hosted} from '../server/server-host.ts';
import {parseJson, readSchema} from '../sql/parse-rows.ts';
import {Pool} from '../sql/pool.ts';
import {type Sql, SqlConnection} from '../sql/sql.ts';
import {LogListener, type SaidConflict, type SaidStop} from './log-listener.ts';
import {ReplicaState} from './replica-state.ts';
import {lookAt} from './snapshot.ts';
import {write} from './write-statements.ts';

const REQUEST_LIMIT_MS = 5000;
/** Making a slot waits for transactions that are under way. */
const ADMIN_LIMIT_MS = 15_000;
/** Where nobody says that something changed, it is looked at all the same. */
const LOOK_MS = 1000;

export interface LeaderOptions {
  readonly id: LeaderId;
  readonly host: Host;
  readonly resolver: ResolverSpec;
  readonly members: () => readonly LeaderId[];
  hopsFrom(origin: LeaderId): number;
  /** Carries out a client's write. Writes wait while the links change. */
  writing<T>(work: () => Promise<T>): Promise<T>;
  links(): ReturnType<ReplicaState['links']>;
  /** Of an operation that this server gave up. */
  bodyOf(dot: Dot): Op | undefined;
  /** Gives up the operations of an origin that its database stopped at. */
  skip(origin: LeaderId | undefined): Promise<Result<readonly Dot[]>>;
  onNews(news: News): void;
  onStatus(state: LeaderState): void;
  /** Operations arrived, or the like. */
  onChange(): void;
  /** The row of an operation that was here already was written once more. */
  onEcho(dot: string): void;
  /** A row has changed. */
  onRow(key: Key): void;
  /** Its server could not apply what came. */
  onStop(said: SaidStop): void;
}

export class PostgresLeader implements LeaderClient {
  readonly id: LeaderId;
  readonly replica: ReplicaState;
  readonly listener: LogListener;
  readonly #options: LeaderOptions;
  readonly #collector: EventPublisher;
  readonly #touched = new Set<Key>();
  #hosted: Hosted | undefined;
  #pool: Pool | undefined;
  /** Hears of changes and looks. */
  #watch: SqlConnection | undefined;
  #admin: SqlConnection | undefined;
  #state: LeaderState = {status: 'starting', sinceMs: Date.now()};
  #looking: Promise<Result<null>> | undefined;
  #mustLook = false;
  #isNew = true;
  #isClosing = false;
  /** Only at its end is there a server to end. */
  #starting: Promise<Result<null>> | undefined;
  #expectedEnd: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeaderOptions) {
    this.id = options.id;
    this.#options = options;
    this.replica = new ReplicaState(options.resolver, () => options.links());
    this.listener = new LogListener({
      conflict: said => this.#said(said),
      stopped: said => options.onStop(said),
    });
    this.#collector = new EventPublisher(this.replica, () => TRUE_CLOCK, Date.now());
  }

  get state(): LeaderState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#hosted?.pid;
  }

  get port(): number | undefined {
    return this.#hosted?.address.port;
  }

  /** For work that is not a client's. A failure is thrown. */
  readonly sql: Sql = {
    query: async (text, values = []) => {
      const admin = await this.#openAdmin();
      const answer = admin.ok ? await admin.value.ask(text, values, ADMIN_LIMIT_MS) : admin;
      if (!answer.ok)
        throw new FailureError({...answer.failure, message: `${this.id}: ${answer.failure.message}`});
      return answer.value;
    },
  };

  /** Its address, for others that replicate from it. */
  get address(): Hosted['address'] | undefined {
    return this.#hosted?.address;
  }

  start(): Promise<Result<null>> {
    if (this.#isClosing) return Promise.resolve(fail('closing', 'the lab is closing'));
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<Result<null>> {
    if (this.#isNew)
      this.#collector.subscribe({bufferedBytes: 0, event: news => this.#options.onNews(news as News)});
    this.#isNew = false;
    this.#expectedEnd = undefined;
    this.#enter('starting');
    const hosted = await this.#options.host.start();
    if (!hosted.ok) return this.#startFailed(hosted.failure);
    this.#hosted = hosted.value;
    void hosted.value.ended.then(how => this.#ended(hosted.value, how));
    this.#pool = new Pool(hosted.value.address);
    const [warm, watching] = await Promise.all([this.#pool.warm(), this.#startWatching()]);
    const broken = [warm, watching].find(result => !result.ok);
    if (broken !== undefined && !broken.ok) {
      await this.kill();
      return this.#startFailed(broken.failure);
    }
    this.#enter('up');
    return succeed(null);
  }

  // What clients ask.

  async request<T>(
    request: LeaderRequest,
    _result: z.ZodType<T>,
    limitMs = REQUEST_LIMIT_MS,
  ): Promise<Result<T>> {
    const answer = await this.#answer(request, limitMs);
    // What is answered here is what the schema would say of an answer over a socket.
    return answer as Result<T>;
  }

  async #answer(request: LeaderRequest, limitMs: number): Promise<Result<unknown>> {
    const pool = this.#pool;
    if (pool === undefined) return this.#down();
    switch (request.type) {
      case 'write':
        return this.#write(request, limitMs);
      case 'read':
        return pool.use(connection => this.#read(connection, request.key, limitMs));
      case 'keys':
        return pool.use(connection => keysAt(connection, limitMs));
      case 'log': {
        const looked = await this.look();
        const ops = this.replica.log.filter(isWanted(request));
        return looked.ok ? succeed({ops}) : looked;
      }
      case 'skip': {
        const skipped = await this.#options.skip(request.origin);
        return skipped.ok ? succeed({dots: skipped.value}) : skipped;
      }
      case 'status': {
        const looked = await this.look();
        return looked.ok ? succeed({vv: this.replica.vv, digest: this.replica.fold.digest()}) : looked;
      }
      case 'configure':
      case 'subscribe':
      case 'recovered':
        return fail('unsupported', `a PostgreSQL leader has no ${request.type}`);
      default:
        return assertNever(request);
    }
  }

  async #write(
    {writes, guard}: Extract<LeaderRequest, {type: 'write'}>,
    limitMs: number,
  ): Promise<Result<{dot: Dot}>> {
    const written = await this.#options.writing(async () =>
      this.#pool?.use(connection => write(connection, {leader: this.id, asked: writes, guard, limitMs})),
    );
    if (written === undefined) return this.#down();
    if (!written.ok) return written;
    this.#collector.report({type: 'acknowledged', dot: written.value}, Date.now());
    return succeed({dot: written.value});
  }

  async #read(connection: SqlConnection, key: Key, limitMs: number): Promise<Result<unknown>> {
    const text = `select (select v from public.kv where k = $1) as v,
      (select coalesce(json_object_agg(origin, seq) filter (where seq > 0), '{}') from lab.applied) as applied`;
    const answer = await connection.ask(text, [key], limitMs);
    if (!answer.ok) return answer;
    const {v, applied} = readSchema.parse(answer.value[0]);
    const value = parseJson(v);
    return succeed({reading: value === undefined ? {type: 'absent'} : {type: 'value', value}, vv: applied});
  }

  // What is known of its database.

  async #startWatching(): Promise<Result<null>> {
    const looked = await this.look();
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    return looked;
  }

  async #openAdmin(): Promise<Result<SqlConnection>> {
    if (this.#hosted === undefined || this.#state.status === 'paused') return this.#down();
    if (this.#admin?.isOpen) return succeed(this.#admin);
    const opened = await SqlConnection.open(this.#hosted.address, 'leaderlab');
    if (opened.ok) this.#admin = opened.value;
    return opened;
  }

  /**
   * A paused server did not answer in time: then the connection is gone, and with it what it would have told.
   */
  async #openWatch(): Promise<SqlConnection | undefined> {
    const hosted = this.#hosted;
    if (hosted === undefined || this.#state.status === 'paused') return undefined;
    if (this.#watch?.isOpen) return this.#watch;
    const opened = await SqlConnection.open(hosted.address, 'leaderlab watch');
    if (!opened.ok) return undefined;
    const listening = await opened.value.listen('lab', payload => this.#heard(payload));
    if (!listening.ok) return undefined;
    this.#watch = opened.value;
    for (const key of this.replica.fold.keys()) this.#touched.add(key);
    return opened.value;
  }

  #heard(payload: string): void {
    const [word = ''] = payload.split(' ', 1);
    const rest = payload.slice(word.length + 1);
    if (word === 'row') {
      this.#touched.add(rest as Key);
      this.#options.onRow(rest as Key);
    }
    if (word === 'kept' || word === 'echo') this.replica.cameAgain();
    if (word === 'echo') this.#options.onEcho(rest);
    this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#looking === undefined) void this.look();
    else this.#mustLook = true;
  }

  /** What was there when this was asked is known when it resolves. */
  async look(): Promise<Result<null>> {
    await this.#looking;
    this.#looking ??= this.#lookUntilNothingNew().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookUntilNothingNew(): Promise<Result<null>> {
    for (;;) {
      this.#mustLook = false;
      const looked = await this.#lookOnce();
      if (!looked.ok) return looked;
      if (!looked.value && !this.#mustLook) return succeed(null);
    }
  }

  /** Whether there may be more. */
  async #lookOnce(): Promise<Result<boolean>> {
    const watch = await this.#openWatch();
    if (watch === undefined) return this.#down();
    const touched = [...this.#touched];
    this.#touched.clear();
    const {members, hopsFrom, bodyOf} = this.#options;
    const looked = await lookAt(watch, {
      members: members(),
      have: this.replica.vv ?? EMPTY,
      touched,
      hopsFrom,
      bodyOf,
    });
    if (!looked.ok) {
      for (const key of touched) this.#touched.add(key);
      return looked;
    }
    const {found, arrivedMs, xids, isFull} = looked.value;
    this.#wentBack(found.applied);
    const nowMs = Date.now();
    for (const event of this.replica.take(found)) {
      const op = event.type === 'applied' ? this.replica.get(event.dot) : undefined;
      this.#collector.report(event, (op && arrivedMs.get(op)) ?? nowMs);
    }
    this.listener.learn(xids);
    if (found.ops.length > 0) this.#options.onChange();
    return succeed(isFull);
  }

  /** Handles operations that the crash of its server undid. */
  #wentBack(applied: VersionVector): void {
    const gone = missing(this.replica.vv, applied);
    if (gone === 0) return;
    this.listener.keep(applied);
    const what = gone === 1 ? 'an operation from another leader' : `${gone} operations from other leaders`;
    this.notice(
      `the crash undid ${what}, because its server had not written that to its log yet; the sender ` +
        'sends it again',
    );
  }

  /** What its server logged of a conflict. */
  #said({key, dots, isEcho, relation, lines}: SaidConflict): void {
    if (isEcho) this.replica.cameAgain();
    if (relation !== 'public.kv') return this.touch();
    const keys = key === undefined ? this.replica.keysOf(dots) : [key];
    for (const one of keys) {
      const report = this.replica.said(one, dots, lines);
      if (report !== undefined) this.#collector.report(report, Date.now());
    }
  }

  /**
   * It cannot apply this operation, which its sender has: a conflict like any other, although nothing of it
   * is here.
   */
  halted(op: Op, lines: readonly string[]): void {
    for (const report of this.replica.haltedOn(op, lines)) this.#collector.report(report, Date.now());
  }

  notice(text: string): void {
    this.#collector.notice(text);
  }

  /** What news tell beside operations has changed: links, halts. */
  touch(): void {
    this.#collector.touch();
  }

  /** What there is to tell is told now. */
  tell(): void {
    this.#collector.tell();
  }

  // What is done to its server.

  async kill(): Promise<void> {
    this.#expectedEnd = 'killed';
    await this.#hosted?.kill();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#starting;
    this.#expectedEnd = 'ended';
    this.#disconnect();
    await this.#hosted?.stop();
  }

  async pause(): Promise<void> {
    // From now on it answers nobody, so nobody is to wait for it.
    this.#enter('paused', 'paused');
    await this.#hosted?.pause?.();
  }

  resume(): void {
    this.#hosted?.resume?.();
    this.#enter('up');
    void this.look();
  }

  #ended(hosted: Hosted, how: string): void {
    if (this.#hosted !== hosted) return;
    this.#hosted = undefined;
    this.listener.restart();
    this.#disconnect();
    this.#enter('down', this.#expectedEnd ?? `crashed (${how})`);
  }

  #disconnect(): void {
    clearInterval(this.#timer);
    this.#pool?.close();
    this.#pool = undefined;
    this.#watch?.destroy();
    this.#watch = undefined;
    this.#admin?.destroy();
    this.#admin = undefined;
  }

  #startFailed(failure: Failure): Result<null> {
    this.#enter('down', `did not start (${failure.message})`);
    return fail('not-started', `leader ${this.id} did not start: ${failure.message}`, failure.hint);
  }

  #down(): Result<never> {
    const isPaused = this.#state.status === 'paused';
    return fail(
      'down',
      `${this.id} is ${isPaused ? 'paused' : 'down'}`,
      `${isPaused ? 'resume' : 'restart'} ${this.id}`,
    );
  }

  #enter(status: LeaderStatus, cause?: string): void {
    this.#state = cause === undefined ? {status, sinceMs: Date.now()} : {status, cause, sinceMs: Date.now()};
    this.#options.onStatus(this.#state);
  }
}

async function keysAt(connection: SqlConnection, limitMs: number): Promise<Result<{keys: readonly Key[]}>> {
  const answer = await connection.ask('select k from public.kv order by k', [], limitMs);
  return answer.ok ? succeed({keys: answer.value.map(({k}) => k as Key)}) : answer;
}
