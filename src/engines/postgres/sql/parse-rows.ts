/**
 * Parses rows of a leader's database. A database is outside of the lab, so this file checks everything that
 * it returns.
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

/** An operation as a row of `lab.ops`. */
const foundOpSchema = z
  .object({
    origin: leaderIdSchema,
    seq: z.int().min(1),
    after: versionVectorSchema,
    hlc: hlcSchema,
    /** One for each write, in the same order. */
    changes: z.array(z.string()),
    generations: z.array(z.int()),
    saw: z.array(z.string()),
    /** The transaction that wrote its row here. */
    xid: z.int(),
    /** The times of its commit at the origin and of its arrival here, in ms with fractions. */
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

/** Null stands for an empty list. */
export const foundSchema = z.object({
  ops: z.array(foundOpSchema).nullable(),
  skipped: z.array(z.object({origin: leaderIdSchema, seq: z.int().min(1)})).nullable(),
  rows: z.array(foundRowSchema).nullable(),
  /** Everything that is applied there. */
  applied: versionVectorSchema,
});

export const readSchema = z.object({
  v: z.string().nullable(),
  applied: versionVectorSchema,
});
