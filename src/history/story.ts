/**
 * A story: what happened to a key, told in order.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Dot} from '../core/log/version-vector.ts';

export interface StoryLine {
  /** By the lab's clock, if known. For reports and decisions: when the lab received them. */
  readonly atMs?: number;
  /** Where it happened. */
  readonly leader?: LeaderId;
  readonly what: 'wrote' | 'clocks' | 'reported' | 'decided' | 'said' | 'lost' | 'merged';
  /** The write that it is about. */
  readonly dot?: Dot;
  /** One sentence. The view that shows it escapes values. */
  readonly text: string;
}
