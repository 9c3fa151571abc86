/**
 * What is done to a simulated cluster, and carrying it out. Deeds are plain data: the same ones at the same
 * moments make the same cluster.
 */
import {assertNever} from '../../base/assert.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {EngineAction} from '../../command/action.ts';
import type {Outcome} from '../port.ts';
import {Clients} from './clients.ts';
import {load} from './load.ts';
import {Members} from './members.ts';
import {byHand} from './messages.ts';
import type {Stage} from './stage.ts';

/** Actions that happen in the cluster; the others are about its time. */
export type StagedAction = Exclude<EngineAction, {type: 'time' | 'step' | 'back'}>;

export type Deed =
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
  readonly #stage: Stage;
  readonly #clients: Clients;
  readonly #members: Members;
  readonly #answered: (number: number, outcome: Outcome) => void;
  readonly #interrupted = new Set<number>();
  #loads = 0;

  constructor(stage: Stage, answered: (number: number, outcome: Outcome) => void) {
    this.#stage = stage;
    this.#clients = new Clients(stage);
    this.#members = new Members(stage);
    this.#answered = answered;
  }

  do(deed: Deed): void {
    switch (deed.type) {
      case 'action':
        return this.#carryOut(deed.number, deed.action, deed.focused);
      case 'interrupt':
        this.#interrupted.add(deed.number);
        return this.#stage.lookAround();
      case 'look':
        return this.#stage.tellAll();
      case 'module':
        this.#stage.moduleChanged(deed.file);
        return this.#stage.picture.notice({atMs: this.#stage.nowMs, leader: undefined, text: deed.notice});
      default:
        return assertNever(deed);
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
        const parts = {stage: this.#stage, clients: this.#clients, isBrokenOff, done};
        return load(action, this.#clients.targets(action.at, focused), this.#stage.seed + this.#loads, parts);
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
        return this.#stage.processes(action.type, action.leaders);
      case 'cut':
      case 'hold':
      case 'release':
      case 'link':
      case 'heal':
      case 'partition':
      case 'reset':
      case 'restore-rules':
        return this.#stage.changeLinks(action);
      case 'topology':
      case 'resolver':
      case 'restore-resolvers':
      case 'clock':
      case 'forward':
      case 'loopguard':
      case 'delivery':
      case 'ack':
        return this.#stage.change(action);
      case 'deliver':
      case 'drop':
        return byHand(this.#stage, action.type, action.link);
      default:
        return assertNever(action);
    }
  }
}
