import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId, linkId} from '../../src/base/ids.ts';
import {HOP_LIMIT} from '../../src/core/io/input-effect.ts';
import {PROTOCOL} from '../../src/core/io/message.ts';
import {PERIOD_MS, PERIOD_OPS, QUEUE_OPS} from '../../src/core/links/echoes.ts';
import type {Op} from '../../src/core/log/op.ts';
import {Replica} from '../../src/core/replica.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged, mesh, Network, NO_TROUBLE, ring} from '../support/network.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const FOUR = ['us', 'eu', 'ap', 'sa'].map(leaderId);
const set = (value: number | string) => ({type: 'set', value}) as const;

const opened = (network: Network, leaders: readonly LeaderId[]): Network => {
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

const sum = (network: Network, count: (replica: Replica) => number, leaders = LEADERS): number =>
  leaders.reduce((total, id) => total + count(network.replica(id)), 0);

/** Until no operation is on its way and for a second none is sent. */
const silence = (network: Network, leaders: readonly LeaderId[]): boolean => {
  let sent = -1;
  let sinceMs = network.nowMs;
  return network.until(() => {
    const now = sum(network, ({sentOps}) => sentOps, [...leaders]);
    if (now !== sent) sinceMs = network.nowMs;
    sent = now;
    return network.nowMs - sinceMs > 1000;
  }, 200_000);
};

describe('hops', () => {
  const hopsAt = (network: Network): {[leader: string]: number} =>
    Object.fromEntries(
      network.events.flatMap(({at, event}) => (event.type === 'applied' ? [[at, event.hops]] : [])),
    );

  it('count the links that an operation passed', () => {
    const network = opened(new Network(LEADERS, ring(LEADERS), 'all', 1, NO_TROUBLE), LEADERS);
    network.write(US, 'a', set(1));
    expectConverged(network, LEADERS);
    expect(hopsAt(network)).toEqual({us: 0, eu: 1, ap: 2});
  });

  it('are counted from the leader that restarted, because it has forgotten them', () => {
    const network = opened(new Network(LEADERS, ring(LEADERS), 'all', 1, NO_TROUBLE), LEADERS);
    network.cut.add(linkId(EU, AP));
    network.write(US, 'a', set(1));
    network.until(() => network.replica(EU).log.length === 1);
    network.crash(EU);
    network.restart(EU);
    network.cut.clear();
    expectConverged(network, LEADERS);
    expect(hopsAt(network)).toEqual({us: 0, eu: 1, ap: 1});
  });
});

describe('without the loop guard', () => {
  it('one write goes round a ring up to the hop limit, and no further', () => {
    const network = opened(
      new Network(LEADERS, ring(LEADERS), 'all', 1, NO_TROUBLE, {loopguard: false}),
      LEADERS,
    );
    network.write(US, 'a', set(1));
    expect(silence(network, LEADERS)).toBe(true);
    expect(sum(network, ({sentOps}) => sentOps)).toBe(HOP_LIMIT);
    expect(sum(network, ({redundantOps}) => redundantOps)).toBe(HOP_LIMIT - 2);
    const hops = network.sent.flatMap(({message}) =>
      message.type === 'ops' || message.type === 'echo' ? message.hops : [],
    );
    expect(hops).toEqual(Array.from({length: HOP_LIMIT}, (_, i) => i + 1));
    for (const id of LEADERS) expect(network.replica(id).opCount).toBe(1);
  });

  it('with the guard, one write takes one message for each other leader', () => {
    const network = opened(new Network(LEADERS, ring(LEADERS), 'all', 1, NO_TROUBLE), LEADERS);
    network.write(US, 'a', set(1));
    expect(silence(network, LEADERS)).toBe(true);
    expect(sum(network, ({sentOps}) => sentOps)).toBe(2);
    expect(sum(network, ({redundantOps, echoedOps}) => redundantOps + echoedOps)).toBe(0);
  });

  it('the flood of a mesh that forwards all is large, bounded, and ends', () => {
    const network = opened(new Network(FOUR, mesh(FOUR), 'all', 1, NO_TROUBLE, {loopguard: false}), FOUR);
    network.write(US, 'a', set(1));
    expect(silence(network, FOUR)).toBe(true);
    const echoed = sum(network, ({echoedOps}) => echoedOps, FOUR);
    expect(echoed).toBeGreaterThan(1000);
    expect(echoed).toBeLessThan(FOUR.length * HOP_LIMIT * 2 * QUEUE_OPS);
    expectConverged(network, FOUR);
    for (const id of FOUR) expect(network.replica(id).opCount).toBe(1);
  }, 60_000);

  it(
    'sends a leader no more than its rate allows, and ends ' + 'when every queue has emptied once per hop',
    () => {
      const network = opened(new Network(FOUR, mesh(FOUR), 'all', 1, NO_TROUBLE, {loopguard: false}), FOUR);
      const startMs = network.nowMs;
      network.write(US, 'a', set(1));
      network.write(EU, 'b', set(1));
      expect(silence(network, FOUR)).toBe(true);
      const lastedMs = network.nowMs - startMs - 1000;
      for (const id of FOUR)
        expect(network.replica(id).echoedOps).toBeLessThanOrEqual(
          (lastedMs / PERIOD_MS + 1) * PERIOD_OPS + FOUR.length,
        );
      expect(lastedMs).toBeLessThan(HOP_LIMIT * (QUEUE_OPS / PERIOD_OPS + 2) * PERIOD_MS);
    },
  );

  it('an echo that brings what is missing is applied, and echoed when it is on disk', () => {
    const network = opened(
      new Network(LEADERS, mesh(LEADERS), 'own', 1, NO_TROUBLE, {loopguard: false}),
      LEADERS,
    );
    network.cut.add(linkId(US, AP));
    network.write(US, 'a', set(1));
    expect(network.until(() => network.replica(AP).log.length === 1)).toBe(true);
    expect(network.events.find(({at, event}) => at === AP && event.type === 'applied')).toMatchObject({
      event: {hops: 2},
    });
  });

  it('switching the guard on ends the flood', () => {
    const network = opened(new Network(FOUR, mesh(FOUR), 'all', 1, NO_TROUBLE, {loopguard: false}), FOUR);
    network.write(US, 'a', set(1));
    network.until(() => sum(network, ({echoedOps}) => echoedOps, FOUR) > 500);
    network.change({name: 'loopguard', value: true});
    const before = sum(network, ({echoedOps}) => echoedOps, FOUR);
    expect(silence(network, FOUR)).toBe(true);
    expect(sum(network, ({echoedOps}) => echoedOps, FOUR)).toBe(before);
  });
});

describe('invariant 2 without the loop guard', () => {
  const now = {wallMs: 1000, monotonicMs: 0};
  const op: Op = {
    dot: {origin: EU, seq: 1},
    after: {},
    hlc: {wallMs: 1000, logical: 0},
    wallMs: 1000,
    writes: [{type: 'set', key: key('a'), generation: 1, saw: [], value: 1}],
  };
  const fresh = (): Replica => {
    const replica = new Replica({
      self: US,
      cluster: 'test',
      resolver: {name: 'lww'},
      loopguard: false,
      members: [US, EU, AP],
      ops: [],
    });
    replica.step(
      {type: 'setting-changed', setting: {name: 'peers', value: [{leader: AP, forward: 'own'}]}},
      now,
    );
    replica.step({type: 'link-opened', link: linkId(US, AP)}, now);
    const hello = {type: 'hello', protocol: PROTOCOL, leader: AP, cluster: 'test', have: {}} as const;
    replica.step({type: 'message-received', link: linkId(US, AP), message: hello}, now);
    return replica;
  };
  const receive = (replica: Replica) =>
    replica.step(
      {type: 'message-received', link: linkId(EU, US), message: {type: 'echo', ops: [op, op], hops: [3, 4]}},
      now,
    );

  it('nothing is echoed before it is on disk, not even a duplicate that arrives meanwhile', () => {
    const replica = fresh();
    expect(receive(replica).filter(({type}) => type === 'send')).toEqual([]);
    const sent = replica.step({type: 'persisted', count: 1}, now).filter(({type}) => type === 'send');
    expect(sent).toEqual([
      {type: 'send', link: linkId(US, AP), message: {type: 'echo', ops: [op, op], hops: [4, 5]}},
    ]);
  });

  it('no operation that the disk refused is echoed', () => {
    const replica = fresh();
    receive(replica);
    replica.step({type: 'persist-failed', reason: 'no space left'}, now);
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('b'), intent: set(1)}]}, now);
    const later = replica.step({type: 'persisted', count: 1}, now);
    expect(later.filter(effect => effect.type === 'send' && effect.message.type === 'echo')).toEqual([]);
  });
});

describe('what a peer sent is not sent back to it', () => {
  const FIVE = ['us', 'eu', 'ap', 'sa', 'af'].map(leaderId);
  const both = (a: LeaderId, b: LeaderId) => [linkId(a, b), linkId(b, a)];
  const [hub = US, ...spokes] = FIVE;
  const shapes: [string, ReturnType<typeof linkId>[]][] = [
    ['star', spokes.flatMap(spoke => both(hub, spoke))],
    ['chain', spokes.flatMap((to, i) => both(FIVE[i] ?? hub, to))],
  ];
  const redundant = (network: Network): number => sum(network, ({redundantOps}) => redundantOps, FIVE);

  it.each(shapes)('%s: over links that lose nothing, no operation arrives twice', (_name, links) => {
    for (let seed = 1; seed <= 10; seed++) {
      const network = opened(new Network(FIVE, links, 'all', seed, NO_TROUBLE), FIVE);
      for (let n = 0; n < 40; n++) {
        network.write(FIVE[(n * seed) % FIVE.length] ?? hub, `k${n % 3}`, set(n));
        for (let i = 0; i < (n * seed) % 7; i++) network.advance();
      }
      expectConverged(network, FIVE);
      expect(silence(network, FIVE)).toBe(true);
      expect(redundant(network), `seed ${seed}`).toBe(0);
      // A tree of five has four edges, and each operation goes once over each.
      expect(
        sum(network, ({sentOps}) => sentOps, FIVE),
        `seed ${seed}`,
      ).toBe(4 * 40);
    }
  });

  it('except if that peer has lost it, because its hello replaces what was known', () => {
    const network = opened(
      new Network(LEADERS, [...both(AP, US), ...both(US, EU)], 'all', 1, NO_TROUBLE),
      LEADERS,
    );
    for (let n = 0; n < 5; n++) network.write(AP, 'a', set(n));
    expectConverged(network, LEADERS);
    network.crash(AP);
    network.loseDisk(US, 2);
    network.restart(US);
    expectConverged(network, [US, EU]);
    expect(network.replica(US).log).toHaveLength(5);
  });

  it('no operation is missing after crashes in a mesh that forwards all', () => {
    const network = opened(new Network(LEADERS, mesh(LEADERS), 'all', 1, NO_TROUBLE), LEADERS);
    for (let n = 0; n < 20; n++) {
      network.write(LEADERS[n % 3] ?? US, 'a', set(n));
      for (let i = 0; i < 5; i++) network.advance();
      if (n % 5 !== 4) continue;
      network.crash(EU);
      network.write(US, 'b', set(n));
      network.restart(EU);
    }
    expectConverged(network, LEADERS);
  });
});
