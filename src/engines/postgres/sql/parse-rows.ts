/**
 * What comes out of a database is from outside: parsed here, trusted behind.
 */
import * as z from 'zod';
import {isObject, type Json, parseExactJson} from '../../../base/json.ts';
import {leaderIdSchema} from '../../../wire/id-schemas.ts';
import {hlcSchema, keySchema, keyWriteSchema, versionVectorSchema} from '../../../wire/message-schema.ts';

/**
 * `undefined` if it is not JSON, because somebody else wrote to the table. Numbers that would be rounded
 * become text.
 */
export function parseJson(text: unknown): Json | undefined {
  try {
    return typeof text === 'string' ? parseExactJson(text) : undefined;
  } catch {
    return undefined;
  }
}

/** An operation as a server holds it. */
const foundOpSchema = z
  .object({
    origin: leaderIdSchema,
    seq: z.int().min(1),
    after: versionVectorSchema,
    hlc: hlcSchema,
    /** Of each write, in the same order. */
    changes: z.array(z.string()),
    generations: z.array(z.int()),
    saw: z.array(z.string()),
    /** Of the transaction that wrote its row here. */
    xid: z.int(),
    /** When it was committed at its origin, and when it arrived here, in ms with fractions. */
    committed: z.number().nullable(),
    arrived: z.number(),
  })
  .transform(({changes, generations, saw, ...op}, context) => {
    const writes = changes.map((change, n) => {
      const asked = parseJson(change);
      return {...(isObject(asked) ? asked : {}), generation: generations[n], saw: parseJson(saw[n])};
    });
    const parsed = z.array(keyWriteSchema).min(1).safeParse(writes);
    if (parsed.success) return {...op, writes: parsed.data};
    context.addIssue('not what an operation writes');
    return z.NEVER;
  });

export type FoundOperation = z.infer<typeof foundOpSchema>;

const foundRowSchema = z.object({
  k: keySchema,
  v: z.string().nullable(),
  origin: leaderIdSchema.nullable(),
  seq: z.int().nullable(),
});

/** What is not there is null: nothing new, nothing given up, no row. */
export const foundSchema = z.object({
  ops: z.array(foundOpSchema).nullable(),
  skipped: z.array(z.object({origin: leaderIdSchema, seq: z.int().min(1)})).nullable(),
  rows: z.array(foundRowSchema).nullable(),
  /** All that has been applied there. */
  applied: versionVectorSchema,
});

export const readSchema = z.object({
  v: z.string().nullable(),
  applied: versionVectorSchema,
});
