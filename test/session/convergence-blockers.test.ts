import {describe, expect, test} from 'vitest';
import {key, type LeaderId, leaderId, linkId} from '../../src/base/ids.ts';
import type {VersionVector} from '../../src/core/log/version-vector.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import type {Measurement} from '../../src/port/cluster.ts';
import type {ClusterView, LeaderView, LinkView} from '../../src/port/view.ts';
import {convergenceBlockers} from '../../src/session/convergence-blockers.ts';
import {ScriptedCluster} from '../support/scripted-cluster.ts';

type Change = Partial<LeaderView>;

const cluster = await ScriptedCluster.start(['us', 'eu', 'ap', 'sa', 'af'].map(leaderId));
const started = cluster.view();
await cluster.close();

/**
 * Leaders in a one-way ring that forward everything, each with its operations. Dead leaders are not measured.
 */
function ring(
  vvs: {readonly [leader: string]: VersionVector},
  changes: {readonly [leader: string]: Change} = {},
) {
  const ids = Object.keys(vvs).map(leaderId);
  const [link] = started.links;
  if (link === undefined) throw new Error('no link');
  const links = ids.map((from, i) => linkFrom(link, from, ids[(i + 1) % ids.length] ?? from));
  const leaders = started.leaders
    .filter(({id}) => ids.includes(id))
    .map(leader => ({...leader, ...changes[leader.id]}));
  const view: ClusterView = {...started, forward: 'all', links, leaders};
  const live = leaders.filter(({status}) => status === 'up');
  const measured: Measurement = {
    leaders: Object.fromEntries(live.map(({id}) => [id, {vv: vvs[id] ?? {}, digest: ''}])),
    silent: [],
  };
  return {
    view,
    told: (over: Partial<ClusterView> = {}, waitedMs = 10_000) =>
      convergenceBlockers(measured, {...view, ...over}, waitedMs),
  };
}

const linkFrom = (link: LinkView, from: LeaderId, to: LeaderId): LinkView => ({
  ...link,
  id: linkId(from, to),
  from,
  to,
});

const vv = (seqs: {readonly [leader: string]: number}) => seqs as VersionVector;
const DOWN: Change = {status: 'down', cause: 'killed'};

describe('missing paths', () => {
  test('are not reported if every link lets operations pass', () => {
    expect(ring({us: vv({us: 2}), eu: {}, ap: {}}).told()).toEqual([]);
  });

  test('are reported with the dead leaders that block them', () => {
    const {told} = ring({us: {}, eu: vv({eu: 3}), ap: {}, sa: {}, af: {}}, {ap: DOWN, sa: DOWN});
    expect(told()).toEqual(['eu:1-3 cannot reach us and af: no way from eu leads there (ap is down)']);
  });

  test('are reported from every leader that holds the operations, not only from their origin', () => {
    const {told} = ring({us: {}, eu: vv({ap: 1}), ap: vv({ap: 1}), sa: {}}, {ap: DOWN});
    expect(told()).toEqual(['ap:1 cannot reach us and sa: no way from eu leads there (ap is down)']);
  });

  test('are reported with the faults of the links', () => {
    const {view, told} = ring({us: vv({us: 1}), eu: {}, ap: vv({ap: 2})});
    const [first, second, third] = view.links.map(link => link.id);
    const ruled = (id: LinkView['id'] | undefined, rule: Partial<LinkView['rule']>) =>
      view.links.map(link => (link.id === id ? {...link, rule: {...CLEAR_RULE, ...rule}} : link));
    expect(told({links: ruled(first, {cut: true})})).toEqual([
      'ap:1-2 cannot reach eu: no way from ap leads there (us>eu is cut)',
      'us:1 cannot reach eu and ap: no way from us leads there (us>eu is cut)',
    ]);
    expect(told({links: ruled(second, {hold: true})})).toEqual([
      'us:1 cannot reach ap: no way from us leads there (eu>ap is held)',
    ]);
    expect(told({links: ruled(third, {lossShare: 1})})).toEqual([
      'ap:1-2 cannot reach us and eu: no way from ap leads there (ap>us is losing everything)',
    ]);
  });

  test('have one link if leaders send only their own operations', () => {
    const {told} = ring({us: vv({us: 1}), eu: vv({us: 1}), ap: {}});
    expect(told({forward: 'own'})).toEqual([
      'us:1 cannot reach ap: no way from us leads there ' +
        '(with forward own, no leader sends on what it received)',
    ]);
    const dead = ring({us: vv({us: 1}), eu: vv({us: 1}), ap: {}}, {us: DOWN});
    expect(dead.told({forward: 'own'})).toEqual([
      'us:1 cannot reach ap: with forward own only us sends them, and us is down',
    ]);
  });

  test('are not reported for operations of a leader that left, because every holder sends them', () => {
    const {told, view} = ring({us: vv({sa: 1}), eu: {}});
    expect(told({forward: 'own'})).toEqual([]);
    const links = view.links.map(link =>
      link.from === leaderId('us') ? {...link, rule: {...CLEAR_RULE, cut: true}} : link,
    );
    expect(told({forward: 'own', links})).toEqual([
      'sa:1 cannot reach eu: no way from us leads there (us>eu is cut)',
    ]);
  });
});

describe('slow links', () => {
  const lacks = {us: vv({us: 3}), eu: {}, ap: {}};
  const first = (change: Partial<Omit<LinkView, 'rule'>> & {readonly rule?: Partial<LinkView['rule']>}) => {
    const {view, told} = ring(lacks);
    const links = view.links.map((link, i) =>
      i === 0 ? {...link, ...change, rule: {...CLEAR_RULE, ...change.rule}} : link,
    );
    return (waitedMs: number) => told({links}, waitedMs);
  };
  const inTime = (how: string) => [
    `us:1-3 cannot reach eu and ap in time: no way from us leads there (us>eu ${how})`,
  ];

  test('are reported if the waiting bytes cannot pass in time', () => {
    const told = first({rule: {bandwidthBytesPerS: 10}, waiting: 3});
    expect(told(29_000)).toEqual(inTime('passes 10 B/s'));
    expect(told(30_000)).toEqual([]);
  });

  test('are reported if a message takes longer than the wait, whatever its size', () => {
    const told = first({
      rule: {bandwidthBytesPerS: 2000, latencyMs: 100},
      inFlight: [{direction: 'forth', sentAtMs: 0, dueAtMs: 60_000, faults: ['bandwidth']}],
    });
    expect(told(10_000)).toEqual(inTime('passes 2 kB/s'));
    expect(told(60_000)).toEqual([]);
  });

  test('are reported with a latency that is longer than the wait even with the best jitter', () => {
    const told = first({rule: {latencyMs: 12_000, jitterMs: 1000}});
    expect(told(10_000)).toEqual(inTime('takes 12 s'));
    expect(told(11_000)).toEqual([]);
  });

  test('are not reported for a check that does not wait, if they need less than a second', () => {
    expect(first({rule: {latencyMs: 150}})(0)).toEqual([]);
    expect(first({rule: {latencyMs: 1500}})(0)).toEqual(inTime('takes 1.5 s'));
  });
});

describe('a halted origin', () => {
  const halted = [{origin: leaderId('us'), dot: {origin: leaderId('us'), seq: 1}, key: key('x'), with: []}];
  const atEu = 'eu has halted on us\'s write to "x": skip us @eu, or another resolver';

  test('is reported for leaders that its operations would reach through the halted leader', () => {
    const {told} = ring({us: vv({us: 2, eu: 1}), eu: vv({eu: 1}), ap: vv({eu: 1})}, {eu: {halted}});
    expect(told()).toEqual(['us:1-2 cannot reach ap: they come by way of eu, which is halted on us', atEu]);
  });

  test('is reported beside the blocks of the other paths', () => {
    const {view, told} = ring({us: vv({us: 1}), eu: {}, ap: {}}, {eu: {halted}});
    const [link] = view.links;
    if (link === undefined) throw new Error('no link');
    const cut = {...linkFrom(link, leaderId('us'), leaderId('ap')), rule: {...CLEAR_RULE, cut: true}};
    expect(told({links: [...view.links, cut]})).toEqual([
      'us:1 cannot reach ap: no way from us leads there (eu is halted on us, us>ap is cut)',
      atEu,
    ]);
  });

  test('does not block leaders that another path reaches', () => {
    const {view, told} = ring({us: vv({us: 1}), eu: {}, ap: {}}, {eu: {halted}});
    const [link] = view.links;
    if (link === undefined) throw new Error('no link');
    expect(told({links: [...view.links, linkFrom(link, leaderId('us'), leaderId('ap'))]})).toEqual([atEu]);
  });
});

test('a halted origin is reported with the command that helps', () => {
  const halted = [
    {origin: leaderId('eu'), dot: {origin: leaderId('eu'), seq: 4}, key: key('title'), with: []},
  ];
  const {told} = ring({us: vv({eu: 3}), eu: vv({eu: 4})}, {us: {halted}});
  expect(told()).toEqual(['us has halted on eu\'s write to "title": skip eu @us, or another resolver']);
});

test('operations that wait for their dependencies are reported', () => {
  const {told} = ring({us: vv({us: 3}), eu: {}}, {eu: {buffered: 2}});
  expect(told()).toEqual(['eu holds 2 operations back until it has what they depend on']);
});

describe('resolvers', () => {
  const same = {us: vv({us: 1}), eu: vv({us: 1})};

  test('that differ are reported for each leader', () => {
    expect(ring(same, {eu: {resolver: {name: 'siblings'}}}).told()).toEqual([
      'leaders resolve differently: us by lww, eu by siblings',
    ]);
  });

  test('that decide by arrival are reported, unless operations are missing', () => {
    const keeps: Change = {resolver: {name: 'keep-local'}};
    const changes = {us: keeps, eu: keeps};
    expect(ring(same, changes).told()).toEqual([
      'keep-local depends on the order of arrival, which differs between leaders',
    ]);
    expect(ring({...same, eu: {}}, changes).told()).toEqual([]);
  });
});
