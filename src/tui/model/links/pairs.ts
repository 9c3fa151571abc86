/**
 * Groups directed links into pairs. A person sees a pair as one line between two leaders. Also finds the
 * trouble of a pair.
 */

import type {LeaderId} from '../../../base/ids.ts';
import type {ClusterView, LeaderView, LinkView} from '../../../port/view.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {showMs} from '../../../report/words/show-time.ts';
import type {Tone} from '../text/style.ts';
import {showAge} from '../text/words.ts';
import {gravest} from './rule-words.ts';

export interface Pair {
  readonly a: LeaderId;
  readonly b: LeaderId;
  /** As a command names it: `us-eu`, or `us>eu` where only one direction exists. */
  readonly name: string;
  readonly links: readonly LinkView[];
}

const known = new WeakMap<ClusterView, readonly Pair[]>();

/** Cached, because a frame asks for it many times, with hundreds of links. */
export function pairsOf(view: ClusterView): readonly Pair[] {
  const before = known.get(view);
  if (before !== undefined) return before;
  const pairs = gathered(view);
  known.set(view, pairs);
  return pairs;
}

function gathered(view: ClusterView): Pair[] {
  const places = new Map(view.leaders.map(({id}, i) => [id, i]));
  const place = (id: LeaderId) => places.get(id) ?? -1;
  const byEnds = new Map<string, LinkView[]>();
  for (const link of view.links) {
    const ends = place(link.from) <= place(link.to) ? `${link.from}-${link.to}` : `${link.to}-${link.from}`;
    byEnds.set(ends, [...(byEnds.get(ends) ?? []), link]);
  }
  return [...byEnds.values()].flatMap(links => {
    const sorted = [...links].sort((one, other) => place(one.from) - place(other.from));
    const [first] = sorted;
    if (first === undefined) return [];
    return [
      {
        a: first.from,
        b: first.to,
        name: sorted.length === 1 ? first.id : `${first.from}-${first.to}`,
        links: sorted,
      },
    ];
  });
}

/** True if at least one direction of the pair is cut. */
export const isCut = (pair: Pair): boolean => pair.links.some(({rule}) => rule.cut);
/** True if messages are held in at least one direction of the pair. */
export const isHeld = (pair: Pair): boolean => pair.links.some(({rule}) => rule.hold);

/** True if nothing gets through this direction now, for whatever reason. */
export const isBlocked = (link: LinkView): boolean =>
  link.rule.cut || link.rule.hold || link.connection === 'connecting' || link.stopped !== undefined;

/** True if the pair has a fault, or its ends do not talk to each other. */
export const isAmiss = (pair: Pair): boolean => pair.links.some(link => isBlocked(link) || link.faulty);

/** Leaders that have just come up may take this long to connect before a warning is shown. */
const SETTLING_MS = 4000;

export interface Trouble {
  /** The most important first; short enough to fit beside a line. */
  readonly words: readonly string[];
  readonly tone: Tone;
}

/**
 * The trouble of the pair; `undefined` if all is well. `leaders` shows whether an end that does not answer is
 * dead.
 */
export function troubleOf(pair: Pair, leaders: readonly LeaderView[], nowMs: number): Trouble | undefined {
  const cut = pair.links.filter(({rule}) => rule.cut);
  const held = pair.links.filter(({rule}) => rule.hold && !rule.cut);
  const stopped = pair.links.filter(link => link.stopped !== undefined);
  const words: string[] = [];
  if (stopped.length > 0) words.push(`■ ${direction(stopped, pair)}stopped`);
  if (cut.length > 0) words.push(`✂ ${direction(cut, pair)}cut ${since(cut, nowMs)}`);
  if (held.length > 0) words.push(`${GLYPHS.held} ${direction(held, pair)}hold ${since(held, nowMs)}`);
  const upSince = bothUpSince(pair, leaders);
  if (
    words.length === 0 &&
    upSince !== undefined &&
    pair.links.some(({connection}) => connection === 'connecting')
  ) {
    if (nowMs - upSince < SETTLING_MS) return {words: ['connecting'], tone: 'dim'};
    words.push('… no answer');
  }
  const worst = words.length === 0 ? gravest(pair.links) : undefined;
  if (worst !== undefined) words.push(worst);
  // Counts operations, not the messages that repeat them or ask for them.
  const waiting = pair.links.filter(isBlocked).reduce((sum, {waiting}) => sum + waiting, 0);
  if (waiting > 0) words.push(`${waiting} waiting`);
  if (words.length === 0) return undefined;
  return {words, tone: cut.length + stopped.length > 0 ? 'bad' : 'warn'};
}

/**
 * Returns the longest latency that a rule gives one of the links, such as `40 ms`; `0 ms` if there are no
 * links.
 */
export const latency = (links: readonly LinkView[]): string =>
  showMs(Math.max(0, ...links.map(({rule}) => rule.latencyMs)));

const direction = (links: readonly LinkView[], pair: Pair): string =>
  links.length < pair.links.length ? `${links[0]?.id ?? ''} ` : '';

const since = (links: readonly LinkView[], nowMs: number): string =>
  showAge(nowMs - Math.min(...links.map(link => link.ruleSinceMs)));

/** Since when both ends are up; `undefined` when one is not. */
function bothUpSince(pair: Pair, leaders: readonly LeaderView[]): number | undefined {
  const ends = leaders.filter(({id}) => id === pair.a || id === pair.b);
  return ends.every(({status}) => status === 'up')
    ? Math.max(...ends.map(({sinceMs}) => sinceMs))
    : undefined;
}
