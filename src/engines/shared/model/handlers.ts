/**
 * How an engine declares what it can do: a table with one handler for each action. Its capabilities are the
 * keys of that table, so nothing is declared twice.
 */
import type {ActionType, EngineAction} from '../../../command/action.ts';

export type ActionOf<Type extends ActionType> = Extract<EngineAction, {readonly type: Type}>;

/**
 * The handler of each action that the engine supports. A handler gets the action and a `Request`, which holds
 * for example the focused leader, and returns an `Answer`.
 */
export type Handlers<Request, Answer> = {
  readonly [Type in ActionType]?: (action: ActionOf<Type>, request: Request) => Answer;
};

/** The types of the actions that the table has handlers for. */
export const capabilitiesOf = (handlers: Handlers<never, unknown>): ReadonlySet<ActionType> =>
  new Set(Object.keys(handlers) as ActionType[]);

/** The handler of this action; undefined where the engine has none. */
export function handlerOf<Request, Answer>(
  handlers: Handlers<Request, Answer>,
  {type}: EngineAction,
): ((action: EngineAction, request: Request) => Answer) | undefined {
  // The table pairs each type with a handler of just that action; the compiler cannot follow this for a
  // union.
  return handlers[type] as ((action: EngineAction, request: Request) => Answer) | undefined;
}
