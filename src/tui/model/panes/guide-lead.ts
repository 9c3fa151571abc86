/**
 * What enter does at an empty prompt in a lab, and what the line above the prompt says about it.
 */

import {type Offer, offerOf, openPrediction} from '../../../course/guide-offer.ts';
import type {GuideView} from '../../../course/guide-state.ts';
import type {Prediction} from '../../../course/lab-types.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {isTimeStopped} from '../links/virtual-time.ts';
import type {UiState, World} from '../state/state.ts';
import {drawActivities} from '../text/activity-bars.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {cutLine, lineWidth} from '../text/text.ts';
import {hasMoreToRead} from './guide-window.ts';

/** True if enter only gets a reply, because a question of the lab is open. */
export const isAsked = (state: UiState, {guide}: World): boolean =>
  guide !== undefined && runningIn(state).length === 0 && offerOf(guide.state).type === 'choose';

/**
 * The command that enter runs. There is none while a command runs, so that pressing enter twice does not run
 * it twice.
 */
export function ledTo(state: UiState, {guide, view}: World): string | undefined {
  const step = isTimeStopped(view) ? 'step' : undefined;
  if (guide === undefined) return step;
  const running = runningIn(state);
  // A person who types an answer and enter at once means the step after the answer.
  if (running.length > 0) return running.every(text => text.startsWith('choose ')) ? 'next' : undefined;
  const offer = offerOf(guide.state);
  switch (offer.type) {
    case 'begin':
    case 'step':
    case 'finish':
      return 'next';
    case 'run':
      return offer.command.text;
    case 'checks':
    case 'task':
    case 'over':
      return step;
    default:
      return undefined;
  }
}

const runningIn = ({timeline}: UiState): readonly string[] =>
  timeline.flatMap(item => (item.type === 'command' && item.entry === undefined ? [item.text] : []));

/** True if an answer covers the lab. */
export const isReading = ({overlay}: UiState): boolean =>
  overlay?.type === 'story' || overlay?.type === 'answer';

/** What tab puts at an empty prompt. */
export function offeredBy({state}: GuideView): string | undefined {
  const offer = offerOf(state);
  return offer.type === 'run' ? offer.command.text : undefined;
}

/** `1–3`. */
export const digitsOf = ({choices}: Prediction): string => `1–${Math.min(9, choices.length)}`;

/** What the lab waits for, in as many words as fit. */
export function drawLead(state: UiState, world: World, guide: GuideView, width: number): Line {
  if (guide.redoing !== undefined) {
    const {done, total} = guide.redoing;
    return drawActivities(
      [{label: 'redo', done, total, detail: done === 0 ? 'a fresh cluster' : 'done again'}],
      width,
    );
  }
  if (runningIn(state).length > 0) return [];
  if (isReading(state)) return [run(' '), ...enter('back to the lab')];
  if (hasMoreToRead(state, world)) return [run(' '), ...enter('read on')];
  const [what, ...remarks] = leadOf(offerOf(guide.state), world, guide);
  const whole: Line = [run(' '), ...what];
  let line = whole;
  for (const remark of remarks) {
    const longer = [...line, run(`   ${remark}`, 'dim')];
    if (lineWidth(longer) <= width) line = longer;
  }
  return cutLine(line, width);
}

const enter = (text: string): Line => [run('enter: ', 'dim'), run(legible(text), 'key')];

function leadOf(offer: Offer, world: World, guide: GuideView): readonly [Line, ...string[]] {
  switch (offer.type) {
    case 'begin':
      return [enter('begin')];
    case 'step':
      return [enter(`next step: ${offer.title}`)];
    case 'finish':
      return [enter('finish the lab')];
    case 'run': {
      const open = openPrediction(guide.state);
      const change = open === undefined ? [] : [`(${digitsOf(open.prediction)} change the answer)`];
      if (offer.failed)
        return [enter(offer.command.text), 'it failed: try again, or go on without it by next'];
      return [enter(offer.command.text), ...change, '(tab takes it)'];
    }
    case 'choose':
      return [
        [run(`1–${Math.min(9, offer.choices)}`, 'key'), run(': choose an answer', 'dim')],
        'then the lab tries it',
      ];
    case 'settling':
      return [[run(`${GLYPHS.waiting} the cluster is being asked`, 'dim')]];
    case 'checks':
      return isTimeStopped(world.view)
        ? [enter('step'), 'until the checks hold']
        : [[run(`${GLYPHS.off} waits until the checks hold`, 'dim')], 'ctrl-r restarts the step'];
    case 'task':
      return [
        [run('the task is yours: type commands', 'dim')],
        ...(offer.hints > offer.task.hints.length ? [] : ['ctrl-t shows a hint']),
      ];
    case 'over':
      return [
        [run('the lab is over, and the cluster is yours', 'dim')],
        'ctrl-o keeps a command file, ctrl-c quits',
      ];
  }
}
