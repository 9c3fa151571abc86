/**
 * Virtual time as the screen treats it: whether a cluster has it and whether it stands, what arrives next when it passes, and which
 * message of a link a person may take into their hand.
 */
import type {ClusterView, InFlight, LinkView} from '../../cluster/port.ts';
import type {Pair} from './pairs.ts';
import {type Line, run} from './style.ts';
import {lineWidth} from './text.ts';
import {showMs} from './words.ts';

/** What keys, hints and help hold for. */
export type TimeKind = 'real' | 'virtual';

export const timeOf = ({virtualTime}: ClusterView): TimeKind => (virtualTime === undefined ? 'real' : 'virtual');

/** Whether time is virtual and passes only when somebody waits or steps. */
export const stands = ({virtualTime}: ClusterView): boolean => virtualTime?.runs === false;

export interface Arrival {
  readonly link: LinkView;
  readonly message: InFlight;
}

/** Whether a person lets nothing pass. What is under way on a link that still connects arrives all the same. */
export const isKeptBack = ({rule}: LinkView): boolean => rule.cut || rule.hold;

/** What arrives first when time passes, of the messages that the view has. */
export function nextArrival({links}: ClusterView): Arrival | undefined {
  let next: Arrival | undefined;
  for (const link of links) {
    if (isKeptBack(link)) continue;
    for (const message of link.inFlight) if (next === undefined || message.dueAtMs < next.message.dueAtMs) next = {link, message};
  }
  return next;
}

/** Leaders that connect greet each other, and the view has no greetings: one of them may come first. */
export function isNextSure({leaders, links}: ClusterView): boolean {
  const up = new Set(leaders.flatMap(({id, status}) => (status === 'up' ? [id] : [])));
  return !links.some(link => link.connection === 'connecting' && !isKeptBack(link) && up.has(link.from) && up.has(link.to));
}

/** `next: us>eu in 45 ms`, while time stands, in so many words as fit; an acknowledgement goes back over the link that it is of. */
export function nextLine(view: ClusterView, nowMs: number, width: number): Line {
  const next = stands(view) ? nextArrival(view) : undefined;
  if (next === undefined) return [];
  const {link, message} = next;
  const head: Line = [
    run(isNextSure(view) ? 'next: ' : 'next: perhaps ', 'dim'),
    run(message.direction === 'forth' ? link.id : `ack ${link.id}`, 'strong'),
  ];
  const leftMs = message.dueAtMs - nowMs;
  const whens = leftMs < 0.5 ? ['now'] : [`in ${showMs(leftMs)}`, showMs(leftMs)];
  const forms = whens.map((when): Line => [...head, run(` ${when}`, 'dim')]);
  return forms.find(form => lineWidth(form) <= width) ?? head;
}

/**
 * Of the two directions the one whose next message is meant by a key: operations under way or held before acknowledgements, the sooner
 * before the later, and forth before back.
 */
export function inHand({links}: Pair): LinkView | undefined {
  const ranked = links.flatMap(link => {
    const rank = rankOf(link);
    return rank === undefined ? [] : [{link, rank}];
  });
  return ranked.sort((one, other) => one.rank.kind - other.rank.kind || one.rank.dueAtMs - other.rank.dueAtMs)[0]?.link;
}

function rankOf({inFlight, held}: LinkView): {readonly kind: number; readonly dueAtMs: number} | undefined {
  const forth = inFlight.filter(({direction}) => direction === 'forth');
  if (forth.length > 0) return {kind: 0, dueAtMs: soonest(forth)};
  if (held > 0) return {kind: 0, dueAtMs: Number.MAX_VALUE};
  return inFlight.length > 0 ? {kind: 1, dueAtMs: soonest(inFlight)} : undefined;
}

const soonest = (messages: readonly InFlight[]): number => Math.min(...messages.map(({dueAtMs}) => dueAtMs));
