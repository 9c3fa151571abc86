/**
 * The message that arrives next on any link of a simulated cluster.
 */
import type {Message} from '../../../core/io/message.ts';
import type {NextMessage} from '../../../port/view.ts';
import {isHeartbeat, type SimLink} from '../../../sim/simulated-link.ts';

/** What arrives next, of what is under way and says something; by the world's time. */
export function nextMessage(links: Iterable<SimLink>): NextMessage | undefined {
  let next: NextMessage | undefined;
  for (const {id, underWay, holds} of links) {
    if (holds) continue;
    for (const {message, direction, dueAtMs} of underWay) {
      if (isHeartbeat(message) || (next !== undefined && next.dueAtMs <= dueAtMs)) continue;
      next = {link: id, direction, kind: kindOf(message), dueAtMs};
    }
  }
  return next;
}

function kindOf({type}: Message): NextMessage['kind'] {
  if (type === 'hello') return 'greeting';
  if (type === 'known') return 'knowledge';
  return type === 'ops' || type === 'echo' || type === 'fetched' ? 'operations' : 'acknowledgement';
}
