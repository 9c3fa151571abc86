/**
 * The conflict log as lines, and in the forms that other programs read.
 */
import {assertNever} from '../../base/assert.ts';
import {printable, printableJson} from '../../base/printable.ts';
import {showWord} from '../../command/index.ts';
import {showDot} from '../../core/log/version-vector.ts';
import type {Conflict, ConflictWrite} from '../../history/conflict.ts';
import {conflictToJson, toCsv, toJsonLines} from '../../history/conflict-table.ts';
import {standingOf} from '../../history/write-relations.ts';
import {type Block, type Document, joined, line, type SpanLine, span} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {brief, IN_FULL, type Notation} from '../words/show-value.ts';
import {dotSpan, dotSpans, sortedDots} from './parts.ts';
import type {Chance, Fact, Result, ResultForm} from './result-form.ts';

/**
 * The result of `conflicts`: their number, and the conflicts as lines, CSV or JSON Lines, as the command
 * asked.
 */
export const conflictsForm: ResultForm<'conflicts'> = {
  document: (result, notation) => ({
    brief: [span(count(result.conflicts.length, 'conflict'))],
    whole: conflictLines(result, notation),
    detail: result.conflicts.length > 0 ? 'more' : 'same',
  }),
  json: ({conflicts}) => ({conflicts: conflicts.map(conflictToJson)}),
  facts: ({conflicts}, chance) => conflicts.map(conflict => conflictFact(conflict, chance)),
};

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
 * One line: `#3 title set/set: us:4 set "A" ∥ eu:7 set "B", lost us:4`. An arrow points from the writes that
 * readers do not get to those that they get instead.
 */
export const conflictLine = (conflict: Conflict, notation: Notation): Block =>
  line(
    [
      span(`#${conflict.id} `, 'dim'),
      span(showWord(conflict.key), 'strong'),
      span(' '),
      ...conflictWords(conflict, notation),
    ],
    4,
  );

/** The line without the number and the key, which may differ or be said elsewhere. */
function conflictWords(conflict: Conflict, notation: Notation): SpanLine {
  const {kind, relation, lost, torn} = conflict;
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
  return [span(`${kind}: `), ...joined([joined(sides, span(' → ')), ...parts], span(', '))];
}

/** A conflict as a fact about its key and its sides. The number and the times of a conflict vary. */
export function conflictFact(conflict: Conflict, {nondeterminism, resolvers}: Chance): Fact {
  const {key, kind, relation, sides, lost, torn} = conflict;
  const compared = (losses: string): string =>
    `${kind} ${relation}, lost ${losses}, torn ${sortedDots(torn)}`;
  return {
    about: `${showWord(key)} ${sides.map(showDot).join(' ∥ ')}`,
    text: conflictWords(conflict, IN_FULL),
    compared: compared(sortedDots(lost)),
    byChance: nondeterminism.hasOtherLosers(conflict, resolvers) ? compared(String(lost.length)) : undefined,
  };
}

const concurrent = (writes: readonly ConflictWrite[]): SpanLine =>
  joined(writes.map(writeSpans), span(' ∥ '));

const writeSpans = ({dot, summary}: ConflictWrite): SpanLine => [dotSpan(dot), span(` ${brief(summary)}`)];
