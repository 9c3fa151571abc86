/**
 * Assertions: a failed one is our own mistake and crashes. What can go wrong in operation is a value
 * (`Failure`), never an assertion.
 */

export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Throws an `AssertionError` if the condition is false. `message`: what must hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`broken invariant: ${message}`);
}

/** Ends the `switch` over a closed union: a member that is not handled does not compile. */
export function assertNever(value: never): never {
  throw new AssertionError(`not a member of the union: ${JSON.stringify(value)}`);
}

/** Returns the value, which must exist. `what` names it in the error. */
export function must<T>(value: T | undefined | null, what: string): T {
  // Hot code calls this, so the text is made only for the error.
  if (value === undefined || value === null) throw new AssertionError(`broken invariant: ${what} is missing`);
  return value;
}
