/**
 * The verdict of a checker about a trace: the property holds, or these few facts prove that it does not. A
 * checker is a pure function of the trace.
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
  /** Not a checker: the core found that one of its own invariants does not hold. */
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
