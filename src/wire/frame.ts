/**
 * Framing: a stream of bytes as a sequence of frames. Pure, no sockets.
 *
 *     u32 big-endian: bytes that follow | u8 kind | payload
 *
 * The payload is UTF-8 JSON by convention; the framer does not read it. Input may be hostile: a length of 0,
 * a length beyond the limit or an unknown kind is refused at once, and memory use follows the bytes that have
 * *arrived*, never the length that a header claims. Every frame comes with its raw bytes, so that a proxy can
 * pass it on unchanged.
 */
import {assert} from '../base/assert.ts';

/** The limit for what follows the length field: kind and payload. */
export const FRAME_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The limit for the first frame of a connection, the greeting. A client gets no more memory before it has
 * greeted.
 */
export const GREETING_LIMIT_BYTES = 64 * 1024;

/** The numbers are the format: never reuse one. */
export const FRAME_KINDS = {
  /** Requests, responses and events between the lab and a leader or the proxy. */
  control: 1,
  hello: 2,
  ops: 3,
  have: 4,
  ping: 5,
  pong: 6,
  echo: 7,
  known: 8,
  fetch: 9,
  fetched: 10,
} as const;

export type FrameKind = keyof typeof FRAME_KINDS;

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
  /** The whole frame as it came, header included. */
  readonly raw: Uint8Array;
}

/** Why the stream cannot be read further. The connection should be closed. */
export interface FrameRefusal {
  readonly reason: string;
}

const LENGTH_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + 1;
const KIND_NAMES = new Map(
  Object.entries(FRAME_KINDS).map(([name, number]) => [number as number, name as FrameKind]),
);
const utf8 = new TextEncoder();

/**
 * Returns the frame as bytes: length, kind, payload; a text becomes UTF-8. An assertion fails if kind and
 * payload exceed 16 MiB, so the caller must split what may be larger.
 */
export function encodeFrame(kind: FrameKind, payload: Uint8Array | string): Uint8Array {
  const bytes = typeof payload === 'string' ? utf8.encode(payload) : payload;
  assert(
    bytes.length + 1 <= FRAME_LIMIT_BYTES,
    `a ${kind} frame of ${bytes.length} bytes exceeds the limit; the sender must split it`,
  );
  const raw = new Uint8Array(HEADER_BYTES + bytes.length);
  new DataView(raw.buffer).setUint32(0, bytes.length + 1);
  raw[LENGTH_BYTES] = FRAME_KINDS[kind];
  raw.set(bytes, HEADER_BYTES);
  return raw;
}

/** The memory limit for the incomplete frames of several streams together. */
export class FrameBudget {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Returns false and takes nothing if the limit would be exceeded. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/** Takes the chunks of one stream. Once refused, it stays refused and keeps nothing. */
export class FrameReader {
  /** The frame that has begun to arrive: `#used` bytes of it, in a buffer of at most twice that. */
  #partial: Uint8Array = new Uint8Array(0);
  #used = 0;
  #refusal: FrameRefusal | undefined;
  #limitBytes: number;
  readonly #budget: FrameBudget | undefined;

  /** `firstLimitBytes` bounds the first frame alone. */
  constructor(firstLimitBytes = FRAME_LIMIT_BYTES, budget?: FrameBudget) {
    this.#limitBytes = firstLimitBytes;
    this.#budget = budget;
  }

  /**
   * Returns the frames that this chunk completes, including those before a refusal. How a stream was cut into
   * chunks makes no difference.
   */
  push(chunk: Uint8Array): {readonly frames: readonly Frame[]; readonly refusal: FrameRefusal | undefined} {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length && this.#refusal === undefined) {
      at +=
        this.#used === 0
          ? this.#takeWhole(chunk.subarray(at), frames)
          : this.#takePart(chunk.subarray(at), frames);
    }
    return {frames, refusal: this.#refusal};
  }

  /** The common case: a frame within one chunk is a view of it, without a copy. */
  #takeWhole(bytes: Uint8Array, frames: Frame[]): number {
    const size = this.#frameSize(bytes);
    if (size === undefined || size > bytes.length) return this.#takePart(bytes, frames);
    this.#complete(bytes.subarray(0, size), frames);
    return size;
  }

  /** Adds to the partial frame what it lacks, at most up to the next thing to check: length, kind, end. */
  #takePart(bytes: Uint8Array, frames: Frame[]): number {
    const head = this.#partial.subarray(0, this.#used);
    const wanted = this.#frameSize(head) ?? (this.#used < LENGTH_BYTES ? LENGTH_BYTES : HEADER_BYTES);
    const part = bytes.subarray(0, wanted - this.#used);
    if (!this.#append(part, wanted)) return part.length;
    const size = this.#frameSize(this.#partial.subarray(0, this.#used));
    if (size === this.#used) {
      this.#complete(this.#partial.subarray(0, size), frames);
      this.forget();
    }
    return part.length;
  }

  #complete(raw: Uint8Array, frames: Frame[]): void {
    frames.push(frameOf(raw));
    this.#limitBytes = FRAME_LIMIT_BYTES;
  }

  /** Doubles the buffer, up to the size of the frame, so that copying stays linear even with small chunks. */
  #append(part: Uint8Array, wanted: number): boolean {
    const needed = this.#used + part.length;
    if (needed > this.#partial.length) {
      const bytes = Math.max(needed, Math.min(2 * this.#used, wanted));
      if (this.#budget?.take(bytes - this.#partial.length) === false) {
        this.#refuse('too much arrives at once, on all connections together');
        return false;
      }
      const grown = new Uint8Array(bytes);
      grown.set(this.#partial.subarray(0, this.#used));
      this.#partial = grown;
    }
    this.#partial.set(part, this.#used);
    this.#used = needed;
    return true;
  }

  /**
   * Returns the size of the frame that starts here, once its header is complete. Refuses a wrong header as
   * early as possible.
   */
  #frameSize(bytes: Uint8Array): number | undefined {
    if (bytes.length < LENGTH_BYTES) return undefined;
    const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
    if (length === 0) return this.#refuse('a frame of length 0');
    if (length > this.#limitBytes)
      return this.#refuse(`a frame of ${length} bytes, the limit is ${this.#limitBytes}`);
    const kind = bytes[LENGTH_BYTES];
    if (kind === undefined) return undefined;
    if (!KIND_NAMES.has(kind)) return this.#refuse(`a frame of unknown kind ${kind}`);
    return LENGTH_BYTES + length;
  }

  #refuse(reason: string): undefined {
    this.#refusal = {reason};
    this.forget();
  }

  /** The stream ended: drops the incomplete frame. */
  forget(): void {
    this.#budget?.giveBack(this.#partial.length);
    this.#partial = new Uint8Array(0);
    this.#used = 0;
  }
}

/** Returns the frame that these bytes hold. */
export function frameOf(raw: Uint8Array): Frame {
  const kind = KIND_NAMES.get(raw[LENGTH_BYTES] ?? 0);
  assert(kind !== undefined, 'the kind was checked with the header');
  return {kind, payload: raw.subarray(HEADER_BYTES), raw};
}
