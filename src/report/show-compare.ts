/**
 * `compare` as a table: what a reader sees under each resolver, and what is lost. The resolver in use is
 * marked.
 */
import type {Dot} from '../core/log/version-vector.ts';
import {showDot} from '../core/log/version-vector.ts';
import type {Comparison, ResolverReading} from '../history/comparison.ts';
import {columns} from './words/columns.ts';
import {showReading} from './words/show-value.ts';

export function showComparison({resolvers}: Comparison): string[] {
  const rows = resolvers.flatMap(({name, inUse, byLeader, ...whole}) => {
    const mark = inUse ? '▸' : '';
    if (byLeader === undefined) return [[mark, name, ...cells(whole)]];
    const leaders = Object.entries(byLeader).map(([leader, at]) => ['', `  ${leader}`, ...cells(at)]);
    return [[mark, name, 'differs by leader', showLost(whole.lost)], ...leaders];
  });
  const table = columns([['', 'resolver', 'a reader sees', 'lost'], ...rows]);
  return resolvers.some(({isServers}) => isServers) ? [...table, SERVERS] : table;
}

const SERVERS =
  '▸ is what the servers show; the other rows are what the lab’s own resolvers make of the same writes';

const cells = ({reading, lost}: ResolverReading): readonly string[] => [showReading(reading), showLost(lost)];

const LOST_SHOWN = 8;

function showLost(lost: readonly Dot[]): string {
  if (lost.length === 0) return '–';
  const more = lost.length - LOST_SHOWN;
  return [...lost.slice(0, LOST_SHOWN).map(showDot), ...(more > 0 ? [`and ${more} more`] : [])].join(' ');
}
