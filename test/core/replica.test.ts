import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {AckMode, Delivery, Effect} from '../../src/core/io/input-effect.ts';
import {PROTOCOL} from '../../src/core/io/message.ts';
import {DRIFT_LIMIT_MS} from '../../src/core/log/hybrid-clock.ts';
import type {Op} from '../../src/core/log/op.ts';
import {seqOf, showDot} from '../../src/core/log/version-vector.ts';
import {Replica} from '../../src/core/replica.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged as expectAllConverged, mesh, Network, NO_TROUBLE, ring} from '../support/network.ts';
import {runs} from '../support/runs.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const set = (value: number | string) => ({type: 'set', value}) as const;

const expectConverged = (network: Network): void => expectAllConverged(network, LEADERS);

const anySettings = fc.record({
  delivery: fc.constantFrom<Delivery>('fifo', 'causal'),
  ack: fc.constantFrom<AckMode>('local', 'quorum', 'all'),
});

const meshOf = (seed: number, trouble = NO_TROUBLE): Network =>
  new Network(LEADERS, mesh(LEADERS), 'own', seed, trouble);

describe('replication', () => {
  it('brings a write to every leader of a mesh', () => {
    const network = meshOf(1);
    network.write(US, 'a', set(1));
    expectConverged(network);
    expect(network.replica(AP).fold.read(key('a'))).toEqual({type: 'value', value: 1});
  });

  it('sends a write round a ring by forwarding, and each leader drops what it has', () => {
    const network = new Network(LEADERS, ring(LEADERS), 'all', 1, NO_TROUBLE);
    network.write(US, 'a', set(1));
    expectConverged(network);
    expect(network.replica(AP).fold.read(key('a'))).toEqual({type: 'value', value: 1});
  });

  it('catches up after a cut, whatever was sent meanwhile', () => {
    const network = meshOf(2);
    expectConverged(network);
    network.cut.add(linkId(US, EU));
    for (let i = 0; i < 600; i++) network.write(US, `k${i}`, set(i));
    network.until(() => seqOf(network.replica(AP).vv, US) === 600);
    expect(seqOf(network.replica(EU).vv, US)).toBe(0);
    const waitingFor = (peer: LeaderId) =>
      network
        .replica(US)
        .links()
        .find(link => link.peer === peer)?.waiting;
    expect(waitingFor(EU)).toBe(600);
    network.cut.clear();
    expectConverged(network);
    expect(network.until(() => waitingFor(EU) === 0)).toBe(true);
  });

  it(
    'forwards the operations of a leader that has left, and only of such a leader, because no ' +
      'other leader sends them',
    () => {
      const network = meshOf(4);
      expectConverged(network);
      network.cut.add(linkId(AP, EU));
      for (let i = 0; i < 300; i++) network.write(AP, `k${i}`, set(i));
      network.until(() => seqOf(network.replica(US).vv, AP) === 300);
      network.crash(AP);
      const waiting = () =>
        network
          .replica(US)
          .links()
          .find(({peer}) => peer === EU)?.waiting;
      for (let i = 0; i < 1000; i++) network.advance();
      expect([seqOf(network.replica(EU).vv, AP), waiting()]).toEqual([0, 0]);
      network.changeMembers([US, EU]);
      expect(waiting()).toBe(300);
      expectAllConverged(network, [US, EU]);
      expect(seqOf(network.replica(EU).vv, AP)).toBe(300);
    },
  );

  it('converges through loss, duplication, reordering, resets and crashes, and keeps every acknowledged ' +
    'write', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), anySettings, (seed, asRing, settings) => {
        const trouble = {loss: 0.15, duplication: 0.15, reorder: 0.3};
        const links = asRing ? ring(LEADERS) : mesh(LEADERS);
        const network = new Network(LEADERS, links, asRing ? 'all' : 'own', seed, trouble, settings);
        const prng = new Prng(seed);
        const requests = new Map<number, string>();
        const down = new Set<LeaderId>();
        for (let i = 0; i < 150; i++) {
          const at = prng.pick(LEADERS);
          const link = prng.pick(links);
          const dice = prng.next();
          if (dice < 0.4 && !down.has(at)) requests.set(network.write(at, `k${i}`, set(i)), `k${i}`);
          else if (dice < 0.43 && !down.has(at)) {
            network.crash(at);
            down.add(at);
          } else if (dice < 0.55 && down.delete(at)) network.restart(at);
          else if (dice < 0.6) network.cut.add(link);
          else if (dice < 0.7) network.cut.delete(link);
          else if (dice < 0.75) {
            network.reset(link);
            network.connect(link);
          }
          for (let j = prng.int(0, 4); j > 0; j--) network.advance();
        }
        for (const id of down) network.restart(id);
        network.cut.clear();
        network.trouble = NO_TROUBLE;
        expectConverged(network);
        for (const [request, name] of requests) {
          if (network.replies.get(request)?.type !== 'accepted') continue;
          for (const id of LEADERS)
            expect(network.replica(id).fold.read(key(name)).type, `${name} at ${id}`).toBe('value');
        }
      }),
      {numRuns: runs(60)},
    );
  }, 60_000);

  it('sends an operation again only while it is unacknowledged', () => {
    const network = meshOf(3);
    for (let i = 0; i < 50; i++) network.write(US, `k${i}`, set(i));
    expectConverged(network);
    network.until(() =>
      LEADERS.every(id =>
        network
          .replica(id)
          .links()
          .every(({waiting}) => waiting === 0),
      ),
    );
    expect(network.events.filter(({event}) => event.type === 'redundant')).toEqual([]);
  });
});

describe('one replica', () => {
  const now = {wallMs: 1000, monotonicMs: 0};
  const link = linkId(US, EU);
  const fresh = (): Replica => {
    const replica = new Replica({self: US, cluster: 'test', resolver: {name: 'lww'}, ops: []});
    replica.step(
      {type: 'setting-changed', setting: {name: 'peers', value: [{leader: EU, forward: 'own'}]}},
      now,
    );
    replica.step({type: 'link-opened', link}, now);
    replica.step(
      {
        type: 'message-received',
        link,
        message: {type: 'hello', protocol: PROTOCOL, leader: EU, cluster: 'test', have: {}},
      },
      now,
    );
    return replica;
  };

  it('invariant 2: does not answer or send a write before it is persisted', () => {
    const replica = fresh();
    const before = replica.step(
      {type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]},
      now,
    );
    expect(before.map(({type}) => type).filter(type => type === 'reply' || type === 'send')).toEqual([]);
    expect(before.some(({type}) => type === 'persist')).toBe(true);
    const after = replica.step({type: 'persisted', count: 1}, now);
    expect(after.find(({type}) => type === 'reply')).toMatchObject({
      request: 1,
      reply: {type: 'accepted', dot: {origin: 'us', seq: 1}},
    });
    expect(after.find(({type}) => type === 'send')).toMatchObject({
      message: {type: 'ops', ops: [{dot: {origin: 'us', seq: 1}}]},
    });
  });

  it('invariant 2: a read waits until the write that it sees is persisted', () => {
    const replica = fresh();
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]}, now);
    expect(
      replica
        .step({type: 'read-requested', request: 2, key: key('a')}, now)
        .some(({type}) => type === 'reply'),
    ).toBe(false);
    const after = replica.step({type: 'persisted', count: 1}, now);
    expect(after.filter(({type}) => type === 'reply')).toHaveLength(2);
  });

  it('a read that waits shows what was applied when it was read, not what came since', () => {
    const replica = fresh();
    const write = (request: number) =>
      replica.step({type: 'write-requested', request, writes: [{key: key('a'), intent: set(request)}]}, now);
    write(1);
    replica.step({type: 'read-requested', request: 2, key: key('a')}, now);
    write(3);
    const after = replica.step({type: 'persisted', count: 2}, now);
    const answers = after.filter(effect => effect.type === 'reply').map(({reply}) => reply);
    expect(answers.find(({type}) => type === 'read')).toEqual({
      type: 'read',
      reading: {type: 'value', value: 1},
      vv: {us: 1},
    });
  });

  it('an operation that waits for a lost one of this leader is applied when that dot is used again', () => {
    const replica = new Replica({
      self: US,
      cluster: 'test',
      resolver: {name: 'lww'},
      delivery: 'causal',
      members: [US, EU],
      ops: [],
    });
    const op = {
      dot: {origin: EU, seq: 1},
      after: {us: 1},
      hlc: {wallMs: 1000, logical: 0},
      wallMs: 1000,
      writes: [{type: 'set', key: key('b'), generation: 1, saw: [], value: 2}],
    } as unknown as Op;
    replica.step(
      {
        type: 'message-received',
        link: linkId(EU, US),
        message: {type: 'ops', batch: 1, ops: [op], hops: [1]},
      },
      now,
    );
    expect(replica.buffered).toBe(1);
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]}, now);
    expect([replica.buffered, replica.vv]).toEqual([0, {us: 1, eu: 1}]);
  });

  it('invariant 3: an operation that arrives twice is applied once', () => {
    const replica = fresh();
    const op = {
      dot: {origin: EU, seq: 1},
      after: {},
      hlc: {wallMs: 1000, logical: 0},
      wallMs: 1000,
      writes: [{type: 'incr', key: key('n'), generation: 1, saw: [], by: 1, effect: 1}],
    } as const;
    const message = {type: 'ops', batch: 1, ops: [op, op], hops: [1, 1]} as const;
    replica.step({type: 'message-received', link: linkId(EU, US), message}, now);
    const again = replica.step({type: 'message-received', link: linkId(EU, US), message}, now);
    expect(replica.opCount).toBe(1);
    expect(again.find(effect => effect.type === 'report' && effect.event.type === 'redundant')).toMatchObject(
      {
        event: {from: 'eu', count: 2},
      },
    );
  });

  it('forgets the operations that the disk refused, reports that, and continues to read and write', () => {
    const replica = fresh();
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set(1)}]}, now);
    replica.step({type: 'read-requested', request: 2, key: key('a')}, now);
    const effects = replica.step({type: 'persist-failed', reason: 'no space left'}, now);
    expect(effects.filter(({type}) => type === 'reply')).toMatchObject([
      {request: 1, reply: {type: 'refused', failure: {code: 'storage'}}},
      {request: 2, reply: {type: 'read', reading: {type: 'absent'}}},
    ]);
    replica.step({type: 'write-requested', request: 3, writes: [{key: key('a'), intent: set(2)}]}, now);
    const after = replica.step({type: 'persisted', count: 1}, now);
    expect(after.find(({type}) => type === 'reply')).toMatchObject({
      request: 3,
      reply: {type: 'accepted', dot: {origin: 'us', seq: 1}},
    });
  });

  it('reports a clock beyond the drift limit and keeps its own', () => {
    const replica = fresh();
    const op = {
      dot: {origin: EU, seq: 1},
      after: {},
      hlc: {wallMs: 10_000_000, logical: 0},
      wallMs: 10_000_000,
      writes: [{type: 'set', key: key('n'), generation: 1, saw: [], value: 1}],
    } as const;
    const effects = replica.step(
      {
        type: 'message-received',
        link: linkId(EU, US),
        message: {type: 'ops', batch: 1, ops: [op], hops: [1]},
      },
      now,
    );
    expect(
      effects.find(effect => effect.type === 'report' && effect.event.type === 'clock-ahead'),
    ).toBeDefined();
    expect(replica.hlc.wallMs).toBeLessThan(10_000_000);
  });

  it(
    'adopts the clocks in its log when it starts: its own always, and others only within the ' +
      'drift limit',
    () => {
      const write = (origin: LeaderId, wallMs: number) => ({
        dot: {origin, seq: 1},
        after: {},
        hlc: {wallMs, logical: 0},
        wallMs,
        writes: [{type: 'set', key: key('n'), generation: 1, saw: [], value: 1} as const],
      });
      const clockAfter = (ops: readonly Op[]) => {
        const replica = new Replica({self: US, cluster: 'test', resolver: {name: 'lww'}, ops});
        replica.step({type: 'tick'}, now);
        return replica.hlc.wallMs;
      };
      const [near, far] = [now.wallMs + DRIFT_LIMIT_MS, now.wallMs + DRIFT_LIMIT_MS + 1];
      expect(clockAfter([write(EU, near)])).toBe(near);
      expect(clockAfter([write(EU, far)])).toBeLessThanOrEqual(now.wallMs);
      expect(clockAfter([write(US, far)])).toBe(far);
    },
  );

  it('refuses a change that does not fit the value, with the reason', () => {
    const replica = fresh();
    replica.step({type: 'write-requested', request: 1, writes: [{key: key('a'), intent: set('text')}]}, now);
    replica.step({type: 'persisted', count: 1}, now);
    const effects = replica.step(
      {type: 'write-requested', request: 2, writes: [{key: key('a'), intent: {type: 'incr', by: 1}}]},
      now,
    );
    expect(effects).toMatchObject([
      {
        type: 'reply',
        reply: {type: 'refused', failure: {code: 'wrong-type', message: 'a is "text", not a number'}},
      },
    ]);
    expect(replica.opCount).toBe(1);
  });

  const sentOps = (effects: readonly Effect[]): string[] =>
    effects.flatMap(effect =>
      effect.type === 'send' && effect.message.type === 'ops'
        ? effect.message.ops.map(({dot}) => showDot(dot))
        : [],
    );
  const write = (replica: Replica, n: number): readonly Effect[] => {
    replica.step({type: 'write-requested', request: n, writes: [{key: key(`k${n}`), intent: set(n)}]}, now);
    return replica.step({type: 'persisted', count: n}, now);
  };

  it('fills a gap at once when the peer reports it, and answers each report once', () => {
    const replica = fresh();
    write(replica, 1);
    expect(sentOps(write(replica, 2))).toEqual(['us:2']);
    const complaint = {type: 'message-received', link, message: {type: 'have', have: {}, gapAt: 2}} as const;
    expect(sentOps(replica.step(complaint, now))).toEqual(['us:1', 'us:2']);
    expect(sentOps(replica.step(complaint, now))).toEqual([]);
  });

  it('reports a gap in a batch, and applies nothing beyond it', () => {
    const replica = fresh();
    const op = {
      dot: {origin: EU, seq: 2},
      after: {[EU]: 1},
      hlc: {wallMs: 1, logical: 0},
      wallMs: 1,
      writes: [],
    };
    const effects = replica.step(
      {
        type: 'message-received',
        link: linkId(EU, US),
        message: {type: 'ops', batch: 7, ops: [op], hops: [1]},
      },
      now,
    );
    expect(effects).toMatchObject([{type: 'send', message: {type: 'have', have: {}, gapAt: 7}}]);
    expect(replica.opCount).toBe(0);
  });

  it('sends everything again to a peer that restarted with less', () => {
    const replica = fresh();
    write(replica, 1);
    replica.step({type: 'message-received', link, message: {type: 'have', have: {[US]: 1}}}, now);
    expect(sentOps(write(replica, 2))).toEqual(['us:2']);
    replica.step({type: 'link-closed', link}, now);
    replica.step({type: 'link-opened', link}, now);
    const hello = {type: 'hello', protocol: PROTOCOL, leader: EU, cluster: 'test', have: {}} as const;
    expect(sentOps(replica.step({type: 'message-received', link, message: hello}, now))).toEqual([
      'us:1',
      'us:2',
    ]);
  });
});
