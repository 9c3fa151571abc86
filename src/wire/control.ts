/**
 * The envelopes of a control connection, on which the lab commands a leader or the proxy. All travel in
 * `control` frames.
 *
 *     lab     {"hello": {"cluster": TOKEN}}                     first, once
 *     lab     {"id": 7, "request": …}
 *     other   {"id": 7, "ok": true, "result": …}                        or, on failure:
 *             {"id": 7, "ok": false, "failure": {code, message, hint?}}
 *     other   {"event": …}                                      at any time
 *     other   {"refused": {code, message}}                      last, before it closes the connection
 *
 * Every request gets one response; responses may come in any order. The server of the connection defines the
 * content of requests, results and events.
 */
import * as z from 'zod';
import type {Failure, Result} from '../base/failure.ts';

const requestId = z.int().nonnegative();

const failureSchema = z
  .object({code: z.string(), message: z.string(), hint: z.string().optional()})
  .transform(({hint, ...rest}): Failure => (hint === undefined ? rest : {...rest, hint}));

export const helloEnvelope = z.strictObject({hello: z.strictObject({cluster: z.string()})});

export const requestEnvelope = z.strictObject({id: requestId, request: z.unknown()});

/** The messages that the lab can receive. */
export const replyEnvelope = z.union([
  z.object({id: requestId, ok: z.literal(true), result: z.unknown()}),
  z.object({id: requestId, ok: z.literal(false), failure: failureSchema}),
  z.object({event: z.unknown()}),
  z.object({refused: failureSchema}),
]);

/** Returns the first message of a control connection, with the token of the cluster, as JSON text. */
export const encodeHello = (token: string): string => JSON.stringify({hello: {cluster: token}});

/** Returns a request as JSON text. `id` must be new on this connection: the response repeats it. */
export const encodeRequest = (id: number, request: unknown): string => JSON.stringify({id, request});

/**
 * Returns the response to the request with this id as JSON text: the value (`null` for undefined) or the
 * failure.
 */
export const encodeResponse = (id: number, result: Result<unknown>): string =>
  JSON.stringify(
    result.ok ? {id, ok: true, result: result.value ?? null} : {id, ok: false, failure: result.failure},
  );

/** Returns an event as JSON text. No response follows an event. */
export const encodeEvent = (event: unknown): string => JSON.stringify({event});

/** Returns, as JSON text, the last message before the server closes the connection: why it does. */
export const encodeRefused = (failure: Failure): string => JSON.stringify({refused: failure});
