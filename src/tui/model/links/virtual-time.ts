/**
 * Virtual time on the screen: whether a cluster has it and whether it stands, what arrives next, and which
 * message of a link a person may deliver or drop.
 */

import type {ClusterView, InFlight, LinkView, NextMessage} from '../../../port/view.ts';
import {showMs} from '../../../report/words/show-time.ts';
import {type Line, run} from '../text/style.ts';
import {lineWidth} from '../text/text.ts';
import type {Pair} from './pairs.ts';

/** Keys, hints and help apply to one of these, or to both. */
export type TimeKind = 'real' | 'virtual';

/** Returns `virtual` if the cluster has virtual time, whether it runs or stands still; otherwise `real`. */
export const timeOf = ({virtualTime}: ClusterView): TimeKind =>
  virtualTime === undefined ? 'real' : 'virtual';

/** True if time is virtual and passes only when somebody waits or steps. */
export const isTimeStopped = ({virtualTime}: ClusterView): boolean => virtualTime?.runs === false;

/** True if a person keeps back everything on the link. */
export const isKeptBack = ({rule}: LinkView): boolean => rule.cut || rule.hold;

/** The next message to arrive when time passes, if it is among the messages in flight that the view holds. */
export function nextInFlight({links, virtualTime}: ClusterView): InFlight | undefined {
  const next = virtualTime?.next;
  const link = next && links.find(({id}) => id === next.link);
  return link?.inFlight.find(
    ({direction, dueAtMs}) => direction === next?.direction && dueAtMs === next.dueAtMs,
  );
}

const KINDS: {readonly [kind in NextMessage['kind']]: string} = {
  operations: '',
  acknowledgement: 'ack ',
  greeting: 'hello ',
  knowledge: 'known ',
};

/**
 * The time until then by the clock on the screen, which shows whole milliseconds. After that time the clock
 * shows the moment of arrival.
 */
export const untilMs = (dueAtMs: number, nowMs: number): number =>
  Math.max(0, Math.floor(dueAtMs) - Math.floor(nowMs));

/**
 * `next: us>eu in 45 ms`, while time stands still, in as many words as fit. An acknowledgement goes back over
 * the link of its operations.
 */
export function nextLine(view: ClusterView, nowMs: number, width: number): Line {
  const next = isTimeStopped(view) ? view.virtualTime?.next : undefined;
  if (next === undefined) return [];
  const head: Line = [run('next: ', 'dim'), run(`${KINDS[next.kind]}${next.link}`, 'strong')];
  const leftMs = untilMs(next.dueAtMs, nowMs);
  const whens = leftMs === 0 ? ['now'] : [`in ${showMs(leftMs)}`, showMs(leftMs)];
  const forms = whens.map((when): Line => [...head, run(` ${when}`, 'dim')]);
  return forms.find(form => lineWidth(form) <= width) ?? head;
}

/**
 * The direction whose next message a key delivers or drops. Operations in flight or held come before
 * acknowledgements, then the earlier before the later, then forth before back.
 */
export function inHand({links}: Pair): LinkView | undefined {
  const ranked = links.flatMap(link => {
    const rank = rankOf(link);
    return rank === undefined ? [] : [{link, rank}];
  });
  return ranked.sort(
    (one, other) => one.rank.kind - other.rank.kind || one.rank.dueAtMs - other.rank.dueAtMs,
  )[0]?.link;
}

function rankOf({inFlight, held}: LinkView): {readonly kind: number; readonly dueAtMs: number} | undefined {
  const forth = inFlight.filter(({direction}) => direction === 'forth');
  if (forth.length > 0) return {kind: 0, dueAtMs: soonest(forth)};
  if (held > 0) return {kind: 0, dueAtMs: Number.MAX_VALUE};
  return inFlight.length > 0 ? {kind: 1, dueAtMs: soonest(inFlight)} : undefined;
}

const soonest = (messages: readonly InFlight[]): number => Math.min(...messages.map(({dueAtMs}) => dueAtMs));
