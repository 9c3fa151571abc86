/**
 * The next news of a leader, as they gather: what changed since somebody was last told. One message can hold
 * them. No timers: whoever tells decides when.
 */
import {assertNever} from '../base/assert.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import {approximateBytes, CLIP_BYTES, clipValue, type Json} from '../base/json.ts';
import {listed} from '../base/list.ts';
import {ConflictFeed} from '../core/fold/conflict-feed.ts';
import type {ConflictReport} from '../core/fold/joined-reports.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import type {KeyWrite, Op} from '../core/log/op.ts';
import {opBytes} from '../core/log/op-size.ts';
import {showDot} from '../core/log/version-vector.ts';
import type {Replica} from '../core/replica.ts';
import {LossFeed} from '../core/state/loss-feed.ts';
import {clipReading, readingToJson} from '../core/state/reading.ts';
import type {KeyNews, News, ReusedDotNews} from '../wire/leader-control.ts';

/** Keys that a picture of a leader can hold. */
const KEY_LIMIT = 200;
const LIST_LIMIT = 5000;
const NOTICE_LIMIT = 20;
/** A longer one is cut. */
const NOTICE_CHARACTERS = 2000;
/** Dots that name two operations: how many are kept, and the size of those in one message. */
const REUSED_LIMIT = 100;
const REUSED_BYTES = 256 * 1024;
/** In a notice about many. */
const NAMED_KEYS = 3;
/** Reports of conflicts in one message, by the size of their text; the rest goes with the next. */
const REPORTS_BYTES = 256 * 1024;

/** Whoever has news: a replica, or what stands for one. */
export type Subject = Pick<
  Replica,
  | 'log'
  | 'conflicts'
  | 'vv'
  | 'fold'
  | 'hlc'
  | 'resolver'
  | 'halted'
  | 'buffered'
  | 'sentOps'
  | 'redundantOps'
  | 'echoedOps'
  | 'opCount'
  | 'links'
>;

export interface Telling {
  /** By a clock that is right. */
  readonly nowMs: number;
  /** How far the leader's own wall clock is ahead of that. */
  readonly clockOffsetMs: number;
  /** What could wait is told too. */
  readonly isAll: boolean;
}

export class EventBatch {
  readonly #replica: Subject;
  /** When each of the keys changed last was changed, oldest first. */
  readonly #recent = new Map<Key, number>();
  #changed = new Set<Key>();
  #applied: News['applied'][number][] = [];
  readonly #conflicts = new ConflictFeed();
  readonly #losses = new LossFeed();
  #reusedDots: ReusedDotNews[] = [];
  #notices: string[] = [];
  /** By its reason: on which keys the person's module failed. */
  readonly #failures = new Map<string, {readonly keys: readonly Key[]; readonly count: number}>();
  #reset = true;
  #refused = 0;
  /** Reported once, until the disk accepts a write again. */
  #diskRefuses = false;
  #acknowledged: [number, number][] = [];

  constructor(replica: Subject, nowMs: number) {
    this.#replica = replica;
    for (const key of latestKeys(replica.log)) this.#note(key, nowMs);
    // The lab remembers what this leader made of them before, perhaps by another resolver.
    for (const event of replica.conflicts()) this.report(event, nowMs);
  }

  /** The next news hold everything. */
  startAnew(): void {
    this.#reset = true;
  }

  refused(reason: string): void {
    this.#refused += 1;
    this.notice(`refused: ${reason}`);
  }

  /** What a person should know, and no event of the replica tells. */
  notice(text: string): void {
    if (this.#notices.length < NOTICE_LIMIT) this.#notices.push(shortNotice(text));
  }

  report(event: LeaderEvent, nowMs: number): void {
    if (event.type === 'applied') {
      for (const key of event.keys) this.#note(key, nowMs);
      if (this.#applied.length < LIST_LIMIT)
        this.#applied.push({dot: event.dot, atMs: nowMs, hops: event.hops});
    } else if (event.type === 'acknowledged') {
      this.#diskRefuses = false;
      this.#acknowledge(event.dot.seq);
    } else if (event.type === 'conflict') {
      this.#conflicts.add(clipReport(event));
    } else if (event.type === 'losses') {
      // News that begin anew tell all of them.
      if (!this.#reset) this.#losses.add(event);
    } else if (event.type === 'refolded') {
      this.#reset = true;
    } else if (event.type === 'storage-failed') {
      this.#reset = true;
      if (!this.#diskRefuses) this.notice(`the disk refuses writes: ${event.reason}; reads go on`);
      this.#diskRefuses = true;
    } else if (event.type === 'halted') {
      this.notice(
        `has halted on ${showDot(event.dot)} (${event.key}): it conflicts with ` +
          `${listed(event.with.map(showDot))}`,
      );
    } else if (event.type === 'unhalted') {
      this.notice(`applies operations of ${event.origin} again`);
    } else if (event.type === 'custom-failed') {
      this.#customFailed(event.key, event.reason);
    } else if (event.type === 'dot-reused') {
      const {dot, peer, ours, theirs} = event;
      if (this.#reusedDots.length < REUSED_LIMIT)
        this.#reusedDots.push({dot, peer, ours: clipOp(ours), theirs: clipOp(theirs)});
    } else if (event.type === 'recovered') {
      this.notice(`it fetched ${rangeOf(event)} from its neighbours, because its log lacked them`);
    } else if (event.type === 'not-recovered') {
      const {holder} = event;
      this.notice(
        `its log lacks ${rangeOf(event)}, which ${holder} holds; it could not fetch them and accepts ` +
          'writes anyway',
      );
    } else if (event.type === 'clock-ahead') {
      this.notice(`the clock of ${event.origin} is ${event.aheadMs} ms ahead and was not adopted`);
    }
  }

  /** How many reports still wait after the last news. */
  get waiting(): number {
    return this.#conflicts.size + this.#losses.size + this.#reusedDots.length;
  }

  /** What there is to tell; it has been told then. */
  take({nowMs, clockOffsetMs, isAll}: Telling): News {
    const replica = this.#replica;
    if (this.#reset) this.#losses.reset(replica.fold);
    const keys = [...(this.#reset ? this.#recent.keys() : this.#changed)]
      .reverse()
      .map(key => this.#keyNews(key));
    const news: News = {
      type: 'news',
      vv: replica.vv,
      digest: replica.fold.digest(),
      hlc: replica.hlc,
      resolver: replica.resolver,
      clockOffsetMs,
      halted: replica.halted,
      buffered: replica.buffered,
      sentOps: replica.sentOps,
      redundantOps: replica.redundantOps,
      echoedOps: replica.echoedOps,
      opCount: replica.opCount,
      keyCount: replica.fold.keyCount,
      refused: this.#refused,
      links: replica.links(),
      reset: this.#reset,
      keys,
      applied: this.#applied,
      acknowledged: this.#acknowledged,
      conflicts: this.#conflicts.take(nowMs, isAll, REPORTS_BYTES, reportBytes),
      losses: this.#losses.take(),
      reusedDots: this.#takeReused(),
      notices: this.#takeNotices(),
    };
    this.#changed = new Set();
    this.#applied = [];
    this.#acknowledged = [];
    this.#reset = false;
    return news;
  }

  #acknowledge(seq: number): void {
    const last = this.#acknowledged.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else this.#acknowledged.push([seq, seq]);
  }

  #customFailed(key: Key, reason: string): void {
    const failed = this.#failures.get(reason);
    if (failed === undefined && this.#failures.size >= NOTICE_LIMIT) return;
    this.#failures.set(reason, {
      keys: [...(failed?.keys ?? []), key].slice(0, NAMED_KEYS),
      count: (failed?.count ?? 0) + 1,
    });
  }

  #takeNotices(): readonly string[] {
    const failures = [...this.#failures].map(([reason, {keys, count}]) => {
      const more = count > keys.length ? ` and ${count - keys.length} more` : '';
      return shortNotice(`custom failed on ${keys.join(', ')}${more}: ${reason}; siblings are kept`);
    });
    const notices = [...this.#notices, ...failures].slice(0, NOTICE_LIMIT);
    this.#notices = [];
    this.#failures.clear();
    return notices;
  }

  /** As many as fit, at least one; the rest goes with the next news. */
  #takeReused(): readonly ReusedDotNews[] {
    let bytes = 0;
    const beyond = this.#reusedDots.findIndex(({ours, theirs}, i) => {
      bytes += opBytes(ours) + opBytes(theirs);
      return i > 0 && bytes > REUSED_BYTES;
    });
    return this.#reusedDots.splice(0, beyond < 0 ? this.#reusedDots.length : beyond);
  }

  #note(key: Key, nowMs: number): void {
    this.#recent.delete(key);
    this.#recent.set(key, nowMs);
    this.#changed.add(key);
    if (this.#recent.size <= KEY_LIMIT) return;
    const [oldest] = this.#recent.keys();
    if (oldest === undefined) return;
    this.#recent.delete(oldest);
    this.#changed.delete(oldest);
  }

  #keyNews(key: Key): KeyNews {
    const {reading, frontier, shown} = this.#replica.fold.snapshot(key);
    const news = {
      key,
      reading: clipReading(reading),
      frontierSize: frontier.members.length,
      changedAtMs: this.#recent.get(key) ?? 0,
    };
    return shown === undefined ? news : {...news, dot: shown};
  }
}

/**
 * The keys written last, oldest first: as many as are told of, found without a walk through the whole log.
 */
function latestKeys(ops: readonly Op[]): Key[] {
  const keys = new Set<Key>();
  for (let i = ops.length - 1; i >= 0 && keys.size < KEY_LIMIT; i--) {
    for (const {key} of ops[i]?.writes.toReversed() ?? []) keys.add(key);
  }
  return [...keys].reverse();
}

/** Near enough to bound a message by, without making the text of each report twice. */
const reportBytes = ({writes, shows, why}: ConflictReport): number =>
  why.length +
  approximateBytes(readingToJson(shows)) +
  writes.reduce((bytes, write) => bytes + opBytes({...write, writes: [write.change]}), 0);

/** For the picture: values too large for one are cut short. */
function clipReport(report: ConflictReport): ConflictReport {
  const writes = report.writes.map(write => ({...write, change: clipChange(write.change)}));
  return {...report, writes, shows: clipReading(report.shows)};
}

const rangeOf = ({
  origin,
  from,
  to,
}: {
  readonly origin: LeaderId;
  readonly from: number;
  readonly to: number;
}): string => (from === to ? `${origin}:${from}` : `${origin}:${from}-${to}`);

const shortNotice = (text: string): string =>
  text.length <= NOTICE_CHARACTERS ? text : `${text.slice(0, NOTICE_CHARACTERS)}…`;

/** The writes of one operation share the room of one value. */
function clipOp(op: Op): Op {
  return {...op, writes: op.writes.map(write => clipChange(write, CLIP_BYTES / op.writes.length))};
}

function clipChange(change: KeyWrite, limitBytes = CLIP_BYTES): KeyWrite {
  const clip = (value: Json) => clipValue(value, limitBytes);
  switch (change.type) {
    case 'del':
      return change;
    case 'set':
      return {...change, value: clip(change.value)};
    case 'incr':
      return {...change, effect: clip(change.effect)};
    case 'sadd':
    case 'srem':
      return {...change, element: clip(change.element), effect: clip(change.effect)};
    case 'hset':
      return {...change, value: clip(change.value), effect: clip(change.effect)};
    default:
      return assertNever(change);
  }
}
