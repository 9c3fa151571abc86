/**
 * Leaders that are real processes join and leave while clients write.
 */
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {AP, act, converged, EU, ok, set, startTestCluster, US, values} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

let cluster: Cluster;
let data: string;
/** Writers end with their test, even if it fails: otherwise they would write to the next test's cluster. */
let isOver = false;
beforeEach(() => {
  isOver = false;
  data = mkdtempSync(join(tmpdir(), 'membership-test-'));
});
afterEach(async () => {
  isOver = true;
  await cluster.close();
  rmSync(data, {recursive: true, force: true});
});

const SA = leaderId('sa');
const joins = (leader: LeaderId, from?: LeaderId) => ({type: 'join', leader, from}) as const;
const ids = (): string[] => cluster.view().leaders.map(({id}) => id);
const keyCount = (leader: LeaderId): number | undefined =>
  cluster.view().leaders.find(({id}) => id === leader)?.keyCount;
const saved = () => JSON.parse(readFileSync(join(data, 'cluster.json'), 'utf8')) as {leaders: string[]};

/** Writes at these leaders, one after the other, until it is stopped. Returns the acknowledged keys. */
function writing(...leaders: LeaderId[]): () => Promise<string[]> {
  isOver = false;
  const keys: string[] = [];
  const writers = leaders.map(async leader => {
    for (let n = 0; !isOver; n++) {
      const outcome = await cluster.execute(set(`${leader}-${n}`, n, leader), US);
      if (outcome.status === 'ok') keys.push(`${leader}-${n}`);
      // A refusal takes no time, so this lets other work run.
      else await new Promise(setImmediate);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(writers);
    return keys;
  };
}

it('lets a leader join under load, with operations of a dead leader', async () => {
  cluster = await startTestCluster({data});
  for (let n = 0; n < 300; n++) await act(cluster, set(`old-${n}`, n, AP));
  await converged(cluster, 3);
  await ok(cluster, 'kill ap');
  const stop = writing(US, EU);
  const activities: string[] = [];
  const unsubscribe = cluster.subscribe(() =>
    activities.push(...cluster.view().activities.map(({label}) => label)),
  );
  const outcome = await act(cluster, joins(SA, EU));
  unsubscribe();
  expect(outcome.result).toEqual({type: 'changed', summary: 'sa joined and has what eu had'});
  expect(activities).toContain('join sa');
  expect(cluster.view().activities).toEqual([]);
  expect(await values(cluster, 'old-299')).toMatchObject({sa: {type: 'value', value: 299}});
  expect(ids()).toEqual(['us', 'eu', 'ap', 'sa']);
  expect(saved().leaders).toEqual(['us', 'eu', 'ap', 'sa']);
  await act(cluster, set('mine', 1, SA));
  const keys = await stop();
  expect(keys.length).toBeGreaterThan(20);
  await converged(cluster, 3);
  expect(await values(cluster, 'mine')).toMatchObject({us: {value: 1}, eu: {value: 1}});
  await ok(cluster, 'restart ap');
  await converged(cluster, 4);
  expect(keyCount(AP)).toBe(301 + keys.length);
}, 30_000);

it('lets a leader leave under load, with all its acknowledged writes', async () => {
  cluster = await startTestCluster({data});
  await act(cluster, joins(SA));
  const stop = writing(US, EU, SA);
  await waitFor('writes', () => (keyCount(US) ?? 0) > 50);
  const left = await act(cluster, {type: 'leave', leader: SA});
  expect(left.result).toEqual({type: 'changed', summary: 'sa left'});
  const keys = await stop();
  expect(ids()).toEqual(['us', 'eu', 'ap']);
  expect(saved().leaders).toEqual(['us', 'eu', 'ap']);
  expect(cluster.view().links.map(({id}) => id)).toHaveLength(6);
  expect(existsSync(join(data, 'leaders', 'sa'))).toBe(true);
  await converged(cluster, 3);
  expect(keys.filter(key => key.startsWith('sa-')).length).toBeGreaterThan(0);
  expect(keyCount(AP)).toBe(keys.length);
  await act(cluster, joins(SA));
  await converged(cluster, 4);
  const outcome = await act(cluster, set('again', 1, SA));
  const seq = outcome.result?.type === 'writes' ? outcome.result.writes[0]?.dot?.seq : undefined;
  expect(seq).toBe(keys.filter(key => key.startsWith('sa-')).length + 1);
}, 30_000);

it('no longer shows the decisions of a leader that left in earlier conflicts', async () => {
  cluster = await startTestCluster({data});
  await ok(cluster, 'resolver siblings @ap');
  await ok(cluster, 'set title A @us || set title B @eu');
  const shown = (): readonly string[] => Object.keys(cluster.view().conflicts[0]?.decisions ?? {}).sort();
  await waitFor('every leader’s decision', () => shown().length === 3);
  await ok(cluster, 'kill ap');
  expect(shown()).toEqual(['ap', 'eu', 'us']);
  await act(cluster, {type: 'leave', leader: AP});
  expect(shown()).toEqual(['eu', 'us']);
  expect(cluster.view().conflicts[0]?.why).not.toContain('ap');
  await cluster.close();
  cluster = await startTestCluster({data});
  expect(shown()).toEqual(['eu', 'us']);
  await act(cluster, joins(AP));
  await waitFor('what ap shows', () => shown().length === 3);
}, 30_000);

it('accepts no more writes at a leader that leaves, and lets it stay if it cannot hand over', async () => {
  cluster = await startTestCluster({data});
  await ok(cluster, 'cut ap>us ap>eu');
  await act(cluster, set('alone', 1, AP));
  const abort = new AbortController();
  const leaving = cluster.execute({type: 'leave', leader: AP}, US, abort.signal);
  await waitFor('the hand-over', () =>
    cluster.view().activities.some(({label, total}) => label === 'leave ap' && total === 1),
  );
  expect(await cluster.execute(set('late', 1, AP), US)).toMatchObject({
    status: 'fail',
    failure: {message: 'ap is leaving'},
  });
  abort.abort();
  expect(await leaving).toMatchObject({
    status: 'fail',
    failure: {message: 'ended early: us and eu still lack operations that ap has, so it stays'},
  });
  await act(cluster, set('late', 1, AP));
  await ok(cluster, 'heal');
  await act(cluster, {type: 'leave', leader: AP});
  expect(await values(cluster, 'late')).toEqual({
    us: {type: 'value', value: 1},
    eu: {type: 'value', value: 1},
  });
}, 30_000);

it('lets a dead leader leave only if nothing is lost with it', async () => {
  cluster = await startTestCluster({data});
  await act(cluster, set('shared', 1, AP));
  await converged(cluster, 3);
  await ok(cluster, 'cut ap>us ap>eu');
  await act(cluster, set('alone', 1, AP));
  await ok(cluster, 'kill ap');
  expect(await cluster.execute({type: 'leave', leader: AP}, US)).toMatchObject({
    status: 'fail',
    failure: {message: 'ap is down, and ap:2 would be lost with it', hint: 'restart ap'},
  });
  await ok(cluster, 'heal');
  await ok(cluster, 'restart ap');
  await converged(cluster, 3);
  await ok(cluster, 'kill ap');
  await act(cluster, {type: 'leave', leader: AP});
  expect(ids()).toEqual(['us', 'eu']);
}, 30_000);

it('refuses a join of a member, a join from a dead donor, and a leave of the last leader', async () => {
  cluster = await startTestCluster({data});
  expect(await cluster.execute(joins(EU), US)).toMatchObject({
    status: 'fail',
    failure: {message: 'eu is a leader of this cluster already'},
  });
  await ok(cluster, 'kill eu');
  expect(await cluster.execute(joins(SA, EU), US)).toMatchObject({
    status: 'fail',
    failure: {message: 'eu cannot send its operations: it is down'},
  });
  await ok(cluster, 'kill ap');
  expect(await cluster.execute({type: 'leave', leader: US}, US)).toMatchObject({
    status: 'fail',
    failure: {code: 'last-leader'},
  });
  expect(ids()).toEqual(['us', 'eu', 'ap']);
});

it('is unchanged if a joining leader does not start', async () => {
  cluster = await startTestCluster({data});
  writeFileSync(join(data, 'leaders', 'sa'), 'a file where a folder should be');
  expect(await cluster.execute(joins(SA), US)).toMatchObject({
    status: 'fail',
    failure: {code: 'not-a-folder'},
  });
  expect(ids()).toEqual(['us', 'eu', 'ap']);
  expect(cluster.view().links).toHaveLength(6);
  expect(saved().leaders).toEqual(['us', 'eu', 'ap']);
  await act(cluster, set('n', 1, US));
  await converged(cluster, 3);
});
