/**
 * A row of the command table.
 */
import type {Action, ActionOf, ActionType} from '../action.ts';
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

export interface Command<Type extends ActionType = ActionType> extends Form<Action> {
  readonly group: Group;
  /**
   * The types of the actions it makes. An engine that cannot carry out the first cannot carry out the
   * command.
   */
  readonly makes: readonly [Type, ...Type[]];
}

export const command = <Type extends ActionType, const Args extends readonly Arg<unknown>[]>(
  group: Group,
  makes: Type | readonly [Type, ...Type[]],
  spec: FormSpec<ActionOf<Type>, Args>,
): Command<Type> => ({...form('', spec), group, makes: typeof makes === 'string' ? [makes] : makes});
