/**
 * A custom module in real leaders: how it resolves a conflict, and what happens when it fails, changes or is
 * deleted.
 */
import {mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, describe, expect, it} from 'vitest';
import {startCluster} from '../../src/app/open-cluster.ts';
import {lan} from '../../src/faults/wan.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {command, converged, EU, ok, startTestCluster, US, values} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'custom-test-'));
const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const file = join(folder, 'merge.mjs');
const TWO = {leaders: [US, EU]};
const custom = {name: 'custom', file} as const;

async function start(text: string, data?: string): Promise<Cluster> {
  writeFileSync(file, text);
  const cluster = await startTestCluster({...TWO, resolver: custom, data});
  open.push(cluster);
  return cluster;
}

const conflict = (cluster: Cluster, key: string) => ok(cluster, `set ${key} A @us || set ${key} B @eu`);
const noticed = (cluster: Cluster, text: string) =>
  waitFor(
    `the notice: ${text}`,
    () => cluster.view().notices.filter(notice => notice.text.includes(text)).length > 0,
  );
const JOINED = 'export const resolve = siblings => siblings.map(({value}) => value).sort().join("+");';
const B_AND_A = {
  type: 'siblings',
  siblings: [
    {dot: {origin: EU}, value: 'B'},
    {dot: {origin: US}, value: 'A'},
  ],
};

describe('a module that fails', () => {
  it(
    'keeps the siblings of that key only, and reports it ' + 'once at each leader and in the conflict log',
    async () => {
      const failing = JOINED.replace('=> ', '=> { if (key === "bad") throw new Error("no idea"); return ')
        .replace('siblings =', '(siblings, {key}) =')
        .replace(/;$/, '}');
      const cluster = await start(failing);
      await conflict(cluster, 'bad');
      await conflict(cluster, 'good');
      await converged(cluster, 2);
      expect((await values(cluster, 'good')).us).toEqual({type: 'value', value: 'A+B'});
      expect(await values(cluster, 'bad')).toMatchObject({us: B_AND_A, eu: B_AND_A});
      await waitFor('a notice of each leader', () => cluster.view().notices.length >= 2);
      const text = 'custom failed on bad: resolve() threw: no idea; siblings are kept';
      expect(
        cluster
          .view()
          .notices.map(notice => [notice.leader, notice.text])
          .sort(),
      ).toEqual([
        [EU, text],
        [US, text],
      ]);
      await waitFor('the conflict log', () => cluster.view().conflicts[0]?.why.includes('no idea'));
      expect(cluster.view().lostCount).toBe(0);
    },
  );

  it('that loops forever never blocks the clients and links of a leader', async () => {
    const cluster = await start('export const resolve = () => { for (;;); }');
    const all = await Promise.all(
      Array.from({length: 30}, (_, i) => command(cluster, `set k${i % 5} ${i} @us,eu`)),
    );
    expect(all.map(({status}) => status)).toEqual(all.map(() => 'ok'));
    await converged(cluster, 2);
    await waitFor('the module set aside', async () => {
      await conflict(cluster, 'more');
      await converged(cluster, 2);
      return cluster
        .view()
        .notices.some(({text}) => text.includes('3 times: set aside until the file changes'));
    });
    expect(cluster.view().leaders.map(({status}) => status)).toEqual(['up', 'up']);
    expect(cluster.view().links.every(({connection}) => connection === 'open')).toBe(true);
    writeFileSync(file, JOINED);
    await waitFor('the mended module', async () =>
      Object.values(await values(cluster, 'more')).every(
        reading => JSON.stringify(reading) === '{"type":"value","value":"A+B"}',
      ),
    );
  });
});

describe('a file that changes while it is in use', () => {
  it('is loaded again from good to bad to good, even if it is replaced by rename', async () => {
    const cluster = await start(JOINED);
    await conflict(cluster, 'k');
    await converged(cluster, 2);
    writeFileSync(file, 'export const resolve = {{{');
    await noticed(cluster, 'custom merge.mjs keeps its earlier version: it does not load');
    expect((await values(cluster, 'k')).eu).toEqual({type: 'value', value: 'A+B'});
    rmSync(file);
    await noticed(cluster, 'the file is gone');
    expect((await values(cluster, 'k')).eu).toEqual({type: 'value', value: 'A+B'});
    writeFileSync(`${file}.new`, 'export const merge = (mine, theirs) => [mine, theirs].sort();');
    renameSync(`${file}.new`, file);
    await noticed(cluster, 'custom merge.mjs was loaded again');
    await waitFor('the other form', async () =>
      Object.values(await values(cluster, 'k')).every(
        reading => JSON.stringify(reading) === '{"type":"value","value":["A","B"]}',
      ),
    );
  });
});

describe('a leader that restarts', () => {
  it('shows what it showed before; without its file it does not start, and says why', async () => {
    const cluster = await start(JOINED);
    await conflict(cluster, 'k');
    await converged(cluster, 2);
    await ok(cluster, 'kill eu');
    await ok(cluster, 'restart eu');
    await converged(cluster, 2);
    expect((await values(cluster, 'k')).eu).toEqual({type: 'value', value: 'A+B'});
    await ok(cluster, 'kill eu');
    rmSync(file);
    expect(await command(cluster, 'restart eu')).toMatchObject({
      status: 'fail',
      failure: {message: expect.stringContaining(`there is no file ${file}`)},
    });
    expect(cluster.view().conflictCount).toBe(1);
    await ok(cluster, 'resolver lww');
    await ok(cluster, 'restart eu');
    await converged(cluster, 2);
  });
});

describe('a running leader', () => {
  it('keeps running when a restart would fail because of its module', async () => {
    const cluster = await start(JOINED);
    const pids = () => cluster.view().leaders.map(({status, pid}) => `${status} ${pid}`);
    const before = pids();
    const refusal = async (why: string) =>
      expect(await command(cluster, 'restart us eu')).toMatchObject({
        status: 'fail',
        failure: {message: expect.stringContaining(`us and eu not restarted: ${why}`)},
      });
    writeFileSync(file, 'export const resolve = {{{');
    await refusal('merge.mjs cannot be used: it does not load');
    rmSync(file);
    await refusal(`there is no file ${file}`);
    expect(pids()).toEqual(before);
    await ok(cluster, 'resolver lww @us');
    await ok(cluster, 'restart us');
    await converged(cluster, 2);
  });
});

describe('a lab whose module cannot be loaded', () => {
  const begin = (data: string, resolver?: typeof custom) =>
    startCluster({engine: 'native', ...TWO, topology: undefined, resolver, links: lan, data, seed: 1});

  it('does not start, and leaves the data folder as it was', async () => {
    const data = join(folder, 'data');
    const cluster = await start(JOINED, data);
    await conflict(cluster, 'k');
    await converged(cluster, 2);
    await cluster.close();
    open.length = 0;
    rmSync(file);
    expect(await begin(data)).toMatchObject({
      ok: false,
      failure: {
        code: 'custom-module',
        message: `there is no file ${file}`,
        hint: 'fix it, or name another resolver with --resolver',
      },
    });
    writeFileSync(file, 'export const resolve =');
    expect(await begin(data, custom)).toMatchObject({
      ok: false,
      failure: {message: expect.stringContaining('merge.mjs cannot be used: it does not load')},
    });
    const again = await start(JOINED, data);
    expect((await values(again, 'k')).us).toEqual({type: 'value', value: 'A+B'});
    expect(again.view().conflictCount).toBe(1);
  });
});
