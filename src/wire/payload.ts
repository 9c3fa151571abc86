/**
 * Turns the payload of a frame into a message: UTF-8, then JSON, then a schema. No input is used before it
 * has passed all three.
 */
import type * as z from 'zod';
import {fail, type Result, succeed} from '../base/failure.ts';
import {isShallow, VALUE_DEPTH_LIMIT} from '../base/json.ts';

/** A value at its depth limit, within the nesting of any message of ours. */
const MESSAGE_DEPTH_LIMIT = VALUE_DEPTH_LIMIT + 16;
const utf8 = new TextDecoder('utf-8', {fatal: true});

/**
 * Reads the payload of a frame: UTF-8, then JSON, then the schema. Returns a failure with the code
 * `malformed` if one of the three rejects it or if it is nested too deeply.
 */
export function parsePayload<T>(schema: z.ZodType<T>, payload: Uint8Array): Result<T> {
  const decoded = decodePayload(payload);
  return decoded.ok ? parseDecoded(schema, decoded.value) : decoded;
}

export function decodePayload(payload: Uint8Array): Result<unknown> {
  try {
    return succeed(JSON.parse(utf8.decode(payload)));
  } catch {
    return fail('malformed', 'a message that is not JSON in UTF-8');
  }
}

/** Refuses messages that are nested too deeply, because a schema recurses into the value that it checks. */
export function parseDecoded<T>(schema: z.ZodType<T>, message: unknown): Result<T> {
  if (!isShallow(message, MESSAGE_DEPTH_LIMIT))
    return fail('malformed', `a message nested deeper than ${MESSAGE_DEPTH_LIMIT}`);
  return parseMessage(schema, message);
}

/**
 * Checks parsed JSON against the schema. Returns a failure with the code `malformed` that names the first
 * fault. It does not check the depth of nesting, as `parseDecoded` does.
 */
export function parseMessage<T>(schema: z.ZodType<T>, message: unknown): Result<T> {
  const parsed = schema.safeParse(message);
  return parsed.success
    ? succeed(parsed.data)
    : fail('malformed', `a message of the wrong form: ${firstIssue(parsed.error)}`);
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unknown';
  return issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message;
}
