/**
 * A write in short: the command that would make it, without the key.
 */
import type {Json} from '../base/json.ts';
import type {KeyWrite} from '../core/log/op.ts';

export function summarize(change: KeyWrite): string {
  switch (change.type) {
    case 'del':
      return 'del';
    case 'incr':
      return `incr ${change.by}`;
    case 'sadd':
    case 'srem':
      return `${change.type} ${short(change.element)}`;
    case 'hset':
      return `hset ${change.field} ${short(change.value)}`;
    case 'set':
      return `set ${short(change.value)}`;
  }
}

function short(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
