/**
 * Pieces that documents of several results share.
 */
import type {LeaderId} from '../../base/ids.ts';
import {type Dot, origins, showDot, showVector, type VersionVector} from '../../core/log/version-vector.ts';
import type {Reading} from '../../core/state/reading.ts';
import {type Document, joined, type Span, type SpanLine, span} from '../document/styled-document.ts';
import {type Notation, showReading} from '../words/show-value.ts';

export const PART: Span = span(' · ', 'dim');

/** One result: in a few words, and in full. */
export interface ResultDocument {
  /** In a few words, beside the command that it answers. */
  readonly brief: SpanLine;
  readonly whole: Document;
  /**
   * Whether `whole` says more than `brief`: `more`, `same`, or `same-but-long` where only the width decides
   * whether `brief` can be read to its end.
   */
  readonly detail: 'more' | 'same' | 'same-but-long';
}

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
