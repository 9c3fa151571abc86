/**
 * Many values of the largest size: no report of a leader may be larger than a message.
 */
import {afterEach, expect, it} from 'vitest';
import type {Cluster} from '../../src/port/cluster.ts';
import {command, converged, ok, startTestCluster, US, until} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

const LARGE = 'x'.repeat(1_000_000);
const KEYS = Array.from({length: 18}, (_, n) => `k${n}`);

let cluster: Cluster;
afterEach(() => cluster.close());

const allUp = (): boolean => cluster.view().leaders.every(({status}) => status === 'up');

it('lists the newest operations of a log larger than a message and counts the others; checkers ' +
  'get all of them', async () => {
  cluster = await startTestCluster();
  for (const key of KEYS) await ok(cluster, `set ${key} ${LARGE} @us`);
  const {result} = await ok(cluster, 'log @us');
  const seqsOf = (found: typeof result) => {
    const ops = found?.type === 'log' ? found.ops[US] : undefined;
    return ops === undefined || 'error' in ops ? [] : ops.map(({dot}) => dot.seq);
  };
  const listed = seqsOf(result);
  expect(listed.at(-1)).toBe(18);
  expect(listed.length).toBeLessThan(18);
  expect(result).toMatchObject({older: {us: 18 - listed.length}});
  const whole = await cluster.execute(
    {type: 'log', at: {type: 'leaders', leaders: [US]}, key: undefined, isWhole: true},
    US,
  );
  expect(seqsOf(whole.result)).toEqual(KEYS.map((_, n) => n + 1));
  expect(whole.result).toMatchObject({older: {}});
  expect(await command(cluster, 'set after 1 @us')).toMatchObject({status: 'ok'});
}, 30_000);

it('refuses a transaction larger than a message, and lists one that is larger than ' +
  'the rest of a log', async () => {
  cluster = await startTestCluster();
  const txn = (name: string, count: number) =>
    command(
      cluster,
      `txn ${Array.from({length: count}, (_, n) => `hset ${name}${n} f ${LARGE}`).join(', ')} @us`,
    );
  // On a busy machine an answer may come later than a command waits for it.
  const answers = async (count: number, text: string) =>
    JSON.stringify(await txn('many', count)).includes(text);
  await txn('few', 3);
  await until(cluster, 'the refusal of a leader', () => answers(7, 'one operation takes at most'));
  await until(cluster, 'the refusal of what is larger than a request', () =>
    answers(18, 'larger than a message'),
  );
  await converged(cluster, 3);
  const {result} = await ok(cluster, 'log @us');
  expect(result?.type === 'log' && Object.values(result.ops)[0]).toHaveLength(1);
  await ok(cluster, 'kill us');
  await ok(cluster, 'restart us');
  await until(cluster, 'us is up', () => allUp());
  expect(await command(cluster, 'set after 1 @us')).toMatchObject({status: 'ok'});
}, 60_000);

it('reports many conflicts between large values completely, with each leader’s decision', async () => {
  cluster = await startTestCluster();
  for (const key of KEYS) await ok(cluster, `set ${key} A${LARGE} @us || set ${key} B${LARGE} @eu`);
  await converged(cluster, 3);
  // On a busy machine leaders need longer for that than a command waits.
  await until(
    cluster,
    'the resolver',
    async () => (await command(cluster, 'resolver siblings')).status === 'ok',
  );
  await waitFor('every decision again', () =>
    cluster
      .view()
      .conflicts.every(({decisions}) =>
        Object.values(decisions).every(({resolver}) => resolver === 'siblings'),
      ),
  );
  expect(cluster.view().conflictCount).toBe(KEYS.length);
  expect(allUp()).toBe(true);
}, 60_000);
