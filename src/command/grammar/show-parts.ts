/**
 * The parts that commands have in common, as text.
 */
import {assertNever} from '../../base/assert.ts';
import {type Key, type LeaderId, type LinkId, linkEnds, linkId} from '../../base/ids.ts';
import type {Intent} from '../../core/log/op.ts';
import type {Guard, Target} from '../action.ts';
import type {LinkSelector} from '../topology.ts';
import {showValue, showWord} from './quote.ts';

/** A write without its leaders. */
export function showIntent(key: Key, intent: Intent): string {
  const start = `${intent.type} ${showWord(key)}`;
  switch (intent.type) {
    case 'set':
      return `${start} ${showValue(intent.value)}`;
    case 'del':
      return start;
    case 'incr':
      return intent.by === 1 ? start : `${start} ${intent.by}`;
    case 'sadd':
    case 'srem':
      return `${start} ${showValue(intent.element)}`;
    case 'hset':
      return `${start} ${showWord(intent.field)} ${showValue(intent.value)}`;
    default:
      return assertNever(intent);
  }
}

/**
 * Returns the leaders behind a command, with a space before them: `@us,eu` or `@all`. Empty for the focused
 * leader.
 */
export function showTarget(target: Target): string {
  if (target.type === 'focused') return '';
  return target.type === 'all' ? ' @all' : ` @${target.leaders.join(',')}`;
}

/** Returns an expected value as a person types it, or `absent`. */
export const showExpected = (expected: Guard['expected']): string =>
  'value' in expected ? showValue(expected.value) : 'absent';

/** Returns the key with a space before, quoted if the grammar needs that. Empty without a key. */
export const showOptionalKey = (key: string | undefined): string =>
  key === undefined ? '' : ` ${showWord(key)}`;

/** Directed links as selectors: the two directions of a pair become one. */
export function folded(ids: readonly LinkId[]): LinkSelector[] {
  const place = (from: LeaderId, to: LeaderId) => ids.indexOf(linkId(from, to));
  return ids
    .map(linkEnds)
    .filter(({from, to}, i) => place(to, from) < 0 || place(to, from) > i)
    .map(({from, to}) => ({a: from, b: to, both: place(to, from) >= 0}));
}
