/**
 * The conflict log as lines for people, and in the forms that other programs read.
 */
import {assertNever} from '../base/assert.ts';
import {printable, printableJson} from '../base/printable.ts';
import {showWord} from '../command/index.ts';
import {showDot} from '../core/log/version-vector.ts';
import type {Conflict, ConflictWrite} from '../history/conflict.ts';
import {toCsv, toJsonLines} from '../history/conflict-table.ts';
import {standingOf} from '../history/write-relations.ts';
import type {SessionResult} from '../session/session-result.ts';
import {showComparison} from './show-compare.ts';
import {showStory} from './show-story.ts';
import {brief} from './words/show-value.ts';

export function showConflicts({conflicts, format}: Extract<SessionResult, {type: 'conflicts'}>): string[] {
  switch (format) {
    case 'list':
      return conflicts.length === 0 ? ['no conflict'] : conflicts.map(showConflict);
    case 'csv':
      return linesOf(toCsv(conflicts), '\r\n').map(printable);
    case 'jsonl':
      return linesOf(toJsonLines(conflicts), '\n').map(printableJson);
    default:
      return assertNever(format);
  }
}

/** Of a text whose last line is ended too. */
const linesOf = (text: string, end: string): string[] => text.split(end).slice(0, -1);

/**
 * One line: `#3 title set/set: us:4 set "A" ∥ eu:7 set "B", lost us:4`. The arrow points from what was set
 * aside to what stands.
 */
export function showConflict(conflict: Conflict): string {
  const {relation, lost, torn} = conflict;
  const {aside, instead, beside, earlier} = standingOf(conflict);
  const sides = [aside, [...instead, ...beside]]
    .filter(side => side.length > 0)
    .map(side => side.map(showWrite).join(' ∥ '));
  const parts = [
    ...(relation === 'concurrent' ? [] : [relation]),
    ...(earlier.length === 0 ? [] : [`earlier ${earlier.map(showWrite).join(', ')}`]),
    lost.length === 0 ? 'nothing lost' : `lost ${lost.map(showDot).join(', ')}`,
    ...(torn.length === 0 ? [] : [`torn ${torn.map(showDot).join(', ')}`]),
  ];
  return printable(
    `#${conflict.id} ${showWord(conflict.key)} ${conflict.kind}: ${sides.join(' → ')}, ${parts.join(', ')}`,
  );
}

const showWrite = ({dot, summary}: ConflictWrite): string => `${showDot(dot)} ${brief(summary)}`;

/** The whole story, and what every other resolver would have made of it. */
export const explainConflict = ({
  conflict,
  story,
  comparison,
  notCompared,
}: Extract<SessionResult, {type: 'explained'}>): string[] => [
  showConflict(conflict),
  ...showStory(story),
  'The times of reports and decisions are those at which the lab received them.',
  ...(comparison === undefined
    ? []
    : ['', 'What every resolver makes of these writes:', ...showComparison(comparison)]),
  ...(notCompared === undefined ? [] : ['', printable(notComparedBecause(notCompared))]),
];

/** Why there is no table of what the resolvers make of it. */
export const notComparedBecause = (reason: string): string =>
  `The resolvers cannot be compared on these writes: ${reason}.`;
