/**
 * A leader that comes back with an older copy of its disk: it gets its own operations back before it writes,
 * or others report what came of it.
 */
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import {wan} from '../../src/faults/wan.ts';
import {listing} from '../../src/fuzz/listing.ts';
import {checkAll} from '../../src/history/checkers/all-checkers.ts';
import type {Trace} from '../../src/history/trace.ts';
import type {Plan, PlanAction, Step} from '../../src/sim/plan.ts';
import {runPlan} from '../../src/sim/run-plan.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];
const LEADERS = [US, EU, AP];

const set = (value: number, leader: LeaderId): PlanAction => ({
  type: 'write',
  key: key('a'),
  intent: {type: 'set', value},
  at: {type: 'leaders', leaders: [leader]},
});
const kill: PlanAction = {type: 'kill', leaders: [US]};
const restart: PlanAction = {type: 'restart', leaders: [US]};
const lose = (keep: number): PlanAction => ({type: 'disk-lost', leader: US, keep});

function traceOf(steps: readonly (readonly [atMs: number, action: PlanAction])[]): Trace {
  const plan: Plan = {
    seed: 1,
    leaders: LEADERS,
    topology: {name: 'mesh'},
    resolver: {name: 'hlc'},
    delivery: 'fifo',
    steps: steps.map(([atMs, action]): Step => ({atMs, action})),
  };
  const {trace} = runPlan(plan, wan);
  expect(checkAll(trace, plan)).toEqual([]);
  return trace;
}

/** The dots of the operations that US wrote, in order. */
const written = ({events}: Trace): string[] =>
  events.flatMap(event =>
    event.type === 'applied' && event.leader === US && !event.isRecovered ? [showDot(event.op.dot)] : [],
  );
const types = ({events}: Trace): string[] =>
  events.map(event => (event.type === 'reported' ? event.event.type : event.type));

describe('a leader that lost its disk', () => {
  const twoWrites = [[0, set(1, US)] as const, [10, set(2, US)] as const];

  it.each([0, 0.5])('fetches its own operations before it writes: %d kept', keep => {
    const trace = traceOf([
      ...twoWrites,
      [1000, kill],
      [1000, lose(keep)],
      [2000, restart],
      [2000, set(3, US)],
    ]);
    expect(written(trace)).toEqual(['us:1', 'us:2', 'us:3']);
    expect(types(trace)).toContain('recovered');
    for (const {vv} of trace.ends) expect(vv).toEqual({us: 3});
  });

  it('reuses its dots if nobody has the operations, which violates nothing', () => {
    const cut: PlanAction = {type: 'partition', groups: [[US], [EU, AP]]};
    const trace = traceOf([
      [0, cut],
      ...twoWrites,
      [1000, kill],
      [1000, lose(0)],
      [2000, restart],
      [2000, set(3, US)],
    ]);
    expect(written(trace)).toEqual(['us:1', 'us:2', 'us:1']);
    expect(types(trace)).not.toContain('dot-reused');
  });

  it('reuses its dots if it reaches nobody, and this is reported', () => {
    const cut: PlanAction = {type: 'partition', groups: [[US], [EU, AP]]};
    const trace = traceOf([
      ...twoWrites,
      [1000, kill],
      [1000, lose(0)],
      [1500, cut],
      [2000, restart],
      [3600, set(3, US)],
    ]);
    expect(written(trace)).toEqual(['us:1', 'us:2', 'us:1']);
    expect(types(trace)).toContain('dot-reused');
    const text = listing(trace, LEADERS).join('\n');
    expect(text).toContain('its disk is an older copy: nothing of us:2');
    expect(text).toMatch(/reports us:1, which is another at (us|eu|ap)/);
  });

  it('was down, because a running leader keeps its disk', () => {
    expect(types(traceOf([...twoWrites, [1000, lose(0)]]))).not.toContain('disk-lost');
  });
});
