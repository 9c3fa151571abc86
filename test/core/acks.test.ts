import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {AckMode} from '../../src/core/io/input-effect.ts';
import {ACK_TIMEOUT_MS} from '../../src/core/links/acks.ts';
import {Knowledge} from '../../src/core/links/knowledge.ts';
import {RECOVERY_LIMIT_MS} from '../../src/core/links/recovery.ts';
import {sameDot} from '../../src/core/log/version-vector.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged, mesh, Network, NO_TROUBLE, ring} from '../support/network.ts';
import {runs} from '../support/runs.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const FIVE = ['us', 'eu', 'ap', 'sa', 'af'].map(leaderId);
const set = (value: number | string) => ({type: 'set', value}) as const;

const open = (network: Network, leaders: readonly LeaderId[]): Network => {
  network.until(() =>
    leaders.every(id =>
      network
        .replica(id)
        .links()
        .every(({isOpen}) => isOpen),
    ),
  );
  return network;
};
const meshOf = (ack: AckMode): Network =>
  open(new Network(LEADERS, mesh(LEADERS), 'own', 1, NO_TROUBLE, {ack}), LEADERS);
const ringOfFive = (ack: AckMode): Network =>
  open(new Network(FIVE, ring(FIVE), 'all', 1, NO_TROUBLE, {ack}), FIVE);
const answered = (network: Network, request: number) => network.until(() => network.replies.has(request));
const holders = (network: Network, seq: number): LeaderId[] =>
  LEADERS.filter(id => network.replica(id).log.some(({dot}) => sameDot(dot, {origin: US, seq})));

describe('a client is answered', () => {
  it('under ack local once this leader has the write on disk', () => {
    const network = meshOf('local');
    const request = network.write(US, 'a', set(1));
    expect(answered(network, request)).toBe(true);
    expect(holders(network, 1)).toEqual([US]);
  });

  it('under ack quorum as soon as most leaders have it', () => {
    const network = meshOf('quorum');
    network.cut.add(linkId(US, AP));
    const request = network.write(US, 'a', set(1));
    expect(answered(network, request)).toBe(true);
    expect(network.replies.get(request)).toMatchObject({type: 'accepted', dot: {seq: 1}});
    expect(holders(network, 1)).toEqual([US, EU]);
  });

  it('under ack all as soon as all leaders have it', () => {
    const network = meshOf('all');
    network.stuckDisks.add(AP);
    const request = network.write(US, 'a', set(1));
    network.until(() => network.replica(AP).opCount === 1 && holders(network, 1).length === 2);
    for (let i = 0; i < 20; i++) network.advance();
    expect(network.replies.has(request), 'one disk has not answered').toBe(false);
    network.stuckDisks.clear();
    expect(answered(network, request)).toBe(true);
    expect(network.replies.get(request)?.type).toBe('accepted');
    expect(network.events.filter(({event}) => event.type === 'acknowledged')).toHaveLength(1);
  });

  it('in a one-way ring of five within about one round, not by heartbeats', () => {
    const network = ringOfFive('all');
    const sentAtMs = network.nowMs;
    const request = network.write(US, 'a', set(1));
    expect(answered(network, request)).toBe(true);
    expect(network.replies.get(request)?.type).toBe('accepted');
    // Five links of 10 ms, some disks of up to 3 ms, and at most 5 ms at each leader for the spreading.
    expect(network.nowMs - sentAtMs).toBeLessThan(100);
  });

  it('under ack quorum in that ring as soon as the two nearest leaders have it', () => {
    const network = ringOfFive('quorum');
    network.cut.add(linkId(leaderId('ap'), leaderId('sa')));
    const request = network.write(US, 'a', set(1));
    expect(answered(network, request)).toBe(true);
    expect(network.replies.get(request)?.type).toBe('accepted');
  });
});

describe('when too few leaders confirm in time', () => {
  it(
    'the outcome is unknown, the answer names the leaders that confirmed, and this is not an ' +
      'acknowledgement',
    () => {
      const network = meshOf('all');
      network.crash(AP);
      const sentAtMs = network.nowMs;
      const request = network.write(US, 'a', set(1));
      expect(answered(network, request)).toBe(true);
      expect(network.replies.get(request)).toEqual({
        type: 'unconfirmed',
        dot: {origin: US, seq: 1},
        confirmed: [US, EU],
        needed: 3,
      });
      expect(network.nowMs - sentAtMs).toBeGreaterThanOrEqual(ACK_TIMEOUT_MS);
      expect(network.nowMs - sentAtMs).toBeLessThan(ACK_TIMEOUT_MS + 10);
      const ends = network.events
        .map(({event}) => event.type)
        .filter(type => type === 'acknowledged' || type === 'unconfirmed');
      expect(ends).toEqual(['unconfirmed']);
    },
  );

  it('a write that the disk refuses is refused, for any leaders that it waited for', () => {
    const network = meshOf('all');
    network.stuckDisks.add(US);
    const request = network.write(US, 'a', set(1));
    network.refuseDisk(US);
    expect(network.replies.get(request)).toMatchObject({type: 'refused', failure: {code: 'storage'}});
    network.stuckDisks.clear();
    const next = network.write(US, 'a', set(2));
    expect(answered(network, next)).toBe(true);
    expect(network.replies.get(next)).toMatchObject({type: 'accepted', dot: {seq: 1}});
  });

  it('waiting clients are answered when fewer leaders are needed, and when missing leaders leave', () => {
    const network = meshOf('all');
    network.crash(AP);
    const first = network.write(US, 'a', set(1));
    network.until(() => holders(network, 1).length === 2);
    expect(network.replies.has(first)).toBe(false);
    network.change({name: 'ack', value: 'quorum'});
    expect(answered(network, first)).toBe(true);
    network.change({name: 'ack', value: 'all'});
    const second = network.write(US, 'a', set(2));
    network.until(() => holders(network, 2).length === 2);
    network.changeMembers([US, EU]);
    expect(answered(network, second)).toBe(true);
    expect([first, second].map(request => network.replies.get(request)?.type)).toEqual([
      'accepted',
      'accepted',
    ]);
  });
});

it('no `known` message is sent while no write waits for other leaders', () => {
  const network = meshOf('local');
  network.write(US, 'a', set(1));
  expectConverged(network, LEADERS);
  expect(network.sent.filter(({message}) => message.type === 'known')).toEqual([]);
});

it('no `known` message is sent when there is nothing new', () => {
  const network = meshOf('all');
  const request = network.write(US, 'a', set(1));
  answered(network, request);
  expectConverged(network, LEADERS);
  const startMs = network.nowMs;
  network.until(() => network.nowMs > startMs + 100);
  const before = network.sent.length;
  network.until(() => network.nowMs > startMs + 400);
  const between = network.sent.slice(before).map(({message}) => message.type);
  expect(between.filter(type => type !== 'ping' && type !== 'pong' && type !== 'known')).toEqual([]);
  expect(between.filter(type => type === 'known').length).toBeLessThanOrEqual(
    2 * between.filter(type => type === 'ping').length,
  );
});

it('an ok under ack all is always true, and every client gets an answer, through loss, ' +
  'crashes and cuts', () => {
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, asRing) => {
      const links = asRing ? ring(LEADERS) : mesh(LEADERS);
      const trouble = {loss: 0.15, duplication: 0.15, reorder: 0.3};
      const network = new Network(LEADERS, links, asRing ? 'all' : 'own', seed, trouble, {ack: 'all'});
      const prng = new Prng(seed);
      const waiting = new Map<number, {readonly at: LeaderId; readonly name: string}>();
      const check = (): void => {
        for (const [request, {at, name}] of waiting) {
          const reply = network.replies.get(request);
          if (reply === undefined) continue;
          waiting.delete(request);
          if (reply.type !== 'accepted') continue;
          for (const id of LEADERS) {
            const isOnDisk = network
              .disk(id)
              .some(({writes}) => writes.some(write => write.key === key(name)));
            expect(isOnDisk, `${name} of ${at}, acknowledged, at ${id}`).toBe(true);
          }
        }
      };
      for (let i = 0; i < 100; i++) {
        const at = prng.pick(LEADERS);
        const dice = prng.next();
        if (dice < 0.4) waiting.set(network.write(at, `k${i}`, set(i)), {at, name: `k${i}`});
        else if (dice < 0.43) {
          for (const [request, one] of waiting) if (one.at === at) waiting.delete(request);
          network.crash(at);
          network.restart(at);
        } else if (dice < 0.46) network.refuseDisk(at);
        else if (dice < 0.5) network.cut.add(prng.pick(links));
        else if (dice < 0.6) network.cut.clear();
        for (let j = prng.int(0, 6); j > 0; j--) {
          network.advance();
          check();
        }
      }
      // A write at a leader that recovers waits for that first, and only then for those who confirm it.
      const deadlineMs = network.nowMs + RECOVERY_LIMIT_MS + ACK_TIMEOUT_MS + 100;
      network.until(() => {
        check();
        return network.nowMs > deadlineMs;
      });
      expect([...waiting.values()], 'clients that still wait').toEqual([]);
    }),
    {numRuns: runs(40), examples: [[1626560005, true]]},
  );
}, 60_000);

it.each([
  ['forth, in a one-way ring', ring(LEADERS), false],
  ['back, along a chain', [linkId(US, EU), linkId(EU, AP)], true],
])('a lost `known` message is sent again with the next heartbeat: %s', (_, links, tellsBack) => {
  const network = open(new Network(LEADERS, links, 'all', 1, NO_TROUBLE, {ack: 'all'}), LEADERS);
  network.loses = ({type}) => type === 'known';
  const request = network.write(US, 'a', set(1));
  expectConverged(network, LEADERS);
  const restMs = network.nowMs + 100;
  network.until(() => network.nowMs > restMs);
  expect(network.replies.has(request)).toBe(false);
  network.loses = ({type}, goesBack) => type === 'known' && goesBack !== tellsBack;
  expect(answered(network, request)).toBe(true);
  expect(network.replies.get(request)?.type).toBe('accepted');
});

it('acknowledgements of peers count without `known` messages', () => {
  const network = meshOf('all');
  network.loses = ({type}) => type === 'known';
  const request = network.write(US, 'a', set(1));
  expect(answered(network, request)).toBe(true);
  expect(network.replies.get(request)?.type).toBe('accepted');
});

describe('a report of what leaders have', () => {
  const routes = [linkId(US, EU), linkId(US, AP)].map((link, i) => ({link, peer: i === 0 ? EU : AP}));
  const tellAt = (knowledge: Knowledge, nowMs: number) =>
    knowledge.messagesDue(routes, nowMs).map(({link, message}) => [link, message]);

  it('is sent neither to the leader that reported it nor to the leader that it is about', () => {
    const knowledge = new Knowledge(LEADERS);
    tellAt(knowledge, 0);
    knowledge.learn(AP, {[US]: 1}, EU);
    expect(tellAt(knowledge, 10)).toEqual([]);
    knowledge.learn(US, {[US]: 2}, AP);
    expect(tellAt(knowledge, 20)).toEqual([[linkId(US, EU), {type: 'known', persisted: {[US]: {[US]: 2}}}]]);
  });

  it('is sent at most every 5 ms on a link, with everything that is new', () => {
    const knowledge = new Knowledge(LEADERS);
    knowledge.learn(US, {[US]: 1}, US);
    expect(tellAt(knowledge, 0)).toHaveLength(2);
    knowledge.learn(US, {[US]: 2}, US);
    expect(tellAt(knowledge, 4)).toEqual([]);
    expect(knowledge.dueAtMs).toBe(5);
    knowledge.learn(US, {[US]: 3}, US);
    expect(tellAt(knowledge, 5)[0]).toEqual([linkId(US, EU), {type: 'known', persisted: {[US]: {[US]: 3}}}]);
    expect(tellAt(knowledge, 20)).toEqual([]);
    expect(knowledge.dueAtMs).toBe(Number.POSITIVE_INFINITY);
  });
});

it('a leader remembers only what members have, and only about members', () => {
  const knowledge = new Knowledge([US, EU]);
  knowledge.learnAll({[AP]: {[US]: 5}, [EU]: {[US]: 3, [AP]: 9}}, AP);
  knowledge.learn(EU, {[US]: 2}, EU);
  expect(knowledge.messagesDue([{link: linkId(US, AP), peer: AP}], 0)).toEqual([
    {link: linkId(US, AP), message: {type: 'known', persisted: {[EU]: {[US]: 3}}}},
  ]);
});
