/**
 * Frames over a socket: the one place that touches `node:net` for a connection that speaks in frames.
 *
 * Memory is bounded on both ways: the reader refuses oversized frames, and a connection whose other end does not read is closed
 * at `SEND_LIMIT_BYTES`. Whoever sends a lot looks at `bufferedBytes` long before that, and goes on at `drained`.
 */
import {connect, type Socket} from 'node:net';
import {fail, type Result, succeed} from '../base/failure.ts';
import {encodeFrame, FRAME_LIMIT_BYTES, type Frame, type FrameKind, FrameReader, GREETING_LIMIT_BYTES} from '../wire/frame.ts';

export const LOOPBACK = '127.0.0.1';
export const SEND_LIMIT_BYTES = 64 * 1024 * 1024;
/** How long what was sent before a close may take to leave. */
const LINGER_MS = 2000;

export interface FrameHandlers {
  frame(frame: Frame): void;
  /** Exactly once, and nothing after it. */
  closed(reason: string): void;
  /** Everything buffered has left, after some of it had to wait. */
  drained?(): void;
  /** What arrived is no frame: the connection is being closed for that. */
  refused?(reason: string): void;
}

export class FrameSocket {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #handlers: FrameHandlers | undefined;
  #closeReason: string | undefined;

  /** Takes the socket over. Nothing is read until `listen`. What a stranger says first is bounded; who dials has chosen whom to hear. */
  constructor(socket: Socket, firstLimitBytes = GREETING_LIMIT_BYTES) {
    this.#socket = socket;
    this.#reader = new FrameReader(firstLimitBytes);
    socket.setNoDelay(true);
    socket.on('error', error => this.#note(error.message));
    socket.on('end', () => this.#note('the other end closed'));
    socket.on('close', () => this.#handlers?.closed(this.#closeReason ?? 'closed'));
    socket.on('drain', () => this.#handlers?.drained?.());
  }

  listen(handlers: FrameHandlers): void {
    this.#handlers = handlers;
    if (this.#socket.destroyed) queueMicrotask(() => handlers.closed(this.#closeReason ?? 'closed'));
    else this.#socket.on('data', (chunk: Uint8Array) => this.#receive(chunk, handlers));
  }

  /** Bytes that were sent and have not left this process. */
  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  get isOpen(): boolean {
    return this.#closeReason === undefined;
  }

  send(kind: FrameKind, payload: Uint8Array | string): void {
    this.pass(encodeFrame(kind, payload));
  }

  /** Sends a frame's raw bytes. Nothing happens on a connection that is closing or closed. */
  pass(raw: Uint8Array): void {
    if (!this.isOpen) return;
    this.#socket.write(raw);
    if (this.bufferedBytes > SEND_LIMIT_BYTES) this.destroy('the other end does not read what it is sent');
  }

  /** Stops and resumes reading: backpressure on the other end. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** What was sent before still leaves, if the other end takes it in time. */
  close(reason = 'closed here'): void {
    this.#note(reason);
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  destroy(reason: string): void {
    this.#note(reason);
    this.#socket.destroy();
  }

  /** With RST: nothing that was sent before need arrive, and the other end hears of an error instead of an end. */
  reset(reason: string): void {
    this.#note(reason);
    this.#socket.resetAndDestroy();
  }

  #receive(chunk: Uint8Array, handlers: FrameHandlers): void {
    const {frames, refusal} = this.#reader.push(chunk);
    for (const frame of frames) if (this.isOpen) handlers.frame(frame);
    if (refusal === undefined || !this.isOpen) return;
    handlers.refused?.(refusal.reason);
    this.close(refusal.reason);
  }

  /** The first reason is the true one. */
  #note(reason: string): void {
    this.#closeReason ??= reason;
  }
}

/** Dials a port on this machine. */
export function connectFrames(port: number, timeoutMs: number): Promise<Result<FrameSocket>> {
  return new Promise(resolve => {
    const socket = connect({host: LOOPBACK, port});
    const refuse = (why: string): void => {
      socket.destroy();
      resolve(fail('unreachable', `nothing answers on ${LOOPBACK}:${port} (${why})`));
    };
    const failed = (error: Error): void => refuse(error.message);
    socket.setTimeout(timeoutMs, () => refuse('timeout'));
    socket.on('error', failed);
    socket.once('connect', () => {
      socket.setTimeout(0);
      const frames = new FrameSocket(socket, FRAME_LIMIT_BYTES);
      socket.off('error', failed);
      resolve(succeed(frames));
    });
  });
}
