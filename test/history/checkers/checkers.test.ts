/**
 * Every checker on histories written out by hand: one that is right, and the least that is wrong.
 */
import {describe, expect, it} from 'vitest';
import {must} from '../../../src/base/assert.ts';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {Json} from '../../../src/base/json.ts';
import type {Delivery} from '../../../src/core/io/input-effect.ts';
import type {Intent, KeyWrite, Op} from '../../../src/core/log/op.ts';
import {parseDot, type VersionVector} from '../../../src/core/log/version-vector.ts';
import {checkCausality} from '../../../src/history/checkers/causality-checker.ts';
import {checkClocks} from '../../../src/history/checkers/clocks-checker.ts';
import {checkConvergence, checkStrongConvergence} from '../../../src/history/checkers/convergence-checker.ts';
import {checkCounters, checkSets} from '../../../src/history/checkers/crdt-values-checker.ts';
import {checkDurability} from '../../../src/history/checkers/durability-checker.ts';
import {checkSessions} from '../../../src/history/checkers/sessions-checker.ts';
import type {FinalLeader, Trace, TraceEvent} from '../../../src/history/trace.ts';

const A = key('a');
const [US, EU] = ['us', 'eu'].map(leaderId) as [LeaderId, LeaderId];
const vv = (text: string): VersionVector =>
  Object.fromEntries(
    text.split(' ').flatMap(part => (part === '' ? [] : [[part.split(':')[0], Number(part.split(':')[1])]])),
  );

function op(dot: string, after: string, intent: Intent = {type: 'set', value: dot}, hlcMs = 1000): Op {
  const change = {
    key: A,
    generation: 1,
    saw: [],
    ...intent,
    ...('by' in intent || 'element' in intent ? {effect: null} : {}),
  } as unknown as KeyWrite;
  return {
    dot: must(parseDot(dot), 'a dot'),
    after: vv(after),
    hlc: {wallMs: hlcMs, logical: 0},
    wallMs: hlcMs,
    writes: [change],
  };
}

const applied = (
  leader: LeaderId,
  one: Op,
  has: string,
  digest = has,
  delivery: Delivery = 'fifo',
): TraceEvent => ({
  atMs: 0,
  type: 'applied',
  leader,
  op: one,
  vv: vv(has),
  digest,
  readings: [],
  resolver: 'lww',
  delivery,
  wallMs: one.wallMs,
});
const answered = (leader: LeaderId, dot: string): TraceEvent => ({
  atMs: 0,
  type: 'answered',
  request: 1,
  leader,
  status: 'ok',
  dot: must(parseDot(dot), 'a dot'),
});
const read = (leader: LeaderId, has: string): TraceEvent => ({
  atMs: 0,
  type: 'read',
  request: 2,
  leader,
  key: A,
  reading: {type: 'absent'},
  vv: vv(has),
});
const started = (leader: LeaderId, has: string, wallMs = 0): TraceEvent => ({
  atMs: 0,
  type: 'started',
  leader,
  wallMs,
  vv: vv(has),
  readings: {},
  lost: {},
});
const refused = (leader: LeaderId, has: string): TraceEvent => ({
  atMs: 0,
  type: 'reported',
  leader,
  event: {type: 'storage-failed', reason: 'full', forgotten: 1},
  now: {vv: vv(has), readings: {}, lost: {}},
});

const end = (leader: LeaderId, ops: readonly Op[], value: Json, has?: string): FinalLeader => ({
  leader,
  ops,
  vv: has === undefined ? Object.fromEntries(ops.map(({dot}) => [dot.origin, dot.seq])) : vv(has),
  digest: JSON.stringify(value),
  readings: {[A]: {type: 'value', value}},
  lost: {},
  halted: [],
});
const trace = (events: readonly TraceEvent[], ends: readonly FinalLeader[] = []): Trace => ({events, ends});

const [US1, EU1, US2] = [op('us:1', ''), op('eu:1', ''), op('us:2', 'us:1', {type: 'set', value: 2}, 1001)];

describe('convergence', () => {
  it('holds if all leaders have and show the same', () => {
    expect(checkConvergence(trace([], [end(US, [US1, EU1], 'x'), end(EU, [EU1, US1], 'x')]))).toBeUndefined();
  });
  it('names the key and both readings', () => {
    const found = checkConvergence(trace([], [end(US, [US1, EU1], 'x'), end(EU, [EU1, US1], 'y')]));
    expect(found?.text).toBe(
      'us and eu have the same operations, and key a reads {"value":"x"} at us and {"value":"y"} at eu',
    );
  });
  it('names the operation that one leader lacks', () => {
    expect(checkConvergence(trace([], [end(US, [US1, EU1], 'x'), end(EU, [EU1], 'x')]))?.text).toBe(
      'eu never got us:1, which us has',
    );
  });
  it('is strong if equal sets of operations show the same at every instant', () => {
    expect(
      checkStrongConvergence(trace([applied(US, US1, 'us:1', 'x'), applied(EU, US1, 'us:1', 'x')])),
    ).toBeUndefined();
    expect(
      checkStrongConvergence(trace([applied(US, US1, 'us:1', 'x'), applied(EU, US1, 'us:1', 'y')]))?.text,
    ).toContain('exactly us:1');
  });
  it('is not broken by a dot that a crash made reusable', () => {
    const events = [
      applied(US, US1, 'us:1', 'x'),
      started(US, ''),
      applied(US, {...US1, wallMs: 2}, 'us:1', 'y'),
    ];
    expect(checkStrongConvergence(trace(events))).toBeUndefined();
  });
});

describe('durability', () => {
  it('holds if every acknowledged operation exists', () => {
    expect(checkDurability(trace([answered(US, 'us:1')], [end(US, [US1], 'x')]))).toBeUndefined();
  });
  it('is broken if an acknowledged operation is gone', () => {
    expect(checkDurability(trace([answered(US, 'us:2')], [end(US, [US1], 'x')]))?.text).toBe(
      'us:2 was acknowledged, but us no longer has it',
    );
  });
  it.each([
    ['a gap', [US1, op('us:3', 'us:2')], 'us:3 stands where us:2 belongs'],
    ['an operation applied twice', [US1, US1], 'us:1 stands where us:2 belongs'],
  ])('is broken by %s', (_what, ops, text) => {
    expect(checkDurability(trace([], [end(US, ops, 'x')]))?.text).toContain(text);
  });
});

describe('causality', () => {
  it('is broken by an effect that arrives before its cause under causal delivery', () => {
    const events = [applied(US, US1, 'us:1', 'x', 'causal'), applied(US, US2, 'us:2', 'y', 'causal')];
    expect(checkCausality(trace(events))).toBeUndefined();
    const early = (delivery: Delivery) => trace([applied(EU, op('ap:1', 'us:1'), 'ap:1', 'x', delivery)]);
    expect(checkCausality(early('causal'))?.text).toContain('eu applied ap:1 before');
    expect(checkCausality(early('fifo'))).toBeUndefined();
  });
  it('is broken if one dot names two operations, unless a crash undid the first', () => {
    const other = {...US1, wallMs: 7};
    expect(checkCausality(trace([applied(US, US1, 'us:1'), applied(EU, other, 'us:1')]))?.text).toContain(
      'us:1 is another operation',
    );
    expect(
      checkCausality(trace([applied(US, US1, 'us:1'), started(US, ''), applied(US, other, 'us:1')])),
    ).toBeUndefined();
    expect(
      checkCausality(trace([applied(US, US1, 'us:1'), refused(US, ''), applied(US, other, 'us:1')])),
    ).toBeUndefined();
    const sent = [applied(US, US1, 'us:1'), applied(EU, US1, 'us:1'), started(US, '')];
    expect(checkCausality(trace(sent))?.text).toBe('eu has us:1, which us sent before it was on its disk');
  });
});

describe('clocks', () => {
  const far = op('eu:1', '', {type: 'set', value: 1}, 200_000);
  const ahead: TraceEvent = {
    atMs: 0,
    type: 'reported',
    leader: US,
    event: {type: 'clock-ahead', origin: EU, aheadMs: 199_000},
  };
  const at = (one: Op, wallMs: number): TraceEvent => ({...applied(US, one, ''), wallMs}) as TraceEvent;

  it('rise above every clock that was received', () => {
    expect(checkClocks(trace([applied(US, US1, 'us:1'), applied(US, US2, 'us:2')]))).toBeUndefined();
    const same = applied(US, op('us:2', 'us:1'), 'us:2');
    expect(checkClocks(trace([applied(US, US1, 'us:1'), same]))?.text).toContain('us:2 is not above');
    expect(
      checkClocks(trace([applied(US, EU1, 'eu:1'), applied(US, op('us:1', 'eu:1'), 'us:1')]))?.text,
    ).toContain('us:1 is not above');
  });
  it('are never adopted from a clock that is too far ahead, and this is reported', () => {
    expect(checkClocks(trace([ahead, at(far, 1000), at(US2, 1001)]))).toBeUndefined();
    expect(checkClocks(trace([at(far, 1000)]))?.text).toBe(
      'us did not say that the clock of eu:1 is 199000 ms ahead of its own',
    );
    const adopting = {...US2, hlc: {wallMs: 200_000, logical: 1}};
    expect(checkClocks(trace([ahead, at(far, 1000), at(adopting, 1001)]))?.text).toContain(
      '198999 ms ahead of its wall clock',
    );
    expect(checkClocks(trace([ahead, at(EU1, 1000)]))?.text).toContain(
      'reported that the clock of eu is 199000 ms ahead',
    );
  });
  it('are not forgotten when a leader starts', () => {
    const later = at({...op('us:1', 'eu:1', {type: 'set', value: 1}, 900), wallMs: 900}, 900);
    expect(checkClocks(trace([at(EU1, 1000), started(US, 'eu:1'), later]))?.text).toContain('not above');
    expect(checkClocks(trace([at(EU1, 1000), started(US, ''), later]))).toBeUndefined();
  });
  it('that are too far ahead are not adopted when a leader starts', () => {
    const adopting = at({...op('us:1', 'eu:1'), hlc: {wallMs: 200_000, logical: 1}}, 1001);
    expect(checkClocks(trace([ahead, at(far, 1000), started(US, 'eu:1', 1000), adopting]))?.text).toContain(
      'ahead of its wall clock',
    );
    expect(
      checkClocks(trace([ahead, at(far, 1000), started(US, 'eu:1', 150_000), adopting])),
    ).toBeUndefined();
  });
});

describe('sessions', () => {
  it('hold if reads never miss what earlier reads showed', () => {
    const events = [
      applied(US, US1, 'us:1'),
      answered(US, 'us:1'),
      read(US, 'us:1'),
      applied(US, US2, 'us:2'),
      read(US, 'us:2'),
    ];
    expect(checkSessions(trace(events))).toBeUndefined();
  });
  it.each([
    ['an own write that is not read', [answered(US, 'us:1'), read(US, '')]],
    ['a read that has less than one before', [read(US, 'eu:1'), read(US, '')]],
    ['a write that has not seen what was read', [read(US, 'eu:1'), applied(US, US1, 'eu:1 us:1')]],
  ])('are broken by %s', (_what, events) => {
    expect(checkSessions(trace(events))?.checker).toBe('sessions');
  });
});

describe('values', () => {
  const [plus2, plus3] = [op('us:1', '', {type: 'incr', by: 2}), op('eu:1', '', {type: 'incr', by: 3})];
  it('of counters are sums of the increments', () => {
    expect(checkCounters(trace([], [end(US, [plus2, plus3], 5)]))).toBeUndefined();
    expect(checkCounters(trace([], [end(US, [plus2, plus3], 3)]))?.text).toBe(
      'a reads 3, and its increments add up to 5 at us',
    );
    expect(checkCounters(trace([], [end(US, [US1, plus3], 3)]))).toBeUndefined();
  });

  const added = op('us:1', '', {type: 'sadd', element: 'milk'});
  it('of sets keep every element that no removal had seen', () => {
    const [unseeing, seeing] = [
      op('eu:1', '', {type: 'srem', element: 'milk'}),
      op('eu:1', 'us:1', {type: 'srem', element: 'milk'}),
    ];
    expect(checkSets(trace([], [end(US, [added, unseeing], ['milk'])]))).toBeUndefined();
    expect(checkSets(trace([], [end(US, [added, unseeing], [])]))?.checker).toBe('sets');
    expect(checkSets(trace([], [end(US, [added, seeing], [])]))).toBeUndefined();
    expect(checkSets(trace([], [end(US, [added, seeing], ['milk'])]))?.checker).toBe('sets');
  });
});
