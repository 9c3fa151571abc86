/**
 * The conflict log as lines, and in the forms that other programs read.
 */
import {assertNever} from '../../base/assert.ts';
import {printable, printableJson} from '../../base/printable.ts';
import {showWord} from '../../command/index.ts';
import type {Conflict, ConflictWrite} from '../../history/conflict.ts';
import {toCsv, toJsonLines} from '../../history/conflict-table.ts';
import {standingOf} from '../../history/write-relations.ts';
import type {SessionResult} from '../../session/session-result.ts';
import {type Block, type Document, joined, line, type SpanLine, span} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {brief, type Notation} from '../words/show-value.ts';
import {dotSpan, dotSpans, type ResultDocument} from './parts.ts';

type Result<T extends SessionResult['type']> = Extract<SessionResult, {type: T}>;

/**
 * Returns the result of `conflicts`: their number, and the conflicts as lines, CSV or JSON Lines, as the
 * command asked.
 */
export const conflictsDocument = (result: Result<'conflicts'>, notation: Notation): ResultDocument => ({
  brief: [span(count(result.conflicts.length, 'conflict'))],
  whole: conflictLines(result, notation),
  detail: result.conflicts.length > 0 ? 'more' : 'same',
});

function conflictLines({conflicts, format}: Result<'conflicts'>, notation: Notation): Document {
  switch (format) {
    case 'list':
      return conflicts.length === 0
        ? [line('no conflict')]
        : conflicts.map(conflict => conflictLine(conflict, notation));
    case 'csv':
      return linesOf(toCsv(conflicts), '\r\n').map(text => line(printable(text)));
    case 'jsonl':
      return linesOf(toJsonLines(conflicts), '\n').map(text => line(printableJson(text)));
    default:
      return assertNever(format);
  }
}

/** The lines of a text whose last line has an end, too. */
const linesOf = (text: string, end: string): string[] => text.split(end).slice(0, -1);

/**
 * One line: `#3 title set/set: us:4 set "A" ∥ eu:7 set "B", lost us:4`. The arrow points from what was set
 * aside to what stands.
 */
export function conflictLine(conflict: Conflict, notation: Notation): Block {
  const {id, key, kind, relation, lost, torn} = conflict;
  const {aside, instead, beside, earlier} = standingOf(conflict);
  const sides = [aside, [...instead, ...beside]].map(side => concurrent(side));
  const parts = [
    relation === 'concurrent' ? [] : [span(relation, 'warn')],
    earlier.length === 0 ? [] : [span('earlier '), ...joined(earlier.map(writeSpans), span(', '))],
    lost.length === 0
      ? [span('nothing lost', 'good')]
      : [span('lost ', 'bad'), ...dotSpans(lost, ', ', notation)],
    torn.length === 0 ? [] : [span('torn ', 'warn'), ...dotSpans(torn, ', ', notation)],
  ];
  const head = [span(`#${id} `, 'dim'), span(showWord(key), 'strong'), span(` ${kind}: `)];
  return line([...head, ...joined([joined(sides, span(' → ')), ...parts], span(', '))], 4);
}

const concurrent = (writes: readonly ConflictWrite[]): SpanLine =>
  joined(writes.map(writeSpans), span(' ∥ '));

const writeSpans = ({dot, summary}: ConflictWrite): SpanLine => [dotSpan(dot), span(` ${brief(summary)}`)];
