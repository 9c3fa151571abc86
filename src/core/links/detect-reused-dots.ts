/**
 * Finds reused dots: a leader that lost its log and could not recover it gave a dot to a second operation.
 * Each receiver keeps the operation that arrived first, so the second may never travel. Therefore leaders
 * compare their logs by sums.
 *
 * Greetings and answers to heartbeats carry, for each origin, a sum over the sender's operations. If it
 * differs from the sum over the same operations here, a binary search finds the first difference, and the
 * operations there are fetched and compared.
 */
import {assert} from '../../base/assert.ts';
import type {LeaderId, LinkId} from '../../base/ids.ts';
import type {Message} from '../io/message.ts';
import type {OpLog, Sums} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import {addHash, hashOp, subtractHash} from '../log/op-hash.ts';
import {type Dot, origins, seqOf, type VersionVector} from '../log/version-vector.ts';
import type {Fetched} from './fetch-answer.ts';
import {BATCH_OPS} from './progress.ts';

/** The number of reused dots to report for one pair of leaders and one origin. */
const REPORT_LIMIT = 100;
/** A search without an answer ends after this time; the next message with sums starts a new one. */
const SEARCH_LIMIT_MS = 3000;

export interface ReusedDotHooks {
  send(link: LinkId, message: Message): void;
  found(dot: Dot, peer: LeaderId, ours: Op, theirs: Op): void;
}

/** What is known of one origin's operations at one other leader. */
interface Pair {
  /** The operations up to `upTo` were compared. `difference`: the sum here minus the sum there. */
  readonly upTo: number;
  readonly difference: number;
  readonly reported: number;
}

/** The first difference is after `low` and not after `high`. low < high <= end */
interface Search {
  readonly link: LinkId;
  readonly low: number;
  readonly high: number;
  /** The peer's state when the search began: the sum up to `end`, which is persisted here too. */
  readonly end: number;
  readonly endSum: number;
  /** low <= after, and after + count <= high */
  readonly asked: {readonly after: number; readonly count: number};
  readonly askedAtMs: number;
}

const NOTHING_COMPARED: Pair = {upTo: 0, difference: 0, reported: 0};

/**
 * Finds dots that name one operation here and another at a peer. It compares sums of hashes for each origin,
 * searches for the first difference with `fetch` messages, and calls `found` for each such dot, at most 100
 * times for a peer and an origin after each greeting. Give it what peers report (`peerHas`) and all their
 * answers (`fetched`); answers that no search asked for are ignored.
 */
export class ReusedDots {
  readonly #log: OpLog;
  readonly #hooks: ReusedDotHooks;
  readonly #pairs = new Map<LeaderId, Map<LeaderId, Pair>>();
  /** At most one search with each other leader. */
  readonly #searches = new Map<LeaderId, Search & {readonly origin: LeaderId}>();

  constructor(log: OpLog, hooks: ReusedDotHooks) {
    this.#log = log;
    this.#hooks = hooks;
  }

  /**
   * The peer reports over this link what it has. After a greeting everything is compared again, because the
   * peer may have come back with another log.
   */
  peerHas(
    peer: LeaderId,
    link: LinkId,
    have: VersionVector,
    sums: Sums,
    isGreeting: boolean,
    nowMs: number,
  ): void {
    if (isGreeting) {
      this.#pairs.delete(peer);
      this.#searches.delete(peer);
    }
    for (const origin of origins(have)) {
      const seq = seqOf(have, origin);
      const sum = sums[origin];
      if (sum !== undefined && seq <= seqOf(this.#log.persistedVv, origin))
        this.#compare(peer, link, {origin, seq, sum}, nowMs);
    }
  }

  fetched(peer: LeaderId, answer: Fetched, nowMs: number): void {
    const search = this.#searches.get(peer);
    if (search === undefined || answer.origin !== search.origin || answer.after !== search.asked.after)
      return;
    if (seqOf(this.#log.persistedVv, answer.origin) < search.end) return this.#end(peer);
    if (search.asked.count === 0) return this.#halve(peer, search, answer, nowMs);
    if (answer.ops.length === 0) return this.#end(peer);
    this.#compareOps(peer, search, answer, nowMs);
  }

  #compare(
    peer: LeaderId,
    link: LinkId,
    {origin, seq, sum}: {origin: LeaderId; seq: number; sum: number},
    nowMs: number,
  ): void {
    const pair = this.#pairOf(peer, origin);
    if (seq <= pair.upTo) return;
    if (this.#difference(origin, seq, sum) === pair.difference)
      return this.#note(peer, origin, {...pair, upTo: seq});
    const under = this.#searches.get(peer);
    if (under !== undefined && nowMs - under.askedAtMs < SEARCH_LIMIT_MS) return;
    this.#search(peer, origin, {link, low: pair.upTo, high: seq, end: seq, endSum: sum}, nowMs);
  }

  #search(peer: LeaderId, origin: LeaderId, range: Omit<Search, 'asked' | 'askedAtMs'>, nowMs: number): void {
    const {link, low, high, end} = range;
    assert(low < high && high <= end, 'a search goes on only while there is a place for the difference');
    assert(end <= seqOf(this.#log.persistedVv, origin), '2: only what is persisted is compared');
    const isNear = high - low <= BATCH_OPS;
    const asked = isNear
      ? {after: low, count: high - low}
      : {after: low + Math.floor((high - low) / 2), count: 0};
    this.#searches.set(peer, {...range, origin, asked, askedAtMs: nowMs});
    this.#hooks.send(link, {type: 'fetch', origin, ...asked});
  }

  #halve(
    peer: LeaderId,
    search: Search & {readonly origin: LeaderId},
    {after, sum}: Fetched,
    nowMs: number,
  ): void {
    const {origin, asked: _, askedAtMs: __, ...range} = search;
    const isSame = this.#difference(origin, after, sum) === this.#pairOf(peer, origin).difference;
    this.#search(peer, origin, isSame ? {...range, low: after} : {...range, high: after}, nowMs);
  }

  #compareOps(
    peer: LeaderId,
    search: Search & {readonly origin: LeaderId},
    {origin, after, sum, ops}: Fetched,
    nowMs: number,
  ): void {
    let {reported} = this.#pairOf(peer, origin);
    let [seq, theirSum] = [after, sum];
    // A peer may send more than it was asked for.
    for (const theirs of ops.slice(0, search.asked.count)) {
      seq += 1;
      theirSum = addHash(theirSum, hashOp(theirs));
      const ours = this.#log.get({origin, seq});
      if (ours === undefined || hashOp(ours) === hashOp(theirs) || reported >= REPORT_LIMIT) continue;
      reported += 1;
      this.#hooks.found(ours.dot, peer, ours, theirs);
    }
    const {link, end, endSum} = search;
    const isEnough = reported >= REPORT_LIMIT;
    const [upTo, upToSum] = isEnough ? [end, endSum] : [seq, theirSum];
    assert(search.low < upTo && upTo <= end, 'each answer brings the search forward');
    const difference = this.#difference(origin, upTo, upToSum);
    this.#note(peer, origin, {upTo, difference, reported});
    this.#end(peer);
    if (upTo >= end) return;
    if (this.#difference(origin, end, endSum) === difference)
      this.#note(peer, origin, {upTo: end, difference, reported});
    else this.#search(peer, origin, {link, low: upTo, high: end, end, endSum}, nowMs);
  }

  #end(peer: LeaderId): void {
    this.#searches.delete(peer);
  }

  /** The log must hold the operations of the origin up to `seq`. */
  #difference(origin: LeaderId, seq: number, sum: number): number {
    return subtractHash(this.#log.sumOf(origin, seq), sum);
  }

  #pairOf(peer: LeaderId, origin: LeaderId): Pair {
    return this.#pairs.get(peer)?.get(origin) ?? NOTHING_COMPARED;
  }

  #note(peer: LeaderId, origin: LeaderId, pair: Pair): void {
    const ofPeer = this.#pairs.get(peer) ?? new Map<LeaderId, Pair>();
    ofPeer.set(origin, pair);
    this.#pairs.set(peer, ofPeer);
  }
}
