/**
 * What passes over a link. Operations go forth, from the sender at the link's start to the receiver at its end; acknowledgements come
 * back over the same link.
 */
import type {LeaderId} from '../base/ids.ts';
import type {Op} from './op.ts';
import type {VersionVector} from './version-vector.ts';

export const PROTOCOL = 1;

export type Message =
  /** Both ends introduce themselves; `have` is what survives a crash there. */
  | {
      readonly type: 'hello';
      readonly protocol: typeof PROTOCOL;
      readonly leader: LeaderId;
      readonly cluster: string;
      readonly have: VersionVector;
    }
  /** Forth. `batch` rises by 1 per message on a link's sender. */
  | {readonly type: 'ops'; readonly batch: number; readonly ops: readonly Op[]}
  /** Back. `gapAt` is a batch before which something is missing. */
  | {readonly type: 'have'; readonly have: VersionVector; readonly gapAt?: number}
  /** Forth, with the sender's monotonic clock, and its echo back. */
  | {readonly type: 'ping'; readonly sentAtMs: number}
  | {readonly type: 'pong'; readonly sentAtMs: number};

export type MessageType = Message['type'];
