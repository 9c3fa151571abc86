/**
 * The conflict log for export: filtered, as JSON, and as a table for spreadsheets (RFC 4180).
 */
import type {Json} from '../base/json.ts';
import type {ConflictFilter} from '../command/action.ts';
import {type Dot, showDot} from '../core/log/version-vector.ts';
import {readingToJson} from '../core/state/reading.ts';
import {type Conflict, isConcurrent} from './conflict.ts';

type JsonObject = {readonly [field: string]: Json};

/**
 * Returns a test that is true for the conflicts that meet every condition of the filter. `leader` asks for a
 * write of that leader; the relation `concurrent` also finds reversed conflicts whose sides were concurrent.
 */
export const matches =
  ({key, kind, leader, lost, relation}: ConflictFilter) =>
  (conflict: Conflict): boolean =>
    (key === undefined || conflict.key === key) &&
    (kind === undefined || conflict.kind === kind) &&
    (leader === undefined || conflict.writes.some(({dot}) => dot.origin === leader)) &&
    (lost === undefined || conflict.lost.length > 0) &&
    (relation === undefined ||
      conflict.relation === relation ||
      (relation === 'concurrent' && isConcurrent(conflict)));

export const conflictToJson = ({
  id,
  key,
  relation,
  kind,
  writes,
  sides,
  instead,
  decisions,
  lost,
  torn,
  why,
}: Conflict): JsonObject => ({
  id,
  key,
  kind,
  relation,
  writes: writes.map(({dot, value, wallMs, hlc, acknowledged}) => ({
    dot: showDot(dot),
    origin: dot.origin,
    ...(value === undefined ? {deleted: true} : {value}),
    wallMs,
    hlc: {...hlc},
    acknowledged,
  })),
  sides: sides.map(showDot),
  instead: instead.map(showDot),
  decisions: Object.fromEntries(
    Object.entries(decisions).map(([leader, {resolver, until, shows, serverLog}]) => [
      leader,
      {
        resolver,
        ...(until === undefined ? {} : {until}),
        shows: readingToJson(shows),
        ...(serverLog === undefined ? {} : {said: [...serverLog]}),
      },
    ]),
  ),
  lost: lost.map(showDot),
  torn: torn.map(showDot),
  why,
});

/** One object per line. */
export const toJsonLines = (conflicts: readonly Conflict[]): string =>
  conflicts.map(conflict => `${JSON.stringify(conflictToJson(conflict))}\n`).join('');

const COLUMNS = [
  'id',
  'key',
  'kind',
  'relation',
  'detected',
  'writes',
  'lost',
  'torn',
  'shows',
  'why',
] as const;

/** A table with a header. Lines end with CRLF, as the RFC says. */
export const toCsv = (conflicts: readonly Conflict[]): string =>
  [COLUMNS, ...conflicts.map(rowOf)].map(row => `${row.map(cell).join(',')}\r\n`).join('');

function rowOf({
  id,
  key,
  kind,
  relation,
  detectedAtMs,
  writes,
  decisions,
  lost,
  torn,
  why,
}: Conflict): readonly string[] {
  const shows = Object.entries(decisions).map(
    ([leader, decision]) => `${leader} ${JSON.stringify(readingToJson(decision.shows))}`,
  );
  return [
    String(id),
    key,
    kind,
    relation,
    isoTime(detectedAtMs),
    writes.map(({dot, summary}) => `${showDot(dot)} ${summary}`).join('; '),
    dots(lost),
    dots(torn),
    shows.join('; '),
    why,
  ];
}

const dots = (list: readonly Dot[]): string => list.map(showDot).join(' ');

const isoTime = (atMs: number): string => new Date(atMs).toISOString();

/** A text that a spreadsheet would read as a formula gets a leading apostrophe, which marks it as text. */
function cell(text: string): string {
  const harmless = /^\s*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
