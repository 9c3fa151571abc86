/**
 * The tally of a link: how many messages were delivered and dropped, how many each fault affected, and the
 * last few messages that a fault affected. Pure.
 *
 * It counts operations in the direction forth and acknowledgements in the direction back. Faults also affect
 * heartbeats and greetings, but these do not count: an idle link should look idle.
 */
import type {FaultName} from './verdict.ts';

/**
 * `forth` carries operations from the link's sender to its receiver; `back` carries their acknowledgements.
 */
export type Direction = 'forth' | 'back';

const MARKS_KEPT = 8;
/** These faults affect every message, so a message that has only these gets no mark. */
const UNREMARKABLE: readonly FaultName[] = ['latency', 'jitter'];
const NOTICEABLE_MS = 1;

/** How faults affected one message. */
export interface Mark {
  readonly atMs: number;
  readonly direction: Direction;
  readonly bytes: number;
  readonly did: 'dropped' | 'doubled' | 'overtaken' | 'delayed';
  readonly faults: readonly FaultName[];
  readonly delayMs?: number;
}

/** What the tally needs of a message. `kind` is its type in `core/io/message.ts` or `wire/pg-stream.ts`. */
export interface TalliedMessage {
  readonly kind: string;
  readonly bytes: number;
  readonly direction: Direction;
  readonly nowMs: number;
}

/** True for operations in the direction forth, and for acknowledgements in the direction back. */
export function isCounted(kind: string, direction: Direction): boolean {
  return direction === 'forth' ? kind === 'ops' || kind === 'echo' : kind === 'have';
}

/**
 * Counts what happened to the messages of one link, and keeps the last 8 that a fault affected. Only
 * operations in the direction forth and acknowledgements in the direction back count (`isCounted`); calls for
 * other messages change nothing.
 */
export class Tally {
  delivered = 0;
  dropped = 0;
  droppedBytes = 0;
  readonly byFault: {[fault in FaultName]?: number} = {};
  /** At most `MARKS_KEPT`, oldest first. */
  readonly marks: Mark[] = [];

  deliver(kind: string, direction: Direction): void {
    if (isCounted(kind, direction)) this.delivered++;
  }

  drop(message: TalliedMessage, fault: FaultName): void {
    if (!isCounted(message.kind, message.direction)) return;
    this.dropped++;
    this.droppedBytes += message.bytes;
    this.#count([fault]);
    this.#mark(message, 'dropped', [fault], 0);
  }

  /** The message is late or arrives twice. `lateMs` is its delay without latency and jitter. */
  touch(message: TalliedMessage, faults: readonly FaultName[], lateMs: number): void {
    if (!isCounted(message.kind, message.direction)) return;
    this.#count(faults);
    const remarkable = faults.filter(fault => !UNREMARKABLE.includes(fault));
    if (remarkable.length > 0) this.#mark(message, effectOf(remarkable), remarkable, lateMs);
  }

  #count(faults: readonly FaultName[]): void {
    for (const fault of faults) this.byFault[fault] = (this.byFault[fault] ?? 0) + 1;
  }

  #mark(
    {bytes, direction, nowMs}: TalliedMessage,
    did: Mark['did'],
    faults: readonly FaultName[],
    lateMs: number,
  ): void {
    const delay = lateMs < NOTICEABLE_MS ? {} : {delayMs: Math.round(lateMs)};
    this.marks.push({atMs: nowMs, direction, bytes, did, faults, ...delay});
    if (this.marks.length > MARKS_KEPT) this.marks.shift();
  }
}

function effectOf(faults: readonly FaultName[]): Mark['did'] {
  if (faults.includes('dup')) return 'doubled';
  return faults.includes('reorder') ? 'overtaken' : 'delayed';
}
