/**
 * A plan: what happens to a simulated cluster, as plain data. It has a seed for everything random, and timed
 * steps, which are actions of the command language. A plan always has the same result, and a plan without
 * some of its steps is a plan, too: this makes it possible to shrink it.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {EngineAction, Target, TxnAction, WriteAction} from '../command/action.ts';
import type {TopologySpec} from '../command/topology.ts';
import type {Delivery} from '../core/io/input-effect.ts';
import type {CustomModule} from '../core/resolvers/custom-module.ts';
import type {ResolverSpec} from '../core/resolvers/spec.ts';

/** From now on the disk refuses writes, or accepts them again. No command can cause this. */
export interface DiskAction {
  readonly type: 'disk';
  readonly leader: LeaderId;
  readonly fails: boolean;
}

/**
 * The disk of a leader that is down is replaced by an older copy, which holds the share `keep` of its
 * operations. No command can cause this.
 */
export interface DiskLossAction {
  readonly type: 'disk-lost';
  readonly leader: LeaderId;
  /** From 0, an empty disk, to less than 1. */
  readonly keep: number;
}

/** The actions that a plan may contain. */
export type PlanAction =
  | DiskAction
  | DiskLossAction
  | Extract<
      EngineAction,
      {
        type:
          | 'write'
          | 'txn'
          | 'concurrently'
          | 'read'
          | 'kill'
          | 'restart'
          | 'pause'
          | 'resume'
          | 'clock'
          | 'cut'
          | 'hold'
          | 'release'
          | 'heal'
          | 'partition'
          | 'link'
          | 'reset'
          | 'topology'
          | 'resolver'
          | 'join'
          | 'leave'
          | 'ack'
          | 'delivery'
          | 'loopguard';
      }
    >;

export interface Step {
  readonly atMs: number;
  readonly action: PlanAction;
}

export interface Plan {
  readonly seed: number;
  /** The founders; others may join. */
  readonly leaders: readonly LeaderId[];
  readonly topology: TopologySpec;
  readonly resolver: ResolverSpec;
  /** Only with `resolver custom`. */
  readonly custom?: CustomModule;
  readonly delivery: Delivery;
  /** How many operations may wait at a leader for their dependencies, if not as many as normally. */
  readonly waitingOps?: number;
  /** Their times rise. */
  readonly steps: readonly Step[];
}

/** The leaders that the action names. */
export function leadersIn(action: PlanAction): readonly LeaderId[] {
  if (action.type === 'write' || action.type === 'txn' || action.type === 'read')
    return namedLeaders(action.at);
  if (action.type === 'concurrently') return action.writes.flatMap(leadersIn);
  if ('leaders' in action) return action.leaders;
  if (action.type === 'partition') return action.groups.flat();
  if (action.type === 'leave' || action.type === 'disk' || action.type === 'disk-lost')
    return [action.leader];
  if (action.type === 'join')
    return action.from === undefined ? [action.leader] : [action.leader, action.from];
  return 'links' in action && action.links !== 'all' ? action.links.flatMap(({a, b}) => [a, b]) : [];
}

/** The founders, and every leader that joins. */
export const membersIn = ({leaders, steps}: Plan): LeaderId[] => [
  ...new Set([...leaders, ...steps.flatMap(({action}) => (action.type === 'join' ? [action.leader] : []))]),
];

export const keysIn = (steps: readonly Step[]): Key[] =>
  [...new Set(steps.flatMap(({action}) => keysOfAction(action)))].sort();

function keysOfAction(action: PlanAction): readonly Key[] {
  if (action.type === 'concurrently') return action.writes.flatMap(keysOfAction);
  if (action.type === 'txn') return action.writes.map(({key}) => key);
  return action.type === 'write' || action.type === 'read' ? [action.key] : [];
}

export const namedLeaders = (at: Target): readonly LeaderId[] => (at.type === 'leaders' ? at.leaders : []);

/** The leaders at which a write of a plan is made; plans always name them. */
export const writtenAt = ({at}: WriteAction | TxnAction): readonly LeaderId[] => namedLeaders(at);
