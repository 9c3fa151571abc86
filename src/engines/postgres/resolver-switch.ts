/**
 * Makes each server resolve conflicts as the settings say. A change applies to all servers, or to none if one
 * refuses it. If undoing it fails, too, the lab retries until every server agrees with the settings.
 */
import {type Failure, FailureError} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {ActionOf} from '../../command/action.ts';
import {type ResolverSpec, sameResolver} from '../../core/resolvers/spec.ts';
import type {Outcome} from '../../port/cluster.ts';
import {changeSettings, resolverAt, type Settings} from '../shared/model/cluster-settings.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import type {SerialQueue} from '../shared/serial-queue.ts';
import type {CurrentSettings} from './current-settings.ts';
import type {PostgresLeader} from './leader/postgres-leader.ts';
import type {Dialect} from './links/dialect.ts';
import {resolverRefusal} from './links/postgres-refusals.ts';
import {notDone, notUndone} from './undone-change.ts';

const RETRY_MS = 1000;

export interface ResolverOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly queue: SerialQueue;
  readonly settings: CurrentSettings;
  /** Restarts the workers of this receiver, because they keep the resolver that they started with. */
  restartWorkers(leader: LeaderId): Promise<void>;
}

export class ResolverSwitch {
  readonly #options: ResolverOptions;
  /** How each server resolves conflicts, where that is known. */
  readonly #current = new Map<LeaderId, ResolverSpec>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** Runs within the queue of changes. */
  async change(action: ActionOf<'resolver' | 'restore-resolvers'>): Promise<Outcome> {
    const {dialect} = this.#options;
    const before = this.#options.settings.get();
    const {settings, summary} = changeSettings(before, action, Date.now());
    const refusal = [settings.resolver, ...Object.values<ResolverSpec>(settings.exceptions)]
      .map(spec => resolverRefusal(dialect, spec))
      .find(failure => failure !== undefined);
    if (refusal !== undefined) return failed(refusal);
    const failure = await this.#bring(settings);
    if (failure === undefined) return changed(summary);
    const undone = await this.#bring(before);
    if (undone === undefined) return failed(notDone(failure, 'resolver is'));
    this.#retryLater();
    return failed(notUndone(failure, undone));
  }

  /** Sets a leader's server to its configured resolver. A server that is down gets it when it is up again. */
  async applyAt(leader: PostgresLeader): Promise<Failure | undefined> {
    const {dialect, settings, restartWorkers} = this.#options;
    const wanted = resolverAt(settings.get(), leader.id);
    const current = this.#current.get(leader.id);
    if (!sameResolver(leader.replica.resolver, wanted)) {
      leader.replica.resolveBy(wanted);
      leader.republish();
    }
    if (leader.state.status !== 'up' || (current !== undefined && sameResolver(current, wanted)))
      return undefined;
    this.#current.delete(leader.id);
    try {
      await dialect.switchResolver(wanted, leader.sql);
      await restartWorkers(leader.id);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return leader.state.status === 'up' ? error.failure : undefined;
    }
    this.#current.set(leader.id, wanted);
    return undefined;
  }

  #bring(settings: Settings): Promise<Failure | undefined> {
    this.#options.settings.set(settings);
    return this.#applyAll();
  }

  async #applyAll(): Promise<Failure | undefined> {
    const leaders = [...this.#options.leaders.values()];
    const failures = await Promise.all(leaders.map(leader => this.applyAt(leader)));
    return failures.find(failure => failure !== undefined);
  }

  #retryLater(): void {
    const retry = async (): Promise<Outcome> => {
      const failure = await this.#applyAll();
      if (failure === undefined) return changed('every server resolves as the settings say');
      this.#retryLater();
      return failed(failure);
    };
    setTimeout(() => void this.#options.queue.take(retry), RETRY_MS).unref();
  }
}
