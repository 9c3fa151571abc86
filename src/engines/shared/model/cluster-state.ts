/**
 * The picture of a cluster, put together from what leaders and links tell of themselves. Time is handed in.
 */
import type {Key, LeaderId} from '../../../base/ids.ts';
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
/** The same words again so soon are the same notice. */
const NOTICE_REPEAT_MS = 1000;

interface Known {
  news: News | undefined;
  /** The last of its own operations that a client was told of, also in an earlier lab. */
  acknowledged: number;
  /** The same since its process started: its news may not tell of that yet. */
  unheard: number;
  /** The keys of acknowledged operations that its news do not cover yet, and the last operation on each. */
  told: Map<Key, number>;
  keys: Map<Key, KeyNews>;
}

/** What the engine knows of a leader besides its news. */
export type LeaderFacts = Pick<LeaderView, 'id' | 'status' | 'sinceMs' | 'resolver'> & {
  readonly cause: string | undefined;
  readonly pid: number | undefined;
  readonly port: number | undefined;
  readonly halted: readonly HaltedOrigin[] | undefined;
};

export class ClusterState {
  readonly conflicts = new ConflictLog();
  readonly #reusedDots = new ReusedDotLog();
  readonly #lag = new LagMeter();
  readonly #traffic = new TrafficMeter();
  readonly #known = new Map<LeaderId, Known>();
  /** Operations that a client was told of, those of earlier labs included. */
  #told = new DotSet();
  #toldTwice: readonly Dot[] = [];
  #notices: readonly Notice[] = [];

  news(leader: LeaderId, news: News, nowMs: number): void {
    const known = this.#of(leader);
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
    // Whatever a new process does not have is gone.
    if (news.reset) known.unheard = 0;
    for (const [key, seq] of known.told) if (seq <= seqOf(news.vv, leader)) known.told.delete(key);
    for (const {dot, atMs, hops} of news.applied) this.#lag.applied(leader, dot, atMs, hops);
    const {sentOps, redundantOps} = news;
    this.#traffic.heard(
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

  /** A client was told that this operation on these keys is done. */
  toldClient(dot: Dot, keys: readonly Key[] = []): void {
    const known = this.#of(dot.origin);
    known.acknowledged = Math.max(known.acknowledged, dot.seq);
    known.unheard = Math.max(known.unheard, dot.seq);
    this.#countTold(dot);
    const isNews = dot.seq > seqOf(known.news?.vv ?? EMPTY, dot.origin);
    if (isNews) for (const key of keys) if (known.told.size < KEY_LIMIT) known.told.set(key, dot.seq);
    this.conflicts.acknowledged(dot);
  }

  /** The conflict log was read: it knows what was acknowledged when this data folder was last open. */
  restored(): void {
    const acknowledged = this.conflicts.acknowledgedDots();
    this.#told = new DotSet(acknowledged);
    for (const origin of Object.keys(acknowledged) as LeaderId[]) {
      const last = acknowledged[origin]?.at(-1)?.[1] ?? 0;
      this.#of(origin).acknowledged = last;
    }
  }

  /** Acknowledged a second time, since their origin and all who had them lost what they stood for. */
  get acknowledgedTwice(): readonly Dot[] {
    return this.#toldTwice;
  }

  #countTold(dot: Dot): void {
    if (!this.#told.has(dot)) return this.#told.add(dot.origin, dot.seq, dot.seq);
    if (this.#toldTwice.length < TWICE_LIMIT) this.#toldTwice = [...this.#toldTwice, dot];
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

  /** How many operations the link's sender has still to deliver, and whether its two ends talk. */
  link(from: LeaderId, to: LeaderId): {readonly isOpen: boolean; readonly waiting: number} {
    const told = this.#known.get(from)?.news?.links.find(({peer}) => peer === to) ?? {
      isOpen: false,
      waiting: 0,
    };
    // The sender may not know yet what the receiver got on other ways.
    return {isOpen: told.isOpen, waiting: Math.min(told.waiting, missing(this.#vv(from), this.#vv(to)))};
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

  /** Of each origin and each leader that its operations reached. */
  lags(nowMs: number): readonly PairLag[] {
    return this.#lag.lags(nowMs);
  }

  traffic(nowMs: number): ReturnType<TrafficMeter['counts']> {
    return this.#traffic.counts(nowMs);
  }

  /** The topology was changed: the totals begin anew. */
  resetTraffic(): void {
    this.#lag.forget();
    this.#traffic.reset();
  }

  /** The leaders there are, with their status. Call it whenever one comes, goes, or changes its status. */
  setLeaders(leaders: readonly LeaderPart[], nowMs: number): void {
    this.setLive(leaders.filter(({state}) => state.status === 'up').map(({id}) => id));
    this.setMembers(
      leaders.map(({id}) => id),
      nowMs,
    );
  }

  /** The leaders that are up: they decide what counts as lost. */
  setLive(live: readonly LeaderId[]): void {
    this.conflicts.setLive(live);
  }

  /** The leaders there are. */
  setMembers(members: readonly LeaderId[], nowMs: number): void {
    this.conflicts.setMembers(members);
    this.#lag.setMembers(members, nowMs);
  }

  opsPerSecond(nowMs: number): number {
    return this.#lag.opsPerSecond(nowMs);
  }

  /**
   * What it has applied. One that died or was paused may not have told of the last writes that its clients
   * were told of.
   */
  #vv(leader: LeaderId): VersionVector {
    const {news, unheard} = this.#of(leader);
    const told = news?.vv ?? EMPTY;
    return seqOf(told, leader) < unheard ? merge(told, {[leader]: unheard}) : told;
  }

  /**
   * All keys ever written there, including writes that the leader may not have reported. New keys are known
   * only while the picture holds all keys.
   */
  #keyCount(leader: LeaderId): number {
    const {news, keys, told} = this.#of(leader);
    const count = news?.keyCount ?? 0;
    return count > keys.size ? count : count + [...told.keys()].filter(key => !keys.has(key)).length;
  }

  /** One notice, however many there are. */
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

  #of(leader: LeaderId): Known {
    const known = this.#known.get(leader) ?? {
      news: undefined,
      acknowledged: 0,
      unheard: 0,
      told: new Map(),
      keys: new Map(),
    };
    this.#known.set(leader, known);
    return known;
  }
}
