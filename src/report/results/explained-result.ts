/**
 * The whole story of one conflict: why, the writes and their clocks, what each leader shows, what was lost,
 * what happened when, and what other resolvers make of the writes.
 */
import {showWord} from '../../command/index.ts';
import {sameDot} from '../../core/log/version-vector.ts';
import {type Conflict, type ConflictWrite, isConcurrent, isSplit} from '../../history/conflict.ts';
import {conflictToJson} from '../../history/conflict-table.ts';
import {
  type Block,
  type Cell,
  cell,
  type Document,
  EMPTY_LINE,
  indented,
  line,
  type Span,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {GLYPHS} from '../words/glyphs.ts';
import {showMs} from '../words/show-time.ts';
import {brief, type Notation} from '../words/show-value.ts';
import {comparisonTable, comparisonToJson} from './compared-result.ts';
import {conflictFact} from './conflict-results.ts';
import {dotSpan, dotSpans, nameSpan, readingSpan} from './parts.ts';
import type {Result, ResultForm} from './result-form.ts';
import {storyTable, storyToJson} from './story-table.ts';

type Explained = Result<'explained'>;

/** The result of `explain`: the title of the conflict, and its explanation. */
export const explainedForm: ResultForm<'explained'> = {
  document: (result, notation) => ({
    brief: [span(result.conflict.why)],
    whole: [line([span(conflictTitle(result.conflict), 'strong')]), ...explanation(result, notation)],
    detail: 'more',
  }),
  json: ({conflict, story, comparison, notCompared}) => ({
    conflict: conflictToJson(conflict),
    story: storyToJson(story),
    ...(comparison === undefined ? {} : {compare: comparisonToJson(comparison)}),
    ...(notCompared === undefined ? {} : {notCompared}),
  }),
  facts: ({conflict}, chance) => [conflictFact(conflict, chance)],
};

const RELATIONS: {readonly [relation in Conflict['relation']]: string} = {
  concurrent: 'neither had seen the other',
  reversed: 'a write lost to one that it had seen',
  stale: 'a write that arrived after one that had seen it: not a conflict',
};

/** Returns `conflict #1 · title · set/set · neither had seen the other`. */
export function conflictTitle(conflict: Conflict): string {
  const {id, key, kind, relation} = conflict;
  const relations = new Set([...(isConcurrent(conflict) ? ['concurrent' as const] : []), relation]);
  return [`conflict #${id}`, showWord(key), kind, ...[...relations].map(name => RELATIONS[name])].join(' · ');
}

/** Returns the explanation of a conflict, without the title. Parts that are not known are left out. */
export function explanation(result: Explained, notation: Notation): Document {
  const {conflict, story, comparison, notCompared} = result;
  // Parts that arrive later are at the bottom, so that nothing moves while the person reads.
  return [
    line([span(conflict.why, 'strong')]),
    ...part('the writes', [indented(writeTables(conflict, notation))]),
    ...part('what each leader shows', [indented([decisionTable(result, notation)])]),
    EMPTY_LINE,
    ...lostAndTorn(conflict, notation),
    ...part(
      'what happened (reports and decisions have the time at which the lab received them)',
      story.length === 0 ? [] : [storyTable(story)],
    ),
    ...part('what every resolver makes of it', [
      ...(comparison === undefined ? [] : comparisonTable(comparison, notation)),
      ...(notCompared === undefined
        ? []
        : [line(`The resolvers cannot be compared on these writes: ${notCompared}.`)]),
    ]),
  ];
}

const part = (title: string, blocks: Document): Document =>
  blocks.length === 0 ? [] : [EMPTY_LINE, line([span(title, 'dim')]), ...blocks];

/** One row for each write, or two where one is too wide. */
function writeTables(conflict: Conflict, notation: Notation): Document {
  const writes = notation.inOrder(conflict.writes, ({dot}) => dot.origin);
  const earliestMs = Math.min(...writes.map(({wallMs}) => wallMs));
  const rows = writes.map(write => ({
    what: whatCells(write, conflict),
    clocks: clockCells(write, earliestMs, notation),
  }));
  return [
    {
      type: 'either',
      choices: [
        [table(rows.map(({what, clocks}) => [...what, ...clocks]))],
        [table(rows.flatMap(({what, clocks}) => [what, [cell(''), ...clocks]]))],
      ],
    },
  ];
}

const whatCells = (write: ConflictWrite, conflict: Conflict): readonly Cell[] => [
  cell([dotSpan(write.dot)]),
  cell(brief(write.summary)),
  cell([outcomeOf(write, conflict)]),
  write.acknowledged ? cell('acknowledged', 'dim') : cell('never acknowledged', 'warn'),
];

function clockCells({wallMs, hlc}: ConflictWrite, earliestMs: number, notation: Notation): readonly Cell[] {
  const ahead = wallMs === earliestMs ? '' : ` (+${showMs(wallMs - earliestMs)})`;
  return [
    cell(`wall ${notation.clock(wallMs)}${ahead}`, 'dim'),
    cell(`hlc ${notation.clock(hlc.wallMs)}+${hlc.logical}`, 'dim'),
  ];
}

function outcomeOf({dot}: ConflictWrite, conflict: Conflict): Span {
  if (conflict.lost.some(lost => sameDot(lost, dot))) return span(`${GLYPHS.failed} lost`, 'bad');
  const isLostAtSome = Object.values(conflict.decisions).some(({lost}) =>
    lost.some(other => sameDot(other, dot)),
  );
  return isLostAtSome && isSplit(conflict)
    ? span(`${GLYPHS.differs} lost at some`, 'warn')
    : span(`${GLYPHS.done} kept`, 'good');
}

function decisionTable({conflict: {decisions}, leaders}: Explained, notation: Notation): Block {
  const rows = leaders.map(({id, status}): readonly Cell[] => {
    const decision = decisions[id];
    if (decision === undefined) return [cell([nameSpan(id)]), cell('has not reported it', 'dim')];
    const {shows, resolver, atMs, until} = decision;
    const when: SpanLine = [
      span(`reported ${notation.moment(atMs)}`, 'dim'),
      // Under the present resolver there is no longer a conflict, and the leader has reported nothing since.
      ...(until === undefined ? [] : [span(`, until ${until}`, 'warn')]),
      ...(status === 'down' ? [span(', down now', 'warn')] : []),
    ];
    return [cell([nameSpan(id)]), cell([readingSpan(shows, notation)]), cell(resolver, 'dim'), cell(when)];
  });
  return table(rows);
}

function lostAndTorn(conflict: Conflict, notation: Notation): Document {
  const {lost, torn} = conflict;
  return [
    line(lossLine(conflict, lost, notation)),
    ...torn.map(dot =>
      line([
        span(`${GLYPHS.torn} torn: of the transaction `, 'warn'),
        dotSpan(dot),
        span(' a reader sees a part only', 'warn'),
      ]),
    ),
  ];
}

function lossLine(conflict: Conflict, lost: Conflict['lost'], notation: Notation): SpanLine {
  if (lost.length > 0)
    return [
      span(`${GLYPHS.failed} lost: `, 'bad'),
      ...dotSpans(lost, ', ', notation),
      span(', acknowledged and then discarded', 'bad'),
    ];
  return isSplit(conflict)
    ? [span(`${GLYPHS.differs} lost at some leaders: none shows all of these writes`, 'warn')]
    : [span(`${GLYPHS.done} no acknowledged write was lost`, 'good')];
}
