/**
 * A leader that joins while things go on: it gets everything, has the settings of then, and is one of the
 * leaders from then on.
 */
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {TopologySpec} from '../../src/command/topology.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import {wan} from '../../src/faults/wan.ts';
import {checkAll} from '../../src/history/checkers/all-checkers.ts';
import type {Trace} from '../../src/history/trace.ts';
import {planFrom} from '../../src/sim/nemesis.ts';
import type {Plan, PlanAction} from '../../src/sim/plan.ts';
import {PlanClients} from '../../src/sim/plan-clients.ts';
import {PlanConfiguration} from '../../src/sim/plan-configuration.ts';
import {runPlan} from '../../src/sim/run-plan.ts';
import {shrink} from '../../src/sim/shrink.ts';
import type {World} from '../../src/sim/world.ts';

const [US, EU, AP, SA] = ['us', 'eu', 'ap', 'sa'].map(leaderId) as [LeaderId, LeaderId, LeaderId, LeaderId];
const A = key('a');

const set = (value: number, leader: LeaderId): PlanAction => ({
  type: 'write',
  key: A,
  intent: {type: 'set', value},
  at: {type: 'leaders', leaders: [leader]},
});
const join = (from: LeaderId | undefined = EU): PlanAction => ({type: 'join', leader: SA, from});

const planOf = (steps: readonly (readonly [atMs: number, action: PlanAction])[]): Plan => ({
  seed: 1,
  leaders: [US, EU, AP],
  topology: {name: 'mesh'},
  resolver: {name: 'hlc'},
  delivery: 'fifo',
  steps: steps.map(([atMs, action]) => ({atMs, action})),
});

const traceOf = (plan: Plan): Trace => {
  const {trace} = runPlan(plan, wan);
  expect(checkAll(trace, plan)).toEqual([]);
  return trace;
};
/** What happened, in a word each, up to where the healing begins. */
const told = ({events}: Trace): string[] =>
  events.map(event => {
    if (event.type === 'applied')
      return `${event.leader} applied ${showDot(event.op.dot)} under ${event.resolver}`;
    return 'leader' in event ? `${event.leader} ${event.type}` : event.type;
  });

describe('a leader that joins', () => {
  it(
    'gets the writes of a dead leader from its donor, ' + 'although leaders forward only their own writes',
    () => {
      const said = told(
        traceOf(
          planOf([
            [0, set(1, US)],
            [1000, {type: 'kill', leaders: [US]}],
            [1500, join()],
            [3000, set(2, SA)],
          ]),
        ),
      );
      expect(said).toContain('sa applied us:1 under hlc');
      expect(said.indexOf('sa applied us:1 under hlc')).toBeLessThan(said.indexOf('us started'));
    },
  );

  it('is a leader with its own writes in the end', () => {
    const {ends} = traceOf(
      planOf([
        [0, set(1, US)],
        [500, join()],
        [510, set(2, SA)],
        [520, set(3, EU)],
      ]),
    );
    expect(ends.map(({leader}) => leader)).toEqual([US, EU, AP, SA]);
    for (const end of ends) expect(end.vv).toEqual({us: 1, eu: 1, sa: 1});
  });

  it('has the resolver that the cluster has when it joins, and switches with the others', () => {
    const switched = (name: 'lww' | 'hlc'): PlanAction => ({
      type: 'resolver',
      resolver: {name},
      at: 'cluster',
    });
    const said = told(
      traceOf(
        planOf([
          [0, switched('lww')],
          [500, join()],
          [510, set(1, SA)],
          [1000, switched('hlc')],
          [1010, set(2, SA)],
        ]),
      ),
    );
    expect(said).toContain('sa applied sa:1 under lww');
    expect(said).toContain('sa applied sa:2 under hlc');
  });

  it('is part of later topologies', () => {
    const topology: PlanAction = {type: 'topology', topology: {name: 'chain'}};
    const {ends} = traceOf(
      planOf([
        [0, join(US)],
        [1000, topology],
        [2000, set(1, SA)],
        [2000, set(2, US)],
      ]),
    );
    for (const end of ends) expect(end.vv).toEqual({us: 1, sa: 1});
  });

  it.each([
    [
      'its donor is down',
      [[0, {type: 'kill', leaders: [EU]}] as const, [10, join()] as const, [20, set(1, SA)] as const],
    ],
    ['nobody named it', [[20, set(1, SA)] as const]],
  ])('does not join if %s, and requests to it are skipped', (_what, steps) => {
    const {ends} = traceOf(planOf(steps));
    expect(ends.map(({leader, ops}) => [leader, ops.length])).toEqual([
      [US, 0],
      [EU, 0],
      [AP, 0],
    ]);
  });

  it('may join without naming a donor', () => {
    const {ends} = traceOf(
      planOf([
        [0, set(1, EU)],
        [1, join(undefined)],
      ]),
    );
    expect(ends.map(({ops}) => ops.length)).toEqual([1, 1, 1, 1]);
  });
});

describe('the configuration', () => {
  const begun = (topology: TopologySpec): {world: World; arrangement: PlanConfiguration} => {
    const {world} = new PlanClients({seed: 1, links: wan, diskMs: 1});
    return {
      world,
      arrangement: new PlanConfiguration(world, [US, EU], topology, {
        resolver: {name: 'lww'},
        delivery: 'causal',
      }),
    };
  };

  it('gives every leader the members, and the new leader all settings of the others', () => {
    const {world, arrangement} = begun({name: 'mesh'});
    expect(arrangement.join(SA, US)).toBe(true);
    for (const {settings} of world.sites())
      expect(settings).toEqual({resolver: {name: 'lww'}, delivery: 'causal', members: [US, EU, SA]});
  });

  it('links the new leader to its donor in a custom topology, and keeps that link in every topology', () => {
    const {world, arrangement} = begun({name: 'custom', links: [{a: US, b: EU, both: true}]});
    arrangement.join(SA, EU);
    expect([...world.network.links.keys()].sort()).toEqual(['eu>sa', 'eu>us', 'sa>eu', 'us>eu']);
    arrangement.setTopology({name: 'star'});
    expect([...world.network.links.keys()].sort()).toEqual(['eu>sa', 'eu>us', 'sa>us', 'us>eu', 'us>sa']);
  });

  it('refuses the join of a member', () => {
    const {arrangement} = begun({name: 'mesh'});
    expect(arrangement.join(US, EU)).toBe(false);
  });
});

describe('shrinking', () => {
  const asked = (plan: Plan, leader: LeaderId): boolean =>
    runPlan(plan, wan).trace.ends.some(({vv}) => (vv[leader] ?? 0) > 0);
  it('removes a join, or makes the new leader a founder', () => {
    const plan = planOf([
      [0, set(1, US)],
      [500, join()],
      [510, set(2, SA)],
      [520, set(3, EU)],
    ]);
    const left = shrink(plan, candidate => asked(candidate, US));
    expect(left.leaders).toHaveLength(2);
    expect(left.steps.map(({action}) => action.type)).toEqual(['write']);
    const kept = shrink(plan, candidate => asked(candidate, SA));
    expect(kept.leaders).toContain(SA);
    expect(kept.steps.map(({action}) => action.type)).toEqual(['write']);
  });

  it('keeps a join that the violation needs', () => {
    const joins = (plan: Plan): boolean =>
      runPlan(plan, wan).trace.events.some(({type}) => type === 'joined');
    const steps = [
      [0, set(1, US)],
      [500, join()],
      [510, set(2, SA)],
    ] as const;
    expect(shrink(planOf(steps), joins).steps.map(({action}) => action)).toEqual([join()]);
  });
});

describe('the nemesis', () => {
  it('lets each newcomer join once, and a leader that left join again', () => {
    const all = [US, EU, AP, SA];
    const plans = Array.from({length: 300}, (_, seed) =>
      planFrom(seed, {resolver: {name: 'lww'}, leaders: all}),
    );
    let joins = 0;
    for (const {steps, leaders} of plans) {
      const named = (type: 'join' | 'leave') =>
        steps.flatMap(({action}) => (action.type === type ? [action.leader] : []));
      const newcomers = named('join').filter(leader => !leaders.includes(leader));
      joins += newcomers.length;
      expect(new Set(newcomers).size).toBe(newcomers.length);
      for (const leader of named('join'))
        if (leaders.includes(leader)) expect(named('leave')).toContain(leader);
    }
    expect(joins).toBeGreaterThan(20);
  });
});
