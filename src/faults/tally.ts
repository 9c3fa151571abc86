/**
 * What became of the messages of a link: counts, by fault too, and what last happened to messages that a
 * fault touched. Pure.
 *
 * Counted are operations forth and acknowledgements back. Heartbeats and greetings suffer like everything
 * else, but an idle link should look idle.
 */
import type {FaultName} from './verdict.ts';

/**
 * `forth` carries operations, from the link's sender to its receiver; `back` carries what acknowledges them.
 */
export type Direction = 'forth' | 'back';

const MARKS_KEPT = 8;
/** Distances, not events: they touch every message. */
const UNREMARKABLE: readonly FaultName[] = ['latency', 'jitter'];
const NOTICEABLE_MS = 1;

/** What faults did to one message. */
export interface Mark {
  readonly atMs: number;
  readonly direction: Direction;
  readonly bytes: number;
  readonly did: 'dropped' | 'doubled' | 'overtaken' | 'delayed';
  readonly faults: readonly FaultName[];
  readonly delayMs?: number;
}

/** A message on its link; `kind` as `core/io/message.ts` or `wire/pg-stream.ts` names it. */
export interface TalliedMessage {
  readonly kind: string;
  readonly bytes: number;
  readonly direction: Direction;
  readonly nowMs: number;
}

export function isCounted(kind: string, direction: Direction): boolean {
  return direction === 'forth' ? kind === 'ops' || kind === 'echo' : kind === 'have';
}

export class Tally {
  delivered = 0;
  dropped = 0;
  droppedBytes = 0;
  readonly byFault: {[fault in FaultName]?: number} = {};
  /** Oldest first. */
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

  /** It is late, or comes twice; `lateMs` leaves out what latency and jitter do. */
  touch(message: TalliedMessage, faults: readonly FaultName[], lateMs: number): void {
    if (!isCounted(message.kind, message.direction)) return;
    this.#count(faults);
    const remarkable = faults.filter(fault => !UNREMARKABLE.includes(fault));
    if (remarkable.length > 0) this.#mark(message, deed(remarkable), remarkable, lateMs);
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

function deed(faults: readonly FaultName[]): Mark['did'] {
  if (faults.includes('dup')) return 'doubled';
  return faults.includes('reorder') ? 'overtaken' : 'delayed';
}
