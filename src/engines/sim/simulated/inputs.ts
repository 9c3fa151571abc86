/**
 * What is done to a simulated cluster, and carrying it out. Deeds are plain data: the same ones at the same
 * moments make the same cluster.
 */
import {assertNever} from '../../../base/assert.ts';
import type {LeaderId} from '../../../base/ids.ts';
import type {EngineAction} from '../../../command/action.ts';
import type {Outcome} from '../../../port/cluster.ts';
import {SimulatedClients} from './simulated-clients.ts';
import type {SimulatedCluster} from './simulated-cluster.ts';
import {load} from './simulated-load.ts';
import {Members} from './simulated-membership.ts';
import {byHand} from './step-messages.ts';

/** Actions that happen in the cluster; the others are about its time. */
export type StagedAction = Exclude<EngineAction, {type: 'time' | 'step' | 'back'}>;

export type ClusterInput =
  /** Numbers are never given twice. */
  | {
      readonly type: 'action';
      readonly number: number;
      readonly action: StagedAction;
      readonly focused: LeaderId;
    }
  /** The person does not wait any longer for the action of that number. */
  | {readonly type: 'interrupt'; readonly number: number}
  /** Somebody looks: leaders tell all that they have to tell. */
  | {readonly type: 'look'}
  /** The person's module of that file is another than before. */
  | {readonly type: 'module'; readonly file: string; readonly notice: string};

export const isWrite = ({type}: StagedAction): boolean =>
  type === 'write' || type === 'txn' || type === 'concurrently';

/** `answered` is called once for every action, at once or when it is decided. */
export class Doer {
  readonly #cluster: SimulatedCluster;
  readonly #clients: SimulatedClients;
  readonly #members: Members;
  readonly #answered: (number: number, outcome: Outcome) => void;
  readonly #interrupted = new Set<number>();
  #loads = 0;

  constructor(cluster: SimulatedCluster, answered: (number: number, outcome: Outcome) => void) {
    this.#cluster = cluster;
    this.#clients = new SimulatedClients(cluster);
    this.#members = new Members(cluster);
    this.#answered = answered;
  }

  do(input: ClusterInput): void {
    switch (input.type) {
      case 'action':
        return this.#carryOut(input.number, input.action, input.focused);
      case 'interrupt':
        this.#interrupted.add(input.number);
        return this.#cluster.lookAround();
      case 'look':
        return this.#cluster.tellAll();
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

  #carryOut(number: number, action: StagedAction, focused: LeaderId): void {
    const done = (outcome: Outcome): void => this.#answered(number, outcome);
    const isBrokenOff = (): boolean => this.#interrupted.has(number);
    switch (action.type) {
      case 'write':
      case 'txn':
        return this.#clients.write(action, focused, done);
      case 'concurrently':
        return this.#clients.concurrently(action.writes, focused, done);
      case 'read':
        return this.#clients.read(action.key, action.at, focused, done);
      case 'keys':
        return this.#clients.keys(action.glob, action.at, focused, done);
      case 'log':
        return this.#clients.log(action, focused, done);
      case 'skip':
        return this.#clients.skip(action.origin, action.at, focused, done);
      case 'load': {
        this.#loads += 1;
        const parts = {cluster: this.#cluster, clients: this.#clients, isBrokenOff, done};
        return load(
          action,
          this.#clients.targets(action.at, focused),
          this.#cluster.seed + this.#loads,
          parts,
        );
      }
      case 'join':
        return this.#members.join(action.leader, action.from, isBrokenOff, done);
      case 'leave':
        return this.#members.leave(action.leader, isBrokenOff, done);
      default:
        return done(this.#change(action));
    }
  }

  /** What is done as soon as it is asked for. */
  #change(
    action: Exclude<
      StagedAction,
      {type: 'write' | 'txn' | 'concurrently' | 'read' | 'keys' | 'log' | 'skip' | 'load' | 'join' | 'leave'}
    >,
  ): Outcome {
    switch (action.type) {
      case 'kill':
      case 'restart':
      case 'pause':
      case 'resume':
        return this.#cluster.processes(action.type, action.leaders);
      case 'cut':
      case 'hold':
      case 'release':
      case 'link':
      case 'heal':
      case 'partition':
      case 'reset':
      case 'restore-rules':
        return this.#cluster.changeLinks(action);
      case 'topology':
      case 'resolver':
      case 'restore-resolvers':
      case 'clock':
      case 'forward':
      case 'loopguard':
      case 'delivery':
      case 'ack':
        return this.#cluster.change(action);
      case 'deliver':
      case 'drop':
        return byHand(this.#cluster, action.type, action.link);
      default:
        return assertNever(action);
    }
  }
}
