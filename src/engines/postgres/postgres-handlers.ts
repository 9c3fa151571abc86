/**
 * The handlers of the PostgreSQL engines, one for each action that they support. This table alone decides
 * which actions they support.
 */
import type {ActionOf} from '../../command/action.ts';
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {Outcome} from '../../port/cluster.ts';
import type {LinkAction} from '../shared/model/link-changes.ts';
import type {ClusterHandlers, ProcessCluster} from '../shared/process-cluster.ts';
import type {ClientRequests} from '../shared/serve-clients.ts';
import {
  type ClientActionType,
  clientHandlers,
  linkHandlers,
  type ProcessFaults,
  processHandlers,
} from '../shared/shared-handlers.ts';
import type {Dialect} from './links/dialect.ts';
import {linkRefusal} from './links/postgres-refusals.ts';

export interface HandlerParts {
  readonly shell: ProcessCluster;
  readonly clients: ClientRequests;
  /** Absent if the lab did not start the servers: their processes are not its own. */
  readonly processes: ProcessFaults | undefined;
  changeLinks(action: ActionOf<'topology' | 'loopguard'>): Promise<Outcome>;
  changeResolvers(action: ActionOf<'resolver' | 'restore-resolvers'>): Promise<Outcome>;
}

/** What every dialect supports at any servers, and what only some do. */
export type PostgresHandlers = ClusterHandlers<
  ClientActionType | LinkAction['type'] | 'topology' | 'resolver' | 'restore-resolvers'
> &
  Partial<ClusterHandlers<ProcessFault | 'loopguard'>>;

/**
 * Returns the table of handlers for this dialect. Handlers of processes are in it only if `parts` has them.
 */
export function postgresHandlers(dialect: Dialect, parts: HandlerParts): PostgresHandlers {
  const {shell, clients, processes, changeLinks, changeResolvers} = parts;
  const rewire = (action: ActionOf<'topology' | 'loopguard'>): Promise<Outcome> =>
    shell.announce(shell.queue.take(() => changeLinks(action)));
  const resolve = (action: ActionOf<'resolver' | 'restore-resolvers'>): Promise<Outcome> =>
    shell.announce(shell.queue.take(() => changeResolvers(action)));
  return {
    ...clientHandlers(shell, clients),
    ...linkHandlers(shell, action => linkRefusal(dialect, action)),
    ...(processes === undefined ? {} : processHandlers(shell, processes)),
    topology: rewire,
    ...(dialect.hasLoopguard ? {loopguard: rewire} : {}),
    resolver: resolve,
    'restore-resolvers': resolve,
  };
}
