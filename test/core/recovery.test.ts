import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {Delivery, Effect} from '../../src/core/io/input-effect.ts';
import {PROTOCOL} from '../../src/core/io/message.ts';
import {RECOVERY_LIMIT_MS} from '../../src/core/links/recovery.ts';
import type {Op} from '../../src/core/log/op.ts';
import {hashOp} from '../../src/core/log/op-hash.ts';
import {type Dot, seqOf, showDot} from '../../src/core/log/version-vector.ts';
import {Replica} from '../../src/core/replica.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged, mesh, Network, NO_TROUBLE, ring, type Settings} from '../support/network.ts';
import {runs} from '../support/runs.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const set = (value: number | string) => ({type: 'set', value}) as const;

const meshOf = (seed: number, settings: Settings = {}): Network =>
  new Network(LEADERS, mesh(LEADERS), 'own', seed, NO_TROUBLE, settings);
const ringOf = (seed: number): Network => new Network(LEADERS, ring(LEADERS), 'all', seed, NO_TROUBLE);

function writeMany(network: Network, at: LeaderId, count: number, prefix = 'k'): void {
  for (let i = 0; i < count; i++) network.write(at, `${prefix}${i}`, set(i));
}

const accepted = (network: Network, request: number): Dot | undefined => {
  const reply = network.replies.get(request);
  return reply?.type === 'accepted' ? reply.dot : undefined;
};

function isolate(network: Network, leader: LeaderId): void {
  for (const other of LEADERS)
    if (other !== leader) network.cut.add(linkId(leader, other)).add(linkId(other, leader));
}

/** The dots reported as reused, in order, each once. */
const reused = (network: Network): string[] => [
  ...new Set(network.events.flatMap(({event}) => (event.type === 'dot-reused' ? [showDot(event.dot)] : []))),
];

/** The dots for which two leaders hold different operations. */
function clashes(network: Network): string[] {
  const hashes = new Map<string, Set<number>>();
  for (const id of LEADERS) {
    for (const op of network.disk(id)) {
      const name = showDot(op.dot);
      hashes.set(name, (hashes.get(name) ?? new Set()).add(hashOp(op)));
    }
  }
  return [...hashes].filter(([, contents]) => contents.size > 1).map(([name]) => name);
}

/** All have the same dots, on their disks too; not always the same operations. */
const expectVectors = (network: Network): void => {
  const size = () => LEADERS.flatMap(id => [network.replica(id).opCount, network.disk(id).length]);
  expect(network.until(() => new Set(size()).size === 1, 200_000)).toBe(true);
};

describe('a leader that restarts with a part of its log missing', () => {
  for (const [name, make] of [
    ['mesh', meshOf],
    ['ring', ringOf],
  ] as const) {
    for (const left of [0, 5]) {
      it(`fetches its own operations that it lacks before it accepts a write: ${name}, ${left} left`, () => {
        const network = make(1);
        writeMany(network, US, 20);
        expectConverged(network, LEADERS);
        network.loseDisk(US, left);
        network.restart(US);
        const request = network.write(US, 'order', set(42));
        expect(network.replies.has(request)).toBe(false);
        expectConverged(network, LEADERS);
        expect(accepted(network, request)).toEqual({origin: US, seq: 21});
        expect(network.replica(AP).fold.read(key('order'))).toEqual({type: 'value', value: 42});
        expect(network.events).toContainEqual({
          at: US,
          event: {type: 'recovered', origin: US, from: left + 1, to: 20},
        });
        expect(clashes(network)).toEqual([]);
      });
    }
  }

  it('answers reads while it recovers', () => {
    const network = meshOf(2);
    writeMany(network, US, 20);
    expectConverged(network, LEADERS);
    network.loseDisk(US, 5);
    network.restart(US);
    network.write(US, 'order', set(42));
    const reply = network
      .replica(US)
      .step(
        {type: 'read-requested', request: 999, key: key('k1')},
        {wallMs: network.nowMs, monotonicMs: network.nowMs},
      )
      .find(({type}) => type === 'reply');
    expect(reply).toMatchObject({reply: {type: 'read', reading: {type: 'value', value: 1}}});
  });

  it('fetches more operations than one answer holds', () => {
    const network = meshOf(3);
    writeMany(network, US, 5000);
    expectVectors(network);
    network.loseDisk(US, 0);
    network.restart(US);
    expect(network.until(() => !network.replica(US).isRecovering)).toBe(true);
    expect(seqOf(network.replica(US).vv, US)).toBe(5000);
    const fetches = network.sent.filter(({message}) => message.type === 'fetch');
    expect(fetches.length).toBeLessThan(4);
  });

  it('stamps its next write later than the writes that it fetched', () => {
    const network = meshOf(4);
    writeMany(network, US, 10);
    expectConverged(network, LEADERS);
    const before = network.replica(US).hlc;
    network.loseDisk(US, 0);
    network.wallOffsetMs = -500_000;
    network.restart(US);
    network.until(() => !network.replica(US).isRecovering);
    expect(network.replica(US).hlc).toEqual(before);
  });

  it('fetches under causal delivery, too, with the operations that its own depend on', () => {
    const network = meshOf(5, {delivery: 'causal'});
    for (let i = 0; i < 10; i++) {
      writeMany(network, EU, 3, `e${i}`);
      expectConverged(network, LEADERS);
      writeMany(network, US, 3, `u${i}`);
      expectConverged(network, LEADERS);
    }
    network.loseDisk(US, 0);
    network.restart(US);
    const request = network.write(US, 'order', set(42));
    expectConverged(network, LEADERS);
    expect(accepted(network, request)).toEqual({origin: US, seq: 31});
    expect(clashes(network)).toEqual([]);
  });

  it('does not halt on its own operations', () => {
    const network = meshOf(6, {resolver: {name: 'halt'}});
    writeMany(network, US, 3);
    writeMany(network, EU, 3, 'other');
    expectConverged(network, LEADERS);
    network.loseDisk(US, 0);
    network.restart(US);
    writeMany(network, US, 1, 'more');
    expectConverged(network, LEADERS);
    expect(network.replica(US).halted).toEqual([]);
  });

  it('is not blocked by a leader that does not answer', () => {
    const network = meshOf(7);
    writeMany(network, US, 20);
    expectConverged(network, LEADERS);
    network.loseDisk(US, 5);
    network.loses = message => message.type === 'fetch' && network.sent.at(-1)?.link === linkId(US, EU);
    network.restart(US);
    const request = network.write(US, 'order', set(42));
    expectConverged(network, LEADERS);
    expect(accepted(network, request)).toEqual({origin: US, seq: 21});
  });
});

describe('a leader that lacks operations of which only a leader that left has copies', () => {
  const at = (monotonicMs: number) => ({wallMs: 1000 + monotonicMs, monotonicMs});
  const greeting = (leader: LeaderId, count: number) =>
    ({
      type: 'hello',
      protocol: PROTOCOL,
      leader,
      cluster: 'test',
      have: {[US]: count},
      sums: {[US]: 0},
    }) as const;
  /** AP has reported 5 of its operations, and EU none. */
  const lacking = (): Replica => {
    const replica = new Replica({
      self: US,
      cluster: 'test',
      resolver: {name: 'lww'},
      ops: [],
      members: LEADERS,
      recovers: true,
    });
    const peers = [EU, AP].map(leader => ({leader, forward: 'own'}) as const);
    replica.step({type: 'setting-changed', setting: {name: 'peers', value: peers}}, at(0));
    for (const peer of [EU, AP])
      replica.step(
        {type: 'message-received', link: linkId(peer, US), message: greeting(peer, peer === AP ? 5 : 0)},
        at(0),
      );
    return replica;
  };
  const fetches = (effects: readonly Effect[]) =>
    effects.filter(effect => effect.type === 'send' && effect.message.type === 'fetch');

  it('no longer waits for that leader, and requests nothing from it', () => {
    const replica = lacking();
    expect(replica.isRecovering).toBe(true);
    replica.step(
      {type: 'setting-changed', setting: {name: 'peers', value: [{leader: EU, forward: 'own'}]}},
      at(1),
    );
    expect(replica.isRecovering).toBe(true);
    replica.step({type: 'setting-changed', setting: {name: 'members', value: [US, EU]}}, at(2));
    expect(replica.isRecovering).toBe(false);
    expect(fetches([1000, 4000].flatMap(ms => replica.step({type: 'tick'}, at(ms))))).toEqual([]);
  });

  it('does not give up because its disk refuses what it fetched', () => {
    const replica = lacking();
    const other = new Replica({self: US, cluster: 'test', resolver: {name: 'lww'}, ops: []});
    for (let i = 1; i <= 5; i++)
      other.step({type: 'write-requested', request: i, writes: [{key: key('a'), intent: set(i)}]}, at(0));
    const ops = [1, 2, 3, 4, 5].map(seq => other.op({origin: US, seq}) as Op);
    const message = {type: 'fetched', origin: US, after: 0, sum: 0, ops, more: false} as const;
    for (let ms = 0; ms <= 2 * RECOVERY_LIMIT_MS; ms += 600) {
      replica.step({type: 'message-received', link: linkId(AP, US), message}, at(ms));
      expect(replica.opCount).toBe(5);
      replica.step({type: 'persist-failed', reason: 'no space left'}, at(ms + 1));
      expect(replica.isRecovering).toBe(true);
    }
  });

  it('sends the disk the accepted write in the step in which the disk refuses others', () => {
    const replica = new Replica({
      self: US,
      cluster: 'test',
      resolver: {name: 'lww'},
      ops: [],
      members: LEADERS,
      recovers: true,
    });
    const peers = [EU, AP].map(leader => ({leader, forward: 'own'}) as const);
    replica.step({type: 'setting-changed', setting: {name: 'peers', value: peers}}, at(0));
    const other = new Replica({self: EU, cluster: 'test', resolver: {name: 'lww'}, ops: []});
    other.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]}, at(0));
    const message = {type: 'ops', batch: 1, ops: [other.op({origin: EU, seq: 1}) as Op], hops: [1]} as const;
    replica.step({type: 'message-received', link: linkId(EU, US), message}, at(1400));
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('b'), intent: set(2)}]}, at(1401));
    const effects = replica.step({type: 'persist-failed', reason: 'no space left'}, at(RECOVERY_LIMIT_MS));
    const ops = [expect.objectContaining({dot: {origin: US, seq: 1}})];
    expect(effects).toContainEqual({type: 'persist', from: 0, ops});
  });

  it('ignores fetched operations while its disk rests, and requests them again', () => {
    const replica = lacking();
    const other = new Replica({self: US, cluster: 'test', resolver: {name: 'lww'}, ops: []});
    other.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]}, at(0));
    const ops = [other.op({origin: US, seq: 1}) as Op];
    const message = {type: 'fetched', origin: US, after: 0, sum: 0, ops, more: false} as const;
    const arrives = {type: 'message-received', link: linkId(AP, US), message} as const;
    expect(replica.step(arrives, at(1))).toContainEqual(expect.objectContaining({type: 'persist'}));
    replica.step({type: 'persist-failed', reason: 'no space left'}, at(2));
    expect(replica.step(arrives, at(3)).map(({type}) => type)).not.toContain('persist');
    const again = [501, 1002].flatMap(ms => [...replica.step({type: 'tick'}, at(ms))]);
    expect(fetches(again).length).toBeGreaterThan(0);
    expect(replica.step(arrives, at(1003))).toContainEqual(expect.objectContaining({type: 'persist'}));
  });
});

describe('a leader without a reachable peer', () => {
  it('accepts writes after the limit', () => {
    const network = meshOf(8);
    writeMany(network, US, 20);
    expectConverged(network, LEADERS);
    network.crash(US);
    network.crash(EU);
    network.crash(AP);
    network.restart(US);
    const startMs = network.nowMs;
    const request = network.write(US, 'order', set(42));
    expect(network.until(() => network.replies.has(request), 200)).toBe(true);
    expect(accepted(network, request)).toEqual({origin: US, seq: 21});
    expect(network.nowMs - startMs).toBeLessThanOrEqual(RECOVERY_LIMIT_MS + 10);
  });

  it('accepts them at once if it is the only member', () => {
    const network = new Network([US], [], 'own', 1, NO_TROUBLE);
    writeMany(network, US, 2);
    network.until(() => network.disk(US).length === 2);
    network.crash(US);
    network.restart(US);
    expect(network.replica(US).isRecovering).toBe(false);
  });

  it('accepts them at once in a new cluster', () => {
    expect(meshOf(9).replica(US).isRecovering).toBe(false);
  });

  for (const later of [1, 30]) {
    it(`reuses dots, and each is reported with both operations: ${later} accepted meanwhile`, () => {
      const network = meshOf(10);
      writeMany(network, US, 20);
      expectConverged(network, LEADERS);
      network.loseDisk(US, 15);
      isolate(network, US);
      network.restart(US);
      writeMany(network, US, later, 'second');
      network.until(() => seqOf(network.replica(US).vv, US) === 15 + later);
      network.cut.clear();
      const expected = Array.from({length: Math.min(5, later)}, (_, i) => `us:${16 + i}`);
      expect(network.until(() => reused(network).length === expected.length)).toBe(true);
      expect(reused(network)).toEqual(expected);
      expect(clashes(network)).toEqual(expected);
      const told = network.events.find(({event}) => event.type === 'dot-reused')?.event;
      const contents =
        told?.type === 'dot-reused' ? [told.ours, told.theirs].map(({writes}) => writes[0]?.key).sort() : [];
      expect(contents).toEqual(['k15', 'second0']);
      const request = network.write(US, 'after', set(1));
      network.until(() => [EU, AP].every(id => network.replica(id).fold.read(key('after')).type === 'value'));
      expect(accepted(network, request)?.seq).toBe(Math.max(20, 15 + later) + 1);
    });
  }

  it('finds one reused dot among thousands, even after a leader has greeted again', () => {
    const network = meshOf(11);
    writeMany(network, US, 3000);
    expectVectors(network);
    network.loseDisk(US, 1234);
    isolate(network, US);
    network.restart(US);
    const request = network.write(US, 'order', set(42));
    network.until(() => network.replies.has(request));
    network.cut.clear();
    expect(network.until(() => reused(network).length > 0)).toBe(true);
    expectVectors(network);
    expect(reused(network)).toEqual(['us:1235']);
  });
});

it('loses no acknowledged write and reuses no dot, for any log that a leader restarts with, ' +
  'while one peer is reachable', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.boolean(),
      fc.constantFrom<Delivery>('fifo', 'causal'),
      (seed, asRing, delivery) => {
        const links = asRing ? ring(LEADERS) : mesh(LEADERS);
        const network = new Network(LEADERS, links, asRing ? 'all' : 'own', seed, NO_TROUBLE, {delivery});
        const prng = new Prng(seed);
        const requests = new Map<number, string>();
        for (let round = 0; round < 6; round++) {
          for (let i = prng.int(1, 30); i > 0; i--) {
            const name = `k${requests.size}`;
            requests.set(network.write(prng.pick(LEADERS), name, set(i)), name);
            for (let j = prng.int(0, 3); j > 0; j--) network.advance();
          }
          // A write may still wait at a leader that recovers: one that ends takes it along unanswered.
          expect(
            network.until(() => [...requests.keys()].every(request => network.replies.has(request))),
          ).toBe(true);
          expectConverged(network, LEADERS);
          const victim = prng.pick(LEADERS);
          network.loseDisk(victim, prng.int(0, network.disk(victim).length));
          network.restart(victim);
        }
        expectConverged(network, LEADERS);
        expect(clashes(network)).toEqual([]);
        expect(reused(network)).toEqual([]);
        for (const [request, name] of requests) {
          expect(network.replies.get(request)?.type, name).toBe('accepted');
          for (const id of LEADERS)
            expect(network.replica(id).fold.read(key(name)).type, `${name} at ${id}`).toBe('value');
        }
      },
    ),
    {numRuns: runs(60), examples: [[126207613, false, 'fifo']]},
  );
}, 60_000);

it('reports exactly the reused dots, for any cuts while a leader lost its log', () => {
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, asRing) => {
      const links = asRing ? ring(LEADERS) : mesh(LEADERS);
      const network = new Network(LEADERS, links, asRing ? 'all' : 'own', seed, {
        loss: 0.1,
        duplication: 0.1,
        reorder: 0.2,
      });
      const prng = new Prng(seed);
      for (let i = 0; i < 60; i++) {
        const at = prng.pick(LEADERS);
        const dice = prng.next();
        if (dice < 0.6) network.write(at, `k${i}`, set(i));
        else if (dice < 0.7) {
          network.loseDisk(at, prng.int(0, network.disk(at).length));
          network.restart(at);
        } else if (dice < 0.85) network.cut.add(prng.pick(links));
        else network.cut.delete(prng.pick(links));
        for (let j = prng.int(0, 40); j > 0; j--) network.advance();
      }
      network.cut.clear();
      network.trouble = NO_TROUBLE;
      expectVectors(network);
      expect(network.until(() => clashes(network).every(dot => reused(network).includes(dot)), 50_000)).toBe(
        true,
      );
      for (const {event} of network.events)
        if (event.type === 'dot-reused') expect(hashOp(event.ours)).not.toBe(hashOp(event.theirs));
    }),
    {numRuns: runs(60)},
  );
}, 120_000);
