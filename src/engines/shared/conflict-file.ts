/**
 * `conflicts.jsonl` in the data folder: the conflict log, one changed entry per line. The latest line of an
 * entry counts. The lab reads the file when it is opened again. It then rewrites the file with the latest
 * lines only, and does so again whenever the file has grown large. A damaged line is dropped. If the disk
 * refuses a write, the file is no longer written. The lab continues, and reports each of these faults once.
 */
import {join} from 'node:path';
import * as z from 'zod';
import {errorText} from '../../base/failure.ts';
import {tryParseJson} from '../../base/json.ts';
import type {Conflict, ConflictWrite, Decision} from '../../history/conflict.ts';
import type {ConflictLog, SavedCounts} from '../../history/conflict-log.ts';
import {appendOwnFile, readOwnFile, replaceOwnFile} from '../../store/own-file.ts';
import {leaderIdSchema} from '../../wire/id-schemas.ts';
import {readingSchema, resolverNameSchema} from '../../wire/leader-control.ts';
import {
  dotSchema,
  hlcSchema,
  keySchema,
  valueSchema,
  versionVectorSchema,
} from '../../wire/message-schema.ts';

const FILE = 'conflicts.jsonl';
const DAMAGED_END = '.damaged';
export const CONFLICT_NAMES: readonly string[] = [FILE, FILE + DAMAGED_END];

/** Under load the same entries change all the time: a longer wait writes fewer outdated lines. */
const FLUSH_MS = 1000;
const COMPACT_BYTES = 32 * 1024 * 1024;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const intervals = z.record(leaderIdSchema, z.array(z.tuple([count, count])));

const writeSchema: z.ZodType<ConflictWrite> = z.object({
  dot: dotSchema,
  intent: z.enum(['set', 'del', 'incr', 'sadd', 'srem', 'hset']),
  summary: z.string(),
  value: valueSchema.exactOptional(),
  wallMs: z.number().min(0),
  receivedAtMs: z.number(),
  hlc: hlcSchema,
  after: versionVectorSchema,
  acknowledged: z.boolean(),
});

const decisionSchema: z.ZodType<Decision> = z.object({
  resolver: resolverNameSchema,
  shows: readingSchema,
  learnedAtMs: z.number(),
  atMs: z.number(),
  lost: z.array(dotSchema),
  why: z.string(),
  serverLog: z.array(z.string()).exactOptional(),
  serverLoggedAtMs: z.number().exactOptional(),
});

const conflictSchema: z.ZodType<Conflict> = z.object({
  id: count.min(1),
  key: keySchema,
  relation: z.enum(['concurrent', 'reversed', 'stale']),
  kind: z.string(),
  detectedAtMs: z.number().min(0).max(8.64e15),
  writes: z.array(writeSchema).min(1),
  sides: z.array(dotSchema).min(1),
  instead: z.array(dotSchema),
  decisions: z.record(leaderIdSchema, decisionSchema),
  lost: z.array(dotSchema),
  torn: z.array(dotSchema),
  why: z.string(),
});

const countsSchema: z.ZodType<SavedCounts> = z.object({
  count,
  lastId: count,
  acknowledged: intervals,
  settled: intervals,
  settledCount: count,
  dropped: intervals,
});

/** `joined`: the entry with this id became part of another. */
type EntryLine = {readonly conflict: Conflict} | {readonly joined: number};
type Line = EntryLine | {readonly counts: SavedCounts};

const lineSchema: z.ZodType<EntryLine> = z.union([
  z.object({conflict: conflictSchema}),
  z.object({joined: count}),
]);

/** Keeps `conflicts.jsonl` in step with a conflict log. */
export class ConflictFile {
  readonly #path: string;
  readonly #log: ConflictLog;
  readonly #notice: (text: string) => void;
  readonly #compactBytes: number;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #broken = false;

  /** Fills the empty log with the entries that the folder holds. */
  constructor(
    folder: string,
    log: ConflictLog,
    notice: (text: string) => void,
    compactBytes = COMPACT_BYTES,
  ) {
    this.#path = join(folder, FILE);
    this.#log = log;
    this.#notice = notice;
    this.#compactBytes = compactBytes;
    this.#try(() => {
      const text = readOwnFile(this.#path);
      if (text !== undefined) this.#read(text);
    });
  }

  /** Schedules a write, because the log may have changed. */
  touch(): void {
    if (!this.#broken) this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const {conflicts, joined, counts} = this.#log.takeChanged();
    if (this.#broken || counts === undefined) return;
    const lines: Line[] = [
      ...conflicts.map(conflict => ({conflict})),
      ...joined.map(id => ({joined: id})),
      {counts},
    ];
    const text = textOf(lines);
    this.#try(() => {
      appendOwnFile(this.#path, text);
      this.#bytes += Buffer.byteLength(text);
      if (this.#bytes > this.#compactBytes) this.#compact();
    });
  }

  #read(before: string): void {
    const conflicts = new Map<number, Conflict>();
    const allCounts: unknown[] = [];
    let damaged = 0;
    for (const text of before.split('\n')) {
      if (text === '') continue;
      const json = tryParseJson(text);
      if (isCounts(json)) {
        allCounts.push(json.counts);
        continue;
      }
      const line = lineSchema.safeParse(json).data;
      if (line === undefined) damaged += 1;
      else if ('conflict' in line) conflicts.set(line.conflict.id, line.conflict);
      else conflicts.delete(line.joined);
    }
    // Count lines can be long, and only the last valid one is needed.
    let counts: SavedCounts | undefined;
    while (counts === undefined && allCounts.length > 0) {
      counts = countsSchema.safeParse(allCounts.pop()).data;
      if (counts === undefined) damaged += 1;
    }
    if (damaged > 0) this.#keepDamaged(before, damaged);
    this.#log.restore(
      [...conflicts.values()].sort((a, b) => a.id - b.id),
      counts,
    );
    this.#compact();
  }

  /** Saves the damaged file before it is rewritten without the damaged lines. */
  #keepDamaged(before: string, damaged: number): void {
    const [lines, kept] = [damaged === 1 ? 'line is' : 'lines are', this.#path + DAMAGED_END];
    replaceOwnFile(kept, before);
    this.#notice(
      `${damaged} ${lines} damaged in ${this.#path}; the lab kept the other lines and saved the ` +
        `original file as ${kept}`,
    );
  }

  /** Replaces the file by one with only the latest lines, in one step. */
  #compact(): void {
    const text = textOf([...this.#log.list().map(conflict => ({conflict})), {counts: this.#log.save()}]);
    replaceOwnFile(this.#path, text);
    this.#bytes = Buffer.byteLength(text);
  }

  #try(access: () => void): void {
    try {
      access();
    } catch (error) {
      this.#broken = true;
      this.#notice(`the conflict log is no longer written to disk: ${errorText(error)}`);
    }
  }
}

const textOf = (lines: readonly Line[]): string => lines.map(line => `${JSON.stringify(line)}\n`).join('');

const isCounts = (json: unknown): json is {readonly counts: unknown} =>
  typeof json === 'object' && json !== null && 'counts' in json;
