/**
 * One leader of our own as the lab holds it: its process, its control connection, and its status (starting,
 * up, paused, down).
 */
import type * as z from 'zod';
import {assert, must} from '../../base/assert.ts';
import {type Failure, fail, type Result} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {Channel} from '../../net/channel.ts';
import {deadlyLog} from '../../store/lmdb-file.ts';
import {
  doneSchema,
  keysSchema,
  type LeaderRequest,
  type LeaderSettings,
  logSchema,
  type News,
  newsSchema,
  readSchema,
  skippedSchema,
  statusSchema,
  writtenSchema,
} from '../../wire/leader-control.ts';
import {parseMessage} from '../../wire/payload.ts';
import {type Child, deadlySignal, startChild} from '../shared/child-process.ts';
import {guardProcesses, type KillGuard} from '../shared/kill-guard.ts';
import type {LeaderAnswers, LeaderClient, RequestOf, RequestType} from '../shared/leader-client.ts';
import {LeaderLifecycle} from '../shared/leader-lifecycle.ts';
import type {LeaderState} from '../shared/model/leader-state.ts';
import type {LeaderProcess} from '../shared/process-handlers.ts';

/**
 * A leader with very many operations to fetch takes longer; meanwhile its writes wait, or it refuses them.
 */
const RECOVERED_LIMIT_MS = 10_000;

/** How long a leader may take to end in order. */
const END_LIMIT_MS = 1500;
/** How long a leader may live after it closed its connection, before the lab kills it. */
const LOST_LIMIT_MS = 3000;

export interface LeaderHandleOptions {
  readonly id: LeaderId;
  readonly program: string;
  readonly folder: string;
  readonly token: string;
  onNews(news: News): void;
  /** Called after every change of `status`. */
  onStatus(state: LeaderState): void;
}

const ANSWER_SCHEMAS: {readonly [Type in RequestType]: z.ZodType<LeaderAnswers[Type]>} = {
  write: writtenSchema,
  read: readSchema,
  keys: keysSchema,
  log: logSchema,
  skip: skippedSchema,
  status: statusSchema,
};

/** Starts, ends, pauses and questions one leader process. Its requests never reject. */
export class LeaderHandle implements LeaderClient, LeaderProcess {
  readonly id: LeaderId;
  readonly #options: LeaderHandleOptions;
  /** Undefined while no process runs; there is at most one at a time. */
  #child: Child | undefined;
  /** Defined while the leader is up or paused, and already while it still starts, to ask for its news. */
  #channel: Channel | undefined;
  /** Defined while it is paused: ends the leader if the lab dies. */
  #guard: KillGuard | undefined;
  readonly #lifecycle: LeaderLifecycle;

  constructor(options: LeaderHandleOptions) {
    this.id = options.id;
    this.#options = options;
    this.#lifecycle = new LeaderLifecycle(options.id, state => options.onStatus(state));
  }

  get state(): LeaderState {
    return this.#lifecycle.state;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get port(): number | undefined {
    return this.#child?.port;
  }

  /** `isNew`: no leader by this name has run before. */
  start(settings: LeaderSettings, isNew = false): Promise<Result<null>> {
    return this.#lifecycle.start(() => this.#open(settings, isNew));
  }

  /** Resolves once it accepts writes after it was configured, or after a limit. */
  async recovered(): Promise<void> {
    if (this.state.status === 'up') await this.#ask({type: 'recovered'}, doneSchema, RECOVERED_LIMIT_MS);
  }

  async #open(settings: LeaderSettings, isNew: boolean): Promise<Result<null>> {
    assert(this.#child === undefined, 'a leader has one process at a time');
    const {program, folder, token} = this.#options;
    const args = [
      '--id',
      this.id,
      '--folder',
      folder,
      '--settings',
      JSON.stringify(settings),
      ...(isNew ? ['--new'] : []),
    ];
    const started = await startChild(program, args, token);
    if (!started.ok) return {ok: false, failure: this.#deathOf(started.failure)};
    const child = started.value;
    this.#child = child;
    void child.ended.then(how => this.#ended(child, how));
    const subscribed = await this.#connect(child);
    if (!subscribed.ok) child.kill('SIGKILL');
    return subscribed;
  }

  /** Opens the control connection, and asks for news. */
  async #connect(child: Child): Promise<Result<null>> {
    const opened = await Channel.open({
      port: child.port,
      token: this.#options.token,
      onEvent: event => this.#news(event),
      onClosed: () => this.#connectionLost(child),
    });
    if (!opened.ok) return opened;
    this.#channel = opened.value;
    return this.#ask({type: 'subscribe'}, doneSchema);
  }

  request<Type extends RequestType>(
    request: RequestOf<Type>,
    timeoutMs?: number,
  ): Promise<Result<LeaderAnswers[Type]>> {
    return this.#ask(request, ANSWER_SCHEMAS[request.type], timeoutMs);
  }

  /** Sends the leader its settings, and its peers with the port at which the link to each begins. */
  configure(
    settings: LeaderSettings,
    peers: Extract<LeaderRequest, {type: 'configure'}>['peers'],
    timeoutMs: number,
  ): Promise<Result<null>> {
    return this.#ask({type: 'configure', settings, peers}, doneSchema, timeoutMs);
  }

  /** Sends a request, and checks the other process's answer, so that callers can rely on it. */
  async #ask<T>(request: LeaderRequest, answer: z.ZodType<T>, timeoutMs?: number): Promise<Result<T>> {
    assert(this.#channel !== undefined || this.state.status !== 'up', 'a leader that is up has a connection');
    if (this.#channel === undefined) return fail('down', `${this.id} is down`, `restart ${this.id}`);
    return this.#channel.request(request, answer, timeoutMs);
  }

  /** Sends SIGKILL, and resolves once the process has ended. */
  async kill(): Promise<void> {
    await this.#end('killed', child => child.kill('SIGKILL'));
  }

  /** Ends it in order, at the end of the lab; a paused leader is killed. */
  async close(): Promise<void> {
    await this.#lifecycle.close();
    if (this.state.status === 'paused') return this.kill();
    const child = this.#child;
    if (child === undefined) return;
    const force = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
    await this.#end('ended', () => child.end());
    clearTimeout(force);
  }

  async pause(): Promise<void> {
    const child = must(this.#child, 'the process to pause');
    this.#guard = guardProcesses([child.pid]);
    child.kill('SIGSTOP');
    this.#lifecycle.pause();
  }

  resume(): void {
    must(this.#child, 'the process to resume').kill('SIGCONT');
    this.#guard?.release();
    this.#guard = undefined;
    this.#lifecycle.resume();
  }

  async #end(cause: string, how: (child: Child) => void): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#lifecycle.expectEnd(cause);
    how(child);
    await child.ended;
    this.#ended(child, cause);
  }

  /** Called for every end of the process, expected or not; a second call for the same end changes nothing. */
  #ended(child: Child, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#guard?.release();
    this.#guard = undefined;
    this.#lifecycle.ended(how);
  }

  /**
   * A leader that ends closes its connection first. A leader that lives on without a connection would count
   * as up and answer nothing, so the lab kills it.
   */
  #connectionLost(child: Child): void {
    setTimeout(() => {
      if (this.#child === child && !this.#lifecycle.isEndExpected) child.kill('SIGKILL');
    }, LOST_LIMIT_MS).unref();
  }

  /** Before a leader is ready it mainly reads its log, so a deadly signal points to a damaged log. */
  #deathOf(failure: Failure): Failure {
    const signal = deadlySignal(failure.message);
    return signal === undefined ? failure : deadlyLog(this.#options.folder, signal);
  }

  #news(event: unknown): void {
    const parsed = parseMessage(newsSchema, event);
    if (parsed.ok) this.#options.onNews(parsed.value);
  }
}
