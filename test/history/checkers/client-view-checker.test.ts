/**
 * What clients may rely on without a look at any log: histories of what was asked, answered and read, right
 * ones and the least wrong ones.
 */
import {describe, expect, it} from 'vitest';
import {must} from '../../../src/base/assert.ts';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {Json} from '../../../src/base/json.ts';
import type {Intent} from '../../../src/core/log/op.ts';
import {parseDot} from '../../../src/core/log/version-vector.ts';
import type {Reading} from '../../../src/core/state/reading.ts';
import {checkAll} from '../../../src/history/checkers/all-checkers.ts';
import {checkAskedCounters, checkAskedSets} from '../../../src/history/checkers/client-view-checker.ts';
import type {FinalLeader, Trace, TraceEvent} from '../../../src/history/trace.ts';

const A = key('a');
const [US, EU] = ['us', 'eu'].map(leaderId) as [LeaderId, LeaderId];

const incr = (by: number): Intent => ({type: 'incr', by});
const sadd = (element: string): Intent => ({type: 'sadd', element});
const srem = (element: string): Intent => ({type: 'srem', element});

const asks = (request: number, leader: LeaderId, ...intents: Intent[]): TraceEvent => ({
  atMs: 0,
  type: 'asked',
  request,
  leader,
  writes: intents.map(intent => ({key: A, intent})),
});
const answered = (
  request: number,
  leader: LeaderId,
  status: 'ok' | 'fail' | 'info',
  dot?: string,
): TraceEvent => ({
  atMs: 0,
  type: 'answered',
  request,
  leader,
  status,
  ...(dot === undefined ? {} : {dot: must(parseDot(dot), 'a dot')}),
});
const read = (request: number, leader: LeaderId, value: Json | undefined): TraceEvent => ({
  atMs: 0,
  type: 'read',
  request,
  leader,
  key: A,
  reading: readingOf(value),
  vv: {},
});
/** Asked and answered at once. */
const wrote = (request: number, leader: LeaderId, intent: Intent): TraceEvent[] => [
  asks(request, leader, intent),
  answered(request, leader, 'ok', `${leader}:${request}`),
];
const reads = (request: number, leader: LeaderId, value: Json | undefined): TraceEvent[] => [
  asks(request, leader),
  read(request, leader, value),
];
const switched: TraceEvent = {
  atMs: 0,
  type: 'action',
  action: {type: 'resolver', resolver: {name: 'lww'}, at: 'cluster'},
};

const readingOf = (value: Json | undefined): Reading =>
  value === undefined ? {type: 'absent'} : {type: 'value', value};
const end = (leader: LeaderId, reading: Reading): FinalLeader => ({
  leader,
  ops: [],
  vv: {},
  digest: '',
  readings: {[A]: reading},
  lost: {},
  halted: [],
});
const trace = (events: readonly TraceEvent[], ...values: (Json | undefined)[]): Trace => ({
  events,
  ends: values.map((value, i) => end(i === 0 ? US : EU, readingOf(value))),
});

describe('the final value of a counter', () => {
  const acknowledged = [...wrote(1, US, incr(2)), ...wrote(2, EU, incr(3))];
  const counted = (unknown: readonly TraceEvent[], value: Json | undefined): string | undefined =>
    checkAskedCounters(trace([...acknowledged, ...unknown], 5, value))?.text;

  it('is the sum of the acknowledged increments at every leader', () => {
    expect(counted([], 5)).toBeUndefined();
    expect(counted([], 3)).toBe(
      'a reads {"value":3} at eu in the end, and what was asked of it allows 5 (acknowledged by then: ' +
        'us:1 eu:2)',
    );
    expect(counted([], undefined)).toContain('{"absent":true}');
  });

  const unanswered = [asks(3, US, incr(4)), answered(3, US, 'info'), asks(4, US, incr(-1))];
  it.each([4, 5, 8, 9])('may include an unconfirmed increment or not: %i', value => {
    expect(counted(unanswered, value)).toBeUndefined();
  });
  it.each([3, 10])('must not be more or less than that: %i', value => {
    expect(counted(unanswered, value)).toContain('allows from 4 to 9');
  });

  it('includes no increment that surely failed', () => {
    expect(counted([asks(3, US, incr(4)), answered(3, US, 'fail')], 9)).toContain('allows 5');
  });

  it('is not checked if other kinds of writes may have been made to the key', () => {
    expect(counted([asks(3, US, {type: 'del'}), answered(3, US, 'info')], undefined)).toBeUndefined();
    expect(counted([asks(3, US, {type: 'del'}), answered(3, US, 'fail')], undefined)).toContain('allows 5');
  });

  it('may be absent while no increment is certain', () => {
    expect(checkAskedCounters(trace([asks(1, US, incr(4))], undefined))).toBeUndefined();
    expect(checkAskedCounters(trace([], undefined))).toBeUndefined();
  });

  it('is the same at every leader', () => {
    const siblings: Reading = {type: 'siblings', siblings: []};
    expect(checkAskedCounters({events: acknowledged, ends: [end(US, siblings)]})?.checker).toBe('counters');
  });
});

describe('a counter that is read', () => {
  const found = (...events: TraceEvent[]): string | undefined => checkAskedCounters(trace(events))?.text;

  it('includes what its leader had acknowledged before', () => {
    expect(found(...wrote(1, US, incr(2)), ...reads(2, US, 2))).toBeUndefined();
    expect(found(...wrote(1, US, incr(2)), ...reads(2, US, 0))).toContain(
      'at us, and what was asked of it allows 2',
    );
    expect(found(...wrote(1, US, incr(2)), ...reads(2, US, undefined))).toContain('allows 2');
  });

  it('may include what others acknowledged, but need not', () => {
    for (const value of [undefined, 0, 2])
      expect(found(...wrote(1, US, incr(2)), ...reads(2, EU, value))).toBeUndefined();
    expect(found(...wrote(1, US, incr(2)), ...reads(2, EU, 3))).toContain('from 0 to 2');
  });

  it('may include what was requested while the read waited, and nothing that was requested later', () => {
    const slow = (value: number) => [
      asks(1, US),
      asks(2, US, incr(2)),
      answered(2, US, 'ok', 'us:1'),
      read(1, US, value),
    ];
    expect([found(...slow(0)), found(...slow(2))]).toEqual([undefined, undefined]);
    expect(found(...wrote(1, US, incr(1)), ...reads(2, US, 3), ...wrote(3, US, incr(2)))).toContain(
      'allows 1',
    );
  });

  it('is not checked after another resolver was in use', () => {
    expect(found(...wrote(1, US, incr(2)), switched, ...reads(2, US, 7))).toBeUndefined();
  });
});

describe('a set', () => {
  const found = (events: readonly TraceEvent[], ...values: Json[]): string | undefined =>
    checkAskedSets(trace(events, ...values))?.text;

  it('has every added element that nobody had asked to remove', () => {
    expect(found(wrote(1, US, sadd('milk')), ['milk'])).toBeUndefined();
    expect(found(wrote(1, US, sadd('milk')), [])).toContain(
      'at us in the end, and "milk" was added, and nobody had asked to remove it',
    );
    const removed = [...wrote(1, US, sadd('milk')), asks(2, EU, srem('milk')), answered(2, EU, 'info')];
    expect([found(removed, []), found(removed, ['milk'])]).toEqual([undefined, undefined]);
    const refused = [...wrote(1, US, sadd('milk')), asks(2, EU, srem('milk')), answered(2, EU, 'fail')];
    expect(found(refused, [])).toContain('"milk" was added');
  });

  it('has no element that nobody asked for', () => {
    expect(found(wrote(1, US, sadd('milk')), ['eggs', 'milk'])).toContain('nobody had asked to add "eggs"');
    const unknown = [asks(1, US, sadd('milk')), answered(1, US, 'info')];
    expect([found(unknown, []), found(unknown, ['milk'])]).toEqual([undefined, undefined]);
    const failed = [...wrote(1, US, sadd('milk')), asks(2, EU, sadd('eggs')), answered(2, EU, 'fail')];
    expect(found(failed, ['eggs', 'milk'])).toContain('nobody had asked to add "eggs"');
  });

  it('shows what its leader had acknowledged, and nothing that was requested later', () => {
    expect(found([...wrote(1, US, sadd('milk')), ...reads(2, US, [])])).toContain(
      'at us, and "milk" was added',
    );
    expect(found([...wrote(1, US, sadd('milk')), ...reads(2, EU, [])])).toBeUndefined();
    expect(
      found([
        ...wrote(1, US, sadd('milk')),
        ...reads(2, US, ['milk', 'eggs']),
        ...wrote(3, US, sadd('eggs')),
      ]),
    ).toContain('"eggs"');
  });

  it('is read as a set', () => {
    expect(found(wrote(1, US, sadd('milk')), 7)).toContain('only elements were added');
    expect(found([...wrote(1, US, sadd('milk')), ...wrote(2, US, {type: 'del'})], [])).toBeUndefined();
  });
});

describe('all checkers', () => {
  const wrong = [...wrote(1, US, incr(2)), ...wrote(2, EU, incr(3))];
  const names = (events: readonly TraceEvent[]): string[] =>
    checkAll(trace(events, 4, 4), {resolver: {name: 'crdt'}}).map(({checker}) => checker);
  it('check sums only if crdt was in use all the time', () => {
    expect(names(wrong)).toContain('counters');
    expect(names([...wrong, switched])).not.toContain('counters');
  });
});
