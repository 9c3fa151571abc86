/**
 * The verdicts of checkers on a correct history, and on the same history with one fault: a missing report, a
 * conflict that is listed twice, a wrong answer to a client.
 */
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {WriteAction} from '../../../src/command/action.ts';
import type {Intent} from '../../../src/core/log/op.ts';
import {lan} from '../../../src/faults/wan.ts';
import {type CheckerName, checkAll} from '../../../src/history/checkers/all-checkers.ts';
import type {Trace, TraceEvent} from '../../../src/history/trace.ts';
import type {Plan, PlanAction} from '../../../src/sim/plan.ts';
import {runPlan} from '../../../src/sim/run-plan.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];
const at = (leader: LeaderId) => ({type: 'leaders', leaders: [leader]}) as const;
const set = (value: number): Intent => ({type: 'set', value});
const write = (leader: LeaderId, name: string, value: number): WriteAction => ({
  type: 'write',
  key: key(name),
  intent: set(value),
  at: at(leader),
});
const txn = (leader: LeaderId, value: number) =>
  ({
    type: 'txn',
    writes: ['a', 'b'].map(name => ({key: key(name), intent: set(value)})),
    at: at(leader),
  }) as const;

const planOf = (...actions: PlanAction[]): Plan => ({
  seed: 1,
  leaders: [US, EU, AP],
  topology: {name: 'mesh'},
  resolver: {name: 'hlc'},
  delivery: 'fifo',
  steps: actions.map((action, i) => ({atMs: 1000 * i, action})),
});

/** Two transactions that conflict on both of their keys, and a third side on one of them. */
const conflicts = planOf(
  {type: 'concurrently', writes: [txn(US, 1), txn(EU, 2), write(AP, 'a', 3)]},
  write(US, 'c', 4),
);
const whole = runPlan(conflicts, lan).trace;

const found = (trace: Trace): CheckerName[] => checkAll(trace, conflicts).map(({checker}) => checker);
const events = (change: (event: TraceEvent) => TraceEvent | undefined): Trace => ({
  ...whole,
  events: whole.events.flatMap(event => change(event) ?? []),
});
const isReportOf = (event: TraceEvent, name: string): boolean =>
  event.type === 'reported' && event.event.type === 'conflict' && event.event.key === name;
/** The reports of conflicts, as if leaders had made them otherwise. */
const reports = (change: object): Trace =>
  events(event =>
    event.type === 'reported' && event.event.type === 'conflict'
      ? {...event, event: {...event.event, ...change}}
      : event,
  );
/** The conflict log, as if its entries were others. */
const listed = (change: object): Trace => {
  const log = whole.conflicts ?? {list: [], count: 0};
  return {...whole, conflicts: {...log, list: log.list.map(entry => ({...entry, ...change}))}};
};

describe('reports of conflicts', () => {
  it('are accepted as they are', () => {
    expect(found(whole)).toEqual([]);
    expect(whole.conflicts?.list.map(entry => [entry.key, entry.sides.length, entry.lost.length])).toEqual([
      ['a', 3, 2],
      ['b', 2, 1],
    ]);
  });

  it.each([
    [
      'the second key of a transaction is left out',
      events(event => (isReportOf(event, 'b') ? undefined : event)),
    ],
    [
      'a report is made twice',
      {...whole, events: whole.events.flatMap(event => (isReportOf(event, 'a') ? [event, event] : [event]))},
    ],
    ['a side is missing', reports({sides: [{origin: EU, seq: 1}]})],
    ['a relation is wrong', reports({relation: 'stale'})],
    ['nothing is lost', reports({lost: []})],
    ['the lab receives no reports', events(event => (event.type === 'reports-received' ? undefined : event))],
  ])('are rejected if %s', (_what, trace) => {
    expect(found(trace)).toContain<CheckerName>('reports');
  });
});

describe('the conflict log', () => {
  const log = whole.conflicts ?? {list: [], count: 0};
  it.each([
    [
      'lists a conflict twice',
      {
        ...whole,
        conflicts: {...log, list: [...log.list, ...log.list.slice(0, 1).map(one => ({...one, id: 9}))]},
      },
    ],
    ['lacks a conflict', {...whole, conflicts: {...log, list: log.list.slice(1)}}],
    ['has a wrong count', {...whole, conflicts: {...log, count: 7}}],
    ['has a wrong kind', listed({kind: 'set/del'})],
    ['reports them as late', listed({relation: 'stale'})],
    ['loses nothing', listed({lost: []})],
    [
      'lacks a side',
      {...whole, conflicts: {...log, list: log.list.map(one => ({...one, sides: one.sides.slice(1)}))}},
    ],
    ['has no decision', listed({decisions: {}})],
  ])('is rejected if it %s', (_what, trace) => {
    expect(found(trace as Trace)).toContain<CheckerName>('conflict-log');
  });
});

describe('the answers to clients', () => {
  const guarded: PlanAction = {...write(US, 'a', 2), guard: {key: key('a'), expected: {absent: true}}};
  const plan = planOf(
    {type: 'ack', ack: 'all'},
    write(US, 'a', 1),
    guarded,
    {type: 'disk', leader: US, fails: true},
    write(US, 'a', 5),
  );
  const {trace} = runPlan(plan, lan);
  const told = (change: (event: TraceEvent) => TraceEvent): CheckerName[] =>
    checkAll({...trace, events: trace.events.map(change)}, plan).map(({checker}) => checker);
  const isFail = (event: TraceEvent, code: string): boolean =>
    event.type === 'answered' && event.code === code;

  it('are accepted as they are', () => {
    expect(told(event => event)).toEqual([]);
    const codes = trace.events.flatMap(event =>
      event.type === 'answered' ? [event.code ?? event.status] : [],
    );
    expect(codes).toEqual(['ok', 'guard', 'storage']);
  });

  it('are rejected if fewer leaders than promised had the write', () => {
    const alone = (event: TraceEvent): TraceEvent =>
      event.type === 'answered' && event.promise !== undefined
        ? {...event, promise: {...event.promise, onDisk: [US, EU]}}
        : event;
    expect(told(alone)).toEqual<CheckerName[]>(['acknowledgements']);
  });

  it('are rejected if a leader refused a guard that held', () => {
    const absent = (event: TraceEvent): TraceEvent =>
      event.type === 'taken' && event.guard ? {...event, reading: {type: 'absent'}} : event;
    expect(told(absent)).toEqual<CheckerName[]>(['guards']);
  });

  it('are rejected if a write that the disk refused is not called refused', () => {
    expect(
      told(event => (isFail(event, 'storage') ? ({...event, status: 'info'} as TraceEvent) : event)),
    ).toContain<CheckerName>('refusals');
  });
});

describe('a leader that leaves', () => {
  it('is gone without any operation that others lack, even if one of them was down', () => {
    const plan = planOf(
      write(AP, 'a', 1),
      {type: 'kill', leaders: [US]},
      write(AP, 'a', 2),
      {type: 'leave', leader: AP},
      {type: 'restart', leaders: [US]},
    );
    const {trace} = runPlan(plan, lan);
    expect(checkAll(trace, plan)).toEqual([]);
    expect(trace.ends.map(({leader, vv}) => [leader, vv])).toEqual([
      [US, {ap: 2}],
      [EU, {ap: 2}],
    ]);
    const lacking = {
      ...trace,
      ends: trace.ends.map(end => ({...end, vv: {ap: 1}, ops: end.ops.slice(0, 1)})),
    };
    expect(checkAll(lacking, plan).map(({checker}) => checker)).toContain<CheckerName>('handover');
  });
});
