/**
 * What a search says of how hard it looked, counted on the history of one plan.
 */
import {expect, it} from 'vitest';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {WriteAction} from '../../src/command/action.ts';
import {lan} from '../../src/faults/wan.ts';
import {addCoverage, type Coverage, NO_COVERAGE} from '../../src/sim/coverage.ts';
import type {Plan} from '../../src/sim/plan.ts';
import {runPlan} from '../../src/sim/run-plan.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];
const set = (leader: LeaderId): WriteAction => ({
  type: 'write',
  key: key('a'),
  intent: {type: 'set', value: leader},
  at: {type: 'leaders', leaders: [leader]},
});

/** Three that have not seen each other, then one that has seen what was shown, and one alone. */
const planOf = (resolver: Plan['resolver']): Plan => ({
  seed: 1,
  leaders: [US, EU, AP],
  topology: {name: 'mesh'},
  resolver,
  delivery: 'fifo',
  steps: [
    {atMs: 0, action: {type: 'concurrently', writes: [set(US), set(EU), set(AP)]}},
    {atMs: 1000, action: set(US)},
    {atMs: 2000, action: {...set(EU), key: key('b')}},
  ],
});
const covered = (name: 'lww' | 'siblings'): Coverage =>
  addCoverage(NO_COVERAGE, runPlan(planOf({name}), lan).trace);

it('counts the conflicts that the resolver decided, and the writes that were lost', () => {
  expect(covered('lww')).toMatchObject({conflicts: 2, lost: 2, acknowledged: 5, replicated: 10});
  expect(covered('siblings')).toMatchObject({conflicts: 2, lost: 0});
});
