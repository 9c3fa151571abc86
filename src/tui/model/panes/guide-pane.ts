/**
 * The pane of a guided lab: the current step as far as the person got, their answers, and which conditions of
 * the task hold. The newest text is always visible; earlier text is above it.
 */
import {
  allHold,
  type GuideState,
  type GuideView,
  type PredictionOutcome,
  ranCommandAt,
  recordOf,
  type StepRecord,
  stepOf,
  type Ticks,
} from '../../../course/guide-state.ts';
import {settledBehind} from '../../../course/lab-parts.ts';
import {
  type LabCheck,
  numberOf,
  type Part,
  type Prediction,
  type Step,
  type Task,
} from '../../../course/lab-types.ts';
import {count} from '../../../report/words/count.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {isOutcomeCheck} from '../../../session/expected.ts';
import {outcomeMark} from '../text/answer.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run, type Tone} from '../text/style.ts';
import {cut, wrapLine} from '../text/text.ts';
import {drawProse} from './guide-prose.ts';
import {drawSummary} from './guide-summary.ts';

const [DONE, POINTER] = [run(`${GLYPHS.done} `, 'good'), run(`${GLYPHS.pointer} `, 'focus')];

/** With fewer rows than this, empty lines are left out. */
const ROWS_TO_SPARE = 12;
const isTight = (height: number): boolean => height < ROWS_TO_SPARE;

/** The part of the pane inside its border. */
interface Room {
  readonly width: number;
  readonly height: number;
}

/** After this many commands that did not solve a task, their effects may be in the way. */
const TRIES_BEFORE_REDO = 2;

/**
 * Returns the pane's title: the lab's number and name. `width` is that of the whole pane with its border;
 * the name is cut so that the place in the lab fits beside it.
 */
export function guideTitle({state}: GuideView, width: number, focused: boolean): Line {
  const {lab} = state;
  const number = numberOf(lab.name);
  const room = width - 6 - widthOf(placeIn(state)) - 3;
  return [
    run(
      cut(`lab ${number === undefined ? '' : `${number} `}· ${legible(lab.about.title)}`, room),
      focused ? 'focus' : 'strong',
    ),
  ];
}

function placeIn({lab, place, records}: GuideState): string {
  if (place.type === 'intro') return count(lab.steps.length, 'step');
  return place.type === 'end' ? 'over' : `step ${records.length} of ${lab.steps.length}`;
}

export interface DrawnGuide {
  readonly remark: Line;
  readonly foot: Line;
  readonly lines: readonly Line[];
  /**
   * How many lines the text is scrolled down (up if negative) from the place that shows the newest text.
   */
  readonly offset: number;
  readonly above: number;
  readonly below: number;
  /** How many of the lines below must be read before the person goes on. */
  readonly unread: number;
}

/**
 * Draws the lab's text in at most `height` lines of `width` columns. `offset` is how many lines to scroll
 * down (up if negative) from the place that shows the newest text; at either end of the text it is limited.
 */
export function drawGuide(view: GuideView, offset: number, width: number, height: number): DrawnGuide {
  const all: Line[] = [];
  let news = 0;
  let toRead = 0;
  for (const {lines, newsAt, toRead: read = lines.length} of blocksOf(view, {width, height}).filter(
    block => block.lines.length > 0,
  )) {
    if (!isTight(height) && all.length > 0) all.push([]);
    if (newsAt !== undefined) news = all.length + newsAt;
    toRead = all.length + read;
    all.push(...lines);
  }
  const last = Math.max(0, all.length - height);
  // Text that is too long for the pane is shown from its beginning.
  const newest = Math.min(last, news);
  const above = Math.max(0, Math.min(newest + offset, last));
  const below = last - above;
  const more = [...(above > 0 ? [`↑ ${above}`] : []), ...(below > 0 ? [`↓ ${below}`] : [])];
  const foot: Line = more.length === 0 ? [] : [run(`${more.join(' ')} more · pgup pgdn`, 'dim')];
  return {
    remark: [run(placeIn(view.state), 'dim')],
    foot,
    lines: all.slice(above, above + height),
    offset: above - newest,
    above,
    below,
    unread: toRead - above - height,
  };
}

interface TextBlock {
  readonly lines: readonly Line[];
  /** The block should be visible from this line on, unless a later block is. */
  readonly newsAt?: number;
  /**
   * For the last block: how many of its lines must be read; all if absent. Later commands need not be read.
   */
  readonly toRead?: number;
}

/** Each part that was reached. The verdict on a prediction follows the part that decided it. */
function blocksOf(view: GuideView, room: Room): readonly TextBlock[] {
  const {width, height} = room;
  const {state} = view;
  const {lab, place} = state;
  if (place.type === 'end') return [{lines: drawSummary(view, width), newsAt: 0}];
  const step = stepOf(state);
  if (place.type === 'intro' || step === undefined) {
    const about = `${lab.about.teaches.map(legible).join(' · ')} · ${lab.about.minutes} min`;
    return [
      {lines: wrapLine([run(about, 'dim')], width), newsAt: 0},
      {lines: drawProse(lab.intro, width, isTight(height))},
    ];
  }
  const title = {lines: wrapLine([run(legible(step.title), 'strong')], width), newsAt: 0};
  return [
    title,
    ...step.parts.slice(0, place.part + 1).flatMap((part, at) => reached(part, at, step, state, room)),
  ];
}

function reached(
  part: Part,
  at: number,
  step: Step,
  state: GuideState,
  {width, height}: Room,
): readonly TextBlock[] {
  const record = recordOf(state);
  const settled = settledBehind(step, at).flatMap(prediction => {
    const outcome = record.outcomes[step.parts.indexOf(prediction)];
    const chosen = record.chosen[step.parts.indexOf(prediction)];
    return outcome === undefined || chosen === undefined
      ? []
      : verdictLines(prediction, chosen, outcome, width);
  });
  if (part.type === 'commands') return commandBlocks(part, at, step, state, settled, {width, height});
  const lines = partLines(part, at, record, width, isTight(height));
  const isNews = part.type !== 'prose' && part.type !== 'checks';
  // The verdict on an answer stays visible until the user goes on, even if another question follows.
  const news = isNews && !(part.type === 'predict' && isBehindVerdict(step, at)) ? {newsAt: 0} : {};
  return [{lines, ...news}, ...verdictBlock(settled)];
}

const verdictBlock = (lines: readonly Line[]): readonly TextBlock[] =>
  lines.length === 0 ? [] : [{lines, newsAt: 0}];

/**
 * The commands, from the next one on; once all are done, the verdict, and before it why the last one failed,
 * if both have room.
 */
function commandBlocks(
  part: Extract<Part, {type: 'commands'}>,
  at: number,
  step: Step,
  state: GuideState,
  settled: readonly Line[],
  {width, height}: Room,
): readonly TextBlock[] {
  const {place} = state;
  const isHere = place.type === 'part' && place.part === at;
  const next = isHere ? place.command : part.commands.length;
  const each = part.commands.map((_, i) => commandLines(part, i, at, next, state, width));
  const lines = each.flat();
  const heightOf = (count: number): number => each.slice(0, count).flat().length;
  if (isHere) {
    const toRead = heightOf(next + 1);
    return [
      {lines, toRead, ...(next === 0 && isBehindVerdict(step, at) ? {} : {newsAt: heightOf(next)})},
      ...verdictBlock(settled),
    ];
  }
  const last = each.findLast(one => one.length > 0)?.length ?? 0;
  const record = recordOf(state);
  const lastDeed =
    ranCommandAt(record, at, part.commands.length - 1) ?? ranCommandAt(record, at, part.commands.length - 2);
  const hasRoom = lastDeed?.failure !== undefined && last + settled.length + 1 <= height;
  if (!hasRoom) return [{lines, newsAt: 0}, ...verdictBlock(settled)];
  return [{lines, newsAt: lines.length - last}, ...(settled.length === 0 ? [] : [{lines: settled}])];
}

/** True if a prediction was settled since the last part in which something was to be done. */
function isBehindVerdict(step: Step, at: number): boolean {
  const before = step.parts.findLastIndex(({type}, i) => i < at && type !== 'prose' && type !== 'checks');
  return before >= 0 && settledBehind(step, before).length > 0;
}

function partLines(
  part: Exclude<Part, {type: 'commands'}>,
  at: number,
  record: StepRecord,
  width: number,
  isTight: boolean,
): readonly Line[] {
  switch (part.type) {
    case 'prose':
      return drawProse(part.prose, width, isTight);
    case 'checks':
      return checkLines(part.checks, record.ticks[at], width);
    case 'predict':
      return predictionLines(part, record.chosen[at], record.outcomes[at], width);
    case 'task':
      return taskLines(part, record.ticks[at], record.hints[at] ?? 0, triesAt(record, at), width);
  }
}

/**
 * One command of a block: a finished one, with the reason if it is not `ok`; the next one; or a later one.
 * Lines that only say how the previous command must end are not shown.
 */
function commandLines(
  {commands}: Extract<Part, {type: 'commands'}>,
  i: number,
  at: number,
  next: number,
  state: GuideState,
  width: number,
): Line[] {
  const command = commands[i];
  if (command === undefined) return [];
  const ran = ranCommandAt(recordOf(state), at, i);
  if (isOutcomeCheck(command.action) && i !== next && ran === undefined) return [];
  const text = legible(command.text);
  if (i > next) return wrapLine([run(text, 'dim')], width, [run('· ', 'dim')]);
  const isToTry = i === next && ran === undefined;
  if (isToTry) return wrapLine([run(text, 'key')], width, [POINTER]);
  const tone: Tone = i === next ? 'key' : 'dim';
  if (ran === undefined || ran.status === 'ok') return wrapLine([run(text, tone)], width, [DONE]);
  const ended = outcomeMark(ran.status, ran.isExpected === true);
  const words = ran.isExpected === true ? [run(` · ${ended.words}`, 'dim')] : [];
  const why =
    ran.failure === undefined ? [] : wrapLine([run(legible(ran.failure.message))], width, [run('  ')]);
  return [
    ...wrapLine([run(text, tone), ...words], width, [run(`${ended.mark.text} `, ended.mark.tone)]),
    ...why,
  ];
}

function checkLines(checks: readonly LabCheck[], ticks: Ticks | undefined, width: number): Line[] {
  return checks.flatMap(({text, check}, i) => {
    const verdict = ticks?.[i];
    const about = check.type === 'outcome' ? [run(' · the outcome of the last command', 'dim')] : [];
    if (verdict?.holds === true) return wrapLine([run(legible(text)), ...about], width, [DONE]);
    const seen =
      verdict === undefined
        ? ''
        : ` · seen ${legible(verdict.seen)}${verdict.at === undefined ? '' : ` at ${verdict.at}`}`;
    return wrapLine([run(legible(text)), ...about, run(seen, 'dim')], width, [run(`${GLYPHS.off} `, 'warn')]);
  });
}

function predictionLines(
  {question, choices}: Prediction,
  chosen: number | undefined,
  outcome: PredictionOutcome | undefined,
  width: number,
): Line[] {
  const lines = choices.flatMap(({text}, i) => {
    const isChosen = i === chosen;
    const tone: Tone = isChosen ? 'strong' : chosen === undefined ? 'plain' : 'dim';
    const number = run(`${i + 1}  `, outcome === undefined ? 'key' : 'dim');
    return wrapLine([run(legible(text), tone)], width, [isChosen ? POINTER : run('  '), number]);
  });
  return [...wrapLine([run(legible(question), 'strong')], width, [run('? ', 'warn')]), ...lines];
}

/** `✘ not 2: both values …`, why, and `✔ but 1: one of the two values …`. */
function verdictLines(
  {choices}: Prediction,
  chosen: number,
  {right, reasons}: PredictionOutcome,
  width: number,
): Line[] {
  const named = (at: number): Run => run(`${at + 1}: ${legible(choices[at]?.text ?? '')}`);
  const because = reasons.flatMap(reason => wrapLine([run(legible(reason))], width, [run('  ')]));
  const [answer, ...others] = right;
  if (answer === undefined || others.length > 0) {
    const what = answer === undefined ? 'no answer came true' : `${right.length} answers came true`;
    const amiss = `${what}: something else was done here. redo restarts the step.`;
    return [...wrapLine([run(amiss, 'warn')], width, [run('? ', 'warn')]), ...because];
  }
  const correct = (verdict: string): Line[] =>
    wrapLine([run(`${verdict} `, 'good'), named(answer)], width, [DONE], [run('  ')]);
  if (answer === chosen) return correct('right,');
  return [
    ...wrapLine([run('not ', 'bad'), named(chosen)], width, [run(`${GLYPHS.failed} `, 'bad')]),
    ...because,
    ...correct('but'),
  ];
}

/** The user's commands for the task of this part. */
const triesAt = ({ranCommands}: StepRecord, at: number): number =>
  ranCommands.filter(({part}) => part === at).length;

function taskLines(
  {goal, checks, hints, solution}: Task,
  ticks: Ticks | undefined,
  asked: number,
  tries: number,
  width: number,
): Line[] {
  // Once the task is done, no help is needed.
  const shown = allHold(ticks) ? 0 : asked;
  const hintLines = hints
    .slice(0, shown)
    .flatMap((hint, i) => wrapLine([run(legible(hint))], width, [run(`hint ${i + 1}  `, 'dim')]));
  const solved =
    shown <= hints.length
      ? []
      : solution.flatMap(({text}, i) =>
          wrapLine([run(legible(text), 'key')], width, [run(i === 0 ? 'solution  ' : '          ', 'dim')]),
        );
  const isStuck = tries >= TRIES_BEFORE_REDO && !allHold(ticks);
  const redoHint = isStuck
    ? wrapLine([run('redo restarts this step on a fresh cluster', 'dim')], width, [run('↻ ', 'dim')])
    : [];
  const asks = wrapLine([run(legible(goal), 'strong')], width, [run('◇ ', 'warn')]);
  return [...asks, ...checkLines(checks, ticks, width), ...hintLines, ...solved, ...redoHint];
}
