/**
 * One end of a TCP connection, read in whole units that its reader defines. No other file uses `node:net` for
 * a connection.
 *
 * Memory is bounded in both directions: the reader refuses large units or passes them in pieces, and a
 * connection whose other end does not read is closed at `SEND_LIMIT_BYTES`. A caller that sends much must
 * check `bufferedBytes` before that, and continue at `drained`.
 */
import {connect, type Socket} from 'node:net';
import {fail, type Result, succeed} from '../base/failure.ts';

export const LOOPBACK = '127.0.0.1';
const SEND_LIMIT_BYTES = 64 * 1024 * 1024;

/** Splits a stream into units. */
export interface Reader<T> {
  /** After a refusal nothing more is read. */
  push(chunk: Uint8Array): {
    readonly frames: readonly T[];
    readonly refusal: {readonly reason: string} | undefined;
  };
  /** The other end has finished sending. Returns what is left. */
  end?(): readonly T[];
  /** The connection is gone. */
  forget?(): void;
}

export interface EndHandlers<T> {
  frame(frame: T): void;
  /** Called exactly once. Nothing follows it. */
  closed(reason: string): void;
  /** All buffered data has left, after some of it had to wait. */
  drained?(): void;
  /** Bytes arrived that cannot be read, so the connection is being closed. */
  refused?(reason: string): void;
}

/**
 * One end of a TCP connection. A `Reader` splits what arrives into units, and `listen` starts reading. The
 * connection closes itself if the reader refuses its input or if 64 MiB wait to be sent. Methods do not throw
 * on a closed connection; `closed` is called once, with the first reason.
 */
export class SocketEnd<T> {
  readonly #socket: Socket;
  readonly #reader: Reader<T>;
  readonly #lingerMs: number | undefined;
  #handlers: EndHandlers<T> | undefined;
  #closeReason: string | undefined;

  /**
   * Takes over the socket. Nothing is read until `listen`. `lingerMs`: how long data sent before a close may
   * take to leave; without it there is no limit.
   */
  constructor(socket: Socket, reader: Reader<T>, lingerMs?: number) {
    this.#socket = socket;
    this.#reader = reader;
    this.#lingerMs = lingerMs;
    socket.setNoDelay(true);
    socket.on('error', error => this.#note(error.message));
    socket.on('end', () => this.#ended());
    socket.on('close', () => {
      this.#reader.forget?.();
      this.#handlers?.closed(this.#closeReason ?? 'closed');
    });
    socket.on('drain', () => this.#handlers?.drained?.());
  }

  listen(handlers: EndHandlers<T>): void {
    this.#handlers = handlers;
    if (this.#socket.destroyed) queueMicrotask(() => handlers.closed(this.#closeReason ?? 'closed'));
    else this.#socket.on('data', (chunk: Uint8Array) => this.#receive(chunk, handlers));
  }

  /** The number of bytes sent that have not left this process. */
  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  get isOpen(): boolean {
    return this.#closeReason === undefined;
  }

  /** Sends the bytes unchanged. On a connection that is closing or closed, nothing happens. */
  pass(raw: Uint8Array): void {
    if (!this.isOpen) return;
    this.#socket.write(raw);
    if (this.bufferedBytes > SEND_LIMIT_BYTES) this.destroy('the other end does not read what it is sent');
  }

  /** Stops and resumes reading: backpressure on the other end. */
  pause(): void {
    if (this.isOpen) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes the connection. Data sent before still leaves, if the other end takes it in time. */
  close(reason = 'closed here'): void {
    this.#note(reason);
    if (this.#lingerMs === undefined) {
      // Data that still arrives is read and dropped: closing the socket with unread data would lose what is
      // still to be sent.
      this.#socket.end().resume();
    } else {
      this.#socket.destroySoon();
      setTimeout(() => this.#socket.destroy(), this.#lingerMs).unref();
    }
  }

  destroy(reason: string): void {
    this.#note(reason);
    this.#socket.destroy();
  }

  /** Closes with RST: data sent before may be lost, and the other end gets an error instead of an end. */
  reset(reason: string): void {
    this.#note(reason);
    this.#socket.resetAndDestroy();
  }

  #receive(chunk: Uint8Array, handlers: EndHandlers<T>): void {
    if (!this.isOpen) return;
    const {frames, refusal} = this.#reader.push(chunk);
    for (const frame of frames) if (this.isOpen) handlers.frame(frame);
    if (refusal === undefined || !this.isOpen) return;
    handlers.refused?.(refusal.reason);
    this.close(refusal.reason);
  }

  #ended(): void {
    for (const frame of this.#reader.end?.() ?? []) if (this.isOpen) this.#handlers?.frame(frame);
    this.#note('the other end closed');
  }

  /** Keeps the first reason, because later ones follow from it. */
  #note(reason: string): void {
    this.#closeReason ??= reason;
  }
}

/** Dials a port on this machine. */
export function dial<T>(port: number, timeoutMs: number, wrap: (socket: Socket) => T): Promise<Result<T>> {
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
      const end = wrap(socket);
      socket.off('error', failed);
      resolve(succeed(end));
    });
  });
}
