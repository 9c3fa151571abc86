/**
 * The messages between the lab and a leader on a control connection, and the schemas that check them at both
 * ends.
 */
import * as z from 'zod';
import type {Key, LeaderId} from '../base/ids.ts';
import type {Json} from '../base/json.ts';
import type {ConflictReport} from '../core/fold/joined-reports.ts';
import type {HaltedOrigin, LeaderEvent} from '../core/io/leader-event.ts';
import type {Hlc} from '../core/log/hybrid-clock.ts';
import type {Op, Write} from '../core/log/op.ts';
import type {Dot, VersionVector} from '../core/log/version-vector.ts';
import type {ClockSetting} from '../core/log/wall-clock.ts';
import {
  isPlainResolver,
  isResolverName,
  type PlainResolverName,
  type ResolverName,
  type ResolverSpec,
} from '../core/resolvers/spec.ts';
import type {Reading} from '../core/state/reading.ts';
import {leaderIdSchema} from './id-schemas.ts';
import {
  dotSchema,
  hlcSchema,
  intentSchema,
  keySchema,
  keyWriteSchema,
  opSchema,
  valueSchema,
  versionVectorSchema,
} from './message-schema.ts';

/** Accepts the name of any resolver, with or without parameters. */
export const resolverNameSchema = z.custom<ResolverName>(
  value => typeof value === 'string' && isResolverName(value),
  'not a resolver',
);
const plainResolverSchema = z.custom<PlainResolverName>(
  value => typeof value === 'string' && isResolverName(value) && isPlainResolver(value),
  'not a resolver',
);

export const resolverSpecSchema: z.ZodType<ResolverSpec> = z.union([
  z.object({name: z.literal('priority'), order: z.array(leaderIdSchema).max(256)}),
  z.object({name: z.literal('custom'), file: z.string().min(1).max(4096)}),
  z.object({name: plainResolverSchema}),
]);

export const clockSchema: z.ZodType<ClockSetting> = z.object({
  offsetMs: z.number(),
  driftPpm: z.number(),
  sinceMs: z.number(),
});

/** All settings that the lab sends a leader, at its start and after every change. */
export const leaderSettingsSchema = z.object({
  resolver: resolverSpecSchema,
  delivery: z.enum(['fifo', 'causal']),
  ack: z.enum(['local', 'quorum', 'all']),
  loopguard: z.boolean(),
  members: z.array(leaderIdSchema).max(256),
  clock: clockSchema,
});

export type LeaderSettings = z.infer<typeof leaderSettingsSchema>;
const portSchema = z.number().int().min(1).max(65535);
const milliseconds = z.number().min(0);
const count = z.number().int().min(0);

export const leaderRequestSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('configure'),
    settings: leaderSettingsSchema,
    /** For each link from this leader: the port on this machine at which it begins, and what it carries. */
    peers: z
      .array(z.object({leader: leaderIdSchema, port: portSchema, forward: z.enum(['own', 'all'])}))
      .max(256),
  }),
  z.object({
    type: z.literal('write'),
    writes: z
      .array(z.object({key: keySchema, intent: intentSchema}))
      .min(1)
      .max(1024),
    guard: z
      .object({
        key: keySchema,
        expected: z.union([z.object({value: valueSchema}), z.object({absent: z.literal(true)})]),
      })
      .exactOptional(),
  }),
  z.object({type: z.literal('skip'), origin: leaderIdSchema.exactOptional()}),
  z.object({type: z.literal('read'), key: keySchema}),
  z.object({type: z.literal('keys')}),
  z.object({
    type: z.literal('log'),
    key: keySchema.exactOptional(),
    upTo: versionVectorSchema.exactOptional(),
    /** Only operations that arrived before this one, counted from 1. */
    before: count.exactOptional(),
  }),
  z.object({type: z.literal('status')}),
  /**
   * Answered once the leader accepts writes: it has recovered its own operations, or knows that no leader can
   * send more.
   */
  z.object({type: z.literal('recovered')}),
  /** Asks for `news` events from now on. */
  z.object({type: z.literal('subscribe')}),
]);

export type LeaderRequest = z.infer<typeof leaderRequestSchema>;

/**
 * A read value may be larger than any written value: concurrent additions to a set, each within the limit,
 * are merged.
 */
const readValueSchema = z.custom<Json>(value => value !== undefined, 'not a value');
const siblingSchema = z.object({dot: dotSchema, value: readValueSchema.exactOptional()});

export const readingSchema: z.ZodType<Reading> = z.discriminatedUnion('type', [
  z.object({type: z.literal('absent')}),
  z.object({type: z.literal('value'), value: readValueSchema}),
  z.object({type: z.literal('siblings'), siblings: z.array(siblingSchema)}),
]);

/** `vv`: everything that was applied when the key was read. */
export const readSchema: z.ZodType<{readonly reading: Reading; readonly vv: VersionVector}> = z.object({
  reading: readingSchema,
  vv: versionVectorSchema,
});

/** Accepts any result and returns null: for requests whose answer says only that they were carried out. */
export const doneSchema = z.unknown().transform(() => null);

/** `confirmed` and `needed` exist if too few leaders confirmed the write in time. */
export interface Written {
  readonly dot: Dot;
  readonly unconfirmed?: {readonly confirmed: readonly LeaderId[]; readonly needed: number};
}

export const writtenSchema: z.ZodType<Written> = z.object({
  dot: dotSchema,
  unconfirmed: z.object({confirmed: z.array(leaderIdSchema), needed: count}).exactOptional(),
});
export const skippedSchema: z.ZodType<{readonly dots: readonly Dot[]}> = z.object({dots: z.array(dotSchema)});
export const keysSchema: z.ZodType<{readonly keys: readonly Key[]}> = z.object({keys: z.array(keySchema)});
/**
 * `older`: the number of operations that the answer does not hold, and the `before` that asks for the next of
 * them.
 */
export interface LogPage {
  readonly ops: readonly Op[];
  readonly older?: {readonly count: number; readonly before: number};
}

export const logSchema: z.ZodType<LogPage> = z.object({
  ops: z.array(opSchema),
  older: z.object({count, before: count}).exactOptional(),
});
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

const conflictSchema: z.ZodType<ConflictReport> = z.object({
  type: z.literal('conflict'),
  key: keySchema,
  relation: z.enum(['concurrent', 'reversed', 'stale']),
  writes: z.array(writeSchema),
  sides: z.array(dotSchema),
  instead: z.array(dotSchema),
  resolver: resolverNameSchema,
  shows: readingSchema,
  lost: z.array(dotSchema),
  torn: z.array(dotSchema),
  why: z.string(),
});

/** How the lost writes of a key have changed at a leader. */
export type LossReport = Omit<Extract<LeaderEvent, {type: 'losses'}>, 'type'>;

const lossesSchema: z.ZodType<LossReport> = z.object({
  key: keySchema,
  lost: z.array(dotSchema),
  found: z.array(dotSchema),
});

const haltedSchema: z.ZodType<HaltedOrigin> = z.object({
  origin: leaderIdSchema,
  dot: dotSchema,
  key: keySchema,
  with: z.array(dotSchema),
});

/** A dot that names one operation at the reporting leader and another at the peer; values are clipped. */
export type ReusedDotNews = Omit<Extract<LeaderEvent, {type: 'dot-reused'}>, 'type'>;

const reusedDotSchema: z.ZodType<ReusedDotNews> = z.object({
  dot: dotSchema,
  peer: leaderIdSchema,
  ours: opSchema,
  theirs: opSchema,
});

/** A key as the lab shows it, with clipped values. */
export interface KeyNews {
  readonly key: Key;
  readonly reading: Reading;
  readonly frontierSize: number;
  /** The write that the reading shows, if it is a single one. */
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

/** What changed at a leader since its last such message. */
export interface News {
  readonly type: 'news';
  readonly vv: VersionVector;
  /** The digest of everything that a reader could see here. */
  readonly digest: string;
  readonly hlc: Hlc;
  readonly resolver: ResolverSpec;
  /** How far the leader's wall clock is ahead of the machine's now. */
  readonly clockOffsetMs: number;
  readonly halted: readonly HaltedOrigin[];
  /** The number of operations received that wait for operations that they depend on. */
  readonly buffered: number;
  /**
   * Counts since the start of the process: operations sent, including repetitions; operations received that
   * were already applied; operations echoed without the loop guard.
   */
  readonly sentOps: number;
  readonly redundantOps: number;
  readonly echoedOps: number;
  readonly opCount: number;
  readonly keyCount: number;
  /** The number of connections closed because of what arrived on them. */
  readonly refused: number;
  readonly links: readonly {readonly peer: LeaderId; readonly isOpen: boolean; readonly waiting: number}[];
  /** Every key may read differently now: forget what earlier messages said about keys. */
  readonly reset: boolean;
  /** The keys changed last, newest first. */
  readonly keys: readonly KeyNews[];
  /** When operations were applied here, by the machine's clock, and how many links they came over. */
  readonly applied: readonly {readonly dot: Dot; readonly atMs: number; readonly hops: number}[];
  /** Own operations acknowledged to clients since the last message: ranges of `seq`, both ends included. */
  readonly acknowledged: readonly (readonly [number, number])[];
  readonly conflicts: readonly ConflictReport[];
  /** With `reset`, the losses of every key that has any: forget what earlier messages said about losses. */
  readonly losses: readonly LossReport[];
  readonly reusedDots: readonly ReusedDotNews[];
  /** For people: a refused disk, a clock too far ahead, a connection refused. */
  readonly notices: readonly string[];
}

export const newsSchema: z.ZodType<News> = z.object({
  type: z.literal('news'),
  vv: versionVectorSchema,
  digest: z.string().max(64),
  hlc: hlcSchema,
  resolver: resolverSpecSchema,
  clockOffsetMs: z.number(),
  halted: z.array(haltedSchema),
  buffered: count,
  sentOps: count,
  redundantOps: count,
  echoedOps: count,
  opCount: count,
  keyCount: count,
  refused: count,
  links: z.array(z.object({peer: leaderIdSchema, isOpen: z.boolean(), waiting: count})),
  reset: z.boolean(),
  keys: z.array(keyNewsSchema),
  applied: z.array(z.object({dot: dotSchema, atMs: milliseconds, hops: count})),
  acknowledged: z.array(z.tuple([count, count])),
  conflicts: z.array(conflictSchema),
  losses: z.array(lossesSchema),
  reusedDots: z.array(reusedDotSchema),
  notices: z.array(z.string()),
});
