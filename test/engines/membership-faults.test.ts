/**
 * Leaders that die, or lose a link, while one of them joins or leaves: no acknowledged write is lost, the
 * messages are true, and the leader can join and leave again.
 */
import {afterEach, describe, expect, it} from 'vitest';
import type {StartOptions} from '../../src/app/open-cluster.ts';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import type {LinkDefaults} from '../../src/faults/wan.ts';
import type {Cluster, Outcome} from '../../src/port/cluster.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import {AP, act, command, converged, EU, ok, set, startTestCluster, US} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

const SA = leaderId('sa');
/**
 * A few thousand operations take seconds to reach the joining leader, so that a test can inject a fault
 * meanwhile.
 */
const SLOW_INTO_SA: LinkDefaults = (_from, to) =>
  to === SA ? {...CLEAR_RULE, bandwidthBytesPerS: 800_000} : CLEAR_RULE;
/** More than a link can have in flight: messages in flight still arrive when their sender dies. */
const MANY = 8000;
const AT_ONCE = 100;

let cluster: Cluster;
afterEach(() => cluster.close());

const leader = (id: LeaderId) => cluster.view().leaders.find(one => one.id === id);
const opCount = (id: LeaderId): number => leader(id)?.opCount ?? 0;
const ids = (): string[] => cluster.view().leaders.map(({id}) => id);
const activities = (): string[] => cluster.view().activities.map(({label}) => label);

/** Writes this many keys at one leader, and returns the acknowledged ones. */
async function fill(at: LeaderId, count = MANY): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < count; n += AT_ONCE) {
    const names = Array.from({length: Math.min(AT_ONCE, count - n)}, (_, i) => `${at}-${n + i}`);
    const outcomes = await Promise.all(names.map(name => cluster.execute(set(name, 1, at), US)));
    keys.push(...names.filter((_, i) => outcomes[i]?.status === 'ok'));
  }
  return keys;
}

async function holdsAll(at: LeaderId, acknowledged: readonly string[]): Promise<void> {
  const {result} = await command(cluster, `keys * @${at}`);
  const keys = result?.type === 'keys' ? result.keys[at] : undefined;
  if (!Array.isArray(keys)) throw new Error(`${at} lists no keys`);
  const held = new Set<string>(keys);
  expect(acknowledged.filter(key => !held.has(key))).toEqual([]);
}

async function allHoldAll(acknowledged: readonly string[]): Promise<void> {
  await converged(cluster, ids().length);
  for (const id of ids()) await holdsAll(leaderId(id), acknowledged);
}

/** Begins a join, and returns before it is complete. */
async function joining(from: LeaderId, signal?: AbortSignal): Promise<{outcome: Promise<Outcome>}> {
  const outcome = cluster.execute({type: 'join', leader: SA, from}, US, signal);
  await waitFor('the middle of the join', () => opCount(SA) > 0);
  expect(opCount(SA)).toBeLessThan(MANY);
  return {outcome};
}

/** Checks that the failure left nothing behind: a leader of that name can leave and join like any other. */
async function leavesAndJoins(name: LeaderId): Promise<void> {
  await act(cluster, {type: 'leave', leader: name});
  await act(cluster, {type: 'join', leader: name, from: undefined});
  await act(cluster, set('again', 1, name));
  await converged(cluster, ids().length);
}

/** Starts a cluster. Virtual time runs, so that a test can act during a join or leave. */
async function begin(engine: EngineName, options: Partial<StartOptions> = {}): Promise<Cluster> {
  const begun = await startTestCluster({engine, ...options});
  if (engine === 'sim') await act(begun, {type: 'time', runs: true});
  return begun;
}

describe.each(['native', 'sim'] as const)('leaders of the %s engine', engine => {
  it('takes another donor if the first dies while a leader catches up', async () => {
    cluster = await begin(engine, {links: SLOW_INTO_SA});
    const keys = await fill(AP);
    await converged(cluster, 3);
    await ok(cluster, 'kill ap');
    const {outcome} = await joining(EU);
    await ok(cluster, 'kill eu');
    keys.push(...(await fill(US, 200)));
    expect(await outcome).toMatchObject({status: 'ok', result: {summary: 'sa joined and has what eu had'}});
    expect(activities()).toEqual([]);
    await holdsAll(SA, keys);
    await ok(cluster, 'restart eu ap');
    await allHoldAll(keys);
    await leavesAndJoins(SA);
  }, 60_000);

  it('names the leader that alone has the missing operations if the donor dies, and ' +
    'continues later', async () => {
    cluster = await begin(engine, {links: SLOW_INTO_SA});
    await ok(cluster, 'cut ap>us');
    const keys = await fill(AP);
    await waitFor('all of it at eu', () => opCount(EU) === MANY);
    await ok(cluster, 'kill ap');
    const {outcome} = await joining(EU);
    await ok(cluster, 'kill eu');
    expect(await outcome).toMatchObject({
      status: 'info',
      failure: {
        message: expect.stringMatching(
          new RegExp(
            '^sa joined and still lacks \\d+ of the operations that the others had: ' +
              'they can come from eu, which is down, or ap, which is down$',
          ),
        ),
        hint: 'restart eu',
      },
    });
    await ok(cluster, 'restart eu');
    await waitFor('the rest at sa', () => opCount(SA) === MANY && activities().length === 0, 20_000);
    await ok(cluster, 'heal');
    await ok(cluster, 'restart ap');
    await allHoldAll(keys);
    await leavesAndJoins(SA);
  }, 60_000);

  it('continues with a leader that dies while it catches up and comes back', async () => {
    cluster = await begin(engine, {links: SLOW_INTO_SA});
    const keys = await fill(AP);
    await converged(cluster, 3);
    await ok(cluster, 'kill ap');
    const {outcome} = await joining(US);
    await ok(cluster, 'kill sa');
    expect(await outcome).toMatchObject({
      status: 'info',
      failure: {message: 'sa joined, and went down while it caught up', hint: 'restart sa'},
    });
    await waitFor('nothing under way', () => activities().length === 0);
    keys.push(...(await fill(EU, 200)));
    await ok(cluster, 'restart sa');
    await converged(cluster, 3);
    await holdsAll(SA, keys);
    await ok(cluster, 'restart ap');
    await allHoldAll(keys);
    await leavesAndJoins(SA);
  }, 60_000);

  it('sends a leader that returns the writes of a leader that has left', async () => {
    cluster = await begin(engine, {links: SLOW_INTO_SA});
    const keys = await fill(AP, 500);
    await act(cluster, {type: 'leave', leader: AP});
    await act(cluster, {type: 'join', leader: SA, from: undefined});
    await ok(cluster, 'kill eu');
    // While nothing reaches eu, sa writes, hands its operations over to us alone, and leaves.
    keys.push(...(await fill(SA, 300)));
    await act(cluster, {type: 'leave', leader: SA});
    await ok(cluster, 'restart eu');
    await allHoldAll(keys);
    await leavesAndJoins(EU);
    await allHoldAll(keys);
  }, 60_000);

  it('keeps a leader that dies while it leaves, with all its data, and lets it leave after its ' +
    'return', async () => {
    cluster = await begin(engine);
    await ok(cluster, 'cut ap>us ap>eu');
    const keys = await fill(AP);
    const leaving = cluster.execute({type: 'leave', leader: AP}, US);
    await waitFor('the hand-over', () =>
      cluster.view().activities.some(({label, total}) => label === 'leave ap' && total === MANY),
    );
    await ok(cluster, 'kill ap');
    expect(await leaving).toMatchObject({
      status: 'fail',
      failure: {message: 'ap went down while it handed over what it has, so it stays', hint: 'restart ap'},
    });
    expect(activities()).toEqual([]);
    expect(await cluster.execute({type: 'leave', leader: AP}, US)).toMatchObject({
      status: 'fail',
      failure: {code: 'would-lose'},
    });
    await ok(cluster, 'heal');
    await ok(cluster, 'restart ap');
    await allHoldAll(keys);
    await leavesAndJoins(AP);
    await allHoldAll(keys);
  }, 60_000);

  it('keeps a leader that wants to leave while no other leader can take over its operations', async () => {
    cluster = await begin(engine);
    await ok(cluster, 'cut ap>us ap>eu');
    await act(cluster, set('alone', 1, AP));
    const leaving = cluster.execute({type: 'leave', leader: AP}, US);
    await waitFor('the hand-over', () => activities().includes('leave ap'));
    await ok(cluster, 'kill us eu');
    expect(await leaving).toMatchObject({
      status: 'fail',
      failure: {message: 'no other leader is up any more to keep what ap has, so it stays'},
    });
    await ok(cluster, 'heal');
    await ok(cluster, 'restart us eu');
    await act(cluster, {type: 'leave', leader: AP});
    await allHoldAll(['alone']);
  }, 30_000);

  it('waits for a cut link to the joining leader, reports that when it is stopped, and ' +
    'continues after the heal', async () => {
    cluster = await begin(engine, {links: SLOW_INTO_SA});
    const keys = await fill(AP);
    await converged(cluster, 3);
    await ok(cluster, 'kill ap');
    const abort = new AbortController();
    const {outcome} = await joining(US, abort.signal);
    await ok(cluster, 'cut us-sa');
    keys.push(...(await fill(EU, 200)));
    abort.abort();
    expect(await outcome).toMatchObject({
      status: 'info',
      failure: {
        message: expect.stringMatching(
          new RegExp(
            '^sa joined and still lacks \\d+ of the operations that the others had; ' +
              'they continue to arrive as far as us>sa lets them$',
          ),
        ),
        hint: 'wait converged, or heal us>sa',
      },
    });
    expect(activities()).toEqual(['join sa']);
    await ok(cluster, 'heal');
    await waitFor('the end of the join', () => activities().length === 0, 20_000);
    await converged(cluster, 3);
    await holdsAll(SA, keys);
    await ok(cluster, 'restart ap');
    await allHoldAll(keys);
    await leavesAndJoins(SA);
  }, 60_000);
});
