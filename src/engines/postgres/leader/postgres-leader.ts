/**
 * One PostgreSQL leader as the lab holds it: its server, the connections to it, its status (starting, up,
 * paused, down), and its replica state. It reports what happens in its database as events.
 */
import {assert} from '../../../base/assert.ts';
import {FailureError, fail, type Result, succeed} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {Op} from '../../../core/log/op.ts';
import type {Dot, VersionVector} from '../../../core/log/version-vector.ts';
import {TRUE_CLOCK} from '../../../core/log/wall-clock.ts';
import type {ResolverSpec} from '../../../core/resolvers/spec.ts';
import {EventPublisher} from '../../../leader/event-publisher.ts';
import type {LeaderMeasurement} from '../../../port/cluster.ts';
import type {News} from '../../../wire/leader-control.ts';
import {LeaderLifecycle} from '../../shared/leader-lifecycle.ts';
import type {LeaderState} from '../../shared/model/leader-state.ts';
import type {LeaderProcess} from '../../shared/process-handlers.ts';
import type {Host, Hosted} from '../server/server-host.ts';
import {Pool} from '../sql/pool.ts';
import {type Sql, SqlConnection} from '../sql/sql.ts';
import {DatabaseWatch} from './database-watch.ts';
import {type LoggedConflict, LogListener} from './log-listener.ts';
import type {ClusterContext, PostgresEvent} from './postgres-event.ts';
import {ReplicaState} from './replica-state.ts';

/** The creation of a replication slot waits for transactions under way. */
const ADMIN_LIMIT_MS = 15_000;

export interface LeaderOptions {
  readonly id: LeaderId;
  readonly resolver: ResolverSpec;
  readonly context: ClusterContext;
  /** Returns the host of its server. `onLog` receives the text that the server writes to its log. */
  newHost(onLog: (text: string) => void): Host;
  onEvent(event: PostgresEvent): void;
}

/** One leader, from its first start to the end of the lab. Its server may end and start again meanwhile. */
export class PostgresLeader implements LeaderProcess {
  readonly id: LeaderId;
  readonly replica: ReplicaState;
  readonly #options: LeaderOptions;
  readonly #host: Host;
  readonly #publisher: EventPublisher;
  readonly #listener: LogListener;
  readonly #watch: DatabaseWatch;
  /** Undefined while no server runs. */
  #hosted: Hosted | undefined;
  /** For clients; undefined while no server takes connections. */
  #pool: Pool | undefined;
  /** For the lab's own statements. */
  #admin: SqlConnection | undefined;
  readonly #lifecycle: LeaderLifecycle;
  #isPublishing = false;

  constructor(options: LeaderOptions) {
    const {id, resolver, context, onEvent} = options;
    this.id = id;
    this.#options = options;
    this.#lifecycle = new LeaderLifecycle(id, state => onEvent({type: 'status', state}));
    this.replica = new ReplicaState(resolver, () => context.linksFrom(id));
    this.#publisher = new EventPublisher(this.replica, () => TRUE_CLOCK, Date.now());
    this.#listener = new LogListener({
      onConflict: conflict => this.#conflictLogged(conflict),
      onApplyFailed: onEvent,
    });
    this.#host = options.newHost(text => this.#listener.push(text));
    this.#watch = new DatabaseWatch({
      self: id,
      replica: this.replica,
      context,
      connect: () => this.#connectWatch(),
      onEvent,
      onReport: (event, atMs) => this.#publisher.report(event, atMs),
      onTransactions: dots => this.#listener.learn(dots),
      onUndone: (count, applied) => this.#operationsUndone(count, applied),
    });
  }

  get state(): LeaderState {
    return this.#lifecycle.state;
  }

  get pid(): number | undefined {
    return this.#hosted?.pid;
  }

  get port(): number | undefined {
    return this.#hosted?.address.port;
  }

  /** True while its server runs, paused or not. */
  get isRunning(): boolean {
    return this.#pool !== undefined;
  }

  /** The address of its database, for leaders that replicate from it; undefined while no server runs. */
  get address(): Hosted['address'] | undefined {
    return this.#hosted?.address;
  }

  // Its server.

  /** Starts the server; resolves once the leader is up and all of its database is known. */
  async start(): Promise<Result<null>> {
    const started = await this.#lifecycle.start(() => this.#open());
    return started.ok || started.failure.code === 'closing'
      ? started
      : {ok: false, failure: {...started.failure, code: 'not-started'}};
  }

  async #open(): Promise<Result<null>> {
    assert(this.#hosted === undefined, 'a leader has one server at a time');
    this.#publishOnce();
    const hosted = await this.#host.start();
    if (!hosted.ok) return hosted;
    this.#hosted = hosted.value;
    void hosted.value.ended.then(how => this.#ended(hosted.value, how));
    this.#pool = new Pool(hosted.value.address);
    const [warm, watching] = await Promise.all([this.#pool.warm(), this.#watch.start()]);
    const broken = [warm, watching].find(result => !result.ok);
    if (broken !== undefined) await this.kill();
    return broken ?? succeed(null);
  }

  /** The first news contains everything, so later starts continue the same stream of news. */
  #publishOnce(): void {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    this.#publisher.subscribe({
      bufferedBytes: 0,
      event: news => this.#options.onEvent({type: 'news', news: news as News}),
    });
  }

  async kill(): Promise<void> {
    this.#lifecycle.expectEnd('killed');
    await this.#hosted?.kill();
  }

  /** Ends the server in order, at the end of the lab. */
  async close(): Promise<void> {
    await this.#lifecycle.close();
    this.#lifecycle.expectEnd('ended');
    this.#disconnect();
    await this.#hosted?.stop();
  }

  async pause(): Promise<void> {
    // It answers no request from now on, so no request may wait for it.
    this.#lifecycle.pause();
    await this.#hosted?.pause?.();
  }

  resume(): void {
    this.#hosted?.resume?.();
    this.#lifecycle.resume();
    void this.refresh();
  }

  #ended(hosted: Hosted, how: string): void {
    if (this.#hosted !== hosted) return;
    this.#hosted = undefined;
    this.#listener.restart();
    this.#disconnect();
    this.#lifecycle.ended(how);
  }

  #disconnect(): void {
    this.#watch.stop();
    this.#pool?.close();
    this.#pool = undefined;
    this.#admin?.destroy();
    this.#admin = undefined;
  }

  // Connections to it.

  /** Runs a client's statements, with a connection of their own. */
  async withConnection<T>(work: (connection: SqlConnection) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#pool === undefined ? this.downFailure() : this.#pool.use(work);
  }

  /** Runs the lab's own statements. Throws a `FailureError` that names the leader. */
  readonly sql: Sql = {
    query: async (text, values = []) => {
      const admin = await this.#openAdmin();
      const answer = admin.ok ? await admin.value.ask(text, values, ADMIN_LIMIT_MS) : admin;
      if (!answer.ok)
        throw new FailureError({...answer.failure, message: `${this.id}: ${answer.failure.message}`});
      return answer.value;
    },
  };

  async #openAdmin(): Promise<Result<SqlConnection>> {
    if (this.#hosted === undefined || this.state.status === 'paused') return this.downFailure();
    if (this.#admin?.isOpen) return succeed(this.#admin);
    const opened = await SqlConnection.open(this.#hosted.address, 'leaderlab');
    if (opened.ok) this.#admin = opened.value;
    return opened;
  }

  async #connectWatch(): Promise<Result<SqlConnection>> {
    if (this.#hosted === undefined || this.state.status === 'paused') return this.downFailure();
    const opened = await SqlConnection.open(this.#hosted.address, 'leaderlab watch');
    return opened.ok ? opened : this.downFailure();
  }

  downFailure(): Result<never> {
    const isPaused = this.state.status === 'paused';
    return fail(
      'down',
      `${this.id} is ${isPaused ? 'paused' : 'down'}`,
      `${isPaused ? 'resume' : 'restart'} ${this.id}`,
    );
  }

  // What is known of its database.

  /** Resolves once `replica` knows everything that the database held at the time of the call. */
  refresh(): Promise<Result<null>> {
    return this.#watch.refresh();
  }

  async measure(): Promise<Result<LeaderMeasurement>> {
    const refreshed = await this.refresh();
    return refreshed.ok ? succeed({vv: this.replica.vv, digest: this.replica.fold.digest()}) : refreshed;
  }

  /** The operation that a transaction of its server wrote, if it is known. */
  operationOf(xid: number | undefined): Op | undefined {
    const dot = this.#listener.dotOf(xid);
    return dot && this.replica.get(dot);
  }

  #operationsUndone(count: number, applied: VersionVector): void {
    this.#listener.keep(applied);
    const what = count === 1 ? 'an operation from another leader' : `${count} operations from other leaders`;
    this.notice(
      `the crash undid ${what}, because its server had not written that to its log yet; the sender ` +
        'sends it again',
    );
  }

  #conflictLogged({key, dots, isEcho, relation, lines}: LoggedConflict): void {
    if (isEcho) this.replica.cameAgain();
    if (relation !== 'public.kv') return this.republish();
    const keys = key === undefined ? this.replica.keysOf(dots) : [key];
    for (const one of keys) {
      const report = this.replica.loggedConflict(one, dots, lines);
      if (report !== undefined) this.#publisher.report(report, Date.now());
    }
  }

  // Its news.

  /** Call it after a client received the acknowledgement of this operation. */
  acknowledged(dot: Dot): void {
    this.#publisher.report({type: 'acknowledged', dot}, Date.now());
  }

  /**
   * Reports the conflicts of an operation that its sender has and this server could not apply, with the words
   * of the server.
   */
  reportStopped(op: Op, lines: readonly string[]): void {
    for (const report of this.replica.stoppedBy(op, lines)) this.#publisher.report(report, Date.now());
  }

  notice(text: string): void {
    this.#publisher.notice(text);
  }

  /** Sends news soon, because something besides operations has changed, such as its links. */
  republish(): void {
    this.#publisher.touch();
  }

  /** Sends unsent news at once. */
  publishNow(): void {
    this.#publisher.publishNow();
  }
}
