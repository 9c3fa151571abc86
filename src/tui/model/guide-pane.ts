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

/** After this many commands that did not solve a task, their effects may be in the way. */
const TRIES_BEFORE_REDO = 2;

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
  /** How many of those below are to be read before going on. */
  readonly unread: number;
}

export function drawGuide(view: GuideView, offset: number, width: number, height: number): DrawnGuide {
  const isTight = height < ROWS_TO_SPARE;
  const all: Line[] = [];
  let news = 0;
  let toRead = 0;
  for (const {lines, newsAt, toRead: read = lines.length} of blocksOf(view, width, isTight).filter(block => block.lines.length > 0)) {
    if (!isTight && all.length > 0) all.push([]);
    if (newsAt !== undefined) news = all.length + newsAt;
    toRead = all.length + read;
    all.push(...lines);
  }
  const last = Math.max(0, all.length - height);
  // What is too long for the pane is shown from its beginning.
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
  /** From this line of it on it is to be in sight, unless a later block is. */
  readonly newsAt?: number;
  /** Of the last block: how much of it is to be read; all of it if absent. Commands to come can wait. */
  readonly toRead?: number;
}

/** Each part that was reached, and what became of a prediction where it came about. */
function blocksOf(view: GuideView, width: number, isTight: boolean): readonly TextBlock[] {
  const {state} = view;
  const {lab, place} = state;
  if (place.type === 'end') return [{lines: drawSummary(view, width), newsAt: 0}];
  const step = stepOf(state);
  if (place.type === 'intro' || step === undefined) {
    const about = `${lab.about.teaches.map(legible).join(' · ')} · ${lab.about.minutes} min`;
    return [{lines: wrapLine([run(about, 'dim')], width), newsAt: 0}, {lines: drawProse(lab.intro, width, isTight)}];
  }
  const title = {lines: wrapLine([run(legible(step.title), 'strong')], width), newsAt: 0};
  return [title, ...step.parts.slice(0, place.part + 1).flatMap((part, at) => reached(part, at, step, state, width, isTight))];
}

function reached(part: Part, at: number, step: Step, state: GuideState, width: number, isTight: boolean): readonly TextBlock[] {
  const {place} = state;
  const record = recordOf(state);
  const settled = settledBehind(step, at).flatMap(prediction => {
    const outcome = record.outcomes[step.parts.indexOf(prediction)];
    const chosen = record.chosen[step.parts.indexOf(prediction)];
    return outcome === undefined || chosen === undefined ? [] : verdictLines(prediction, chosen, outcome, width);
  });
  const lines = partLines(part, at, state, record, width, isTight);
  const command = place.type === 'part' && place.part === at ? place.command : undefined;
  const news = newsIn(part, at, step, command, width);
  return [{lines, ...news}, ...(settled.length === 0 ? [] : [{lines: settled, newsAt: 0}])];
}

/** Where what the person has to see of a part begins and ends; prose and checks go with what is before them. */
function newsIn(part: Part, at: number, step: Step, command: number | undefined, width: number): Pick<TextBlock, 'newsAt' | 'toRead'> {
  if (part.type === 'prose' || part.type === 'checks') return {};
  // The verdict on an answer stays visible until the user goes on, even if another question follows.
  if (part.type === 'predict' && isBehindVerdict(step, at)) return {};
  if (part.type !== 'commands' || command === undefined) return {newsAt: 0};
  const heightOf = (count: number): number => commandLines(part.commands.slice(0, count), count, false, width).length;
  const toRead = heightOf(command + 1);
  return command === 0 && isBehindVerdict(step, at) ? {toRead} : {newsAt: heightOf(command), toRead};
}

/** Whether a prediction was settled since the last part in which something was to be done. */
function isBehindVerdict(step: Step, at: number): boolean {
  const before = step.parts.findLastIndex(({type}, i) => i < at && type !== 'prose' && type !== 'checks');
  return before >= 0 && settledBehind(step, before).length > 0;
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
      return taskLines(part, record.ticks[at], record.hints[at] ?? 0, triesAt(record, at), width);
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

/** The user's commands for the task of this part. */
const triesAt = ({deeds}: StepRecord, at: number): number => deeds.filter(({part}) => part === at).length;

function taskLines({goal, checks, hints, solution}: Task, ticks: Ticks | undefined, asked: number, tries: number, width: number): Line[] {
  // Once it is done, help is no longer of any.
  const shown = allHold(ticks) ? 0 : asked;
  const told = hints.slice(0, shown).flatMap((hint, i) => wrapLine([run(legible(hint))], width, [run(`hint ${i + 1}  `, 'dim')]));
  const solved =
    shown <= hints.length
      ? []
      : solution.flatMap(({text}, i) => wrapLine([run(legible(text), 'key')], width, [run(i === 0 ? 'solution  ' : '          ', 'dim')]));
  const isStuck = tries >= TRIES_BEFORE_REDO && !allHold(ticks);
  const wayOut = isStuck ? wrapLine([run('redo begins this step again on a fresh cluster', 'dim')], width, [run('↻ ', 'dim')]) : [];
  const asks = wrapLine([run(legible(goal), 'strong')], width, [run('◇ ', 'warn')]);
  return [...asks, ...checkLines(checks, ticks, width), ...told, ...solved, ...wayOut];
}
