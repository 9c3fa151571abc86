/**
 * Follows what a leader's database holds. Triggers notify the lab of changes; after each notification, and
 * once a second in any case, the lab reads a snapshot of what is new and passes it to the leader's replica
 * state.
 */
import {assert} from '../../../base/assert.ts';
import {type Result, succeed} from '../../../base/failure.ts';
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {LeaderEvent} from '../../../core/io/leader-event.ts';
import {type Dot, missing, type VersionVector} from '../../../core/log/version-vector.ts';
import type {SqlConnection} from '../sql/sql.ts';
import type {ClusterContext, PostgresEvent} from './postgres-event.ts';
import type {ReplicaState} from './replica-state.ts';
import {readSnapshot, type Snapshot} from './snapshot.ts';

/** How often the database is read although nothing was notified. */
const POLL_MS = 1000;

export interface WatchOptions {
  readonly self: LeaderId;
  readonly replica: ReplicaState;
  readonly context: ClusterContext;
  /** Opens a connection that watches, or says why there is none. */
  connect(): Promise<Result<SqlConnection>>;
  onEvent(event: Extract<PostgresEvent, {type: 'operations' | 'rewritten' | 'row'}>): void;
  /** Called for each event that follows from a snapshot, with the time of its arrival in ms. */
  onReport(event: LeaderEvent, atMs: number): void;
  /** These transactions of the server brought these operations. */
  onTransactions(dots: ReadonlyMap<number, Dot>): void;
  /** A crash of the server undid `count` operations. `applied` covers the operations that remain. */
  onUndone(count: number, applied: VersionVector): void;
}

export class DatabaseWatch {
  readonly #options: WatchOptions;
  /** Keys whose rows may have changed since the last snapshot. */
  readonly #touched = new Set<Key>();
  #connection: SqlConnection | undefined;
  #refreshing: Promise<Result<null>> | undefined;
  /** True if something was notified while a snapshot was being read. */
  #isStale = false;
  /** Defined from `start` to `stop`. */
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Reads everything that is there, and keeps reading from then on. */
  async start(): Promise<Result<null>> {
    assert(this.#timer === undefined, 'a database is watched once');
    this.#timer = setInterval(() => void this.refresh(), POLL_MS);
    return this.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** Resolves once the lab knows everything that the database held at the time of the call. */
  async refresh(): Promise<Result<null>> {
    await this.#refreshing;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshAll(): Promise<Result<null>> {
    for (;;) {
      this.#isStale = false;
      const refreshed = await this.#refreshOnce();
      if (!refreshed.ok) return refreshed;
      if (!refreshed.value && !this.#isStale) return succeed(null);
    }
  }

  /** Resolves to true if there may be more to read. */
  async #refreshOnce(): Promise<Result<boolean>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const {replica, self, context} = this.#options;
    const touched = [...this.#touched];
    this.#touched.clear();
    const read = await readSnapshot(opened.value, {
      members: context.members(),
      have: replica.vv,
      touched,
      hopsFrom: origin => context.hops(origin, self),
      operation: dot => context.operation(dot),
    });
    if (read.ok) this.#take(read.value);
    else for (const key of touched) this.#touched.add(key);
    return read.ok ? succeed(read.value.isFull) : read;
  }

  #take({found, arrivedMs, xids}: Snapshot): void {
    const {replica, onReport, onTransactions, onUndone, onEvent} = this.#options;
    const undone = missing(replica.vv, found.applied);
    if (undone > 0) onUndone(undone, found.applied);
    const nowMs = Date.now();
    for (const event of replica.take(found)) {
      const op = event.type === 'applied' ? replica.get(event.dot) : undefined;
      onReport(event, (op && arrivedMs.get(op)) ?? nowMs);
    }
    onTransactions(xids);
    if (found.ops.length > 0) onEvent({type: 'operations'});
  }

  /**
   * A paused server may not have answered in time. Then its connection is gone, notifications are lost, and
   * every known key may have changed.
   */
  async #open(): Promise<Result<SqlConnection>> {
    if (this.#connection?.isOpen) return succeed(this.#connection);
    const opened = await this.#options.connect();
    if (!opened.ok) return opened;
    const listening = await opened.value.listen('lab', payload => this.#notified(payload));
    if (!listening.ok) {
      opened.value.destroy();
      return listening;
    }
    this.#connection = opened.value;
    for (const key of this.#options.replica.fold.keys()) this.#touched.add(key);
    return opened;
  }

  /** The payloads are those of the triggers in `sql/schema.ts`. */
  #notified(payload: string): void {
    const [word = ''] = payload.split(' ', 1);
    const rest = payload.slice(word.length + 1);
    const {replica, onEvent} = this.#options;
    if (word === 'row') {
      this.#touched.add(rest as Key);
      onEvent({type: 'row', key: rest as Key});
    }
    if (word === 'kept' || word === 'echo') replica.cameAgain();
    if (word === 'echo') onEvent({type: 'rewritten', dot: rest});
    if (this.#refreshing === undefined) void this.refresh();
    else this.#isStale = true;
  }
}
