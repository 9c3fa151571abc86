/**
 * Handlers that engines of real processes have in common, in groups. Each engine adds the groups that it
 * supports to its table.
 */
import type {Failure} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import {PROCESS_FAULTS, type ProcessFault} from '../../faults/process-fault.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {LeaderStatus} from '../../port/view.ts';
import {load} from './background-loads.ts';
import {sameHandler} from './model/handlers.ts';
import {LINK_ACTIONS, type LinkAction, linkChanges} from './model/link-changes.ts';
import {changed, failed} from './model/outcome.ts';
import {doneInWords, platformRefusal, processRefusal} from './model/process-faults.ts';
import type {ClusterHandlers, ProcessCluster} from './process-cluster.ts';
import type {ClientRequests} from './serve-clients.ts';

export type ClientActionType = 'write' | 'txn' | 'concurrently' | 'read' | 'keys' | 'log' | 'skip' | 'load';

/** What clients ask of leaders, and loads of such requests. */
export const clientHandlers = (
  shell: ProcessCluster,
  clients: ClientRequests,
): ClusterHandlers<ClientActionType> => ({
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
});

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

export interface ProcessFaults {
  /** Undefined where there is no such leader. */
  statusOf(leader: LeaderId): LeaderStatus | undefined;
  /** Carries out the fault at these leaders. Their status allows it. */
  carryOut(fault: ProcessFault, leaders: readonly LeaderId[]): Promise<Failure | undefined>;
}

/**
 * Faults of leaders' processes. They are carried out one at a time, as is every change of links or settings.
 */
export function processHandlers(
  {queue}: ProcessCluster,
  {statusOf, carryOut}: ProcessFaults,
): ClusterHandlers<ProcessFault> {
  return sameHandler(PROCESS_FAULTS, ({type, leaders}) =>
    queue.take(async () => {
      const refusal = platformRefusal(type, process.platform) ?? processRefusal(type, leaders, statusOf);
      if (refusal !== undefined) return failed(refusal);
      const failure = await carryOut(type, leaders);
      return failure === undefined ? changed(doneInWords(type, leaders)) : failed(failure);
    }),
  );
}
