/**
 * The end of a control connection at the lab: each request gets a promise, and events arrive. A request never
 * rejects: an error is a `Failure`, and its code says whether the request may still have been carried out.
 */
import type * as z from 'zod';
import {type Failure, fail, type Result, succeed} from '../base/failure.ts';
import {encodeHello, encodeRequest, replyEnvelope} from '../wire/control.ts';
import {FRAME_LIMIT_BYTES, type Frame} from '../wire/frame.ts';
import {parseMessage, parsePayload} from '../wire/payload.ts';
import {connectFrames, type FrameSocket} from './frame-socket.ts';

const TOO_LARGE = fail(
  'too-large',
  'the request is larger than a message may be',
  'write fewer keys at once',
);

const CONNECT_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 5000;

export interface ChannelOptions {
  readonly port: number;
  readonly token: string;
  /** The event is not parsed: the caller knows its schema. */
  onEvent(event: unknown): void;
  /** Called exactly once, after every pending request has failed. */
  onClosed(reason: string): void;
}

interface Pending {
  settle(result: Result<unknown>): void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The lab's end of a control connection to a leader or the proxy. `open` dials a port on this machine and
 * sends the token; it returns a `Failure` if nothing answers. `request` never rejects: a timeout, an end of
 * the connection or a malformed answer is a `Failure`, after which the request may still have been carried
 * out (`UNKNOWN_OUTCOMES`). `too-large` means that it was not sent.
 */
export class Channel {
  readonly #socket: FrameSocket;
  readonly #options: ChannelOptions;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #closed: Failure | undefined;
  #refusal: Failure | undefined;

  static async open(options: ChannelOptions): Promise<Result<Channel>> {
    const connected = await connectFrames(options.port, CONNECT_TIMEOUT_MS);
    return connected.ok ? succeed(new Channel(connected.value, options)) : connected;
  }

  private constructor(socket: FrameSocket, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.listen({frame: frame => this.#receive(frame), closed: reason => this.#end(reason)});
    socket.send('control', encodeHello(options.token));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  async request<T>(body: unknown, result: z.ZodType<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<T>> {
    if (this.#closed !== undefined) return {ok: false, failure: this.#closed};
    const id = ++this.#lastId;
    const payload = encodeRequest(id, body);
    if (Buffer.byteLength(payload) >= FRAME_LIMIT_BYTES) return TOO_LARGE;
    const answer = await new Promise<Result<unknown>>(resolve => {
      const timer = setTimeout(
        () => this.#settle(id, fail('timeout', `no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#pending.set(id, {settle: resolve, timer});
      this.#socket.send('control', payload);
    });
    if (!answer.ok) return answer;
    const parsed = parseMessage(result, answer.value);
    return parsed.ok ? parsed : fail('bad-answer', `the answer is ${parsed.failure.message}`);
  }

  close(): void {
    this.#socket.close();
  }

  #receive(frame: Frame): void {
    const reply = parsePayload(replyEnvelope, frame.payload);
    if (frame.kind !== 'control' || !reply.ok) {
      this.#socket.close(reply.ok ? `a ${frame.kind} frame on a control connection` : reply.failure.message);
      return;
    }
    const message = reply.value;
    if ('event' in message) this.#options.onEvent(message.event);
    else if ('refused' in message) this.#refusal = message.refused;
    else
      this.#settle(message.id, message.ok ? succeed(message.result) : {ok: false, failure: message.failure});
  }

  /** An answer that comes after its timeout is ignored. */
  #settle(id: number, result: Result<unknown>): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.settle(result);
  }

  #end(reason: string): void {
    const failure = this.#refusal ?? {code: 'closed', message: `the connection ended: ${reason}`};
    this.#closed = failure;
    for (const id of [...this.#pending.keys()]) this.#settle(id, {ok: false, failure});
    this.#options.onClosed(failure.message);
  }
}
