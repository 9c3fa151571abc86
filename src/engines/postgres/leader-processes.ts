/**
 * Starts the servers of all leaders, and kills, restarts, pauses and resumes their processes when a person
 * asks for it.
 */
import {type Failure, FailureError, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {LinkProxy} from '../shared/link-proxy.ts';
import {worstFailure} from '../shared/model/outcome.ts';
import type {ProcessFaults} from '../shared/process-handlers.ts';
import type {PostgresLeader} from './leader/postgres-leader.ts';
import type {Dialect} from './links/dialect.ts';
import type {Subscriptions} from './links/subscriptions.ts';
import type {ResolverSwitch} from './resolver-switch.ts';
import {dsnOf} from './sql/sql.ts';

export interface LeaderProcessesOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly proxy: LinkProxy;
  readonly subscriptions: Subscriptions;
  readonly resolvers: ResolverSwitch;
}

export class LeaderProcesses implements ProcessFaults<PostgresLeader> {
  readonly #options: LeaderProcessesOptions;

  constructor(options: LeaderProcessesOptions) {
    this.#options = options;
  }

  find(id: LeaderId): PostgresLeader | undefined {
    return this.#options.leaders.get(id);
  }

  /** `progress` gets the number of leaders that have started or failed to. */
  async startAll(progress: (done: number) => void): Promise<Failure | undefined> {
    let done = 0;
    progress(done);
    const started = [...this.#options.leaders.values()].map(async leader => {
      const ready = await this.#start(leader);
      done += 1;
      progress(done);
      return ready;
    });
    return worstFailure(await Promise.all(started));
  }

  async startAgain(leader: PostgresLeader): Promise<Result<null>> {
    const started = await this.#start(leader);
    if (started.ok) await this.#options.subscriptions.reconnect(leader.id);
    return started;
  }

  /** The resolver may have been changed while the leader was paused. */
  async resumed(leader: PostgresLeader): Promise<Result<null>> {
    return asResult(await this.#options.resolvers.applyAt(leader));
  }

  async #start(leader: PostgresLeader): Promise<Result<null>> {
    const {dialect, proxy, resolvers} = this.#options;
    const started = await leader.start();
    if (!started.ok) return started;
    try {
      if (leader.address !== undefined) await dialect.started(dsnOf(leader.address), leader.sql);
      await proxy.setTarget(leader.id, leader.port ?? null);
      return asResult(await resolvers.applyAt(leader));
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }
}

const asResult = (failure: Failure | undefined): Result<null> =>
  failure === undefined ? succeed(null) : {ok: false, failure};
