/**
 * Collects the changes that a leader reports to the lab with its next message. The result fits into one
 * message. There are no timers: the publisher decides when to send.
 */
import type {Key} from '../../base/ids.ts';
import {ConflictFeed} from '../../core/fold/conflict-feed.ts';
import type {LeaderEvent} from '../../core/io/leader-event.ts';
import type {Op} from '../../core/log/op.ts';
import {opBytes} from '../../core/log/op-size.ts';
import type {Replica} from '../../core/replica.ts';
import {LossFeed} from '../../core/state/loss-feed.ts';
import {clipReading} from '../../core/state/reading.ts';
import type {KeyNews, News, ReusedDotNews} from '../../wire/leader-control.ts';
import {clipOp, clipReport, reportBytes} from './clip-event.ts';
import {Notices} from './leader-notices.ts';

/** The number of keys that the lab shows of a leader. */
const KEY_LIMIT = 200;
const LIST_LIMIT = 5000;
/** The number of reused dots to keep, and the size of those in one message. */
const REUSED_LIMIT = 100;
const REUSED_BYTES = 256 * 1024;
/** The size of the conflict reports in one message, as text. More wait for the next message. */
const REPORTS_BYTES = 256 * 1024;

/** The source of the events: a replica, or a substitute for it. */
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

export interface BatchOptions {
  /** By the clock of the machine. */
  readonly nowMs: number;
  /** How far the leader's own wall clock is ahead of that. */
  readonly clockOffsetMs: number;
  /** Whether to include what could wait for a later message. */
  readonly isAll: boolean;
}

/**
 * Collects what changes at one leader, until `take` returns it as one message for the lab. The first message
 * holds the whole state, with the 200 keys that changed last, and so does the next one after
 * `holdEverything`. Reports that do not fit into a message stay in the batch; `waiting` counts them.
 */
export class EventBatch {
  readonly #replica: Subject;
  /** For the keys that changed last: when they changed, oldest first. */
  readonly #recent = new Map<Key, number>();
  #changed = new Set<Key>();
  #applied: News['applied'][number][] = [];
  readonly #conflicts = new ConflictFeed();
  readonly #losses = new LossFeed();
  #reusedDots: ReusedDotNews[] = [];
  readonly #notices = new Notices();
  /** Whether the next message holds everything, not only what changed. */
  #reset = true;
  #refused = 0;
  #acknowledged: [number, number][] = [];

  constructor(replica: Subject, nowMs: number) {
    this.#replica = replica;
    for (const key of latestKeys(replica.log)) this.#note(key, nowMs);
    // The lab may still have decisions of another resolver about these conflicts.
    for (const event of replica.conflicts()) this.report(event, nowMs);
  }

  /** The next message holds everything. */
  holdEverything(): void {
    this.#reset = true;
  }

  refused(reason: string): void {
    this.#refused += 1;
    this.notice(`refused: ${reason}`);
  }

  /** Adds a sentence for a person that follows from no event of the replica. */
  notice(text: string): void {
    this.#notices.add(text);
  }

  report(event: LeaderEvent, nowMs: number): void {
    this.#notices.addEvent(event);
    switch (event.type) {
      case 'applied':
        for (const key of event.keys) this.#note(key, nowMs);
        if (this.#applied.length < LIST_LIMIT)
          this.#applied.push({dot: event.dot, atMs: nowMs, hops: event.hops});
        return;
      case 'acknowledged':
        return this.#acknowledge(event.dot.seq);
      case 'conflict':
        return this.#conflicts.add(clipReport(event));
      case 'losses':
        // A message that holds everything names all lost writes anyway.
        if (!this.#reset) this.#losses.add(event);
        return;
      case 'refolded':
      case 'storage-failed':
        this.#reset = true;
        return;
      case 'dot-reused': {
        const {dot, peer, ours, theirs} = event;
        if (this.#reusedDots.length < REUSED_LIMIT)
          this.#reusedDots.push({dot, peer, ours: clipOp(ours), theirs: clipOp(theirs)});
        return;
      }
      default:
        return;
    }
  }

  /** The number of reports that wait for a later message. */
  get waiting(): number {
    return this.#conflicts.size + this.#losses.size + this.#reusedDots.length;
  }

  /** Takes out the collected changes, as one message. */
  take({nowMs, clockOffsetMs, isAll}: BatchOptions): News {
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
      notices: this.#notices.take(),
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

  /** Takes as many as fit, and at least one. The rest waits for the next message. */
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

/** The keys written last, oldest first, as many as the lab shows. It does not visit the whole log. */
function latestKeys(ops: readonly Op[]): Key[] {
  const keys = new Set<Key>();
  for (let i = ops.length - 1; i >= 0 && keys.size < KEY_LIMIT; i--) {
    for (const {key} of ops[i]?.writes.toReversed() ?? []) keys.add(key);
  }
  return [...keys].reverse();
}
