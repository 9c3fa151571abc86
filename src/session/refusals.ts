/**
 * Actions that a session refuses before the engine gets them. Only a session knows both the focused leader
 * and what the engine can do.
 */
import type {Failure} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {type EngineAction, type GuideAction, isTimeAction, type TimeAction} from '../command/action.ts';
import {COMMANDS, showAction} from '../command/index.ts';
import type {Cluster} from '../port/cluster.ts';
import type {EngineName} from '../port/engine-name.ts';
import type {ClusterView} from '../port/view.ts';
import {leadersAt} from './places.ts';

/** Why this engine cannot carry out the action, and what it can do; undefined if it can. */
export function unsupported(action: EngineAction, {engine, capabilities}: Cluster): Failure | undefined {
  if (capabilities.has(action.type)) return undefined;
  if (isTimeAction(action)) return onlyVirtual(action, engine);
  const [name = action.type] = showAction(action).split(' ');
  const possible = COMMANDS.filter(({makes: [type]}) => capabilities.has(type)).map(command => command.name);
  const what = action.type === 'concurrently' ? 'concurrent writes (||)' : name;
  return {
    code: 'unsupported',
    message: `the ${engine} engine has no ${what}`,
    hint: `it has ${possible.join(', ')}`,
  };
}

export const noLab = (action: GuideAction): Failure => ({
  code: 'no-lab',
  message: `${showAction(action)} is for a guided lab, and none is open here`,
  hint: 'leaderlab lab lists them',
});

/** A person who types `pause` or `resume` without a leader usually means a leader, so the hint says so. */
function onlyVirtual(action: TimeAction, engine: EngineName): Failure {
  const message =
    `${showAction(action)} is for virtual time, and ` + `leaders of the ${engine} engine live in real time`;
  const hint = 'start with --engine sim for virtual time';
  return {code: 'unsupported', message, hint: action.type === 'time' ? `name a leader, or ${hint}` : hint};
}

/**
 * Why writes are not concurrent: two of them are at one leader, which orders its own writes. The parser
 * cannot find this, because it does not know the focused leader.
 */
export function sharedLeader(
  action: EngineAction,
  focused: LeaderId,
  view: ClusterView,
): Failure | undefined {
  if (action.type !== 'concurrently') return undefined;
  const leaders = action.writes.flatMap(({at}) => leadersAt(at, focused, view));
  const twice = leaders.find((id, i) => leaders.indexOf(id) !== i);
  if (twice === undefined) return undefined;
  return {
    code: 'same-leader',
    message:
      `two of these writes are at ${twice}${twice === focused ? ', the focused leader' : ''}: a leader ` +
      'orders its own writes, so they are not concurrent',
    hint: 'name another leader with @, as in: set title A @us || set title B @eu',
  };
}
