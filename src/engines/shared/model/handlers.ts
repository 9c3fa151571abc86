/**
 * How an engine declares what it can do: a table with one handler for each action. Its capabilities are the
 * keys of that table, so nothing is declared twice.
 */
import {must} from '../../../base/assert.ts';
import type {ActionOf, ActionType, EngineAction, EngineActionType} from '../../../command/action.ts';

/**
 * A handler for each of these types of actions: the compiler reports a missing one. A handler gets the action
 * and a `Request`, which holds for example the focused leader, and returns an `Answer`.
 */
export type Handlers<Type extends EngineActionType, Request, Answer> = {
  readonly [One in Type]: (action: ActionOf<One>, request: Request) => Answer;
};

/** The table of any engine. */
export type AnyHandlers<Request, Answer> = Partial<Handlers<EngineActionType, Request, Answer>>;

/** A table in which all these types of actions have the same handler. */
export const sameHandler = <Type extends EngineActionType, Request, Answer>(
  types: readonly Type[],
  handler: (action: ActionOf<Type>, request: Request) => Answer,
): Handlers<Type, Request, Answer> =>
  Object.fromEntries(types.map(type => [type, handler])) as Handlers<Type, Request, Answer>;

/** The types of the actions that the table has handlers for. */
export const capabilitiesOf = (handlers: AnyHandlers<never, unknown>): ReadonlySet<ActionType> =>
  new Set(Object.keys(handlers) as ActionType[]);

/** True if the table has a handler for this action. */
export const hasHandler = (handlers: AnyHandlers<never, unknown>, {type}: EngineAction): boolean =>
  Object.hasOwn(handlers, type);

/** The handler of this action, which must have one: an engine is asked only for what it is capable of. */
export function handlerOf<Request, Answer>(
  handlers: AnyHandlers<Request, Answer>,
  {type}: EngineAction,
): (action: EngineAction, request: Request) => Answer {
  // The table pairs each type with a handler of just that action; the compiler cannot follow this for a
  // union.
  const handler = handlers[type] as ((action: EngineAction, request: Request) => Answer) | undefined;
  return must(handler, `a handler of ${type}`);
}
