/**
 * Frames over a socket, between the lab, the leaders and the proxy.
 */
import type {Socket} from 'node:net';
import type {Result} from '../base/failure.ts';
import {
  encodeFrame,
  FRAME_LIMIT_BYTES,
  type Frame,
  type FrameBudget,
  type FrameKind,
  FrameReader,
  GREETING_LIMIT_BYTES,
} from '../wire/frame.ts';
import {dial, SocketEnd} from './socket-end.ts';

/** How long data sent before a close may take to leave. */
const LINGER_MS = 2000;

/**
 * One end of a TCP connection that carries frames (`wire/frame.ts`). A frame that breaks the format closes
 * the connection. Data sent before a close has 2 seconds to leave.
 */
export class FrameSocket extends SocketEnd<Frame> {
  /**
   * `firstLimitBytes` bounds the first frame of an accepted connection. A connection that was dialled needs
   * no such limit.
   */
  constructor(socket: Socket, firstLimitBytes = GREETING_LIMIT_BYTES, budget?: FrameBudget) {
    super(socket, new FrameReader(firstLimitBytes, budget), LINGER_MS);
  }

  send(kind: FrameKind, payload: Uint8Array | string): void {
    this.pass(encodeFrame(kind, payload));
  }
}

/** Dials a port on this machine. */
export function connectFrames(port: number, timeoutMs: number): Promise<Result<FrameSocket>> {
  return dial(port, timeoutMs, socket => new FrameSocket(socket, FRAME_LIMIT_BYTES));
}
