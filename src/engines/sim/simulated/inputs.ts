/**
 * The inputs of a simulated cluster, and what carries them out. Inputs are plain data: the same inputs at the
 * same moments make the same cluster.
 */
import {assertNever} from '../../../base/assert.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {EngineAction, EngineActionType} from '../../../command/action.ts';
import {PROCESS_FAULTS} from '../../../faults/process-fault.ts';
import type {Outcome} from '../../../port/cluster.ts';
import {SETTING_ACTIONS} from '../../shared/model/cluster-settings.ts';
import {type Handlers, handlerOf, sameHandler} from '../../shared/model/handlers.ts';
import {LINK_ACTIONS} from '../../shared/model/link-changes.ts';
import {type Done, SimulatedClients} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';
import {load} from './simulated-load.ts';
import {SimulatedMembership} from './simulated-membership.ts';
import {deliverOrDrop} from './step-messages.ts';

export type ClusterInput =
  /** The number of each action is unique. */
  | {
      readonly type: 'action';
      readonly number: number;
      /** One that `CLUSTER_HANDLERS` has a handler for. */
      readonly action: EngineAction;
      readonly focused: LeaderId;
    }
  /** The user stops waiting for the action of that number. */
  | {readonly type: 'interrupt'; readonly number: number}
  /** Somebody reads the view: every leader sends the reports that it has not sent yet. */
  | {readonly type: 'flush-reports'}
  /** A user's module was loaded from this file again, or failed to load. */
  | {readonly type: 'module'; readonly file: string; readonly notice: string};

/** True for actions that write. */
export const isWrite = ({type}: EngineAction): boolean =>
  type === 'write' || type === 'txn' || type === 'concurrently';

/** What a handler gets beside its action. */
interface ActionRequest {
  readonly cluster: SimulatedCluster;
  readonly clients: SimulatedClients;
  readonly membership: SimulatedMembership;
  readonly focused: LeaderId;
  /** True once the person has stopped waiting. */
  readonly isInterrupted: () => boolean;
  /** The handler calls it once: before it returns, or at a later event. */
  readonly done: Done;
  readonly nextLoadSeed: () => number;
}

/** Actions that concern time itself: a replay does not repeat them. `sim-cluster.ts` carries them out. */
export type ClockActionType = 'time' | 'step' | 'back';

/** Everything else happens inside the cluster. */
export const CLUSTER_HANDLERS: Handlers<Exclude<EngineActionType, ClockActionType>, ActionRequest, void> = {
  ...sameHandler(['write', 'txn'], (action, {clients, focused, done}) =>
    clients.write(action, focused, done),
  ),
  concurrently: ({writes}, {clients, focused, done}) => clients.concurrently(writes, focused, done),
  read: ({key, at}, {clients, focused, done}) => clients.read(key, at, focused, done),
  keys: ({glob, at}, {clients, focused, done}) => clients.keys(glob, at, focused, done),
  log: (action, {clients, focused, done}) => clients.log(action, focused, done),
  skip: ({origin, at}, {clients, focused, done}) => clients.skip(origin, at, focused, done),
  load: (action, {cluster, clients, focused, isInterrupted, done, nextLoadSeed}) =>
    load(action, clients.targets(action.at, focused), nextLoadSeed(), {
      cluster,
      clients,
      isInterrupted,
      done,
    }),
  join: ({leader, from}, {membership, isInterrupted, done}) =>
    membership.join(leader, from, isInterrupted, done),
  leave: ({leader}, {membership, isInterrupted, done}) => membership.leave(leader, isInterrupted, done),
  ...sameHandler(PROCESS_FAULTS, ({type, leaders}, {cluster, done}) =>
    done(cluster.changeProcesses(type, leaders)),
  ),
  ...sameHandler(LINK_ACTIONS, (action, {cluster, done}) => done(cluster.changeLinks(action))),
  ...sameHandler(SETTING_ACTIONS, (action, {cluster, done}) => done(cluster.changeSettings(action))),
  ...sameHandler(['deliver', 'drop'], ({type, link}, {cluster, done}) =>
    done(deliverOrDrop(cluster, type, link)),
  ),
};

/** Carries out inputs on one simulated cluster. `answered` is called once for every action. */
export class InputExecutor {
  readonly #cluster: SimulatedCluster;
  readonly #clients: SimulatedClients;
  readonly #membership: SimulatedMembership;
  readonly #answered: (number: number, outcome: Outcome) => void;
  readonly #interrupted = new Set<number>();
  #loads = 0;

  constructor(cluster: SimulatedCluster, answered: (number: number, outcome: Outcome) => void) {
    this.#cluster = cluster;
    this.#clients = new SimulatedClients(cluster);
    this.#membership = new SimulatedMembership(cluster);
    this.#answered = answered;
  }

  execute(input: ClusterInput): void {
    switch (input.type) {
      case 'action':
        return this.#act(input.number, input.action, input.focused);
      case 'interrupt':
        this.#interrupted.add(input.number);
        return this.#cluster.checkWatches();
      case 'flush-reports':
        return this.#cluster.flushReports();
      case 'module':
        this.#cluster.moduleChanged(input.file);
        return this.#cluster.clusterState.notice({
          atMs: this.#cluster.nowMs,
          leader: undefined,
          text: input.notice,
        });
      default:
        return assertNever(input);
    }
  }

  #act(number: number, action: EngineAction, focused: LeaderId): void {
    handlerOf(CLUSTER_HANDLERS, action)(action, {
      cluster: this.#cluster,
      clients: this.#clients,
      membership: this.#membership,
      focused,
      isInterrupted: () => this.#interrupted.has(number),
      done: outcome => this.#answered(number, outcome),
      nextLoadSeed: () => this.#cluster.seed + ++this.#loads,
    });
  }
}
