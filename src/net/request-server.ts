/**
 * The served end of a control connection: checks the token, parses requests, answers each once, sends events.
 *
 * It does not own the listening port. The owner of the port gives it a `FrameSocket` and passes on the
 * frames, so that one port can serve other kinds of connection too.
 */
import type * as z from 'zod';
import {FailureError, fail, type Result} from '../base/failure.ts';
import {encodeEvent, encodeRefused, encodeResponse, helloEnvelope, requestEnvelope} from '../wire/control.ts';
import {FRAME_LIMIT_BYTES, type Frame} from '../wire/frame.ts';
import {parseMessage, parsePayload} from '../wire/payload.ts';
import type {FrameSocket} from './frame-socket.ts';
import {sameSecret} from './secret.ts';

const TOO_LARGE = fail('too-large', 'the answer is larger than a message may be', 'ask for less at once');

export interface RequestServerOptions<Request> {
  /** The token that the first message must contain. */
  readonly token: string;
  readonly schema: z.ZodType<Request>;
  /**
   * Answers one request. May throw a `FailureError`; anything else thrown is our own mistake and ends the
   * process.
   */
  handle(request: Request, client: RequestServer<Request>): Promise<Result<unknown>>;
  /** The first message contained the token. */
  onGreeted(): void;
  /** The connection broke the protocol and is being closed. */
  onRefused?(reason: string): void;
}

/**
 * The served end of one control connection: checks the token in the first message, then parses each request,
 * gives it to `handle` and sends its answer. The caller owns the socket and passes every frame to `receive`.
 * A wrong token or a broken envelope closes the connection; a request that fits no schema gets a `Failure` as
 * its answer.
 */
export class RequestServer<Request> {
  readonly #socket: FrameSocket;
  readonly #options: RequestServerOptions<Request>;
  #greeted = false;

  constructor(socket: FrameSocket, options: RequestServerOptions<Request>) {
    this.#socket = socket;
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  receive(frame: Frame): void {
    if (frame.kind !== 'control') this.#refuse('closed', `a ${frame.kind} frame on a control connection`);
    else if (this.#greeted) this.#request(frame);
    else this.#greet(frame);
  }

  event(body: unknown): void {
    this.#socket.send('control', encodeEvent(body));
  }

  #greet(frame: Frame): void {
    const hello = parsePayload(helloEnvelope, frame.payload);
    if (!hello.ok) this.#refuse('closed', hello.failure.message);
    else if (!sameSecret(hello.value.hello.cluster, this.#options.token))
      this.#refuse('wrong-cluster', 'the token is of another cluster');
    else {
      this.#greeted = true;
      this.#options.onGreeted();
    }
  }

  #request(frame: Frame): void {
    const envelope = parsePayload(requestEnvelope, frame.payload);
    if (!envelope.ok) {
      this.#refuse('closed', envelope.failure.message);
      return;
    }
    void this.#answer(envelope.value.id, envelope.value.request);
  }

  /**
   * A request that fits no schema comes from a client that knows the token. It gets an answer, and the
   * connection stays open.
   */
  async #answer(id: number, body: unknown): Promise<void> {
    const request = parseMessage(this.#options.schema, body);
    const response = encodeResponse(id, request.ok ? await this.#handle(request.value) : request);
    const fits = Buffer.byteLength(response) < FRAME_LIMIT_BYTES;
    this.#socket.send('control', fits ? response : encodeResponse(id, TOO_LARGE));
  }

  async #handle(request: Request): Promise<Result<unknown>> {
    try {
      return await this.#options.handle(request, this);
    } catch (error) {
      if (error instanceof FailureError) return {ok: false, failure: error.failure};
      throw error;
    }
  }

  #refuse(code: string, reason: string): void {
    this.#options.onRefused?.(reason);
    this.#socket.send('control', encodeRefused(fail(code, reason).failure));
    this.#socket.close(reason);
  }
}
