/**
 * Pieces that several results share.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Json} from '../../base/json.ts';
import {
  compareDots,
  type Dot,
  origins,
  showDot,
  showVector,
  type VersionVector,
} from '../../core/log/version-vector.ts';
import type {Reading} from '../../core/state/reading.ts';
import {joined, type Span, type SpanLine, span} from '../document/styled-document.ts';
import {type Notation, showReading} from '../words/show-value.ts';

export const PART: Span = span(' · ', 'dim');

/** Returns the name of a leader in the leader's own tone. */
export const nameSpan = (leader: LeaderId): Span => span(leader, {leader});

export const dotSpan = (dot: Dot): Span => span(showDot(dot), {leader: dot.origin});

/** In the order of the leaders. */
export const dotSpans = (dots: readonly Dot[], separator: string, notation: Notation): SpanLine =>
  joined(
    notation.inOrder(dots, ({origin}) => origin).map(dot => [dotSpan(dot)]),
    span(separator, 'dim'),
  );

/** In the order of the leaders. */
export const byLeader = <T>(
  map: {readonly [leader: LeaderId]: T},
  notation: Notation,
): readonly [LeaderId, T][] => [
  ...notation.inOrder(Object.entries(map) as [LeaderId, T][], ([leader]) => leader),
];

/** `us:1 eu:2`, sorted, for comparison. */
export const sortedDots = (dots: readonly Dot[]): string =>
  [...dots].sort(compareDots).map(showDot).join(' ');

/** `us:2 eu:1`, in the order of the leaders; other origins follow by name. Empty if nothing was seen. */
export const vectorText = (vv: VersionVector, notation: Notation): string =>
  showVector(
    vv,
    notation.inOrder(origins(vv).sort(), id => id),
  );

export type Unread = {readonly type: 'error'; readonly error: string};

/** What a reader sees, or why it is unknown. */
export const readingSpan = (reading: Reading | Unread, notation: Notation): Span =>
  reading.type === 'error' ? span(reading.error, 'bad') : span(showReading(reading, notation), 'strong');

/** Uses `fromEntries` instead of assignment, because a key may be called `__proto__`. */
export const mapped = <T>(
  map: {readonly [name: string]: T},
  toJson: (value: T) => Json,
): {readonly [name: string]: Json} =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toJson(value)]));
