/**
 * The requests of the lab to the proxy, and the proxy's answers and events. Envelopes and the greeting are
 * those of `wire/control.ts`.
 */
import * as z from 'zod';
import {type LinkRule, LONGEST_DELAY_MS, MOST_BYTES_PER_S} from '../faults/rule.ts';
import {FAULT_NAMES} from '../faults/verdict.ts';
import {leaderIdSchema, linkIdSchema} from '../wire/id-schemas.ts';

const delayMs = z.number().min(0).max(LONGEST_DELAY_MS);
const port = z.int().min(1).max(65535);

const share = z.number().min(0).max(1);

const ruleSchema: z.ZodType<LinkRule> = z.strictObject({
  cut: z.boolean(),
  hold: z.boolean(),
  latencyMs: delayMs,
  jitterMs: delayMs,
  bandwidthBytesPerS: z.number().min(0).max(MOST_BYTES_PER_S),
  lossShare: share,
  dupShare: share,
  reorderShare: share,
});

export const proxyRequestSchema = z.discriminatedUnion('type', [
  /**
   * Starts to listen for the leader that dials: of frames the link's sender, of a stream its receiver. The
   * result is `{port}`.
   */
  z.strictObject({
    type: z.literal('open-link'),
    link: linkIdSchema,
    carries: z.enum(['frames', 'stream']),
    rule: ruleSchema,
    seed: z.int(),
    /** The port to listen on; without it, a free one. */
    port: port.exactOptional(),
  }),
  /** Where the proxy dials this leader; `null` while the leader is down. */
  z.strictObject({type: z.literal('set-target'), leader: leaderIdSchema, port: port.nullable()}),
  z.strictObject({type: z.literal('set-rule'), link: linkIdSchema, rule: ruleSchema}),
  /** Resets its connections, so the messages in flight are lost. The link stays. */
  z.strictObject({type: z.literal('reset-link'), link: linkIdSchema}),
  /** Closes its connections and its port. */
  z.strictObject({type: z.literal('close-link'), link: linkIdSchema}),
  /** From now on this connection gets `traffic` events. The first is about all links. */
  z.strictObject({type: z.literal('subscribe')}),
  z.strictObject({type: z.literal('ping')}),
]);

export type ProxyRequest = z.infer<typeof proxyRequestSchema>;
export type OpenLinkRequest = Extract<ProxyRequest, {type: 'open-link'}>;

export const linkOpenedSchema = z.object({port});
export const doneSchema = z.null();

const direction = z.enum(['forth', 'back']);
const faults = z.array(z.enum(FAULT_NAMES)).readonly();

const markSchema = z.object({
  atMs: z.number(),
  direction,
  bytes: z.int(),
  did: z.enum(['dropped', 'doubled', 'overtaken', 'delayed']),
  faults,
  delayMs: z.int().exactOptional(),
});

const linkTrafficSchema = z.object({
  /**
   * Counted are messages that carry operations forth, and their acknowledgements back; not heartbeats and
   * greetings.
   */
  held: z.int(),
  delivered: z.int(),
  /** Lost by a cut, by chance or by a reset; on a stream only by a reset. */
  dropped: z.int(),
  droppedBytes: z.int(),
  /** Connections that were closed because what came was not a valid frame. */
  refused: z.int(),
  /** `half`: only one end is connected. */
  connection: z.enum(['open', 'half', 'none']),
  /** At most 8, oldest first. */
  inFlight: z.array(z.object({direction, sentAtMs: z.number(), dueAtMs: z.number(), faults})),
  /** How many messages each fault touched. */
  byFault: z.partialRecord(z.enum(FAULT_NAMES), z.int()),
  /** The last messages that a fault touched, oldest first. */
  marks: z.array(markSchema),
});

export type LinkTraffic = z.infer<typeof linkTrafficSchema>;

/** Holds only the links that have changed. */
export const proxyEventSchema = z.object({
  type: z.literal('traffic'),
  links: z.record(linkIdSchema, linkTrafficSchema),
});

export type ProxyEvent = z.infer<typeof proxyEventSchema>;
