/**
 * Messages in a person's hands: the next one on a link is delivered or lost, and told of in words.
 */
import {fail} from '../../base/failure.ts';
import type {LinkId} from '../../base/ids.ts';
import type {Message} from '../../core/message.ts';
import {type Dot, origins, seqOf, showDot, type VersionVector} from '../../core/version-vector.ts';
import {isHeartbeat, type Onboard, type SimLink} from '../../sim/link.ts';
import {changed, failed} from '../outcome.ts';
import type {NextMessage, Outcome} from '../port.ts';
import type {Arrival, Stage} from './stage.ts';

const NAMED = 3;

export function byHand(stage: Stage, deed: 'deliver' | 'drop', id: LinkId): Outcome {
  const link = stage.world.links.get(id);
  if (link === undefined) {
    const there = [...stage.world.links.keys()].join(' ');
    return failed(
      fail('no-link', `there is no link ${id} in this topology`, `the links are ${there}`).failure,
    );
  }
  const {next} = link;
  if (next === undefined)
    return failed(
      fail('no-message', `no message is on ${id} now`, 'step lets time pass until one arrives').failure,
    );
  const to = link.end(next.direction);
  if (deed === 'deliver' && stage.stateOf(to)?.status === 'paused') {
    return failed(fail('is-paused', `${to} is paused and takes nothing in`, `resume ${to}`).failure);
  }
  if (deed === 'deliver') stage.world.deliver(link, next);
  else link.lose(next, stage.world.nowMs);
  return changed(
    `${id}: ${messageInWords(link, next)} ${deed === 'deliver' ? `delivered to ${to}` : 'lost'}`,
  );
}

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

/** `us>eu: us:1 arrived at eu after 45 ms`. */
export function arrivalInWords({link, message, atMs}: Arrival): string {
  // As the clock on the screen has it, which shows whole milliseconds.
  const tookMs = Math.floor(atMs) - Math.floor(message.sentAtMs);
  return (
    `${link.id}: ${messageInWords(link, message)} arrived at ${link.end(message.direction)} after ` +
    `${tookMs} ms`
  );
}

function messageInWords(link: SimLink, {message, direction}: Onboard): string {
  const from = direction === 'forth' ? link.from : link.to;
  return contentInWords(message, from);
}

function contentInWords(message: Message, from: string): string {
  switch (message.type) {
    case 'hello':
      return `${from}'s greeting`;
    case 'ops':
      return namesOf(message.ops.map(({dot}) => dot));
    case 'echo':
      return `${namesOf(message.ops.map(({dot}) => dot))}, sent on blindly,`;
    case 'have':
      return `${from}'s acknowledgement (${holdings(message.have)})`;
    case 'known':
      return `what ${from} knows that others have`;
    case 'ping':
    case 'pong':
      return `${from}'s heartbeat`;
    case 'fetch':
      return `${from}'s question for operations of ${message.origin}`;
    case 'fetched':
      return (
        'the answer with ' +
        `${message.ops.length === 0 ? 'a sum' : namesOf(message.ops.map(({dot}) => dot))}`
      );
  }
}

function namesOf(dots: readonly Dot[]): string {
  const named = dots.slice(0, NAMED).map(showDot).join(' ');
  return dots.length > NAMED ? `${named} and ${dots.length - NAMED} more` : named;
}

const holdings = (have: VersionVector): string =>
  origins(have)
    .map(origin => `${origin}:${seqOf(have, origin)}`)
    .join(' ') || 'nothing yet';
