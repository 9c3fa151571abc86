/**
 * The handlers of the PostgreSQL engines, one for each action that they support. This table alone decides
 * which actions they support.
 */
import type {ProcessFault} from '../../faults/process-fault.ts';
import type {LinkAction} from '../shared/model/link-changes.ts';
import type {ClusterHandlers, ProcessCluster} from '../shared/process-cluster.ts';
import {processHandlers} from '../shared/process-handlers.ts';
import type {ClientRequests} from '../shared/serve-clients.ts';
import {
  type ClientActionType,
  clientHandlers,
  linkHandlers,
  settingHandlers,
} from '../shared/shared-handlers.ts';
import type {LeaderProcesses} from './leader-processes.ts';
import type {LinkSwitch} from './link-switch.ts';
import type {Dialect} from './links/dialect.ts';
import {linkRefusal} from './links/postgres-refusals.ts';
import type {ResolverSwitch} from './resolver-switch.ts';

export interface HandlerParts {
  readonly shell: ProcessCluster;
  readonly clients: ClientRequests;
  /** Absent if the lab did not start the servers: their processes are not its own. */
  readonly processes: LeaderProcesses | undefined;
  readonly links: LinkSwitch;
  readonly resolvers: ResolverSwitch;
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
  const {shell, clients, processes, links, resolvers} = parts;
  const {loopguard, topology} = settingHandlers(shell, ['topology', 'loopguard'], action =>
    links.change(action),
  );
  return {
    ...clientHandlers(shell, clients),
    ...linkHandlers(shell, action => linkRefusal(dialect, action)),
    ...(processes === undefined ? {} : processHandlers(shell, processes)),
    topology,
    ...(dialect.hasLoopguard ? {loopguard} : {}),
    ...settingHandlers(shell, ['resolver', 'restore-resolvers'], action => resolvers.change(action)),
  };
}
