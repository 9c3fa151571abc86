/**
 * Work under way is on the screen until it ends, and not again after that.
 */
import {expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {Activities} from '../../src/engines/shared/model/activities.ts';
import {INITIAL} from '../../src/engines/shared/model/cluster-settings.ts';
import {InputExecutor} from '../../src/engines/sim/simulated/inputs.ts';
import {SimulatedCluster} from '../../src/engines/sim/simulated/simulated-cluster.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';

const US = leaderId('us');

it('work makes no progress after its end, and ends once', () => {
  const activities = new Activities(() => {});
  const progress = activities.begin('join sa');
  progress.update(1, 2, '1 operation to go');
  expect(activities.list()).toEqual([{label: 'join sa', done: 1, total: 2, detail: '1 operation to go'}]);
  progress.end();
  expect(() => progress.update(2, 2, '')).toThrow('makes no progress');
  expect(() => progress.end()).toThrow('ends once');
  expect(activities.list()).toEqual([]);
});

it('a load that is interrupted just before its progress is shown again does not come back', () => {
  const members = [US, leaderId('eu')];
  const cluster = new SimulatedCluster({
    settings: {...INITIAL, members},
    links: () => CLEAR_RULE,
    seed: 1,
    module: () => undefined,
  });
  const executor = new InputExecutor(cluster, () => {});
  const action = {
    type: 'load',
    perSecond: 100,
    forMs: 10_000,
    keys: 5,
    mix: {set: 1},
    at: {type: 'all'},
    background: false,
  } as const;
  const startMs = cluster.world.time.nowMs;
  const passTo = (ms: number): void => {
    while ((cluster.world.time.nextMs ?? Number.POSITIVE_INFINITY) <= startMs + ms) cluster.step();
    cluster.world.time.passTo(startMs + ms);
  };
  executor.execute({type: 'action', number: 1, action, focused: US});
  passTo(198);
  expect(cluster.activities.list()).toHaveLength(1);
  executor.execute({type: 'interrupt', number: 1});
  passTo(300);
  expect(cluster.activities.list()).toEqual([]);
});
