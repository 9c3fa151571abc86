/**
 * The table of topologies in docs/topologies.md, measured on five real leaders with the latency between their
 * regions. By default the test checks that the table agrees with a run, as far as that does not depend on the
 * machine; with LEADERLAB_WRITE_DOCS=1 it writes the table:
 *
 * LEADERLAB_WRITE_DOCS=1 npx vitest run test/engines/topologies.test.ts
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type LeaderId, leaderId, linkEnds} from '../../src/base/ids.ts';
import {linksOf, TOPOLOGY_NAMES, type TopologyName, type TopologySpec} from '../../src/command/topology.ts';
import {wan} from '../../src/faults/wan.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {converged, ok, startTestCluster} from '../support/cluster.ts';
import {waitFor} from '../support/wait.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'topologies.md');
const LEADERS = ['us', 'eu', 'ap', 'sa', 'af'].map(leaderId);
const NAMES = TOPOLOGY_NAMES.filter(name => name !== 'custom');
/**
 * So few that they fit into the window of the lag meter. Otherwise its figures would mix one topology with
 * the next.
 */
const WRITES_PER_LEADER = 20;

interface Row {
  readonly name: TopologyName;
  readonly links: number;
  readonly hopsMean: number;
  readonly hopsMax: number;
  readonly messagesPerOp: number;
  readonly redundantPerOp: number;
  readonly lagP99Ms: number;
  readonly oneDead: string;
}

const specOf = (name: (typeof NAMES)[number]): TopologySpec => ({name});

/** The leaders whose death alone separates some others, according to the graph. */
function breakers(topology: TopologySpec): LeaderId[] {
  if (topology.name === 'modified-ring') return [];
  const links = linksOf(topology, LEADERS).map(linkEnds);
  return LEADERS.filter(dead => {
    const live = LEADERS.filter(id => id !== dead);
    return live.some(from => {
      const reached = new Set([from]);
      for (let size = 0; size < reached.size; ) {
        size = reached.size;
        for (const link of links) if (reached.has(link.from) && link.to !== dead) reached.add(link.to);
      }
      return live.some(to => !reached.has(to));
    });
  });
}

function deathInWords(breaking: readonly LeaderId[]): string {
  if (breaking.length === 0) return 'the others converge';
  if (breaking.length === LEADERS.length) return 'any one dead: the others diverge';
  return `${breaking.join(', ')} dead: the others diverge`;
}

const COLUMNS = [
  'topology',
  'links',
  'hops (mean, most)',
  'messages per op',
  'redundant per op',
  'lag p99',
  'one dead leader',
];

const cells = (row: Row): string[] => [
  row.name,
  String(row.links),
  `${row.hopsMean.toFixed(2)}, ${row.hopsMax}`,
  row.messagesPerOp.toFixed(2),
  row.redundantPerOp.toFixed(2),
  `${row.lagP99Ms} ms`,
  row.oneDead,
];

const line = (values: readonly string[]): string => `| ${values.join(' | ')} |`;

const table = (rows: readonly Row[]): string =>
  [line(COLUMNS), line(COLUMNS.map(() => '---')), ...rows.map(row => line(cells(row)))].join('\n');

/** The rows of the document, as cells. */
const written = (): string[][] =>
  readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter(text => text.startsWith('| ') && !text.startsWith('| ---') && !text.startsWith('| topology'))
    .map(text =>
      text
        .slice(2, -2)
        .split(' | ')
        .map(cell => cell.trim()),
    );

describe('topologies of five leaders', {timeout: 120_000}, () => {
  let cluster: Cluster;
  const rows: Row[] = [];

  beforeAll(async () => {
    cluster = await startTestCluster({leaders: LEADERS, links: wan});
  });
  afterAll(async () => {
    await cluster.close();
    if (process.env.LEADERLAB_WRITE_DOCS !== '1') return;
    const [before = ''] = readFileSync(DOCUMENT, 'utf8').split('| topology |');
    writeFileSync(DOCUMENT, `${before}${table(rows)}\n`);
  });

  it.each(NAMES)('%s', async name => {
    await ok(cluster, `topology ${name}`);
    await waitFor('its links', () => cluster.view().links.every(({connection}) => connection === 'open'));
    const keys = new Set<string>();
    for (let n = 0; n < WRITES_PER_LEADER; n++) {
      keys.add(`${name}-${n}`);
      await ok(cluster, `set ${name}-${n} ${n} @all`);
    }
    await converged(cluster, LEADERS.length);
    const {links, lags, lag, traffic} = cluster.view();
    const {accepted, sent, redundant} = traffic.total;
    expect(accepted).toBe(WRITES_PER_LEADER * LEADERS.length);
    const broken = breakers(specOf(name));
    rows.push({
      name,
      links: links.length,
      hopsMean: lags.reduce((sum, pair) => sum + pair.hops, 0) / lags.length,
      hopsMax: Math.round(Math.max(...lags.map(pair => pair.hops))),
      messagesPerOp: sent / accepted,
      redundantPerOp: redundant / accepted,
      lagP99Ms: lag?.p99Ms ?? 0,
      oneDead: deathInWords(broken),
    });
    await provesIt(broken[0] ?? LEADERS[1], broken.length === 0);
  });

  /** Checks that the statement about a dead leader is true. */
  async function provesIt(dead: LeaderId | undefined, converges: boolean): Promise<void> {
    await ok(cluster, `kill ${dead}`);
    const live = LEADERS.filter(id => id !== dead);
    await ok(cluster, `set without-${dead} 1 @${live.join(',')}`);
    if (converges) await converged(cluster, live.length);
    else {
      const vvs = async () => Object.values((await cluster.measure()).leaders).map(({vv}) => vv);
      const before = await vvs();
      expect(new Set(before.map(vv => JSON.stringify(Object.entries(vv).sort()))).size).toBeGreaterThan(1);
    }
    await ok(cluster, `restart ${dead}`);
    await converged(cluster, LEADERS.length);
  }

  it('are documented with the measured results', () => {
    if (process.env.LEADERLAB_WRITE_DOCS === '1') return;
    const documented = written();
    expect(documented.map(([name]) => name)).toEqual(rows.map(({name}) => name));
    for (const [i, row] of rows.entries()) {
      const [, links, , , , , oneDead] = documented[i] ?? [];
      expect({name: row.name, links, oneDead}).toEqual({
        name: row.name,
        links: String(row.links),
        oneDead: row.oneDead,
      });
    }
  });
});
