import {describe, expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {LagMeter} from '../../src/history/lag.ts';
import {TrafficMeter} from '../../src/history/traffic.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [
  ReturnType<typeof leaderId>,
  ReturnType<typeof leaderId>,
  ReturnType<typeof leaderId>,
];
const dot = (seq: number) => ({origin: US, seq});

describe('lag', () => {
  it('is measured for each pair, with the links that the operations passed, and in total', () => {
    const meter = new LagMeter();
    for (let seq = 1; seq <= 100; seq++) {
      meter.applied(US, dot(seq), 5000, 0);
      meter.applied(EU, dot(seq), 5000 + seq, 1);
      meter.applied(AP, dot(seq), 5200, 2);
    }
    const [ap, eu] = meter.lags(5300);
    expect(ap).toMatchObject({origin: 'us', leader: 'ap', p50Ms: 200, p99Ms: 200, count: 100, hops: 2});
    expect(eu).toMatchObject({origin: 'us', leader: 'eu', p50Ms: 50, p99Ms: 99, count: 100, hops: 1});
    expect(meter.lag(5300)).toEqual({p50Ms: 100, p99Ms: 200});
    expect(meter.opsPerSecond(5300)).toBe(100);
    expect(meter.opsPerSecond(6001)).toBe(0);
  });

  it('is measured even if the message of the origin arrives last', () => {
    const meter = new LagMeter();
    meter.applied(EU, dot(1), 1030, 1);
    expect(meter.lags(1100)).toEqual([]);
    meter.applied(US, dot(1), 1000, 0);
    expect(meter.lags(1100)).toMatchObject([{origin: 'us', leader: 'eu', p50Ms: 30, count: 1}]);
  });

  it('excludes operations that were accepted before a leader joined', () => {
    const meter = new LagMeter();
    meter.setMembers([US, EU], 500);
    meter.applied(US, dot(1), 400, 0);
    meter.applied(EU, dot(1), 600, 1);
    meter.setMembers([US, EU, AP], 1000);
    meter.applied(AP, dot(1), 1100, 1);
    meter.applied(US, dot(2), 1200, 0);
    meter.applied(AP, dot(2), 1230, 1);
    expect(meter.lags(1300)).toMatchObject([
      {leader: 'ap', count: 1, p50Ms: 30},
      {leader: 'eu', count: 1, p50Ms: 200},
    ]);
  });

  it('is forgotten after ten seconds, except for the medians of thirty seconds', () => {
    const meter = new LagMeter();
    for (const second of [1, 3, 20]) {
      meter.applied(US, dot(second), second * 1000, 0);
      meter.applied(EU, dot(second), second * 1000 + second, 1);
    }
    const [pair] = meter.lags(20_500);
    expect(pair).toMatchObject({count: 1, p50Ms: 20});
    expect(pair?.recentMs).toHaveLength(30);
    expect([
      pair?.recentMs.at(-1),
      pair?.recentMs.at(-18),
      pair?.recentMs.at(-20),
      pair?.recentMs.at(-2),
    ]).toEqual([20, 3, 1, undefined]);
    expect(meter.lag(30_500)).toBeUndefined();
  });

  it('counts every operation of a busy pair, and keeps a bounded sample of their lags', () => {
    const meter = new LagMeter();
    for (let seq = 1; seq <= 5000; seq++) {
      meter.applied(US, dot(seq), 1000, 0);
      meter.applied(EU, dot(seq), 1010, 1);
    }
    expect(meter.lags(1500)).toMatchObject([{count: 5000, p99Ms: 10}]);
  });
});

describe('operations per second', () => {
  it('count the last second only, however many operations came before', () => {
    const meter = new LagMeter();
    for (let seq = 1; seq <= 20_000; seq++) meter.applied(US, dot(seq), seq, 0);
    expect(meter.opsPerSecond(20_000)).toBe(1000);
  });
});

describe('traffic', () => {
  it('is the increase of the counters in the last second, and since the topology was changed', () => {
    const meter = new TrafficMeter();
    meter.observe(US, {accepted: 0, sent: 0, redundant: 0}, 0);
    meter.observe(US, {accepted: 10, sent: 20, redundant: 3}, 100);
    meter.observe(EU, {accepted: 7, sent: 5, redundant: 0}, 900);
    expect(meter.counts(1000)).toEqual({
      lastSecond: {accepted: 10, sent: 25, redundant: 3},
      total: {accepted: 10, sent: 25, redundant: 3},
    });
    expect(meter.counts(1500).lastSecond).toEqual({accepted: 0, sent: 5, redundant: 0});
    meter.reset();
    meter.observe(EU, {accepted: 9, sent: 9, redundant: 1}, 1600);
    expect(meter.counts(1600).total).toEqual({accepted: 2, sent: 4, redundant: 1});
  });

  it('continues when a leader restarts and its counters start at 0 again', () => {
    const meter = new TrafficMeter();
    meter.observe(US, {accepted: 0, sent: 0, redundant: 0}, 0);
    meter.observe(US, {accepted: 10, sent: 20, redundant: 0}, 100);
    meter.observe(US, {accepted: 11, sent: 4, redundant: 0}, 200);
    expect(meter.counts(200).total).toEqual({accepted: 11, sent: 24, redundant: 0});
  });
});
