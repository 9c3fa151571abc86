/**
 * Makes the subscriptions between servers follow the topology and the loop guard. A change applies to all of
 * them, or to none.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {ActionOf} from '../../command/action.ts';
import type {Outcome} from '../../port/cluster.ts';
import {changeSettings, settingFault} from '../shared/model/cluster-settings.ts';
import {changed, failed} from '../shared/model/outcome.ts';
import type {CurrentSettings} from './current-settings.ts';
import type {PostgresLeader} from './leader/postgres-leader.ts';
import type {Dialect} from './links/dialect.ts';
import {topologyRefusal} from './links/postgres-refusals.ts';
import type {Rewiring} from './links/rewiring.ts';
import {plansOf} from './links/subscription-plan.ts';
import type {Subscriptions} from './links/subscriptions.ts';
import {notDone} from './undone-change.ts';

export interface LinkSwitchOptions {
  readonly dialect: Dialect;
  readonly leaders: ReadonlyMap<LeaderId, PostgresLeader>;
  readonly subscriptions: Subscriptions;
  readonly settings: CurrentSettings;
  readonly rewiring: Rewiring;
}

export class LinkSwitch {
  readonly #options: LinkSwitchOptions;

  constructor(options: LinkSwitchOptions) {
    this.#options = options;
  }

  /** Runs within the queue of changes. */
  async change(action: ActionOf<'topology' | 'loopguard'>): Promise<Outcome> {
    const {dialect, leaders, subscriptions, settings, rewiring} = this.#options;
    const before = settings.get();
    const refusal =
      (action.type === 'topology' ? topologyRefusal(dialect, action.topology) : undefined) ??
      settingFault(before, action);
    if (refusal !== undefined) return failed(refusal);
    const {settings: after, summary} = changeSettings(before, action, Date.now());
    // From here on the new links exist: a lab that is killed now starts again with them.
    const decided = (): void => settings.set(after);
    const failure = await rewiring.carryOut(leaders.values(), async () => {
      const brought = await subscriptions.bring(plansOf(after), decided);
      return brought.ok ? undefined : notDone(brought.failure, 'links are');
    });
    return failure === undefined ? changed(summary) : failed(failure);
  }
}
