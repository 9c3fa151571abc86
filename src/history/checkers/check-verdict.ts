/**
 * What a checker says of a trace: it held, or it did not and these few facts prove it. A checker is a pure
 * function; it never looks at anything but the trace.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Dot} from '../../core/log/version-vector.ts';

export interface Violation {
  readonly checker: CheckerName;
  /** One sentence with the names, dots and values that prove it. */
  readonly text: string;
  /** The operations and leaders that it is about. */
  readonly dots: readonly Dot[];
  readonly leaders: readonly LeaderId[];
}

export type CheckerName =
  /** No checker: the core found one of its own invariants broken. */
  | 'assertion'
  | 'convergence'
  | 'strong-convergence'
  | 'durability'
  | 'dots'
  | 'causality'
  | 'clocks'
  | 'sessions'
  | 'reads'
  | 'counters'
  | 'sets'
  | 'losses'
  | 'revisions'
  | 'acknowledgements'
  | 'guards'
  | 'refusals'
  | 'handover'
  | 'inbox'
  | 'loop-guard'
  | 'reports'
  | 'conflict-log';
