/**
 * An operating error as a value: what happened, a code for programs, and what the person can do about it.
 */
export interface Failure {
  readonly code: string;
  /** One line, no trailing full stop. */
  readonly message: string;
  /** What to do next, one line. */
  readonly hint?: string;
}

export type Result<T> =
  | {readonly ok: true; readonly value: T}
  | {readonly ok: false; readonly failure: Failure};

/** Wraps a value as a successful result. Its counterpart is `fail`. */
export const succeed = <T>(value: T): Result<T> => ({ok: true, value});

export const fail = (
  code: string,
  message: string,
  hint?: string,
): {readonly ok: false; readonly failure: Failure} => ({
  ok: false,
  failure: hint === undefined ? {code, message} : {code, message, hint},
});

/**
 * A failure as an exception, for code that passes on exceptions only. The caller catches it and uses
 * `failure`.
 */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The message of anything that was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The codes after which it is unknown whether a request was carried out: no answer in time, no answer at all,
 * or an answer that makes no sense.
 */
export const UNKNOWN_OUTCOMES: ReadonlySet<string> = new Set(['timeout', 'closed', 'bad-answer']);
