/**
 * The leaders after each line of a script, so that later lines can name a leader that joined, but not one
 * that left.
 */
import type {LeaderId} from '../base/ids.ts';
import {type Action, traitsOf} from './action.ts';

export interface Roster {
  readonly leaders: readonly LeaderId[];
  /**
   * What `undo` takes back, newest last: the leader that would return, if any. Lines that change nothing
   * count here too, because only a run can tell.
   */
  readonly undos: readonly (LeaderId | undefined)[];
}

export const rosterOf = (leaders: readonly LeaderId[]): Roster => ({leaders, undos: []});

export function rosterAfter({leaders, undos}: Roster, action: Action): Roster {
  if (action.type === 'join') return {leaders: [...leaders, action.leader], undos};
  if (action.type === 'leave')
    return {leaders: leaders.filter(id => id !== action.leader), undos: [...undos, action.leader]};
  if (action.type !== 'undo')
    return traitsOf(action).isUndoable ? {leaders, undos: [...undos, undefined]} : {leaders, undos};
  const back = undos.at(-1);
  const isBack = back !== undefined && !leaders.includes(back);
  return {leaders: isBack ? [...leaders, back] : leaders, undos: undos.slice(0, -1)};
}
