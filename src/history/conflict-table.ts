/**
 * The conflict log as a table: which entries are asked for, and the forms that other programs read.
 */
import type {ConflictFilter} from '../command/action.ts';
import {readingToJson} from '../core/reading.ts';
import {showDot} from '../core/version-vector.ts';
import type {Conflict} from './conflict.ts';
import {conflictToJson} from './conflict-json.ts';

export const matches =
  ({key, kind, leader, lost, relation}: ConflictFilter) =>
  (conflict: Conflict): boolean =>
    (key === undefined || conflict.key === key) &&
    (kind === undefined || conflict.kind === kind) &&
    (leader === undefined || conflict.writes.some(({dot}) => dot.origin === leader)) &&
    (lost === undefined || conflict.lost.length > 0) &&
    (relation === undefined || conflict.relation === relation);

const HEADER = ['id', 'key', 'kind', 'relation', 'detected', 'writes', 'lost', 'torn', 'shows', 'why'];

/** RFC 4180, with a header row; what a spreadsheet would take for a formula is made text. */
export const toCsv = (conflicts: readonly Conflict[]): string[] => [HEADER, ...conflicts.map(rowOf)].map(row => row.map(cell).join(','));

export const toJsonLines = (conflicts: readonly Conflict[]): string[] =>
  conflicts.map(conflict => JSON.stringify(conflictToJson(conflict)));

const rowOf = ({id, key, kind, relation, detectedAtMs, writes, lost, torn, decisions, why}: Conflict): string[] => [
  String(id),
  key,
  kind,
  relation,
  new Date(detectedAtMs).toISOString(),
  writes.map(({dot, summary}) => `${showDot(dot)} ${summary}`).join('; '),
  lost.map(showDot).join(' '),
  torn.map(showDot).join(' '),
  Object.entries(decisions)
    .map(([leader, {shows}]) => `${leader} ${JSON.stringify(readingToJson(shows))}`)
    .join('; '),
  why,
];

function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
