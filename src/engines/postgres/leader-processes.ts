/**
 * Starts the servers of all leaders, and kills, restarts, pauses and resumes their processes when a person
 * asks for it.
 */
import {must} from '../../base/assert.ts';
import {type Failure, FailureError, type Result, succeed} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {LeaderStatus} from '../../port/view.ts';
import type {LinkProxy} from '../shared/link-proxy.ts';
import type {ProcessFaults} from '../shared/shared-handlers.ts';
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

export class LeaderProcesses implements ProcessFaults {
  readonly #options: LeaderProcessesOptions;

  constructor(options: LeaderProcessesOptions) {
    this.#options = options;
  }

  readonly statusOf = (leader: LeaderId): LeaderStatus | undefined =>
    this.#options.leaders.get(leader)?.state.status;

  readonly carryOut = async (fault: ProcessFault, ids: readonly LeaderId[]): Promise<Failure | undefined> => {
    const leaders = ids.map(id => must(this.#options.leaders.get(id), `the leader ${id}`));
    return firstFailure(await Promise.all(leaders.map(leader => this.#carryOutAt(leader, fault))));
  };

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
    return firstFailure(await Promise.all(started));
  }

  async #carryOutAt(leader: PostgresLeader, fault: ProcessFault): Promise<Result<null>> {
    if (fault === 'pause') await leader.pause();
    else if (fault === 'resume') return this.#resume(leader);
    else await leader.kill();
    if (fault !== 'restart') return succeed(null);
    const started = await this.#start(leader);
    if (started.ok) await this.#options.subscriptions.reconnect(leader.id);
    return started;
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

  /** The resolver may have been changed while the leader was paused. */
  async #resume(leader: PostgresLeader): Promise<Result<null>> {
    leader.resume();
    return asResult(await this.#options.resolvers.applyAt(leader));
  }
}

const asResult = (failure: Failure | undefined): Result<null> =>
  failure === undefined ? succeed(null) : {ok: false, failure};

function firstFailure(results: readonly Result<unknown>[]): Failure | undefined {
  const broken = results.find(result => !result.ok);
  return broken === undefined || broken.ok ? undefined : broken.failure;
}
