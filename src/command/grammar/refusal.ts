/**
 * A refusal of the grammar. Inside the parser a refusal travels as an exception, because it may arise ten
 * calls deep; `parse.ts` catches it and makes it a value, so it never leaves the parser.
 */
import type {Failure} from '../../base/failure.ts';

/**
 * The error that the grammar throws for a text that does not fit: a message, a hint, and the offset of the
 * fault. `parseWith` catches it, so callers of the parser get a Failure value.
 */
export class Refusal extends Error {
  /**
   * Offset of the offending character, from 0; the length of the text where something is missing at its end.
   */
  readonly caret: number;
  readonly hint: string | undefined;

  constructor(caret: number, message: string, hint?: string) {
    super(message);
    this.caret = caret;
    this.hint = hint;
  }

  get failure(): Failure {
    return this.hint === undefined
      ? {code: 'syntax', message: this.message}
      : {code: 'syntax', message: this.message, hint: this.hint};
  }
}
