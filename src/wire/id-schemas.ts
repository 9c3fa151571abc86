/**
 * Schemas for names that arrive from outside: the only way in which text from a wire becomes a branded id.
 */
import * as z from 'zod';
import {isLeaderId, type LeaderId, type LinkId} from '../base/ids.ts';

/** Accepts a text that is a leader id (`isLeaderId`). The leader need not exist. */
export const leaderIdSchema = z.custom<LeaderId>(
  value => typeof value === 'string' && isLeaderId(value),
  'not a leader id',
);

/** Accepts `us>eu`: two different leader ids. The link need not exist. */
export const linkIdSchema = z.custom<LinkId>(
  value => typeof value === 'string' && isLinkId(value),
  'not a link',
);

function isLinkId(text: string): boolean {
  const ends = text.split('>');
  return ends.length === 2 && ends.every(isLeaderId) && ends[0] !== ends[1];
}
