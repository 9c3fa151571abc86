/**
 * `step`, `deliver` and `drop`: single messages that a person moves, and the words for them.
 */
import {fail} from '../../../base/failure.ts';
import type {LinkId} from '../../../base/ids.ts';
import type {Message} from '../../../core/io/message.ts';
import {type Dot, origins, seqOf, showDot, type VersionVector} from '../../../core/log/version-vector.ts';
import type {Outcome} from '../../../port/cluster.ts';
import type {LinkMessage, SimLink} from '../../../sim/simulated-link.ts';
import {changed, failed} from '../../shared/model/outcome.ts';
import type {Arrival, SimulatedCluster} from './simulated-cluster.ts';

const NAMED = 3;

/** Delivers or drops the next message of this link. Fails if there is none, or its receiver is paused. */
export function deliverOrDrop(cluster: SimulatedCluster, action: 'deliver' | 'drop', id: LinkId): Outcome {
  const {network, time} = cluster.world;
  const link = network.links.get(id);
  if (link === undefined) {
    const existing = [...network.links.keys()].join(' ');
    return failed(
      fail('no-link', `there is no link ${id} in this topology`, `the links are ${existing}`).failure,
    );
  }
  const {next} = link;
  if (next === undefined)
    return failed(
      fail('no-message', `no message is on ${id} now`, 'step lets time pass until one arrives').failure,
    );
  const to = link.receiver(next.direction);
  if (action === 'deliver' && cluster.leaders.statusOf(to) === 'paused') {
    return failed(fail('is-paused', `${to} is paused and cannot receive messages`, `resume ${to}`).failure);
  }
  if (action === 'deliver') network.deliver(link, next);
  else link.lose(next, time.nowMs);
  return changed(
    `${id}: ${messageInWords(link, next)} ${action === 'deliver' ? `delivered to ${to}` : 'lost'}`,
  );
}

/** `us>eu: us:1 arrived at eu after 45 ms`. */
export function arrivalInWords({link, message, atMs}: Arrival): string {
  // By the clock on the screen, which shows whole milliseconds.
  const tookMs = Math.floor(atMs) - Math.floor(message.sentAtMs);
  return (
    `${link.id}: ${messageInWords(link, message)} arrived at ${link.receiver(message.direction)} after ` +
    `${tookMs} ms`
  );
}

function messageInWords(link: SimLink, {message, direction}: LinkMessage): string {
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
      return `${namesOf(message.ops.map(({dot}) => dot))}, forwarded without a check,`;
    case 'have':
      return `${from}'s acknowledgement (${holdings(message.have)})`;
    case 'known':
      return `${from}'s report about the other leaders`;
    case 'ping':
    case 'pong':
      return `${from}'s heartbeat`;
    case 'fetch':
      return `${from}'s request for operations of ${message.origin}`;
    case 'fetched':
      return (
        'the answer with ' +
        `${message.ops.length === 0 ? 'a checksum' : namesOf(message.ops.map(({dot}) => dot))}`
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
