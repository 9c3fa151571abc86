/**
 * Handlers that engines of real processes have in common, in groups. Each engine adds the groups that it
 * supports to its table.
 */
import type {Failure} from '../../base/failure.ts';
import type {ActionOf} from '../../command/action.ts';
import type {Outcome} from '../../port/cluster.ts';
import {load} from './background-loads.ts';
import type {SettingAction} from './model/cluster-settings.ts';
import {sameHandler} from './model/handlers.ts';
import {LINK_ACTIONS, type LinkAction, linkChanges} from './model/link-changes.ts';
import {failed} from './model/outcome.ts';
import type {AnyClusterHandlers, ClusterHandlers, ProcessCluster} from './process-cluster.ts';
import type {ClientRequests} from './serve-clients.ts';

/** What clients ask of leaders, and loads of such requests. */
export const clientHandlers = (shell: ProcessCluster, clients: ClientRequests) =>
  ({
    write: (action, {focused}) => clients.write(action, focused),
    txn: (action, {focused}) => clients.write(action, focused),
    concurrently: (action, {focused}) => clients.concurrently(action.writes, focused),
    read: (action, {focused}) => clients.read(action.key, action.at, focused),
    keys: (action, {focused}) => clients.keys(action.glob, action.at, focused),
    log: (action, {focused}) => clients.log(action, focused),
    skip: (action, {focused}) => clients.skip(action.origin, action.at, focused),
    load: (action, {focused, signal}) =>
      load(action, focused, {
        clients,
        activities: shell.activities,
        seed: shell.nextLoadSeed(),
        signal,
      }),
  }) satisfies AnyClusterHandlers;

/** The actions that clients ask of leaders. */
export type ClientActionType = keyof ReturnType<typeof clientHandlers>;

/** Faults of links. `refusalOf`: why this engine cannot carry out an action; undefined if it can. */
export function linkHandlers(
  shell: ProcessCluster,
  refusalOf: (action: LinkAction) => Failure | undefined = () => undefined,
): ClusterHandlers<LinkAction['type']> {
  const carryOut = async (action: LinkAction): Promise<Outcome> => {
    const refusal = refusalOf(action);
    if (refusal !== undefined) return failed(refusal);
    const changes = linkChanges(action, shell.links.all());
    return changes.ok ? shell.links.carryOut(changes.value) : failed(changes.failure);
  };
  return sameHandler(LINK_ACTIONS, action => shell.announce(carryOut(action)));
}

/**
 * Changes of settings, of these types. They are carried out one at a time, as is every change of processes or
 * links.
 */
export function settingHandlers<Type extends SettingAction['type']>(
  {queue, records, announce}: ProcessCluster,
  types: readonly Type[],
  change: (action: ActionOf<Type>) => Promise<Outcome>,
): ClusterHandlers<Type> {
  const carryOut = async (action: ActionOf<Type>): Promise<Outcome> => {
    const outcome = await change(action);
    if (outcome.status !== 'fail') records.clusterState.settingChanged(action.type);
    return outcome;
  };
  return sameHandler(types, action => announce(queue.take(() => carryOut(action))));
}
