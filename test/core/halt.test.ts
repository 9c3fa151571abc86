import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {Delivery} from '../../src/core/io/input-effect.ts';
import {EMPTY, merge, sameVector, seqOf, showDot} from '../../src/core/log/version-vector.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged, mesh, Network, NO_TROUBLE} from '../support/network.ts';
import {runs} from '../support/runs.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const set = (value: number | string) => ({type: 'set', value}) as const;

const halting = (seed = 1, delivery: Delivery = 'fifo'): Network => {
  const network = new Network(LEADERS, mesh(LEADERS), 'own', seed, NO_TROUBLE, {
    resolver: {name: 'halt'},
    delivery,
  });
  network.until(() =>
    LEADERS.every(id =>
      network
        .replica(id)
        .links()
        .every(({isOpen}) => isOpen),
    ),
  );
  return network;
};

/** us and eu write `title` at once, so each halts the other, and ap halts whichever comes second. */
function conflict(delivery: Delivery = 'fifo'): Network {
  const network = halting(1, delivery);
  network.latencyMs.set(linkId(EU, AP), 50);
  network.write(US, 'title', set('A'));
  network.write(EU, 'title', set('B'));
  network.until(() => LEADERS.every(id => network.replica(id).halted.length === 1));
  return network;
}

const run = (network: Network, ms: number): void => {
  const endMs = network.nowMs + ms;
  network.until(() => network.nowMs >= endMs);
};

const eventsAt = (network: Network, at: LeaderId, type: string) =>
  network.events.filter(one => one.at === at && one.event.type === type).map(({event}) => event);

describe('a conflict under halt', () => {
  it('stops the origin whose operation came second, names it, and applies no more of its operations', () => {
    const network = conflict();
    expect(network.replica(US).halted).toEqual([
      {origin: EU, dot: {origin: EU, seq: 1}, key: 'title', with: [{origin: US, seq: 1}]},
    ]);
    expect(eventsAt(network, AP, 'halted')).toEqual([
      {type: 'halted', origin: EU, dot: {origin: EU, seq: 1}, key: 'title', with: [{origin: US, seq: 1}]},
    ]);
    network.write(EU, 'other', set(1));
    network.write(AP, 'third', set(1));
    run(network, 3000);
    expect(seqOf(network.replica(US).vv, EU)).toBe(0);
    expect(network.replica(US).fold.read(key('title'))).toEqual({type: 'value', value: 'A'});
    expect(seqOf(network.replica(US).vv, AP), 'others go on').toBe(1);
  });

  it('is reported to the conflict log, although the operation is not applied', () => {
    const network = conflict();
    expect(eventsAt(network, US, 'conflict')).toMatchObject([
      {
        key: 'title',
        relation: 'concurrent',
        writes: [{dot: {origin: EU, seq: 1}}, {dot: {origin: US, seq: 1}}],
        shows: {type: 'value', value: 'A'},
        lost: [],
        why: 'eu is halted here: eu:1 had not seen us:1',
      },
    ]);
  });

  it('does not send the halted operations repeatedly', () => {
    const network = conflict();
    network.write(EU, 'other', set(1));
    run(network, 500);
    const before = network.sent.length;
    run(network, 10_000);
    const carrying = network.sent.slice(before).filter(({message}) => message.type === 'ops');
    expect(carrying).toEqual([]);
  });

  it("lets the leader's own clients write, and their writes have not seen the halted ones", () => {
    const network = conflict();
    const request = network.write(US, 'title', set('C'));
    network.until(() => network.replies.has(request));
    expect(network.replies.get(request)?.type).toBe('accepted');
    expect(network.replica(US).halted).toHaveLength(1);
  });
});

describe('skip', () => {
  it('applies the operation that halted it, names it, and continues with the origin', () => {
    const network = conflict();
    network.write(EU, 'other', set(1));
    run(network, 100);
    const request = network.skip(US, EU);
    network.until(() => network.replies.has(request));
    expect(network.replies.get(request)).toEqual({type: 'skipped', dots: [{origin: EU, seq: 1}]});
    const skippedAtMs = network.nowMs;
    expect(network.until(() => seqOf(network.replica(US).vv, EU) === 2)).toBe(true);
    expect(network.nowMs - skippedAtMs, 'sent at once, not with a heartbeat').toBeLessThan(50);
    expect(network.replica(US).halted).toEqual([]);
    expect(eventsAt(network, US, 'unhalted')).toEqual([{type: 'unhalted', origin: EU}]);
    expect(network.replica(AP).halted, 'only there').toHaveLength(1);
  });

  it('continues after the next heartbeat if the message about it is lost', () => {
    const network = conflict();
    network.write(EU, 'other', set(1));
    run(network, 100);
    network.stuckDisks.add(US);
    network.skip(US);
    network.trouble = {...NO_TROUBLE, loss: 1};
    network.stuckDisks.clear();
    run(network, 20);
    network.trouble = NO_TROUBLE;
    expect(network.until(() => seqOf(network.replica(US).vv, EU) === 2)).toBe(true);
  });

  it('skips nothing if nothing is halted', () => {
    const network = conflict();
    const request = network.skip(US, AP);
    expect(network.replies.get(request)).toEqual({type: 'skipped', dots: []});
    expect(network.replica(US).halted).toHaveLength(1);
  });
});

it('another resolver resumes every origin', () => {
  const network = conflict();
  network.write(EU, 'other', set(1));
  run(network, 100);
  network.change({name: 'resolver', value: {name: 'lww'}});
  for (const id of LEADERS) expect(network.replica(id).halted).toEqual([]);
  expectConverged(network, LEADERS);
  expect(network.replica(AP).opCount).toBe(3);
});

it('setting the same resolver again changes nothing', () => {
  const network = conflict();
  network.change({name: 'resolver', value: {name: 'halt'}});
  for (const id of LEADERS) expect(network.replica(id).halted).toHaveLength(1);
});

it('after a restart the operation is sent again, and halts again', () => {
  const network = conflict();
  network.crash(US);
  network.restart(US);
  expect(network.replica(US).halted).toEqual([]);
  expect(network.until(() => network.replica(US).halted.length === 1)).toBe(true);
});

it('after the disk refused the write that it conflicted with, nothing is halted any more', () => {
  const network = halting();
  network.stuckDisks.add(US);
  network.write(US, 'title', set('A'));
  network.write(EU, 'title', set('B'));
  network.until(() => network.replica(US).halted.length === 1);
  network.refuseDisk(US);
  network.stuckDisks.clear();
  expect(network.replica(US).halted).toEqual([]);
  expectConverged(network, LEADERS);
  expect(network.replica(US).fold.read(key('title'))).toEqual({type: 'value', value: 'B'});
});

it(
  'an operation that had seen the write here does not halt, and one that a later one had seen ' +
    'does not either',
  () => {
    const network = halting();
    network.latencyMs.set(linkId(US, AP), 200);
    network.write(US, 'title', set('A'));
    network.until(() => seqOf(network.replica(EU).vv, US) === 1);
    network.write(EU, 'title', set('B'));
    expectConverged(network, LEADERS);
    expect(network.events.filter(({event}) => event.type === 'halted')).toEqual([]);
  },
);

it(
  'under causal delivery, what depends on a halted ' + 'operation waits, and is applied when that is skipped',
  () => {
    const network = conflict('causal');
    network.change({name: 'delivery', value: 'causal'});
    const request = network.skip(AP);
    network.until(() => network.replies.has(request));
    network.write(AP, 'comment', set('on B'));
    expect(network.until(() => network.replica(US).buffered === 1)).toBe(true);
    network.skip(US);
    expect(network.replica(US).fold.read(key('comment'))).toEqual({type: 'value', value: 'on B'});
  },
);

it('operations behind a halted one are forgotten, and sent again', () => {
  const network = halting(1, 'causal');
  network.latencyMs.set(linkId(AP, US), 200);
  network.write(AP, 'question', set('?'));
  network.until(() => seqOf(network.replica(EU).vv, AP) === 1);
  network.write(EU, 'title', set('B'));
  network.write(EU, 'title', set('BB'));
  network.write(US, 'title', set('A'));
  expect(network.until(() => network.replica(US).buffered === 2)).toBe(true);
  expect(network.until(() => network.replica(US).halted.length === 1)).toBe(true);
  expect(network.replica(US).buffered).toBe(0);
  expect(seqOf(network.replica(US).vv, EU)).toBe(0);
  network.skip(US);
  expect(network.until(() => network.replica(US).halted[0]?.dot.seq === 2)).toBe(true);
});

it('repeated skips bring all operations to all leaders, whatever has halted', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom<Delivery>('fifo', 'causal'), (seed, delivery) => {
      const network = halting(seed, delivery);
      network.trouble = {loss: 0.1, duplication: 0.1, reorder: 0.3};
      const prng = new Prng(seed);
      for (let i = 0; i < 60; i++) {
        const at = prng.pick(LEADERS);
        const dice = prng.next();
        if (dice < 0.5) network.write(at, `k${prng.int(0, 3)}`, set(i));
        else if (dice < 0.6) network.skip(at);
        else if (dice < 0.63) {
          network.crash(at);
          network.restart(at);
        } else if (dice < 0.66) network.refuseDisk(at);
        for (let j = prng.int(0, 5); j > 0; j--) network.advance();
      }
      network.trouble = NO_TROUBLE;
      const isDone = (): boolean => {
        const replicas = LEADERS.map(id => network.replica(id));
        const total = Math.max(...replicas.map(({opCount}) => opCount));
        const all = replicas.reduce((union, {vv}) => merge(union, vv), EMPTY);
        return replicas.every(
          ({vv, log, halted}) => halted.length === 0 && log.length === total && sameVector(vv, all),
        );
      };
      for (let round = 0; round < 200 && !isDone(); round++) {
        for (const id of LEADERS) if (network.replica(id).halted.length > 0) network.skip(id);
        for (let j = 0; j < 50; j++) network.advance();
      }
      const logs = LEADERS.map(id =>
        network
          .replica(id)
          .log.map(({dot}) => showDot(dot))
          .sort(),
      );
      expect(logs[1]).toEqual(logs[0]);
      expect(logs[2]).toEqual(logs[0]);
    }),
    {numRuns: runs(40)},
  );
}, 60_000);
