/**
 * Links of real leaders that lose, duplicate, reorder and limit messages, and reset: the protocol handles it,
 * and the view says which fault did what.
 */
import {afterEach, describe, expect, it} from 'vitest';
import {linkId} from '../../src/base/ids.ts';
import type {EngineAction, LinkChange} from '../../src/command/action.ts';
import type {LinkSelector} from '../../src/command/topology.ts';
import type {FaultName} from '../../src/faults/verdict.ts';
import {wan} from '../../src/faults/wan.ts';
import type {Cluster, Outcome} from '../../src/port/cluster.ts';
import type {LinkView} from '../../src/port/view.ts';
import {AP, converged, EU, ok, startTestCluster, US, values} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

const LEADERS = [US, EU, AP];
const WRITES = 300;
const LINK = linkId(US, EU);
const ALL: readonly LinkSelector[] = [
  {a: US, b: EU, both: true},
  {a: EU, b: AP, both: true},
  {a: AP, b: US, both: true},
];

let cluster: Cluster;
afterEach(() => cluster.close());

const act = (action: EngineAction): Promise<Outcome> => cluster.execute(action, US);
const suffer = (change: LinkChange | 'clear', links = ALL): Promise<Outcome> =>
  act({type: 'link', links, change});
const link = (id = LINK): LinkView | undefined => cluster.view().links.find(one => one.id === id);
const count = (fault: FaultName): number =>
  cluster.view().links.reduce((sum, {byFault}) => sum + (byFault[fault] ?? 0), 0);
const value = (of: number) => ({type: 'value', value: of});

/**
 * `incr total 1`, `2`, `3`, … at the leaders in turn, so that the sum shows an increment that was lost or
 * applied twice.
 */
async function incrementAll(
  afterEach: (n: number) => Promise<unknown> | undefined = () => undefined,
): Promise<void> {
  for (let n = 1; n <= WRITES; n++) {
    await ok(cluster, `incr total ${n} @${LEADERS[n % 3]}`);
    await afterEach(n);
  }
}

async function expectEachOnce(): Promise<void> {
  await converged(cluster, 3, 60_000);
  const total = value((WRITES * (WRITES + 1)) / 2);
  expect(await values(cluster, 'total')).toEqual({us: total, eu: total, ap: total});
  expect(cluster.view().leaders.map(({opCount}) => opCount)).toEqual([WRITES, WRITES, WRITES]);
}

describe('every write reaches every leader once', () => {
  it('over links that lose, duplicate and reorder, and the view names the faults', async () => {
    cluster = await startTestCluster({resolver: {name: 'crdt'}});
    expect(await suffer({lossShare: 0.2, dupShare: 0.2, reorderShare: 0.5})).toMatchObject({status: 'ok'});
    await incrementAll();
    await expectEachOnce();
    for (const fault of ['loss', 'dup', 'reorder'] as const) expect(count(fault), fault).toBeGreaterThan(0);
    const marks = cluster.view().links.flatMap(one => one.marks);
    expect(new Set(marks.flatMap(({faults}) => faults))).toEqual(new Set(['loss', 'dup', 'reorder']));
    for (const {did, faults, bytes} of marks) {
      expect(bytes).toBeGreaterThan(0);
      if (did === 'dropped') expect(faults).toEqual(['loss']);
      if (did === 'doubled') expect(faults).toContain('dup');
      if (did === 'overtaken') expect(faults).toEqual(['reorder']);
    }
    for (const one of cluster.view().links) expect(one.dropped).toBe(one.byFault.loss ?? 0);
  }, 120_000);

  it('over links of low bandwidth, where messages queue', async () => {
    cluster = await startTestCluster({resolver: {name: 'crdt'}});
    await suffer({bandwidthBytesPerS: 20_000});
    await incrementAll();
    await waitFor('a message waits for the line', () => count('bandwidth') > 0);
    await expectEachOnce();
  }, 120_000);

  it('over links that are reset again and again under load', async () => {
    cluster = await startTestCluster({resolver: {name: 'crdt'}});
    await suffer({latencyMs: 20});
    const reset = async (n: number): Promise<void> => {
      if (n % 20 === 0) expect(await act({type: 'reset', links: ALL})).toMatchObject({status: 'ok'});
    };
    await incrementAll(reset);
    await expectEachOnce();
    await waitFor('the resets’ losses are told', () => count('reset') > 0);
    expect(count('reset')).toBe(cluster.view().links.reduce((sum, {dropped}) => sum + dropped, 0));
  }, 120_000);

  it('over a link that is reset during a cut, after the cut is healed', async () => {
    cluster = await startTestCluster({resolver: {name: 'crdt'}});
    await ok(cluster, 'cut us-eu');
    await incrementAll(n => (n === 100 ? act({type: 'reset', links: ALL}) : undefined));
    await waitFor('the leaders have noticed', () => link()?.connection === 'connecting');
    await ok(cluster, 'heal');
    await expectEachOnce();
    await waitFor('the link is open again', () => link()?.connection === 'open');
  }, 120_000);
});

describe('a change of a link', () => {
  const both: readonly LinkSelector[] = [{a: US, b: EU, both: true}];
  const one: readonly LinkSelector[] = [{a: US, b: EU, both: false}];

  it('is reported in words, adds to earlier faults, and ends with clear and heal', async () => {
    cluster = await startTestCluster({links: wan});
    const {rule: base} = link() as LinkView;
    expect(await suffer({lossShare: 0.05, bandwidthBytesPerS: 100_000}, one)).toEqual({
      status: 'ok',
      result: {type: 'changed', summary: 'us>eu: 100 kB/s, loss 5%'},
    });
    expect(await suffer({reorderShare: 0.1}, both)).toMatchObject({
      result: {summary: 'us>eu eu>us: reorder 10%'},
    });
    expect(link()).toMatchObject({
      faulty: true,
      rule: {...base, lossShare: 0.05, bandwidthBytesPerS: 100_000, reorderShare: 0.1},
    });
    expect(link(linkId(EU, US))).toMatchObject({faulty: true, rule: {...base, reorderShare: 0.1}});
    await suffer('clear', one);
    expect(link()).toMatchObject({faulty: false, rule: base});
    expect(link(linkId(EU, US))).toMatchObject({faulty: true});
    await ok(cluster, 'heal');
    expect(cluster.view().links.filter(({faulty}) => faulty)).toEqual([]);
    expect(await act({type: 'reset', links: both})).toMatchObject({result: {summary: 'us>eu eu>us reset'}});
  });

  it('is refused with a hint if it makes no sense, and changes nothing', async () => {
    cluster = await startTestCluster();
    expect(await suffer({lossShare: 0.1, dupShare: 2}, one)).toMatchObject({
      status: 'fail',
      failure: {
        message: 'a link cannot have dup of 200%',
        hint: 'it is a share of the messages, from 0% to 100%',
      },
    });
    expect(link()?.faulty).toBe(false);
    const nowhere = [{a: US, b: US, both: false}];
    expect(await suffer({lossShare: 0.1}, nowhere)).toMatchObject({
      failure: {message: 'there is no link us>us in this topology'},
    });
    expect(await act({type: 'reset', links: nowhere})).toMatchObject({
      status: 'fail',
      failure: {code: 'no-link'},
    });
  });

  it('reports what a hold delayed, and for how long', async () => {
    cluster = await startTestCluster();
    await ok(cluster, 'hold us>eu');
    await ok(cluster, 'set n 1 @us');
    await waitFor('a held message', () => (link()?.held ?? 0) > 0);
    await ok(cluster, 'release us>eu');
    const mark = await waitFor('the mark', () => link()?.marks.find(({faults}) => faults.includes('hold')));
    expect(mark).toMatchObject({direction: 'forth', did: 'delayed', faults: ['hold']});
    expect(link()?.byFault.hold).toBeGreaterThan(0);
  });
});
