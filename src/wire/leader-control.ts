/**
 * What the lab and a leader say to each other on a control connection, and the schemas that check it at both ends.
 */
import * as z from 'zod';
import type {Key, LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {LeaderEvent} from '../core/event.ts';
import type {Hlc} from '../core/hlc.ts';
import type {Op, Write} from '../core/op.ts';
import type {Reading} from '../core/reading.ts';
import {isResolverName, type ResolverName} from '../core/resolvers/index.ts';
import type {Dot, VersionVector} from '../core/version-vector.ts';
import {leaderIdSchema} from './ids.ts';
import {dotSchema, hlcSchema, intentSchema, keySchema, keyWriteSchema, opSchema, versionVectorSchema} from './message.ts';

const resolverSchema = z.custom<ResolverName>(value => typeof value === 'string' && isResolverName(value), 'not a resolver');
const portSchema = z.number().int().min(1).max(65535);
const milliseconds = z.number().min(0);
const count = z.number().int().min(0);

export const leaderRequestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('configure'),
    resolver: resolverSchema,
    forward: z.enum(['own', 'all']),
    /** Where each link from this leader begins: a port on this machine. */
    neighbours: z.array(z.object({leader: leaderIdSchema, port: portSchema})).max(256),
  }),
  z.object({
    type: z.literal('write'),
    writes: z
      .array(z.object({key: keySchema, intent: intentSchema}))
      .min(1)
      .max(1024),
  }),
  z.object({type: z.literal('read'), key: keySchema}),
  z.object({type: z.literal('keys')}),
  z.object({type: z.literal('log'), key: keySchema.exactOptional()}),
  z.object({type: z.literal('status')}),
  /** Asks for `news` events from now on. */
  z.object({type: z.literal('subscribe')}),
]);

export type LeaderRequest = z.infer<typeof leaderRequestSchema>;

/** What is read may be larger than what is written: concurrent additions to a set, each within the limit, are merged. */
const readValueSchema = z.custom<Json>(value => value !== undefined, 'not a value');
const siblingSchema = z.object({dot: dotSchema, value: readValueSchema.exactOptional()});

export const readingSchema: z.ZodType<Reading> = z.discriminatedUnion('type', [
  z.object({type: z.literal('absent')}),
  z.object({type: z.literal('value'), value: readValueSchema}),
  z.object({type: z.literal('siblings'), siblings: z.array(siblingSchema)}),
]);

export const doneSchema = z.unknown().transform(() => null);
export const writtenSchema: z.ZodType<{readonly dot: Dot}> = z.object({dot: dotSchema});
export const keysSchema: z.ZodType<{readonly keys: readonly Key[]}> = z.object({keys: z.array(keySchema)});
export const logSchema: z.ZodType<{readonly ops: readonly Op[]}> = z.object({ops: z.array(opSchema)});
export const statusSchema: z.ZodType<{readonly vv: VersionVector; readonly digest: string}> = z.object({
  vv: versionVectorSchema,
  digest: z.string().max(64),
});

const writeSchema: z.ZodType<Write> = z.object({
  dot: dotSchema,
  after: versionVectorSchema,
  hlc: hlcSchema,
  wallMs: count,
  change: keyWriteSchema,
});

export type ConflictReport = Extract<LeaderEvent, {type: 'conflict'}>;

const conflictSchema: z.ZodType<ConflictReport> = z.object({
  type: z.literal('conflict'),
  key: keySchema,
  relation: z.enum(['concurrent', 'reversed']),
  writes: z.array(writeSchema),
  resolver: resolverSchema,
  shows: readingSchema,
  lost: z.array(dotSchema),
  why: z.string(),
});

/** A key as a picture of the leader shows it, values clipped. */
export interface KeyNews {
  readonly key: Key;
  readonly reading: Reading;
  readonly frontierSize: number;
  /** The write that the reading shows, where it is one. */
  readonly dot?: Dot;
  readonly changedAtMs: number;
}

const keyNewsSchema: z.ZodType<KeyNews> = z.object({
  key: keySchema,
  reading: readingSchema,
  frontierSize: count,
  dot: dotSchema.exactOptional(),
  changedAtMs: milliseconds,
});

/** What has changed at a leader since it last said so. */
export interface News {
  readonly type: 'news';
  readonly vv: VersionVector;
  /** Of everything a reader could see here. */
  readonly digest: string;
  readonly hlc: Hlc;
  readonly resolver: ResolverName;
  readonly opCount: number;
  readonly keyCount: number;
  /** Connections closed for what came on them. */
  readonly refused: number;
  readonly links: readonly {readonly peer: LeaderId; readonly isOpen: boolean; readonly waiting: number}[];
  /** Every key may read differently now: forget what was said of keys before. */
  readonly reset: boolean;
  /** The keys changed last, newest first. */
  readonly keys: readonly KeyNews[];
  /** When operations were applied here, by the machine's clock. */
  readonly applied: readonly {readonly dot: Dot; readonly atMs: number}[];
  /** The own operations up to this `seq` were acknowledged to clients. */
  readonly acknowledgedSeq: number;
  readonly conflicts: readonly ConflictReport[];
  /** For people: a refused disk, a clock too far ahead, a connection refused. */
  readonly notices: readonly string[];
}

export const newsSchema: z.ZodType<News> = z.object({
  type: z.literal('news'),
  vv: versionVectorSchema,
  digest: z.string().max(64),
  hlc: hlcSchema,
  resolver: resolverSchema,
  opCount: count,
  keyCount: count,
  refused: count,
  links: z.array(z.object({peer: leaderIdSchema, isOpen: z.boolean(), waiting: count})),
  reset: z.boolean(),
  keys: z.array(keyNewsSchema),
  applied: z.array(z.object({dot: dotSchema, atMs: milliseconds})),
  acknowledgedSeq: count,
  conflicts: z.array(conflictSchema),
  notices: z.array(z.string()),
});
