/**
 * `lag` as a matrix, from each origin to each leader, with the traffic on the links below it.
 */
import type {PairLag, TrafficCounts} from '../port/view.ts';
import type {SessionResult} from '../session/session-result.ts';
import {columns} from './words/columns.ts';
import {round} from './words/show-time.ts';

export function showLag({lags, traffic}: Extract<SessionResult, {type: 'lag'}>): string[] {
  const rows = [
    ['in the last second', ...counts(traffic.lastSecond)],
    ['since the topology changed', ...counts(traffic.total)],
  ];
  return [
    ...(lags.length === 0 ? ['nothing was replicated in the last 10 s'] : matrix(lags)),
    ...columns(rows),
  ];
}

function matrix(lags: readonly PairLag[]): string[] {
  const leaders = [...new Set(lags.flatMap(({origin, leader}) => [origin, leader]))].sort();
  const rows = leaders
    .filter(origin => lags.some(lag => lag.origin === origin))
    .map(origin => [
      origin,
      ...leaders.map(leader => cell(lags.find(lag => lag.origin === origin && lag.leader === leader))),
    ]);
  return [
    ...columns([['from \\ to', ...leaders], ...rows]),
    'p50/p99, links travelled, operations of the last 10 s',
  ];
}

const cell = (lag: PairLag | undefined): string =>
  lag === undefined
    ? '·'
    : `${Math.round(lag.p50Ms)}/${Math.round(lag.p99Ms)} ms, ${round(lag.hops)} ` +
      `${lag.hops === 1 ? 'hop' : 'hops'}, ${lag.count}`;

const counts = ({accepted, sent, redundant}: TrafficCounts): string[] => [
  `${accepted} accepted`,
  `${sent} put on links`,
  accepted === 0 ? '' : `${round(sent / accepted)} per operation`,
  `${redundant} redundant`,
];
