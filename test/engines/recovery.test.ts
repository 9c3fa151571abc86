/**
 * Leaders whose data folder is deleted, or replaced by an earlier copy, while they are down.
 */
import {cpSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {StartOptions} from '../../src/app/open-cluster.ts';
import type {LeaderId} from '../../src/base/ids.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {pollConvergence} from '../../src/session/convergence.ts';
import {judgeHistory} from '../../src/session/history-check.ts';
import {command, converged, ok, startTestCluster, US, until, values} from '../support/cluster.ts';

let folder: string;
let cluster: Cluster;

const start = async (options: Partial<StartOptions> = {}): Promise<Cluster> => {
  cluster = await startTestCluster({data: join(folder, 'data'), ...options});
  return cluster;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recovery-'));
});

afterEach(async () => {
  await cluster.close();
  rmSync(folder, {recursive: true, force: true});
});

const logOf = (leader: LeaderId | string): string => join(folder, 'data', 'leaders', leader);
const remove = (leader: LeaderId | string): void => rmSync(logOf(leader), {recursive: true});

function backUp(): void {
  rmSync(join(folder, 'copy'), {recursive: true, force: true});
  cpSync(join(folder, 'data', 'leaders'), join(folder, 'copy'), {recursive: true});
}

function bringBack(leader: LeaderId | string): void {
  remove(leader);
  cpSync(join(folder, 'copy', leader), logOf(leader), {recursive: true});
}

/** A copy of a running leader's store may be inconsistent, so every leader is ended first. */
async function copyOfNow(): Promise<void> {
  await ok(cluster, 'kill us eu ap');
  backUp();
  await ok(cluster, 'restart us eu ap');
}

async function write(count: number, prefix: string): Promise<void> {
  for (let i = 0; i < count; i++) await ok(cluster, `set ${prefix}${i} ${i} @us`);
  await converged(cluster, 3);
}

const noLoss = () => judgeHistory('no-lost-acked-write', {cluster, steps: []});
const everywhere = (value: number) => ({
  us: {type: 'value', value},
  eu: {type: 'value', value},
  ap: {type: 'value', value},
});

describe('a leader with an older log than it has reported', () => {
  for (const [name, topology] of [
    ['mesh', undefined],
    ['ring', {name: 'ring'}],
    ['star', {name: 'star'}],
  ] as const) {
    it(`has its own operations again before it accepts a write, in a ${name}`, async () => {
      await start({topology});
      await write(5, 'a');
      await copyOfNow();
      await write(5, 'b');
      await ok(cluster, 'kill us');
      bringBack(US);
      await ok(cluster, 'restart us');
      const outcome = await ok(cluster, 'set order 42 @us');
      expect(outcome.result).toMatchObject({writes: [{dot: {origin: 'us', seq: 11}}]});
      await converged(cluster, 3);
      expect(await values(cluster, 'order')).toEqual(everywhere(42));
      expect(await noLoss()).toMatchObject({holds: true});
      expect(cluster.view().notices.map(({text}) => text)).toContain(
        'it fetched us:6-10 from its peers, because its log lacked them',
      );
    });
  }

  it('has them after its folder was deleted and the lab starts again', async () => {
    await start();
    await write(5, 'a');
    await cluster.close();
    remove(US);
    await start();
    await ok(cluster, 'set order 42 @us');
    await converged(cluster, 3);
    expect(await values(cluster, 'order')).toEqual(everywhere(42));
    expect(await values(cluster, 'a0')).toEqual(everywhere(0));
  });

  it('has them after it joins again by a name used before, without its folder', async () => {
    await start();
    for (let i = 0; i < 5; i++) await ok(cluster, `set a${i} ${i} @ap`);
    await converged(cluster, 3);
    await ok(cluster, 'leave ap');
    remove('ap');
    await ok(cluster, 'join ap');
    const outcome = await ok(cluster, 'set order 42 @ap');
    expect(outcome.result).toMatchObject({writes: [{dot: {origin: 'ap', seq: 6}}]});
    await converged(cluster, 3);
    expect(await noLoss()).toMatchObject({holds: true});
  });

  it(
    'has lost acknowledged writes if all leaders are ' + 'restored from one copy, and the check says so',
    async () => {
      await start();
      await write(5, 'a');
      await cluster.close();
      backUp();
      await start();
      await write(5, 'b');
      await cluster.close();
      for (const leader of ['us', 'eu', 'ap']) bringBack(leader);
      await start();
      expect(await noLoss()).toMatchObject({holds: false, seen: 'no live leader has us:6-10'});
      const outcome = await ok(cluster, 'set order 42 @us');
      expect(outcome.result).toMatchObject({writes: [{dot: {origin: 'us', seq: 6}}]});
      await converged(cluster, 3);
      expect(await noLoss()).toMatchObject({holds: false, seen: 'no live leader has us:7-10'});
    },
  );

  it('reuses an acknowledged dot if all copies are lost', async () => {
    await start();
    await write(1, 'a');
    await ok(cluster, 'kill us eu ap');
    for (const leader of ['us', 'eu', 'ap']) remove(leader);
    await ok(cluster, 'restart us eu ap');
    expect(await noLoss()).toMatchObject({holds: false, seen: 'no live leader has us:1'});
    expect(cluster.view().leaders.map(({vv}) => vv)).toEqual([{}, {}, {}]);
    await ok(cluster, 'set b 2 @us');
    await converged(cluster, 3);
    expect(await noLoss()).toMatchObject({
      holds: false,
      seen: 'us:1 acknowledged twice: the first writes are lost',
    });
    expect(cluster.view().notices.map(({text}) => text)).toContain(
      'us:1 was acknowledged for a second time: the write that it named first is lost',
    );
  });

  it('accepts writes if all other leaders are dead', async () => {
    await start();
    await write(5, 'a');
    await ok(cluster, 'kill us eu ap');
    await ok(cluster, 'restart us');
    const outcome = await ok(cluster, 'set order 42 @us');
    expect(outcome.result).toMatchObject({writes: [{dot: {origin: 'us', seq: 6}}]});
  });
});

describe('a dot reused by a leader that could not reach any other leader', () => {
  beforeEach(async () => {
    await start();
    await write(5, 'a');
    await copyOfNow();
    await ok(cluster, 'set paid "yes" @us');
    await converged(cluster, 3);
    await ok(cluster, 'kill us');
    bringBack(US);
    await ok(cluster, 'partition us / eu ap');
    await ok(cluster, 'restart us');
    await ok(cluster, 'set order 42 @us');
  });

  const told = 'us:6 stands for two operations: set paid "yes" at ap and eu, and set order 42 at us';

  it('fails the check at once, while the links are cut', async () => {
    const verdict = await noLoss();
    expect(verdict).toMatchObject({holds: false});
    expect(verdict.seen).toMatch(/^us:6 stands for two operations: .*set order 42 at us/);
  });

  it('is reported when leaders reach each other, with a command that repairs it', async () => {
    await ok(cluster, 'heal');
    await until(
      cluster,
      'the dot is told of',
      () => cluster.view().reusedDots[0]?.contents.some(({leaders}) => leaders.length === 2),
      15_000,
    );
    expect(cluster.view().reusedDots).toMatchObject([{dot: {origin: 'us', seq: 6}}]);
    expect((await noLoss()).seen).toBe(told);
    const notice = cluster.view().notices.find(({text}) => text.includes('stands for two operations'));
    expect(notice).toMatchObject({
      leader: 'us',
      text: expect.stringContaining('again: later writes reach every leader'),
    });
    const waited = await pollConvergence(cluster, 0, new AbortController().signal);
    expect(waited).toMatchObject({type: 'not-held', seen: expect.stringContaining(told)});
    await ok(cluster, 'set order 42 @us');
    await ok(cluster, 'set paid "yes" @us');
    await converged(cluster, 3);
    expect(await values(cluster, 'order')).toEqual(everywhere(42));
    await cluster.close();
    const events = readFileSync(join(folder, 'data', 'history.jsonl'), 'utf8').split('\n');
    expect(events.some(line => line.includes('"dot-reused"'))).toBe(true);
  });
});

it('a leader that has nothing to fetch accepts writes after a restart, without a notice', async () => {
  await start();
  await write(3, 'a');
  await ok(cluster, 'restart us');
  const outcome = await command(cluster, 'set b 1 @us || set c 2 @eu');
  expect(outcome.status).toBe('ok');
  await converged(cluster, 3);
  expect(cluster.view().notices).toEqual([]);
});
