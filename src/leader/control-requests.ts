/**
 * Carries out the requests that arrive over a control connection.
 */
import {assertNever} from '../base/assert.ts';
import {fail, type Result, succeed} from '../base/failure.ts';
import type {Reply} from '../core/io/input-effect.ts';
import {isWanted, type Op} from '../core/log/op.ts';
import {jsonBytes} from '../core/log/op-size.ts';
import type {LeaderRequest, LogPage, Written} from '../wire/leader-control.ts';
import {changedSettings} from './changed-settings.ts';
import type {EventPublisher, Subscriber} from './event-publisher.ts';
import type {Host} from './host.ts';
import type {Peers} from './peers.ts';
import type {ResolverSlot} from './resolver-slot.ts';

/** The number of keys or operations in one answer. A frame cannot hold more of any size. */
const LIST_LIMIT = 10_000;
const LOG_BYTES = 4 * 1024 * 1024;

interface LeaderParts {
  readonly host: Host;
  readonly peers: Peers;
  readonly publisher: EventPublisher;
  readonly resolver: ResolverSlot;
}

/** Carries out one request. `client` is subscribed if the request asks for that. */
export async function answer(
  request: LeaderRequest,
  client: Subscriber,
  {host, peers, publisher, resolver}: LeaderParts,
): Promise<Result<unknown>> {
  const {replica} = host;
  switch (request.type) {
    case 'configure': {
      const {settings} = request;
      const changed = await resolver.change(settings.resolver);
      for (const setting of changedSettings(replica, settings))
        host.input({type: 'setting-changed', setting});
      host.clock = settings.clock;
      host.input({type: 'setting-changed', setting: {name: 'peers', value: request.peers}});
      peers.configure(request.peers);
      // After the change, readers see the new state of the leader.
      publisher.publishNow();
      return changed;
    }
    case 'write':
      return written(
        await host.request({
          type: 'write-requested',
          writes: request.writes,
          ...(request.guard ? {guard: request.guard} : {}),
        }),
      );
    case 'skip': {
      const reply = await host.request({type: 'skip-requested', origin: request.origin});
      if (reply.type === 'refused') return {ok: false, failure: reply.failure};
      publisher.publishNow();
      return reply.type === 'skipped' ? succeed({dots: reply.dots}) : unexpected();
    }
    case 'read': {
      const reply = await host.request({type: 'read-requested', key: request.key});
      return reply.type === 'read' ? succeed({reading: reply.reading, vv: reply.vv}) : unexpected();
    }
    case 'keys': {
      const keys = [...replica.fold.keys()].filter(key => replica.fold.read(key).type !== 'absent').sort();
      return keys.length > LIST_LIMIT
        ? fail('too-many', `${keys.length} keys; at most ${LIST_LIMIT} are listed`)
        : succeed({keys});
    }
    case 'log':
      return succeed(logPage(replica.log, request));
    case 'status':
      // Sent before the answer, so that the lab then knows every event that led to it.
      publisher.flush();
      return succeed({vv: replica.vv, digest: replica.fold.digest()});
    case 'recovered':
      await host.recovered();
      publisher.publishNow();
      return succeed(null);
    case 'subscribe':
      publisher.subscribe(client);
      return succeed(null);
    default:
      return assertNever(request);
  }
}

function written(reply: Reply): Result<Written> {
  if (reply.type === 'accepted') return succeed({dot: reply.dot});
  if (reply.type === 'unconfirmed') {
    const {dot, confirmed, needed} = reply;
    return succeed({dot, unconfirmed: {confirmed, needed}});
  }
  return reply.type === 'refused' ? {ok: false, failure: reply.failure} : unexpected();
}

const unexpected = () => fail('internal', 'an answer to another question');

/**
 * Returns the newest operations that match, as many as one answer holds and at least one, and the number of
 * older ones.
 */
function logPage(log: readonly Op[], request: Extract<LeaderRequest, {type: 'log'}>): LogPage {
  const isAsked = isWanted(request);
  const newestFirst: Op[] = [];
  let bytes = 0;
  let [older, before] = [0, 0];
  for (let arrival = Math.min(request.before ?? log.length, log.length) - 1; arrival >= 0; arrival--) {
    const op = log[arrival];
    if (op === undefined || !isAsked(op)) continue;
    if (older === 0) bytes += jsonBytes(op);
    if (older > 0 || newestFirst.length >= LIST_LIMIT || (bytes > LOG_BYTES && newestFirst.length > 0)) {
      if (older === 0) before = arrival + 1;
      older += 1;
    } else newestFirst.push(op);
  }
  return {ops: newestFirst.reverse(), ...(older === 0 ? {} : {older: {count: older, before}})};
}
