/**
 * Replication lag from each origin to each leader: a matrix while it fits, else the slowest first; and what
 * travelled for it.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {ClusterView, PairLag, TrafficCounts} from '../../port/view.ts';
import {sparkline} from './sparkline.ts';
import {type Line, run} from './style.ts';
import {cutLine, padEnd, padStart} from './text.ts';
import {type Palette, showCount, showMs} from './words.ts';

export function lagLines(
  lags: readonly PairLag[],
  traffic: ClusterView['traffic'],
  palette: Palette,
  width: number,
): Line[] {
  const ids = palette.inOrder([...new Set(lags.flatMap(({origin, leader}) => [origin, leader]))], id => id);
  const isMatrix = width >= nameWidth(ids) + ids.length * (CELL_WIDTH + 2);
  const table =
    lags.length === 0
      ? [[run('nothing was replicated in the last 10 s', 'dim')]]
      : isMatrix
        ? matrix(lags, ids, palette)
        : list(lags, palette);
  return [...table, [], ...trafficLines(traffic)].map(line => cutLine(line, width));
}

const CELL_WIDTH = 16;
const nameWidth = (ids: readonly LeaderId[]): number =>
  Math.max('from\\to'.length, ...ids.map(id => id.length));

/** A row for each origin; in a cell p50, p99 and how many links were travelled. */
function matrix(lags: readonly PairLag[], ids: readonly LeaderId[], palette: Palette): Line[] {
  const wide = nameWidth(ids);
  const heading: Line = [
    run(padEnd('from\\to', wide), 'dim'),
    ...ids.map(id => run(`  ${padStart(id, CELL_WIDTH)}`, palette.tone(id))),
  ];
  const rows = ids.map(
    (origin): Line => [
      run(padEnd(origin, wide), palette.tone(origin)),
      ...ids.map(leader => {
        const lag = lags.find(pair => pair.origin === origin && pair.leader === leader);
        if (lag === undefined) return run(`  ${padStart(origin === leader ? '·' : '—', CELL_WIDTH)}`, 'dim');
        return run(`  ${padStart(`${showMs(lag.p50Ms)} / ${showMs(lag.p99Ms)}`, CELL_WIDTH)}`);
      }),
    ],
  );
  const hops = ids.map(
    (origin): Line => [
      run(padEnd(origin, wide), palette.tone(origin)),
      ...ids.map(leader => {
        const lag = lags.find(pair => pair.origin === origin && pair.leader === leader);
        return run(`  ${padStart(lag === undefined ? '' : rounded(lag.hops), CELL_WIDTH)}`);
      }),
    ],
  );
  return [
    [run('lag, p50 / p99', 'dim')],
    heading,
    ...rows,
    [],
    [run('links travelled, on average', 'dim')],
    ...hops,
  ];
}

function list(lags: readonly PairLag[], palette: Palette): Line[] {
  const slowest = [...lags].sort((a, b) => b.p99Ms - a.p99Ms);
  return slowest.map(
    ({origin, leader, p50Ms, p99Ms, hops, recentMs}): Line => [
      run(padStart(origin, 6), palette.tone(origin)),
      run(' → '),
      run(padEnd(leader, 6), palette.tone(leader)),
      run(` ${padStart(showMs(p50Ms), 7)} / ${padEnd(showMs(p99Ms), 7)}`),
      run(` ${rounded(hops)} hops  `, 'dim'),
      run(sparkline(recentMs), 'key'),
    ],
  );
}

const rounded = (n: number): string => String(Math.round(n * 10) / 10);

function trafficLines({lastSecond, total}: ClusterView['traffic']): Line[] {
  const heading = ['accepted', 'sent', 'redundant', 'sent per op'].map(word => padStart(word, 12)).join('');
  return [
    [run(`${padEnd('operations', 14)}${heading}`, 'dim')],
    trafficLine('last second', lastSecond),
    trafficLine('this topology', total),
  ];
}

const trafficLine = (name: string, {accepted, sent, redundant}: TrafficCounts): Line => [
  run(padEnd(name, 14)),
  run([accepted, sent].map(n => padStart(showCount(n), 12)).join('')),
  run(padStart(showCount(redundant), 12), redundant > 0 ? 'warn' : 'plain'),
  run(padStart(accepted === 0 ? '—' : rounded(sent / accepted), 12)),
];
