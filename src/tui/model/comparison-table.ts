/**
 * What every resolver makes of one key's history, as a table: what a reader sees, and what it costs.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Dot} from '../../core/log/version-vector.ts';
import type {ComparedResolver, Comparison, ResolverReading} from '../../history/comparison.ts';
import {type Line, type Run, run} from './style.ts';
import {cutLine, join, padEnd, widthOf} from './text.ts';
import {dotRun, type Palette, showReading} from './words.ts';

/** At every leader, or at one by the order of arrival there. */
export const losesSomewhere = ({lost, byLeader}: ComparedResolver): boolean =>
  [{lost}, ...Object.values(byLeader ?? {})].some(reading => reading.lost.length > 0);

export function comparisonLines({resolvers: all}: Comparison, palette: Palette, width: number): Line[] {
  // The one in use first: the rest may be below the edge.
  const resolvers = [...all].sort((a, b) => Number(b.inUse) - Number(a.inUse));
  const nameWidth = Math.max('resolver'.length, ...resolvers.map(({name}) => name.length));
  const readings = resolvers.flatMap(compared => [
    compared,
    ...differing(compared, palette).map(([, reading]) => reading),
  ]);
  const widest = Math.max(
    'a reader sees'.length,
    ...readings.map(({reading}) => widthOf(showReading(reading, palette))),
  );
  const readingWidth = Math.max(12, Math.min(widest, width - nameWidth - 22));
  const columns = {nameWidth, readingWidth};
  const heading: Line = [
    run(`  ${padEnd('resolver', nameWidth)}  ${padEnd('a reader sees', readingWidth)}  costs`, 'dim'),
  ];
  const rows = resolvers.flatMap((compared): Line[] => {
    const {name, inUse} = compared;
    const others = differing(compared, palette);
    const head: Line = [
      inUse ? run('● ', 'good') : run('  '),
      run(padEnd(name, nameWidth), inUse ? 'strong' : 'plain'),
      run('  '),
    ];
    if (others.length === 0) return [[...head, ...readingAndCost(compared, columns, palette)]];
    return [
      [...head, run('≠ each leader its own, by arrival:', 'warn')],
      ...others.map(
        ([leader, reading]): Line => [
          run(`    ${padEnd(leader, nameWidth - 2)}  `, palette.tone(leader)),
          ...readingAndCost(reading, columns, palette),
        ],
      ),
    ];
  });
  const inUse = resolvers.some(({isServers}) => isServers)
    ? '● in use: what the servers show; the other rows: our own resolvers'
    : '● in use';
  const legend: Line = resolvers.some(one => one.inUse) ? [run(inUse, 'dim')] : [];
  return [heading, ...rows, [], legend].map(line => cutLine(line, width));
}

/** Of each leader, where they would read differently. */
function differing(
  {byLeader}: ComparedResolver,
  palette: Palette,
): readonly (readonly [LeaderId, ResolverReading])[] {
  return palette.inOrder(
    Object.entries(byLeader ?? {}) as [LeaderId, ResolverReading][],
    ([leader]) => leader,
  );
}

const readingAndCost = (
  {reading, lost}: ResolverReading,
  {readingWidth}: {readonly readingWidth: number},
  palette: Palette,
): Line => [
  run(padEnd(showReading(reading, palette), readingWidth), 'strong'),
  run('  '),
  ...costs(lost, palette),
];

const COMMA: Run = run(', ', 'dim');

/** `✘ lost us:4, eu:2`. */
const costs = (lost: readonly Dot[], palette: Palette): Line =>
  lost.length === 0 ? [run('✔ nothing lost', 'good')] : [run('✘ lost ', 'bad'), ...dotList(lost, palette)];

/** In the order of the leaders. */
export const dotList = (dots: readonly Dot[], palette: Palette): Line =>
  join(
    palette.inOrder(dots, ({origin}) => origin).map((dot): Line => [dotRun(dot, palette)]),
    COMMA,
  );
