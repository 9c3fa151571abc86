/**
 * The messages between leaders, as JSON in frames, and the schema that everything from a socket must pass
 * before the core sees it. An operation must also be one that an honest origin could have made: the origin
 * had applied all its own earlier operations.
 */
import * as z from 'zod';
import {fail, type Result, succeed} from '../base/failure.ts';
import {isKey, isLeaderId, type Key} from '../base/ids.ts';
import {approximateBytes, isShallow, type Json, VALUE_LIMIT_BYTES} from '../base/json.ts';
import {MAX_HOPS, type Message, type MessageType, PROTOCOL} from '../core/io/message.ts';
import {BATCH_OPS, WINDOW_OPS} from '../core/links/progress.ts';
import type {Sums} from '../core/log/log.ts';
import type {KeyWrite} from '../core/log/op.ts';
import {fitInMessage} from '../core/log/op-size.ts';
import {seqOf, type VersionVector} from '../core/log/version-vector.ts';
import type {Frame} from './frame.ts';
import {leaderIdSchema} from './id-schemas.ts';
import {FIELD_LIMIT, ORIGIN_LIMIT, WRITE_LIMIT} from './limits.ts';
import {decodePayload, parseDecoded} from './payload.ts';
import {arePlainOps} from './plain-ops.ts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const seq = count.min(1);

/** Accepts a text of 1 to 1024 bytes in UTF-8. */
export const keySchema = z.custom<Key>(
  value => typeof value === 'string' && isKey(value),
  'not a key of 1 to 1024 bytes',
);

/** Accepts parsed JSON of at most about 1 MiB (`approximateBytes`), nested at most 64 deep. */
export const valueSchema = z.custom<Json>(
  value => value !== undefined && isShallow(value) && approximateBytes(value as Json) <= VALUE_LIMIT_BYTES,
  'not a value of at most 1 MiB, nested at most 64 deep',
);

const fieldSchema = z.string().min(1).max(FIELD_LIMIT);

export const versionVectorSchema = z.custom<VersionVector>(isVersionVector, 'not a version vector');

function isVersionVector(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= ORIGIN_LIMIT &&
    entries.every(([origin, n]) => isLeaderId(origin) && Number.isSafeInteger(n) && n > 0)
  );
}

export const dotSchema = z.object({origin: leaderIdSchema, seq});
export const hlcSchema = z.object({wallMs: count, logical: count});

export const intentSchema = z.discriminatedUnion('type', [
  z.object({type: z.literal('set'), value: valueSchema}),
  z.object({type: z.literal('del')}),
  z.object({type: z.literal('incr'), by: z.number()}),
  z.object({type: z.literal('sadd'), element: valueSchema}),
  z.object({type: z.literal('srem'), element: valueSchema}),
  z.object({type: z.literal('hset'), field: fieldSchema, value: valueSchema}),
]);

const target = {
  key: keySchema,
  generation: seq,
  saw: z.array(dotSchema).max(ORIGIN_LIMIT),
  parent: dotSchema.exactOptional(),
};
export const keyWriteSchema: z.ZodType<KeyWrite> = z.discriminatedUnion('type', [
  z.object({type: z.literal('set'), ...target, value: valueSchema}),
  z.object({type: z.literal('del'), ...target}),
  z.object({type: z.literal('incr'), ...target, by: z.number(), effect: valueSchema}),
  z.object({type: z.literal('sadd'), ...target, element: valueSchema, effect: valueSchema}),
  z.object({
    type: z.literal('srem'),
    ...target,
    element: valueSchema,
    observed: z.array(dotSchema).max(WRITE_LIMIT),
    effect: valueSchema,
  }),
  z.object({type: z.literal('hset'), ...target, field: fieldSchema, value: valueSchema, effect: valueSchema}),
]);

export const opSchema = z
  .object({
    dot: dotSchema,
    after: versionVectorSchema,
    hlc: hlcSchema,
    wallMs: count,
    writes: z.array(keyWriteSchema).min(1).max(WRITE_LIMIT),
  })
  .refine(
    ({dot, after}) => seqOf(after, dot.origin) === dot.seq - 1,
    'an operation that does not follow the operation before it of the same origin',
  )
  .refine(
    ({writes}) => new Set(writes.map(({key}) => key)).size === writes.length,
    'an operation that writes a key twice',
  )
  .refine(({writes}) => fitInMessage(writes), 'an operation that no message of ours could hold');

const travellers = {
  ops: z.array(opSchema).max(BATCH_OPS),
  hops: z.array(z.number().int().min(1).max(MAX_HOPS)).max(BATCH_OPS),
};

const holdings = {
  have: versionVectorSchema,
  buffered: versionVectorSchema.exactOptional(),
  refuses: z.array(leaderIdSchema).max(ORIGIN_LIMIT).exactOptional(),
};

const sumSchema = count.max(2 ** 52 - 1);
const sumsSchema = z.custom<Sums>(isSums, 'not sums over operations');

function isSums(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= ORIGIN_LIMIT &&
    entries.every(([origin, sum]) => isLeaderId(origin) && sumSchema.safeParse(sum).success)
  );
}

type Knowledge = Extract<Message, {type: 'known'}>['persisted'];

function isKnowledge(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= ORIGIN_LIMIT &&
    entries.every(([leader, vv]) => isLeaderId(leader) && isVersionVector(vv))
  );
}

/** Exported for the test of `plain-ops.ts`, which lets most messages of operations skip their schema. */
export const SCHEMAS: {readonly [type in MessageType]: z.ZodType<Message>} = {
  hello: z.object({
    type: z.literal('hello'),
    protocol: z.literal(PROTOCOL),
    leader: leaderIdSchema,
    cluster: z.string().max(256),
    have: versionVectorSchema,
    sums: sumsSchema.exactOptional(),
  }),
  ops: z
    .object({type: z.literal('ops'), batch: seq, ...travellers})
    .refine(({ops, hops}) => ops.length === hops.length, 'hops of other operations'),
  echo: z
    .object({type: z.literal('echo'), ...travellers})
    .refine(({ops, hops}) => ops.length === hops.length, 'hops of other operations'),
  have: z.object({type: z.literal('have'), gapAt: seq.exactOptional(), ...holdings}),
  known: z.object({
    type: z.literal('known'),
    persisted: z.custom<Knowledge>(isKnowledge, 'not what leaders have'),
  }),
  ping: z.object({type: z.literal('ping'), sentAtMs: z.number()}),
  pong: z.object({
    type: z.literal('pong'),
    sentAtMs: z.number(),
    sums: sumsSchema.exactOptional(),
    ...holdings,
  }),
  fetch: z.object({
    type: z.literal('fetch'),
    origin: leaderIdSchema,
    after: count,
    count: count.max(WINDOW_OPS),
  }),
  fetched: z
    .object({
      type: z.literal('fetched'),
      origin: leaderIdSchema,
      after: count,
      sum: sumSchema,
      ops: z.array(opSchema).max(BATCH_OPS),
      more: z.boolean(),
    })
    .refine(
      ({origin, after, ops}) => ops.every(({dot}, i) => dot.origin === origin && dot.seq === after + i + 1),
      'operations that do not follow the requested place',
    ),
};

/**
 * The kind of a frame names the type of its message, so that a proxy can tell them apart without reading
 * them.
 */
export function parseFrame(frame: Frame): Result<Message> {
  if (frame.kind === 'control') return fail('malformed', 'a control frame on a connection between leaders');
  const decoded = decodePayload(frame.payload);
  if (!decoded.ok) return decoded;
  if (arePlainOps(decoded.value) && decoded.value.type === frame.kind) return succeed(decoded.value);
  const parsed = parseDecoded(SCHEMAS[frame.kind], decoded.value);
  if (parsed.ok && parsed.value.type !== frame.kind)
    return fail('malformed', `a ${parsed.value.type} message in a ${frame.kind} frame`);
  return parsed.ok ? succeed(parsed.value) : parsed;
}

/** Returns the message as JSON text: the payload of a frame whose kind is the type of the message. */
export const encodeMessage = (message: Message): string => JSON.stringify(message);
