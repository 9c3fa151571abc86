/**
 * The summary at the end of a lab: the right answers, the tasks done without help, the topics, and what to do
 * next.
 */

import type {GuideView} from '../../../course/guide-state.ts';
import {type Summary, summaryOf} from '../../../course/lab-summary.ts';
import {count} from '../../../report/words/count.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {wrapLine} from '../text/text.ts';
import {showAge} from '../text/words.ts';

export function drawSummary({state, tookMs, next, notice}: GuideView, width: number): Line[] {
  const {predictions, right, tasks} = summaryOf(state);
  const {teaches, minutes} = state.lab.about;
  const took = tookMs === undefined ? '' : ` in ${showAge(tookMs)} of about ${minutes} min`;
  const again = predictions.filter(({isRight, isSecondTry}) => isRight && isSecondTry).length;
  const second = again === 0 ? '' : `, ${again} after a redo`;
  return [
    ...wrapLine([run('the lab is done', 'strong'), run(took, 'dim')], width),
    ...(predictions.length === 0
      ? []
      : wrapLine([run(`${right}/${predictions.length} predictions right`), run(second, 'dim')], width, [
          right === predictions.length ? run(`${GLYPHS.done} `, 'good') : run(`${GLYPHS.off} `, 'warn'),
        ])),
    ...taskLine(tasks, width),
    ...wrapLine([run('about: ', 'dim'), run(teaches.map(legible).join(', '))], width),
    ...wrapLine(nextLine(next), width),
    ...(notice === undefined ? [] : wrapLine([run(legible(notice), 'warn')], width, [run('! ', 'warn')])),
    ...predictions
      .filter(({isRight}) => !isRight)
      .flatMap(({question}) =>
        wrapLine([run(legible(question), 'dim')], width, [run(`  ${GLYPHS.failed} `, 'bad')]),
      ),
  ];
}

/** How to go on. */
function nextLine(next: GuideView['next']): Line {
  if (next === undefined) return [run('leaderlab lab', 'key'), run(' lists the labs', 'dim')];
  return [run('next: ', 'dim'), run(next.command, 'key'), run(` · ${legible(next.title)}`, 'dim')];
}

function taskLine(tasks: Summary['tasks'], width: number): Line[] {
  if (tasks.length === 0) return [];
  const alone = tasks.filter(({hints, wasSolutionShown}) => hints === 0 && !wasSolutionShown).length;
  const solved = tasks.filter(({wasSolutionShown}) => wasSolutionShown).length;
  const help = [`${alone} without a hint`, ...(solved === 0 ? [] : [`${solved} by the solution`])].join(', ');
  return wrapLine([run(`${count(tasks.length, 'task')} done`), run(`, ${help}`, 'dim')], width, [
    run(`${GLYPHS.done} `, 'good'),
  ]);
}
