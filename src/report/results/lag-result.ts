/**
 * `lag`: a matrix from each origin to each leader; if it does not fit, a list with the slowest pair first.
 * Below it are the counts of operations sent over links.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {ClusterView, PairLag, TrafficCounts} from '../../port/view.ts';
import {
  type Block,
  type Cell,
  cell,
  type Document,
  EMPTY_LINE,
  line,
  number,
  span,
  table,
} from '../document/styled-document.ts';
import {count, showCount} from '../words/count.ts';
import {round, showMs} from '../words/show-time.ts';
import type {Notation} from '../words/show-value.ts';
import {sparkline} from '../words/sparkline.ts';
import {nameSpan} from './parts.ts';
import type {JsonObject, Result, ResultDocument, ResultForm} from './result-form.ts';

const NOTHING = 'nothing was replicated in the last 10 s';

/**
 * The result of `lag`: the slowest pair of leaders, and in full the lags of all pairs with the counts of
 * operations. Lags are in ms, of the last 10 s. The renderer takes the matrix, or a list where that does not
 * fit.
 */
export const lagForm: ResultForm<'lag'> = {
  document: lagDocument,
  json: ({lags, traffic}) => ({lags: lags.map(lagToJson), traffic: trafficToJson(traffic)}),
};

function lagDocument({lags, traffic}: Result<'lag'>, notation: Notation): ResultDocument {
  const worst = bySlowest(lags)[0];
  const brief =
    worst === undefined
      ? [span(NOTHING, 'dim')]
      : [
          span('slowest '),
          nameSpan(worst.origin),
          span(' → ', 'dim'),
          nameSpan(worst.leader),
          span(` p99 ${showMs(worst.p99Ms)}`),
        ];
  const pairs: Block =
    worst === undefined
      ? line([span(NOTHING, 'dim')])
      : {type: 'either', choices: [matrices(lags, notation), [list(lags)]]};
  return {brief, whole: [pairs, EMPTY_LINE, trafficTable(traffic)], detail: 'more'};
}

const bySlowest = (lags: readonly PairLag[]): PairLag[] => [...lags].sort((a, b) => b.p99Ms - a.p99Ms);

function matrices(lags: readonly PairLag[], notation: Notation): Document {
  const ids = notation.inOrder([...new Set(lags.flatMap(({origin, leader}) => [origin, leader]))], id => id);
  const heading = [
    cell('from\\to', 'dim'),
    ...ids.map((id): Cell => ({spans: [nameSpan(id)], align: 'right'})),
  ];
  const matrix = (show: (lag: PairLag) => string): Block =>
    table([
      heading,
      ...ids.map(origin => [
        cell([nameSpan(origin)]),
        ...ids.map(leader => {
          const lag = lagBetween(lags, origin, leader);
          return lag === undefined ? number(origin === leader ? '·' : '—', 'dim') : number(show(lag));
        }),
      ]),
    ]);
  return [
    line([span('lag of the last 10 s, p50 / p99', 'dim')]),
    matrix(({p50Ms, p99Ms}) => `${showMs(p50Ms)} / ${showMs(p99Ms)}`),
    EMPTY_LINE,
    line([span('links travelled on average / operations', 'dim')]),
    matrix(({hops, count: ops}) => `${round(hops)} / ${ops}`),
  ];
}

const lagBetween = (lags: readonly PairLag[], from: LeaderId, to: LeaderId): PairLag | undefined =>
  lags.find(({origin, leader}) => origin === from && leader === to);

const list = (lags: readonly PairLag[]): Block =>
  table(
    bySlowest(lags).map(({origin, leader, p50Ms, p99Ms, hops, recentMs}) => [
      cell([nameSpan(origin), span(' → ', 'dim'), nameSpan(leader)]),
      number(`${showMs(p50Ms)} / ${showMs(p99Ms)}`),
      cell(count(round(hops), 'hop'), 'dim'),
      cell(sparkline(recentMs), 'key'),
    ]),
  );

const trafficTable = ({lastSecond, total}: ClusterView['traffic']): Block =>
  table([
    [
      cell('operations', 'dim'),
      ...['accepted', 'sent', 'redundant', 'sent per op'].map(heading => number(heading, 'dim')),
    ],
    trafficRow('last second', lastSecond),
    trafficRow('this topology', total),
  ]);

const trafficRow = (name: string, {accepted, sent, redundant}: TrafficCounts): readonly Cell[] => [
  cell(name),
  number(showCount(accepted)),
  number(showCount(sent)),
  number(showCount(redundant), redundant > 0 ? 'warn' : 'plain'),
  number(accepted === 0 ? '—' : String(round(sent / accepted))),
];

const trafficToJson = ({lastSecond, total}: Result<'lag'>['traffic']): JsonObject => ({
  lastSecond: countsToJson(lastSecond),
  total: countsToJson(total),
});

const lagToJson = ({origin, leader, p50Ms, p99Ms, count, hops}: PairLag): JsonObject => ({
  origin,
  leader,
  p50Ms,
  p99Ms,
  count,
  hops,
});

const countsToJson = ({accepted, sent, redundant}: TrafficCounts): JsonObject => ({
  accepted,
  sent,
  redundant,
  ...(accepted === 0 ? {} : {messagesPerOp: sent / accepted}),
});
