/**
 * Loads on real processes.
 */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, it} from 'vitest';
import type {LoadAction} from '../../src/command/action.ts';
import type {Cluster, LoadTally, Outcome} from '../../src/port/cluster.ts';
import type {Activity} from '../../src/port/view.ts';
import {act, converged, EU, ok, startTestCluster, US} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const load = (options: Partial<LoadAction>): LoadAction => ({
  type: 'load',
  perSecond: 500,
  forMs: 1000,
  keys: 20,
  mix: {set: 8, incr: 2},
  at: {type: 'all'},
  background: false,
  ...options,
});

function tallyOf({result}: Outcome): LoadTally {
  if (result?.type !== 'loaded') throw new Error('no load');
  return result.load;
}

const opCount = (): number => Math.max(...cluster.view().leaders.map(leader => leader.opCount));

it('issues every write of its plan, over the leaders in turn, and shows its progress', async () => {
  const data = mkdtempSync(join(tmpdir(), 'load-test-'));
  cluster = await startTestCluster({data});
  const shown: Activity[] = [];
  const unsubscribe = cluster.subscribe(() => shown.push(...cluster.view().activities));
  const tally = tallyOf(await act(cluster, load({})));
  unsubscribe();
  expect(tally).toMatchObject({planned: 500, ok: 500, fail: 0, info: 0});
  expect(cluster.view().activities).toEqual([]);
  expect(shown[0]).toEqual({label: 'load 500/s for 1s keys=20', done: 0, total: 0, detail: ''});
  expect(shown.some(({done, total}) => done > 0 && done < total && total === 500)).toBe(true);
  expect(new Set(shown.map(({done}) => done)).size).toBeGreaterThanOrEqual(4);
  await converged(cluster, 3);
  const {leaders} = await cluster.measure();
  expect(leaders[US]?.vv).toEqual({us: 167, eu: 167, ap: 166});
  await cluster.close();
  const actions = readFileSync(join(data, 'history.jsonl'), 'utf8').match(/"type":"action"/g);
  expect(actions).toHaveLength(1);
  rmSync(data, {recursive: true});
}, 30_000);

it('counts refused writes as failed and unanswered writes as unknown, while other commands run', async () => {
  cluster = await startTestCluster();
  await ok(cluster, 'kill ap');
  const running = cluster.execute(load({perSecond: 300, forMs: 1500}), US);
  await waitFor('some of it', () => cluster.view().activities.some(({done}) => done > 50));
  await ok(cluster, 'pause eu');
  await act(cluster, {type: 'topology', topology: {name: 'two-way-ring'}});
  const tally = tallyOf(await running);
  await ok(cluster, 'resume eu');
  expect(tally).toMatchObject({planned: 450, fail: 150});
  expect(tally.info).toBeGreaterThan(0);
  expect(tally.ok).toBeGreaterThan(150);
  expect(tally.ok + tally.fail + tally.info).toBe(450);
  await converged(cluster, 2);
  // The unknown writes happened as soon as eu continued.
  expect(opCount()).toBe(tally.ok + tally.info);
}, 30_000);

it('fails only if no leader accepts a write', async () => {
  cluster = await startTestCluster();
  await ok(cluster, 'kill eu');
  const outcome = await cluster.execute(load({forMs: 200, at: {type: 'leaders', leaders: [EU]}}), US);
  expect(outcome).toMatchObject({status: 'fail', failure: {message: 'none of 100 writes was acknowledged'}});
  expect(tallyOf(outcome)).toMatchObject({planned: 100, ok: 0, fail: 100});
});

it('ends at once if it is aborted or the lab is closed', async () => {
  cluster = await startTestCluster();
  const abort = new AbortController();
  const first = cluster.execute(load({forMs: 3_600_000}), US, abort.signal);
  await waitFor('some of it', () => cluster.view().activities.some(({done}) => done > 50));
  abort.abort();
  const outcome = await first;
  expect(outcome).toMatchObject({status: 'info', failure: {code: 'interrupted'}});
  expect(tallyOf(outcome).planned).toBe(1_800_000);
  const second = cluster.execute(load({forMs: 3_600_000}), US);
  await waitFor('some of it', () => cluster.view().activities.some(({done}) => done > 50));
  await cluster.close();
  expect(await second).toMatchObject({status: 'info'});
});

it('limits the number of writes that wait for a leader that does not answer', async () => {
  cluster = await startTestCluster();
  await ok(cluster, 'pause eu');
  const outcome = await cluster.execute(
    load({perSecond: 3000, mix: {set: 1}, at: {type: 'leaders', leaders: [EU]}}),
    US,
  );
  expect(outcome).toMatchObject({status: 'info', failure: {code: 'unknown'}});
  const tally = tallyOf(outcome);
  expect(tally).toMatchObject({planned: 3000, ok: 0, fail: 0});
  expect(tally.info).toBeGreaterThanOrEqual(500);
  expect(tally.info).toBeLessThan(3000);
  await ok(cluster, 'resume eu');
  await converged(cluster, 3);
  expect(opCount()).toBe(tally.info);
}, 30_000);

it('plans thousands of writes a second with known outcomes, and commands are ' +
  'answered meanwhile', async () => {
  cluster = await startTestCluster();
  const running = cluster.execute(load({perSecond: 3000, keys: 200, mix: {set: 1}}), US);
  await waitFor('half of it', () => cluster.view().activities.some(({done}) => done > 1500), 60_000);
  await ok(cluster, 'get load:1 @us');
  const tally = tallyOf(await running);
  expect(tally).toMatchObject({planned: 3000, fail: 0});
  expect(tally.ok).toBeGreaterThan(500);
  await converged(cluster, 3, 60_000);
  expect(opCount()).toBe(tally.ok + tally.info);
}, 120_000);
