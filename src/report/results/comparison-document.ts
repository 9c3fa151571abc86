/**
 * `compare`: what a reader sees under each resolver, and what is lost. The resolver in use is marked and
 * comes first, because a window may show only the first rows.
 */
import type {LeaderId} from '../../base/ids.ts';
import {compareDots, type Dot, sameDot} from '../../core/log/version-vector.ts';
import type {ComparedResolver, Comparison, ResolverReading} from '../../history/comparison.ts';
import {
  type Cell,
  cell,
  type Document,
  line,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import type {Notation} from '../words/show-value.ts';
import {dotSpans, byLeader as leadersIn, nameSpan, type ResultDocument, readingSpan} from './parts.ts';

/**
 * Returns the result of `compare`: how many resolvers lose a write at one leader or more, and a table of
 * what a reader sees under each.
 */
export function comparisonDocument(comparison: Comparison, notation: Notation): ResultDocument {
  const {resolvers} = comparison;
  const losing = resolvers.filter(one => lostAnywhere(one).length > 0).length;
  return {
    brief: [
      span(`${losing} of ${count(resolvers.length, 'resolver')} lose a write`, losing > 0 ? 'warn' : 'dim'),
    ],
    whole: comparisonTable(comparison, notation),
    detail: 'more',
  };
}

/** The writes that are lost at one leader or more, sorted by dot. */
function lostAnywhere({lost, byLeader = {}}: ComparedResolver): readonly Dot[] {
  const all = [...lost, ...Object.values(byLeader).flatMap(at => at.lost)];
  return all.filter((dot, i) => all.findIndex(other => sameDot(other, dot)) === i).sort(compareDots);
}

/** The table with its legend. */
export function comparisonTable({resolvers}: Comparison, notation: Notation): Document {
  const inUseFirst = [...resolvers].sort((a, b) => Number(b.inUse) - Number(a.inUse));
  const heading = ['  resolver', 'a reader sees', 'lost'].map(text => cell(text, 'dim'));
  const rows = inUseFirst.flatMap(compared => resolverRows(compared, notation));
  const legend = resolvers.some(({isServers}) => isServers)
    ? '● in use: what the servers show; the other rows: what the resolvers of the lab make of the same writes'
    : '● in use';
  return [
    table([heading, ...rows]),
    ...(resolvers.some(({inUse}) => inUse) ? [line([span(legend, 'dim')])] : []),
  ];
}

/**
 * One row. If leaders differ by the order of arrival, the row names the writes that are lost at all leaders,
 * and each leader has a row below it.
 */
function resolverRows(compared: ComparedResolver, notation: Notation): readonly (readonly Cell[])[] {
  const {name, inUse, byLeader} = compared;
  const head = cell([span(inUse ? '● ' : '  ', 'good'), span(name, inUse ? 'strong' : 'plain')]);
  if (byLeader === undefined) return [[head, ...readingCells(compared, notation)]];
  const differs = [cell('differs by leader', 'warn'), cell(dotList(compared.lost, notation))];
  const leaders = leadersIn<ResolverReading>(byLeader, notation).map(([leader, at]) =>
    leaderRow(leader, at, notation),
  );
  return [[head, ...differs], ...leaders];
}

const leaderRow = (leader: LeaderId, at: ResolverReading, notation: Notation): readonly Cell[] => [
  cell([span('    '), nameSpan(leader)]),
  ...readingCells(at, notation),
];

const readingCells = ({reading, lost}: ResolverReading, notation: Notation): readonly Cell[] => [
  cell([readingSpan(reading, notation)]),
  lost.length === 0
    ? cell('✔ nothing lost', 'good')
    : cell([span('✘ lost ', 'bad'), ...dotList(lost, notation)]),
];

const LOST_SHOWN = 8;

function dotList(lost: readonly Dot[], notation: Notation): SpanLine {
  const more = lost.length - LOST_SHOWN;
  return [
    ...dotSpans(lost.slice(0, LOST_SHOWN), ' ', notation),
    ...(more > 0 ? [span(` and ${more} more`, 'dim')] : []),
  ];
}
