/**
 * What an engine knows of a leader besides what the leader reports.
 */
import type {LeaderId} from '../../../base/ids.ts';
import type {HaltedOrigin} from '../../../core/io/leader-event.ts';
import type {LeaderStatus} from '../../../port/view.ts';

export interface LeaderState {
  readonly status: LeaderStatus;
  /** Why it is not up. */
  readonly cause?: string;
  readonly sinceMs: number;
}

export interface LeaderPart {
  readonly id: LeaderId;
  readonly state: LeaderState;
  readonly pid?: number | undefined;
  readonly port?: number | undefined;
  /** Present where the engine itself knows which operations stopped the leader. */
  readonly halted?: readonly HaltedOrigin[];
}
