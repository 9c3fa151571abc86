/**
 * The pane of a guided lab: the step up to where the person is, what they chose, what holds. The newest is always in sight; what came
 * before it is above.
 */
import {
  allHold,
  type GuideState,
  type GuideView,
  type PredictionOutcome,
  recordOf,
  type StepRecord,
  stepOf,
  type Ticks,
} from '../../lab/course/guide.ts';
import {type LabCheck, numberOf, type Part, type Prediction, type Step, type Task} from '../../lab/course/lab.ts';
import {settledBehind} from '../../lab/course/play.ts';
import type {ScriptCommand} from '../../lab/script.ts';
import {drawProse} from './guide-prose.ts';
import {drawSummary} from './guide-summary.ts';
import {legible} from './legible.ts';
import {type Line, type Run, run, type Tone} from './style.ts';
import {cut, widthOf, wrapLine} from './text.ts';

/** In fewer rows than this, empty lines are not worth theirs. */
const ROWS_TO_SPARE = 12;

export function guideTitle({state}: GuideView, width: number, focused: boolean): Line {
  const {lab} = state;
  const number = numberOf(lab.name);
  const room = width - 6 - widthOf(placeIn(state)) - 3;
  return [run(cut(`lab ${number === undefined ? '' : `${number} `}· ${legible(lab.about.title)}`, room), focused ? 'focus' : 'strong')];
}

function placeIn({lab, place, records}: GuideState): string {
  if (place.type === 'intro') return `${lab.steps.length} ${lab.steps.length === 1 ? 'step' : 'steps'}`;
  return place.type === 'end' ? 'over' : `step ${records.length} of ${lab.steps.length}`;
}

export interface DrawnGuide {
  readonly remark: Line;
  readonly foot: Line;
  readonly lines: readonly Line[];
  /** How many lines further down, or up where negative, than where the newest is in sight; as far as there are any. */
  readonly offset: number;
  readonly above: number;
  readonly below: number;
}

export function drawGuide(view: GuideView, offset: number, width: number, height: number): DrawnGuide {
  const isTight = height < ROWS_TO_SPARE;
  const all: Line[] = [];
  let news = 0;
  for (const {lines, isNews} of blocksOf(view, width, isTight).filter(block => block.lines.length > 0)) {
    if (!isTight && all.length > 0) all.push([]);
    if (isNews) news = all.length;
    all.push(...lines);
  }
  const last = Math.max(0, all.length - height);
  // What is too long for the pane is shown from its beginning.
  const newest = Math.min(last, news);
  const above = Math.max(0, Math.min(newest + offset, last));
  const below = last - above;
  const more = [...(above > 0 ? [`↑ ${above}`] : []), ...(below > 0 ? [`↓ ${below}`] : [])];
  const foot: Line = more.length === 0 ? [] : [run(`${more.join(' ')} more · pgup pgdn`, 'dim')];
  return {remark: [run(placeIn(view.state), 'dim')], foot, lines: all.slice(above, above + height), offset: above - newest, above, below};
}

interface TextBlock {
  readonly lines: readonly Line[];
  /** The last of these is to be in sight from its beginning. */
  readonly isNews: boolean;
}

/** Each part that was reached, and what became of a prediction where it came about. */
function blocksOf(view: GuideView, width: number, isTight: boolean): readonly TextBlock[] {
  const {state} = view;
  const {lab, place} = state;
  if (place.type === 'end') return [{lines: drawSummary(view, width), isNews: true}];
  const step = stepOf(state);
  if (place.type === 'intro' || step === undefined) {
    const about = `${lab.about.teaches.map(legible).join(' · ')} · ${lab.about.minutes} min`;
    return [
      {lines: wrapLine([run(about, 'dim')], width), isNews: true},
      {lines: drawProse(lab.intro, width, isTight), isNews: false},
    ];
  }
  const title = {lines: wrapLine([run(legible(step.title), 'strong')], width), isNews: true};
  return [title, ...step.parts.slice(0, place.part + 1).flatMap((part, at) => reached(part, at, step, state, width, isTight))];
}

function reached(part: Part, at: number, step: Step, state: GuideState, width: number, isTight: boolean): readonly TextBlock[] {
  const {place} = state;
  const record = recordOf(state);
  const isAtHand = place.type === 'part' && place.part === at;
  // What became of an answer stays in sight until the person goes on: prose, checks and commands behind it can wait.
  const isBegun = part.type === 'predict' || part.type === 'task' || (part.type === 'commands' && !(isAtHand && place.command === 0));
  const settled = settledBehind(step, at).flatMap(prediction => {
    const outcome = record.outcomes[step.parts.indexOf(prediction)];
    const chosen = record.chosen[step.parts.indexOf(prediction)];
    return outcome === undefined || chosen === undefined ? [] : verdictLines(prediction, chosen, outcome, width);
  });
  return [
    {lines: partLines(part, at, state, record, width, isTight), isNews: isBegun},
    {lines: settled, isNews: true},
  ];
}

function partLines(part: Part, at: number, {place}: GuideState, record: StepRecord, width: number, isTight: boolean): readonly Line[] {
  const command = place.type === 'part' && place.part === at ? place.command : Number.POSITIVE_INFINITY;
  switch (part.type) {
    case 'prose':
      return drawProse(part.prose, width, isTight);
    case 'commands':
      return commandLines(part.commands, command, place.type === 'part' && place.part === at && place.failed, width);
    case 'checks':
      return checkLines(part.checks, record.ticks[at], width);
    case 'predict':
      return predictionLines(part, record.chosen[at], record.outcomes[at], width);
    case 'task':
      return taskLines(part, record.ticks[at], record.hints[at] ?? 0, width);
  }
}

/** Those done, the next one, and those to come. */
function commandLines(commands: readonly ScriptCommand[], next: number, failed: boolean, width: number): Line[] {
  return commands.flatMap(({text}, i) => {
    const [glyph, tone]: [Run, Tone] =
      i < next
        ? [run('✔ ', 'good'), 'dim']
        : i > next
          ? [run('· ', 'dim'), 'dim']
          : [failed ? run('✘ ', 'bad') : run('▸ ', 'focus'), 'key'];
    return wrapLine([run(legible(text), tone)], width, [glyph]);
  });
}

function checkLines(checks: readonly LabCheck[], ticks: Ticks | undefined, width: number): Line[] {
  return checks.flatMap(({text}, i) => {
    const verdict = ticks?.[i];
    if (verdict?.holds === true) return wrapLine([run(legible(text))], width, [run('✔ ', 'good')]);
    const seen = verdict === undefined ? '' : ` · seen ${legible(verdict.seen)}${verdict.at === undefined ? '' : ` at ${verdict.at}`}`;
    return wrapLine([run(legible(text)), run(seen, 'dim')], width, [run('○ ', 'warn')]);
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
    return wrapLine([run(legible(text), tone)], width, [isChosen ? run('▸ ', 'focus') : run('  '), number]);
  });
  return [...wrapLine([run(legible(question), 'strong')], width, [run('? ', 'warn')]), ...lines];
}

/** `✘ not 2: both values …`, why, and `✔ but 1: one of the two values …`. */
function verdictLines({choices}: Prediction, chosen: number, {right, reasons}: PredictionOutcome, width: number): Line[] {
  const named = (at: number): Run => run(`${at + 1}: ${legible(choices[at]?.text ?? '')}`);
  const because = reasons.flatMap(reason => wrapLine([run(legible(reason))], width, [run('  ')]));
  const [answer, ...others] = right;
  if (answer === undefined || others.length > 0) {
    const what = answer === undefined ? 'no answer came true' : `${right.length} answers came true`;
    const amiss = `${what}: something else was done here. redo begins the step anew.`;
    return [...wrapLine([run(amiss, 'warn')], width, [run('? ', 'warn')]), ...because];
  }
  const told = (verdict: string): Line[] => wrapLine([run(`${verdict} `, 'good'), named(answer)], width, [run('✔ ', 'good')], [run('  ')]);
  if (answer === chosen) return told('right,');
  return [...wrapLine([run('not ', 'bad'), named(chosen)], width, [run('✘ ', 'bad')]), ...because, ...told('but')];
}

function taskLines({goal, checks, hints, solution}: Task, ticks: Ticks | undefined, asked: number, width: number): Line[] {
  // Once it is done, help is no longer of any.
  const shown = allHold(ticks) ? 0 : asked;
  const told = hints.slice(0, shown).flatMap((hint, i) => wrapLine([run(legible(hint))], width, [run(`hint ${i + 1}  `, 'dim')]));
  const solved =
    shown <= hints.length
      ? []
      : solution.flatMap(({text}, i) => wrapLine([run(legible(text), 'key')], width, [run(i === 0 ? 'solution  ' : '          ', 'dim')]));
  return [...wrapLine([run(legible(goal), 'strong')], width, [run('◇ ', 'warn')]), ...checkLines(checks, ticks, width), ...told, ...solved];
}
