/**
 * `compare`: what a reader sees under each resolver, and what is lost. The resolver in use is marked and
 * comes first, because a window may show only the first rows.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {compareDots, type Dot, sameDot, showDot} from '../../core/log/version-vector.ts';
import {readingText, readingToJson} from '../../core/state/reading.ts';
import type {ComparedResolver, Comparison, ResolverReading} from '../../history/comparison.ts';
import {
  type Cell,
  cell,
  type Document,
  joined,
  line,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {GLYPHS} from '../words/glyphs.ts';
import {IN_FULL, type Notation} from '../words/show-value.ts';
import {dotSpans, byLeader as leadersIn, mapped, nameSpan, readingSpan, sortedDots} from './parts.ts';
import type {Chance, Fact, JsonObject, ResultForm} from './result-form.ts';

/**
 * The result of `compare`: how many resolvers lose a write at one leader or more, and a table of what a
 * reader sees under each.
 */
export const comparedForm: ResultForm<'compared'> = {
  document: ({comparison}, notation) => ({
    brief: briefly(comparison),
    whole: comparisonTable(comparison, notation),
    detail: 'more',
  }),
  json: ({comparison}) => comparisonToJson(comparison),
  facts: ({comparison: {key, resolvers}}, chance) =>
    resolvers.map(resolver => comparedFact(key, resolver, chance)),
};

function briefly({resolvers}: Comparison): SpanLine {
  const losing = resolvers.filter(one => lostAnywhere(one).length > 0).length;
  return [
    span(`${losing} of ${count(resolvers.length, 'resolver')} lose a write`, losing > 0 ? 'warn' : 'dim'),
  ];
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
    ? 'in use: what the servers show; the other rows: what the resolvers of the lab make of the same writes'
    : 'in use';
  return [
    table([heading, ...rows]),
    ...(resolvers.some(({inUse}) => inUse) ? [line([span(`${GLYPHS.on} ${legend}`, 'dim')])] : []),
  ];
}

/**
 * One row. If leaders differ by the order of arrival, the row names the writes that are lost at all leaders,
 * and each leader has a row below it.
 */
function resolverRows(compared: ComparedResolver, notation: Notation): readonly (readonly Cell[])[] {
  const {name, inUse, byLeader} = compared;
  const head = cell([span(inUse ? `${GLYPHS.on} ` : '  ', 'good'), span(name, inUse ? 'strong' : 'plain')]);
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
  cell(lossSpans(lost, notation)),
];

const lossSpans = (lost: readonly Dot[], notation: Notation): SpanLine =>
  lost.length === 0
    ? [span(`${GLYPHS.done} nothing lost`, 'good')]
    : [span(`${GLYPHS.failed} lost `, 'bad'), ...dotList(lost, notation)];

/** Without clocks, the same writes may have another result under each resolver. */
function comparedFact(key: Key, compared: ComparedResolver, {nondeterminism}: Chance): Fact {
  const {name, reading, lost, byLeader} = compared;
  const at: readonly (readonly [string, ResolverReading])[] =
    byLeader === undefined
      ? [['', {reading, lost}]]
      : Object.entries(byLeader).map(([id, shown]) => [`${id} `, shown]);
  const either = at.map(
    ([id, shown]) => id + (nondeterminism.either(key, shown.reading) ?? readingText(shown.reading)),
  );
  return {
    about: name,
    text: joined(
      at.map(([id, shown]) => [
        span(id),
        readingSpan(shown.reading, IN_FULL),
        span(' '),
        ...lossSpans(shown.lost, IN_FULL),
      ]),
      span(', '),
    ),
    compared: [...at.map(([id, shown]) => id + readingText(shown.reading)), sortedDots(lost)].join(),
    byChance: [...either, `lost ${lost.length}`].join(),
  };
}

const LOST_SHOWN = 8;

function dotList(lost: readonly Dot[], notation: Notation): SpanLine {
  const more = lost.length - LOST_SHOWN;
  return [
    ...dotSpans(lost.slice(0, LOST_SHOWN), ' ', notation),
    ...(more > 0 ? [span(` and ${more} more`, 'dim')] : []),
  ];
}

/** What each resolver makes of the writes, as JSON; each reading is as in the answer to `get`. */
export const comparisonToJson = ({resolvers}: Comparison): JsonObject => ({
  resolvers: Object.fromEntries(
    resolvers.map(({name, byLeader, isServers, ...whole}) => [
      name,
      {
        ...resolverToJson(whole),
        ...(isServers ? {shownByServers: true} : {}),
        ...(byLeader === undefined ? {} : {leaders: mapped(byLeader, resolverToJson)}),
      },
    ]),
  ),
});

const resolverToJson = ({reading, lost}: ResolverReading): JsonObject => ({
  ...readingToJson(reading),
  lost: lost.map(showDot),
});
