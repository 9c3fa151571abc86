/**
 * The state of a cluster as its leaders report it: what each has, conflicts, lag, traffic, notices. The view
 * is built from it. The caller passes the time.
 */
import type {Key, LeaderId} from '../../../base/ids.ts';
import type {ActionType} from '../../../command/action.ts';
import type {HaltedOrigin} from '../../../core/io/leader-event.ts';
import {HLC_ZERO} from '../../../core/log/hybrid-clock.ts';
import {
  type Dot,
  EMPTY,
  merge,
  missing,
  origins,
  seqOf,
  showDot,
  type VersionVector,
} from '../../../core/log/version-vector.ts';
import {ConflictLog} from '../../../history/conflict-log.ts';
import {DotSet} from '../../../history/dot-set.ts';
import {LagMeter, type PairLag} from '../../../history/lag.ts';
import {type ReusedDot, ReusedDotLog, reusedInWords, rewriteAdvice} from '../../../history/reused-dots.ts';
import {TrafficMeter} from '../../../history/traffic.ts';
import type {Convergence, LeaderView, Notice} from '../../../port/view.ts';
import type {KeyNews, News} from '../../../wire/leader-control.ts';
import type {LeaderPart} from './leader-state.ts';

const KEY_LIMIT = 200;
const NOTICE_LIMIT = 100;
const TWICE_LIMIT = 200;
/** The same text within this time is the same notice. */
const NOTICE_REPEAT_MS = 1000;

interface Known {
  news: News | undefined;
  /** The last of its own operations that was acknowledged to a client, in an earlier lab too. */
  acknowledged: number;
  /**
   * The last of them that was acknowledged since its process started. Its news may not include that operation
   * yet.
   */
  unreported: number;
  /**
   * The keys of acknowledged operations that its news do not include yet, with the last operation on each.
   */
  unreportedKeys: Map<Key, number>;
  keys: Map<Key, KeyNews>;
}

/** What the engine knows of a leader besides its news. */
export type LeaderFacts = Pick<LeaderView, 'id' | 'status' | 'sinceMs' | 'resolver'> & {
  readonly cause: string | undefined;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  readonly halted: readonly HaltedOrigin[] | undefined;
};

/** Everything that leaders reported, and what follows from it. */
export class ClusterState {
  readonly conflicts = new ConflictLog();
  readonly #reusedDots = new ReusedDotLog();
  readonly #lag = new LagMeter();
  readonly #traffic = new TrafficMeter();
  readonly #known = new Map<LeaderId, Known>();
  /** Operations that were acknowledged to clients, in earlier labs too. */
  #acknowledged = new DotSet();
  #acknowledgedTwice: readonly Dot[] = [];
  #notices: readonly Notice[] = [];

  news(leader: LeaderId, news: News, nowMs: number): void {
    const known = this.#admit(leader);
    if (news.reset) known.keys = new Map();
    for (const key of [...news.keys].reverse()) {
      known.keys.delete(key.key);
      known.keys.set(key.key, key);
    }
    for (const oldest of known.keys.keys()) {
      if (known.keys.size <= KEY_LIMIT) break;
      known.keys.delete(oldest);
    }
    known.news = news;
    // What a new process does not have is lost.
    if (news.reset) known.unreported = 0;
    for (const [key, seq] of known.unreportedKeys)
      if (seq <= seqOf(news.vv, leader)) known.unreportedKeys.delete(key);
    for (const {dot, atMs, hops} of news.applied) this.#lag.applied(leader, dot, atMs, hops);
    const {sentOps, redundantOps} = news;
    this.#traffic.observe(
      leader,
      {accepted: seqOf(news.vv, leader), sent: sentOps, redundant: redundantOps},
      nowMs,
    );
    this.conflicts.setResolver(leader, news.resolver.name);
    for (const report of news.conflicts) this.conflicts.observe(leader, report, nowMs);
    this.#reused(leader, news, nowMs);
    for (const text of news.notices) this.notice({atMs: nowMs, leader, text});
    for (const [from, to] of news.acknowledged) this.conflicts.acknowledge(leader, from, to);
    this.conflicts.losses(leader, news.vv, news.losses, news.reset);
  }

  /** Records that this operation on these keys was acknowledged to a client. */
  acknowledge(dot: Dot, keys: readonly Key[] = []): void {
    const known = this.#admit(dot.origin);
    known.acknowledged = Math.max(known.acknowledged, dot.seq);
    known.unreported = Math.max(known.unreported, dot.seq);
    this.#countAcknowledged(dot);
    const isNews = dot.seq > seqOf(known.news?.vv ?? EMPTY, dot.origin);
    if (isNews)
      for (const key of keys)
        if (known.unreportedKeys.size < KEY_LIMIT) known.unreportedKeys.set(key, dot.seq);
    this.conflicts.acknowledged(dot);
  }

  /** Call it after the conflict log was read, because the log holds what was acknowledged in earlier labs. */
  restored(): void {
    const acknowledged = this.conflicts.acknowledgedDots();
    this.#acknowledged = new DotSet(acknowledged);
    for (const origin of Object.keys(acknowledged) as LeaderId[]) {
      const last = acknowledged[origin]?.at(-1)?.[1] ?? 0;
      this.#admit(origin).acknowledged = last;
    }
  }

  /**
   * Dots that were acknowledged a second time. Every leader that had the first operation of such a dot lost
   * it, its origin included.
   */
  get acknowledgedTwice(): readonly Dot[] {
    return this.#acknowledgedTwice;
  }

  #countAcknowledged(dot: Dot): void {
    if (!this.#acknowledged.has(dot)) return this.#acknowledged.add(dot.origin, dot.seq, dot.seq);
    if (this.#acknowledgedTwice.length < TWICE_LIMIT)
      this.#acknowledgedTwice = [...this.#acknowledgedTwice, dot];
  }

  get acknowledged(): VersionVector {
    const all = [...this.#known].map(([leader, {acknowledged}]) => [leader, acknowledged] as const);
    return Object.fromEntries(all.filter(([, seq]) => seq > 0));
  }

  get reusedDots(): readonly ReusedDot[] {
    return this.#reusedDots.list();
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  notice(notice: Notice): void {
    const before = this.#notices.findLast(
      ({leader, text}) => leader === notice.leader && text === notice.text,
    );
    if (before !== undefined && notice.atMs - before.atMs < NOTICE_REPEAT_MS) return;
    this.#notices = [...this.#notices, notice].slice(-NOTICE_LIMIT);
  }

  /** How many operations the link's sender still has to deliver, and whether its two ends are connected. */
  link(from: LeaderId, to: LeaderId): {readonly isOpen: boolean; readonly waiting: number} {
    const reported = this.#known.get(from)?.news?.links.find(({peer}) => peer === to) ?? {
      isOpen: false,
      waiting: 0,
    };
    // The sender may not know yet what the receiver got over other links.
    const lacking = missing(this.#vv(from), this.#vv(to));
    return {isOpen: reported.isOpen, waiting: Math.min(reported.waiting, lacking)};
  }

  leader(facts: LeaderFacts, live: VersionVector): LeaderView {
    const {news, keys} = this.#of(facts.id);
    const {cause, pid, port, halted, ...rest} = facts;
    const vv = this.#vv(facts.id);
    return {
      ...rest,
      ...(cause === undefined ? {} : {cause}),
      ...(pid === undefined ? {} : {pid}),
      ...(port === undefined ? {} : {port}),
      resolver: news?.resolver ?? facts.resolver,
      vv,
      clockOffsetMs: news?.clockOffsetMs ?? 0,
      driftPpm: 0,
      halted: halted ?? news?.halted ?? [],
      buffered: news?.buffered ?? 0,
      hlc: news?.hlc ?? HLC_ZERO,
      opCount: (news?.opCount ?? 0) + missing(vv, news?.vv ?? EMPTY),
      keyCount: this.#keyCount(facts.id),
      keys: [...keys.values()].reverse(),
      behind: missing(live, vv),
      refused: news?.refused ?? 0,
    };
  }

  /** Everything that any of these leaders has applied. */
  union(leaders: readonly LeaderId[]): VersionVector {
    return leaders.reduce((union, id) => merge(union, this.#vv(id)), EMPTY);
  }

  convergence(live: readonly LeaderId[]): Convergence {
    const union = this.union(live);
    const seen = live.map(id => this.#vv(id));
    const missingOps = origins(union).reduce(
      (sum, id) => sum + seqOf(union, id) - Math.min(...seen.map(vv => seqOf(vv, id))),
      0,
    );
    const isSame = missingOps === 0 && new Set(live.map(id => this.#of(id).news?.digest)).size <= 1;
    return isSame
      ? {type: 'converged', live: live.length}
      : {type: 'diverged', live: live.length, missingOps};
  }

  lag(nowMs: number): ReturnType<LagMeter['lag']> {
    return this.#lag.lag(nowMs);
  }

  /** For each pair of an origin and a leader that its operations reached. */
  lags(nowMs: number): readonly PairLag[] {
    return this.#lag.lags(nowMs);
  }

  traffic(nowMs: number): ReturnType<TrafficMeter['counts']> {
    return this.#traffic.counts(nowMs);
  }

  /** Call it after a command changed a setting. A change of the topology resets the totals. */
  settingChanged(setting: ActionType): void {
    if (setting !== 'topology') return;
    this.#lag.forget();
    this.#traffic.reset();
  }

  /** Sets the leaders with their status. Call it whenever a leader joins, leaves, or changes its status. */
  setLeaders(leaders: readonly LeaderPart[], nowMs: number): void {
    this.setLive(leaders.filter(({state}) => state.status === 'up').map(({id}) => id));
    this.setMembers(
      leaders.map(({id}) => id),
      nowMs,
    );
  }

  /** Sets the leaders that are up: they decide which writes count as lost. */
  setLive(live: readonly LeaderId[]): void {
    this.conflicts.setLive(live);
  }

  /** Sets the members. */
  setMembers(members: readonly LeaderId[], nowMs: number): void {
    this.conflicts.setMembers(members);
    this.#lag.setMembers(members, nowMs);
  }

  opsPerSecond(nowMs: number): number {
    return this.#lag.opsPerSecond(nowMs);
  }

  /**
   * What a leader has applied. One that died or was paused may not have reported the last writes that it
   * acknowledged.
   */
  #vv(leader: LeaderId): VersionVector {
    const {news, unreported} = this.#of(leader);
    const reported = news?.vv ?? EMPTY;
    return seqOf(reported, leader) < unreported ? merge(reported, {[leader]: unreported}) : reported;
  }

  /**
   * The number of keys that were ever written at the leader, including writes that it has not reported yet.
   * Those can be counted only while the lab knows all its keys.
   */
  #keyCount(leader: LeaderId): number {
    const {news, keys, unreportedKeys} = this.#of(leader);
    const count = news?.keyCount ?? 0;
    if (count > keys.size) return count;
    return count + [...unreportedKeys.keys()].filter(key => !keys.has(key)).length;
  }

  /** Gives one notice, however many dots are reused. */
  #reused(leader: LeaderId, {reusedDots}: News, nowMs: number): void {
    const fresh = new Set(
      reusedDots.filter(report => this.#reusedDots.observe(leader, report)).map(({dot}) => showDot(dot)),
    );
    if (fresh.size === 0) return;
    const all = this.#reusedDots.list().filter(({dot}) => fresh.has(showDot(dot)));
    const [first, ...others] = all;
    if (first === undefined) return;
    const more =
      others.length === 0 ? '' : `; ${others.length} more of its dots also stand for two operations`;
    this.notice({
      atMs: nowMs,
      leader: first.dot.origin,
      text: `${reusedInWords(first)}${more}; ${rewriteAdvice(all)}`,
    });
  }

  /** What is known of this leader, to read. */
  #of(leader: LeaderId): Readonly<Known> {
    return this.#known.get(leader) ?? newlyKnown();
  }

  /** What is known of this leader, to add to. */
  #admit(leader: LeaderId): Known {
    const known = this.#known.get(leader) ?? newlyKnown();
    this.#known.set(leader, known);
    return known;
  }
}

const newlyKnown = (): Known => ({
  news: undefined,
  acknowledged: 0,
  unreported: 0,
  unreportedKeys: new Map(),
  keys: new Map(),
});
