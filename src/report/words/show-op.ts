/**
 * Operations as lines for people.
 */
import {assertNever} from '../../base/assert.ts';
import {printable} from '../../base/printable.ts';
import {showValue, showWord} from '../../command/index.ts';
import type {KeyWrite} from '../../core/log/op.ts';
import {brief} from './show-value.ts';

/** `set title "A"`. */
export function showKeyWrite(write: KeyWrite): string {
  return printable(brief([write.type, showWord(write.key), ...operands(write)].join(' ')));
}

function operands(write: KeyWrite): string[] {
  switch (write.type) {
    case 'set':
      return [showValue(write.value)];
    case 'del':
      return [];
    case 'incr':
      return [String(write.by)];
    case 'sadd':
    case 'srem':
      return [showValue(write.element)];
    case 'hset':
      return [showWord(write.field), showValue(write.value)];
    default:
      return assertNever(write);
  }
}
