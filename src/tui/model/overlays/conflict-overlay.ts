/**
 * The whole story of one conflict: why, the writes and their clocks, what happened when, what each leader
 * shows, what was lost, and what other resolvers make of it.
 */

import {sameDot} from '../../../core/log/version-vector.ts';
import type {Comparison} from '../../../history/comparison.ts';
import {type Conflict, type ConflictWrite, isConcurrent, isSplit} from '../../../history/conflict.ts';
import type {StoryLine} from '../../../history/story.ts';
import type {ClusterView} from '../../../port/view.ts';
import {comparisonTable} from '../../../report/results/comparison-document.ts';
import {notComparedBecause} from '../../../report/results/conflict-documents.ts';
import {dotSpans} from '../../../report/results/parts.ts';
import {storyTable} from '../../../report/results/story-document.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {showMs} from '../../../report/words/show-time.ts';
import {showReading} from '../../../report/words/show-value.ts';
import {documentLines, runsOf} from '../text/document-lines.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run} from '../text/style.ts';
import {lineWidth, padEnd, wrap} from '../text/text.ts';
import {dotRun, type Palette, paletteOf, showMomentMs, showTimeMs} from '../text/words.ts';

const RELATIONS: {readonly [relation in Conflict['relation']]: string} = {
  concurrent: 'neither had seen the other',
  reversed: 'a write lost to one that it had seen',
  stale: 'a late arrival, already superseded: no conflict',
};

export function conflictTitle(conflict: Conflict): string {
  const {id, key, kind, relation} = conflict;
  const relations = new Set([...(isConcurrent(conflict) ? ['concurrent' as const] : []), relation]);
  return [`conflict #${id}`, legible(key), kind, ...[...relations].map(name => RELATIONS[name])].join(' · ');
}

/** The part of a conflict's story that only the answer to `explain` holds. */
export interface StoryAnswer {
  readonly story: readonly StoryLine[];
  readonly comparison?: Comparison;
  /** Why there is no comparison. */
  readonly notCompared?: string;
}

export function drawStory(conflict: Conflict, answer: StoryAnswer, view: ClusterView, width: number): Line[] {
  const palette = paletteOf(view);
  const part = (title: string, lines: readonly Line[]): Line[] =>
    lines.length === 0 ? [] : [[], [run(title, 'dim')], ...lines];
  const compared =
    answer.comparison === undefined
      ? []
      : documentLines(comparisonTable(answer.comparison, palette), palette, width);
  // Parts that arrive later are at the bottom, so that nothing moves while the person reads.
  return [
    ...wrap(legible(conflict.why), width, 'strong'),
    ...part('the writes', writeRows(conflict, palette, width)),
    ...part('what each leader shows', decisionRows(conflict, view, palette, width)),
    [],
    ...lostAndTorn(conflict, palette),
    ...part(
      'what happened (reports and decisions: when the lab received them)',
      documentLines([storyTable(answer.story)], palette, width),
    ),
    ...part(
      'what every resolver makes of it',
      answer.notCompared === undefined
        ? compared
        : wrap(legible(notComparedBecause(answer.notCompared)), width, 'plain'),
    ),
  ];
}

function lostAndTorn(conflict: Conflict, palette: Palette): Line[] {
  const {lost, torn} = conflict;
  const tornLines = torn.map(
    (dot): Line => [
      run('½ torn: of the transaction ', 'warn'),
      dotRun(dot, palette),
      run(' a reader sees a part only', 'warn'),
    ],
  );
  if (lost.length === 0 && isSplit(conflict))
    return [[run('≠ lost at some leaders: none shows all of these writes', 'warn')], ...tornLines];
  if (lost.length === 0) return [[run('✔ no acknowledged write was lost', 'good')], ...tornLines];
  return [
    [
      run('✘ lost: ', 'bad'),
      ...runsOf(dotSpans(lost, ', ', palette), palette),
      run(', acknowledged and then discarded', 'bad'),
    ],
    ...tornLines,
  ];
}

function outcomeOf({dot}: ConflictWrite, conflict: Conflict): Run {
  if (conflict.lost.some(lost => sameDot(lost, dot))) return run('✘ lost', 'bad');
  const losers = Object.values(conflict.decisions).filter(decision =>
    decision.lost.some(lost => sameDot(lost, dot)),
  );
  return losers.length > 0 && isSplit(conflict) ? run('≠ lost at some', 'warn') : run('✔ kept', 'good');
}

/** Each write usually takes one line. Only a long value gets more of the width. */
function writeRows(conflict: Conflict, palette: Palette, width: number): Line[] {
  const writes: readonly ConflictWrite[] = palette.inOrder(conflict.writes, ({dot}) => dot.origin);
  const earliest = Math.min(...writes.map(({wallMs}) => wallMs));
  const dotWidth = Math.max(...writes.map(({dot}) => `${dot.origin}:${dot.seq}`.length));
  const longestSummary = Math.max(...writes.map(({summary}) => widthOf(legible(summary))));
  const summaryWidth = Math.min(longestSummary, Math.max(10, width - dotWidth - 28));
  const rows = writes.map((write): {readonly what: Line; readonly clocks: Line} => {
    const {text, tone} = dotRun(write.dot, palette);
    const ahead = write.wallMs === earliest ? '' : ` (+${showMs(write.wallMs - earliest)})`;
    const outcome = outcomeOf(write, conflict);
    return {
      what: [
        run('  '),
        run(padEnd(text, dotWidth), tone),
        run('  '),
        run(padEnd(legible(write.summary), summaryWidth)),
        run('  '),
        outcome,
        run(
          write.acknowledged ? '  acknowledged' : '  never acknowledged',
          write.acknowledged ? 'dim' : 'warn',
        ),
      ],
      clocks: [
        run(`  wall ${padEnd(`${showTimeMs(write.wallMs)}${ahead}`, 22)}`, 'dim'),
        run(`  hlc ${showTimeMs(write.hlc.wallMs)}+${write.hlc.logical}`, 'dim'),
      ],
    };
  });
  const isOneLine = rows.every(({what, clocks}) => lineWidth(what) + lineWidth(clocks) <= width);
  return rows.flatMap(({what, clocks}): Line[] =>
    isOneLine ? [[...what, ...clocks]] : [what, [run(' '.repeat(2 + dotWidth)), ...clocks]],
  );
}

function decisionRows({decisions}: Conflict, view: ClusterView, palette: Palette, width: number): Line[] {
  const rows = view.leaders.map(({id, status}) => ({id, status, decision: decisions[id]}));
  const nameWidth = Math.max(...rows.map(({id}) => id.length));
  const longestShown = Math.max(
    1,
    ...rows.map(({decision}) => (decision ? widthOf(showReading(decision.shows, palette)) : 0)),
  );
  const shownWidth = Math.min(longestShown, Math.max(16, width - nameWidth - 46));
  return rows.map(({id, status, decision}): Line => {
    const name: Line = [run('  '), run(padEnd(id, nameWidth), palette.tone(id)), run('  ')];
    if (decision === undefined) return [...name, run('has not reported it', 'dim')];
    const when = `reported ${showMomentMs(decision.atMs, view)}`;
    return [
      ...name,
      run(padEnd(showReading(decision.shows, palette), shownWidth), 'strong'),
      run(`  ${decision.resolver}  ${when}`, 'dim'),
      // Under the present resolver there is no longer a conflict, and the leader has reported nothing since.
      ...(decision.until === undefined ? [] : [run(`, until ${decision.until}`, 'warn')]),
      ...(status === 'down' ? [run(', down now', 'warn')] : []),
    ];
  });
}
