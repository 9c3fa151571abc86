/**
 * A row of the command table.
 */
import type {Action, ActionType} from '../action.ts';
import {type Arg, type Form, type FormSpec, form} from '../grammar/arg.ts';

export const GROUPS = {
  write: 'Write',
  read: 'Read',
  leader: 'Leaders',
  link: 'Links',
  time: 'Virtual time (--engine sim)',
  setting: 'Settings',
  look: 'Look',
  check: 'Wait and check',
  session: 'Session',
  lab: 'Guided lab (leaderlab lab)',
} as const;

export type Group = keyof typeof GROUPS;

export interface Command extends Form<Action> {
  readonly group: Group;
  /** The type of the action it makes: an engine that cannot carry it out cannot carry out the command. */
  readonly makes: ActionType;
}

type ActionOf<Type extends ActionType, Member extends Action = Action> = Member extends Action
  ? Type extends Member['type']
    ? Member
    : never
  : never;

export const command = <Type extends ActionType, const Args extends readonly Arg<unknown>[]>(
  group: Group,
  makes: Type,
  spec: FormSpec<ActionOf<Type>, Args>,
): Command => ({...form('', spec), group, makes});
