import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {Delivery, Effect} from '../../src/core/io/input-effect.ts';
import type {Holdings} from '../../src/core/io/message.ts';
import {BATCH_OPS, Progress} from '../../src/core/links/progress.ts';
import {WAITING_OPS} from '../../src/core/links/waiting-ops.ts';
import {OpLog} from '../../src/core/log/log.ts';
import type {Op} from '../../src/core/log/op.ts';
import {
  dominates,
  EMPTY,
  extend,
  seqOf,
  showDot,
  type VersionVector,
} from '../../src/core/log/version-vector.ts';
import {Replica} from '../../src/core/replica.ts';
import {LEADERS} from '../support/arbitraries.ts';
import {expectConverged, mesh, Network, NO_TROUBLE, ring} from '../support/network.ts';
import {runs} from '../support/runs.ts';

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const set = (value: number | string) => ({type: 'set', value}) as const;
const NOW = {wallMs: 1000, monotonicMs: 0};

const opOf = (origin: LeaderId, seq: number, after: VersionVector = {}): Op => ({
  dot: {origin, seq},
  after: seq === 1 ? after : {...after, [origin]: seq - 1},
  hlc: {wallMs: 1000, logical: seq},
  wallMs: 1000,
  writes: [{type: 'set', key: key(`${origin}${seq}`), generation: 1, saw: [], value: seq}],
});

/** The dots that a leader applied, in order. */
const appliedAt = (network: Network, at: LeaderId): string[] =>
  network.events.flatMap(({at: where, event}) =>
    where === at && event.type === 'applied' ? [showDot(event.dot)] : [],
  );

/** us asks, eu answers what it read; the question takes long to ap, the answer does not. */
function questionAndReply(delivery: Delivery): Network {
  const network = new Network(LEADERS, mesh(LEADERS), 'own', 1, NO_TROUBLE, {delivery});
  network.latencyMs.set(linkId(US, AP), 300);
  network.until(() =>
    LEADERS.every(id =>
      network
        .replica(id)
        .links()
        .every(({isOpen}) => isOpen),
    ),
  );
  network.write(US, 'question', set('?'));
  network.until(() => seqOf(network.replica(EU).vv, US) === 1);
  network.write(EU, 'reply', set('!'));
  return network;
}

describe('over unequal links', () => {
  it('fifo applies the reply before the question', () => {
    const network = questionAndReply('fifo');
    expectConverged(network, LEADERS);
    expect(appliedAt(network, AP)).toEqual(['eu:1', 'us:1']);
  });

  it('causal lets the reply wait for the question, reports that, and does not request it again', () => {
    const network = questionAndReply('causal');
    expect(network.until(() => network.replica(AP).buffered === 1)).toBe(true);
    expect(network.replica(AP).fold.read(key('reply')).type).toBe('absent');
    expectConverged(network, LEADERS);
    expect(appliedAt(network, AP)).toEqual(['us:1', 'eu:1']);
    expect(network.replica(AP).buffered).toBe(0);
    expect(network.replica(AP).redundantOps).toBe(0);
  });

  it('switching from causal to fifo applies what waits', () => {
    const network = questionAndReply('causal');
    network.until(() => network.replica(AP).buffered === 1);
    network.change({name: 'delivery', value: 'fifo'});
    expect(network.replica(AP).fold.read(key('reply'))).toEqual({type: 'value', value: '!'});
    expectConverged(network, LEADERS);
    expect(appliedAt(network, AP)).toEqual(['eu:1', 'us:1']);
  });

  it('operations that wait in memory are sent again after a restart', () => {
    const network = questionAndReply('causal');
    network.until(() => network.replica(AP).buffered === 1);
    network.crash(AP);
    network.restart(AP);
    expect(network.replica(AP).buffered).toBe(0);
    expectConverged(network, LEADERS);
  });

  it('operations that wait in memory are sent again after the disk refused those before them', () => {
    const network = questionAndReply('causal');
    network.until(() => network.replica(AP).buffered === 1);
    network.write(AP, 'own', set(1));
    network.refuseDisk(AP);
    expect(network.replica(AP).buffered).toBe(0);
    expectConverged(network, LEADERS);
    expect(appliedAt(network, AP).slice(-2)).toEqual(['us:1', 'eu:1']);
  });
});

describe('causal delivery', () => {
  it('applies no operation before all operations that its origin had applied, and every ' +
    'operation in the end', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, asRing) => {
        const links = asRing ? ring(LEADERS) : mesh(LEADERS);
        const trouble = {loss: 0.15, duplication: 0.15, reorder: 0.3};
        const network = new Network(LEADERS, links, asRing ? 'all' : 'own', seed, trouble, {
          delivery: 'causal',
        });
        const prng = new Prng(seed);
        for (const link of links) network.latencyMs.set(link, prng.int(1, 400));
        for (let i = 0; i < 120; i++) {
          const at = prng.pick(LEADERS);
          const dice = prng.next();
          if (dice < 0.5) network.write(at, `k${prng.int(0, 3)}`, set(i));
          else if (dice < 0.53) {
            network.crash(at);
            network.restart(at);
          } else if (dice < 0.56) network.refuseDisk(at);
          for (let j = prng.int(0, 5); j > 0; j--) network.advance();
        }
        network.trouble = NO_TROUBLE;
        expectConverged(network, LEADERS);
        for (const id of LEADERS) expectCausal(network.replica(id).log);
      }),
      {numRuns: runs(60)},
    );
  }, 60_000);

  it('refuses an origin that sends more than fits in memory, and accepts it again when there is room', () => {
    const replica = new Replica({
      self: AP,
      cluster: 'test',
      resolver: {name: 'lww'},
      delivery: 'causal',
      ops: [],
    });
    const link = linkId(EU, AP);
    const many = Array.from({length: WAITING_OPS + 10}, (_, i) => opOf(EU, i + 1, {[US]: 1}));
    replica.step(
      {
        type: 'message-received',
        link,
        message: {type: 'hello', protocol: 3, leader: EU, cluster: 'test', have: {}},
      },
      NOW,
    );
    let last: readonly Effect[] = [];
    for (let from = 0; from < many.length; from += BATCH_OPS)
      last = receive(replica, EU, many.slice(from, from + BATCH_OPS));
    expect(replica.buffered).toBe(WAITING_OPS);
    expect(holdingsIn(last)).toMatchObject([{buffered: {[EU]: WAITING_OPS}, refuses: [EU]}]);
    receive(replica, US, [opOf(US, 1)]);
    expect(replica.buffered).toBe(0);
    expect(replica.opCount).toBe(WAITING_OPS + 1);
    const told = holdingsIn(replica.step({type: 'persisted', count: replica.opCount}, NOW), link);
    expect(told).toContainEqual({type: 'have', have: {[US]: 1, [EU]: WAITING_OPS}});
  });

  it('always has room for the operation that all others wait for', () => {
    const replica = new Replica({
      self: AP,
      cluster: 'test',
      resolver: {name: 'lww'},
      delivery: 'causal',
      ops: [],
    });
    const many = Array.from({length: WAITING_OPS + 10}, (_, i) => opOf(EU, i + 1, {[US]: 2}));
    receive(replica, EU, many);
    // us:1 itself would have to wait for af:1, though there is no room left.
    receive(replica, US, [opOf(US, 1, {[leaderAf]: 1}), opOf(US, 2, {[leaderAf]: 1})]);
    receive(replica, leaderAf, [opOf(leaderAf, 1)]);
    receive(replica, US, [opOf(US, 2, {[leaderAf]: 1})]);
    expect(replica.buffered).toBe(0);
    expect(replica.opCount).toBe(WAITING_OPS + 3);
  });
});

const leaderAf = 'af' as LeaderId;

function expectCausal(log: readonly Op[]): void {
  let vv = EMPTY;
  for (const op of log) {
    expect(dominates(vv, op.after), `${showDot(op.dot)} was applied before what its origin had applied`).toBe(
      true,
    );
    vv = extend(vv, op.dot);
  }
}

const receive = (replica: Replica, from: LeaderId, ops: readonly Op[]): readonly Effect[] =>
  replica.step(
    {
      type: 'message-received',
      link: linkId(from, replica.self),
      message: {type: 'ops', batch: 1, ops, hops: ops.map(() => 1)},
    },
    NOW,
  );

const holdingsIn = (effects: readonly Effect[], link?: string): Holdings[] =>
  effects.flatMap(effect =>
    effect.type === 'send' && effect.message.type === 'have' && (link === undefined || effect.link === link)
      ? [effect.message]
      : [],
  );

describe('the progress of a peer', () => {
  const logOf = (ops: readonly Op[]): OpLog => {
    const log = new OpLog();
    for (const op of ops) log.append(op);
    log.markPersisted(ops.length);
    return log;
  };
  const streaming = (): Progress => {
    const progress = new Progress(US, AP, 'all', {guarded: true, members: new Set(LEADERS)});
    progress.open();
    progress.greet({});
    return progress;
  };
  const dots = (batch: {readonly ops: readonly Op[]} | undefined): string[] =>
    (batch?.ops ?? []).map(({dot}) => showDot(dot));

  it('does not send again what waits in the memory of the peer until it no longer waits there', () => {
    const log = logOf([opOf(EU, 1), opOf(US, 1), opOf(EU, 2)]);
    const progress = streaming();
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1', 'us:1', 'eu:2']);
    progress.acknowledge({have: {[US]: 1}, buffered: {[EU]: 2}});
    expect(progress.isWaiting).toBe(false);
    progress.noticeSilence();
    expect(dots(progress.nextBatch(log))).toEqual([]);
    progress.acknowledge({have: {[US]: 1}});
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1', 'eu:2']);
    progress.acknowledge({have: {[US]: 1, [EU]: 2}});
    expect(dots(progress.nextBatch(log))).toEqual([]);
    expect(progress.waiting(log)).toBe(0);
  });

  it('sends nothing of an origin that the peer refuses, until the peer accepts it', () => {
    const log = logOf([opOf(EU, 1), opOf(US, 1)]);
    const progress = streaming();
    progress.nextBatch(log);
    progress.acknowledge({have: {[US]: 1}, refuses: [EU]});
    expect(progress.isWaiting).toBe(false);
    expect(dots(progress.nextBatch(log))).toEqual([]);
    progress.acknowledge({have: {[US]: 1}});
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1']);
  });

  it('forgets both after a new greeting', () => {
    const log = logOf([opOf(EU, 1), opOf(US, 1)]);
    const progress = streaming();
    progress.nextBatch(log);
    progress.acknowledge({have: {}, buffered: {[EU]: 1}, refuses: [US]});
    progress.close();
    progress.open();
    progress.greet({});
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1', 'us:1']);
  });

  it('checks everything again when it begins to forward all', () => {
    const log = logOf([opOf(EU, 1), opOf(US, 1), opOf(AP, 1)]);
    const progress = new Progress(US, AP, 'own', {guarded: true, members: new Set(LEADERS)});
    progress.open();
    progress.greet({});
    expect(dots(progress.nextBatch(log))).toEqual(['us:1']);
    progress.acknowledge({have: {[US]: 1}});
    progress.forward = 'all';
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1']);
    progress.guarded = false;
    expect(dots(progress.nextBatch(log))).toEqual(['eu:1', 'ap:1']);
  });
});

it('a change from own to all sends earlier operations to a leader that only one link reaches', () => {
  const links = [linkId(US, EU), linkId(EU, US), linkId(EU, AP)];
  const network = new Network(LEADERS, links, 'own', 1, NO_TROUBLE);
  network.write(US, 'a', set(1));
  network.write(EU, 'b', set(2));
  network.until(() => seqOf(network.replica(AP).vv, EU) === 1 && seqOf(network.replica(EU).vv, US) === 1);
  expect(seqOf(network.replica(AP).vv, US)).toBe(0);
  network.changeForward('all');
  expect(network.until(() => seqOf(network.replica(AP).vv, US) === 1)).toBe(true);
});
