/**
 * A person's way through a lab, as a state machine: where they are, what they chose, what was done. Pure: it
 * is told what happened (`guided`) and says what is to be worked out next (`workOf`), what enter would do
 * (`offerOf`) and what to do again (`again.ts`).
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import {type Action, isGuideAction} from '../command/action.ts';
import {showAction} from '../command/index.ts';
import type {ScriptCommand} from '../command/script.ts';
import type {Status} from '../port/cluster.ts';
import {isExpectedFailure, isOutcomeCheck} from '../session/expected.ts';
import type {CheckResult, Entry} from '../session/session-result.ts';
import type {Lab, LabCheck, NextLab, Part, Prediction, Step, Task} from './lab-types.ts';
import {checkBehind, settledBehind} from './play-lab.ts';

export interface GuideState {
  readonly lab: Lab;
  readonly place: Place;
  /** One for each step that was begun, the present one last. */
  readonly records: readonly StepRecord[];
}

export type Place =
  | {readonly type: 'intro'}
  /** In the last record's step; `part` is behind the last one when the step is done. */
  | {
      readonly type: 'part';
      readonly part: number;
      /** Of a block of commands: the next one. */
      readonly command: number;
      /** That command was run, and failed or was stopped: it is there to be tried again. */
      readonly failed: boolean;
    }
  | {readonly type: 'end'};

/** What happened in a step; by the places of its parts. */
export interface StepRecord {
  readonly chosen: {readonly [part: number]: number};
  readonly outcomes: {readonly [part: number]: PredictionOutcome};
  /** How the checks of a part stood when they were last judged. */
  readonly ticks: {readonly [part: number]: readonly (CheckResult | undefined)[]};
  /** How many hints were shown; one more than there are is the solution. */
  readonly hints: {readonly [part: number]: number};
  readonly deeds: readonly Deed[];
  /** How many times the step was begun anew. */
  readonly redone: number;
}

export interface PredictionOutcome {
  /** The places of the choices that turned out right; of a sound one exactly one. */
  readonly right: readonly number[];
  /** Of a wrong answer: what was seen instead, and why. */
  readonly reasons: readonly string[];
}

/** A command that was carried out while a part was at hand. */
export interface Deed {
  readonly text: string;
  readonly action: Action;
  readonly part: number;
  /** The lab's own, not the person's. */
  readonly isOfLab: boolean;
  readonly status: Status;
  /** Of the lab's own: its place in the block of commands. */
  readonly command?: number;
  /** Why it is not `ok`. */
  readonly failure?: Failure;
  /** It ended as it did because the lab means it to: the next line expects that. */
  readonly isExpected?: true;
}

export type GuideInput =
  /** On to what follows: out of the introduction, out of a finished step, past a command that failed. */
  | {readonly type: 'next'}
  /** From 0. */
  | {readonly type: 'chosen'; readonly choice: number}
  | {readonly type: 'hint'}
  | {readonly type: 'ended'; readonly entry: Entry}
  | {readonly type: 'judged'; readonly verdicts: readonly (CheckResult | undefined)[]}
  | {readonly type: 'settled'; readonly part: number; readonly outcome: PredictionOutcome}
  /** A fresh cluster is as it was when the step began. */
  | {readonly type: 'redone'};

/** What the screen shows of a guided lab. The same object until something changed. */
export interface GuideView {
  readonly state: GuideState;
  /** While a fresh cluster is brought to where the step begins. */
  readonly redoing?: {readonly done: number; readonly total: number};
  /** From the beginning to the end, once it is over. */
  readonly tookMs?: number;
  /** The lab behind this one. */
  readonly next?: NextLab;
  /** What went wrong beside the lab. */
  readonly notice?: string;
}

/** How the checks of a part stood. */
export type Ticks = StepRecord['ticks'][number];

export const allHold = (ticks: Ticks | undefined): boolean =>
  ticks?.every(verdict => verdict?.holds === true) === true;

const EMPTY_RECORD: StepRecord = {chosen: {}, outcomes: {}, ticks: {}, hints: {}, deeds: [], redone: 0};

export function beginLab(lab: Lab): GuideState {
  const state: GuideState = {lab, place: {type: 'intro'}, records: []};
  return lab.intro.length === 0 ? guided(state, {type: 'next'}) : state;
}

export function guided(state: GuideState, input: GuideInput): GuideState {
  switch (input.type) {
    case 'next':
      return onwards(state);
    case 'chosen':
      return chosen(state, input.choice);
    case 'hint':
      return hinted(state);
    case 'ended':
      return ended(state, input.entry);
    case 'judged':
      return judged(state, input.verdicts);
    case 'settled':
      return passedOn(
        recorded(state, record => ({...record, outcomes: {...record.outcomes, [input.part]: input.outcome}})),
      );
    case 'redone':
      return redone(state);
    default:
      return assertNever(input);
  }
}

/** The step at hand, or the last one where the lab is over. */
export const stepOf = ({lab, records}: GuideState): Step | undefined => lab.steps[records.length - 1];

export function partOf(state: GuideState): Part | undefined {
  return state.place.type === 'part' ? stepOf(state)?.parts[state.place.part] : undefined;
}

export const recordOf = ({records}: GuideState): StepRecord => records.at(-1) ?? EMPTY_RECORD;

/** What has to be asked of the cluster now. */
export type GuideWork =
  | {readonly type: 'settle'; readonly part: number; readonly prediction: Prediction; readonly chosen: number}
  | {readonly type: 'judge'; readonly checks: readonly LabCheck[]};

export function workOf(state: GuideState): GuideWork | undefined {
  const unsettled = unsettledOf(state);
  if (unsettled !== undefined) return {type: 'settle', ...unsettled};
  const part = partOf(state);
  return part?.type === 'checks' || part?.type === 'task' ? {type: 'judge', checks: part.checks} : undefined;
}

/** What enter does at an empty prompt. */
export type Offer =
  | {readonly type: 'begin'}
  /** `number` of `count`, from 1. */
  | {
      readonly type: 'run';
      readonly command: ScriptCommand;
      readonly number: number;
      readonly count: number;
      readonly failed: boolean;
    }
  | {readonly type: 'choose'; readonly choices: number}
  /** Nothing: the cluster is being asked. */
  | {readonly type: 'settling'}
  | {readonly type: 'checks'}
  | {readonly type: 'task'; readonly task: Task; readonly hints: number}
  | {readonly type: 'step'; readonly title: string}
  | {readonly type: 'finish'}
  | {readonly type: 'over'};

export function offerOf(state: GuideState): Offer {
  const {lab, place, records} = state;
  if (place.type === 'intro') return {type: 'begin'};
  if (place.type === 'end') return {type: 'over'};
  if (unsettledOf(state) !== undefined) return {type: 'settling'};
  const part = partOf(state);
  switch (part?.type) {
    case undefined: {
      const next = lab.steps[records.length];
      return next === undefined ? {type: 'finish'} : {type: 'step', title: next.title};
    }
    case 'predict':
      return {type: 'choose', choices: part.choices.length};
    case 'checks':
      return {type: 'checks'};
    case 'task':
      return {type: 'task', task: part, hints: recordOf(state).hints[place.part] ?? 0};
    case 'commands': {
      const command = part.commands[place.command];
      const [number, count] = [place.command + 1, part.commands.length];
      return command === undefined
        ? {type: 'settling'}
        : {type: 'run', command, number, count, failed: place.failed};
    }
    case 'prose':
      return {type: 'settling'};
    default:
      return assertNever(part);
  }
}

/** The prediction that `choose` is about: the last one that was shown, until what it is about has begun. */
export function openPrediction(
  state: GuideState,
): {readonly part: number; readonly prediction: Prediction} | undefined {
  const {place} = state;
  const parts = stepOf(state)?.parts ?? [];
  if (place.type !== 'part') return undefined;
  for (let at = Math.min(place.part, parts.length - 1); at >= 0; at--) {
    const part = parts[at];
    if (part?.type === 'predict') return isLocked(state, at) ? undefined : {part: at, prediction: part};
  }
  return undefined;
}

function isLocked(state: GuideState, at: number): boolean {
  const record = recordOf(state);
  if (record.outcomes[at] !== undefined) return true;
  const parts = stepOf(state)?.parts ?? [];
  const doing = parts.findIndex((part, i) => i > at && isDoing(part));
  if (doing < 0 || state.place.type !== 'part') return false;
  // In a task all that the person does may tell; before the lab's own commands they only look around.
  const tells = (deed: Deed): boolean =>
    deed.part === doing && (deed.isOfLab || parts[doing]?.type === 'task');
  return state.place.part > doing || record.deeds.some(tells);
}

const isDoing = ({type}: Part): boolean => type === 'commands' || type === 'task';

/** A prediction whose moment has come, and that was answered. */
function unsettledOf(state: GuideState): Omit<Extract<GuideWork, {type: 'settle'}>, 'type'> | undefined {
  const {place} = state;
  const step = stepOf(state);
  const part = partOf(state);
  if (place.type !== 'part' || step === undefined || part === undefined || !isDone(state, part))
    return undefined;
  const {chosen, outcomes} = recordOf(state);
  for (const prediction of settledBehind(step, place.part)) {
    const at = step.parts.indexOf(prediction);
    const choice = chosen[at];
    if (choice !== undefined && outcomes[at] === undefined) return {part: at, prediction, chosen: choice};
  }
  return undefined;
}

/** Whether nothing of the part at hand is left to do; predictions that are settled behind it may be. */
function isDone(state: GuideState, part: Part): boolean {
  const {place} = state;
  if (place.type !== 'part') return false;
  const {chosen, ticks} = recordOf(state);
  switch (part.type) {
    case 'prose':
      return true;
    case 'predict':
      return chosen[place.part] !== undefined;
    case 'commands':
      return place.command >= part.commands.length;
    case 'checks':
    case 'task':
      return allHold(ticks[place.part]);
    default:
      return assertNever(part);
  }
}

/** Past every part that is done. */
function passedOn(state: GuideState): GuideState {
  const {place} = state;
  const part = partOf(state);
  if (place.type !== 'part' || part === undefined || !isDone(state, part) || unsettledOf(state) !== undefined)
    return state;
  return passedOn({...state, place: {type: 'part', part: place.part + 1, command: 0, failed: false}});
}

const recorded = (state: GuideState, change: (record: StepRecord) => StepRecord): GuideState =>
  state.records.length === 0
    ? state
    : {...state, records: [...state.records.slice(0, -1), change(recordOf(state))]};

function onwards(state: GuideState): GuideState {
  const {lab, place, records} = state;
  if (place.type === 'part' && place.failed)
    return passedOn({...state, place: {...place, command: place.command + 1, failed: false}});
  const isAtStepsEnd = place.type === 'part' && partOf(state) === undefined;
  if (place.type !== 'intro' && !isAtStepsEnd) return state;
  if (lab.steps[records.length] === undefined) return {...state, place: {type: 'end'}};
  return passedOn({
    ...state,
    place: {type: 'part', part: 0, command: 0, failed: false},
    records: [...records, EMPTY_RECORD],
  });
}

function chosen(state: GuideState, choice: number): GuideState {
  const open = openPrediction(state);
  if (open?.prediction.choices[choice] === undefined) return state;
  return passedOn(recorded(state, record => ({...record, chosen: {...record.chosen, [open.part]: choice}})));
}

function hinted(state: GuideState): GuideState {
  const {place} = state;
  const part = partOf(state);
  if (place.type !== 'part' || part?.type !== 'task') return state;
  const shown = Math.min((recordOf(state).hints[place.part] ?? 0) + 1, part.hints.length + 1);
  return recorded(state, record => ({...record, hints: {...record.hints, [place.part]: shown}}));
}

function judged(state: GuideState, verdicts: readonly (CheckResult | undefined)[]): GuideState {
  const {place} = state;
  if (place.type !== 'part' || workOf(state)?.type !== 'judge') return state;
  return passedOn(recorded(state, record => ({...record, ticks: {...record.ticks, [place.part]: verdicts}})));
}

/** A command of the lab's, whoever ran it, brings the lab on; any other is only remembered. */
function ended(state: GuideState, entry: Entry): GuideState {
  const {place} = state;
  const {action} = entry;
  if (place.type === 'intro' || action === undefined || isGuideAction(action) || entry.ends !== undefined)
    return state;
  const part = partOf(state);
  const offered =
    place.type === 'part' && part?.type === 'commands' ? part.commands[place.command] : undefined;
  const at = place.type === 'part' ? place.part : (stepOf(state)?.parts.length ?? 0);
  const isOfLab = offered !== undefined && showAction(offered.action) === showAction(action);
  const step = stepOf(state);
  const next =
    part?.type === 'commands' && place.type === 'part' ? part.commands[place.command + 1] : undefined;
  const behind =
    place.type === 'part' ? (next?.action ?? (step && checkBehind(step, place.part))) : undefined;
  const deed: Deed = {
    text: entry.text.trim(),
    action,
    part: at,
    isOfLab,
    status: entry.status,
    ...(isOfLab && place.type === 'part' ? {command: place.command} : {}),
    ...(entry.failure === undefined ? {} : {failure: entry.failure}),
    ...(isOfLab && isAsExpected(entry, behind) ? {isExpected: true} : {}),
  };
  const after =
    isWorthDoingAgain(entry) || isOfLab
      ? recorded(state, record => ({...record, deeds: [...record.deeds, deed]}))
      : state;
  if (!isOfLab || part?.type !== 'commands' || place.type !== 'part') return after;
  if (isAmiss(entry, behind)) return {...after, place: {...place, failed: true}};
  const by = isJustThat(entry, next) ? 2 : 1;
  return passedOn({...after, place: {...place, command: place.command + by, failed: false}});
}

/** It failed, or its outcome is unknown, and the lab means it to. */
const isAsExpected = ({status, failure}: Entry, next: Action | undefined): boolean =>
  status !== 'ok' && failure?.code !== 'interrupted' && isExpectedFailure(next);

/** What became of a command of the lab's, as last carried out. */
export const deedAt = ({deeds}: StepRecord, part: number, command: number): Deed | undefined =>
  deeds.findLast(deed => deed.part === part && deed.command === command);

/** Whether this is the command that the lab means to fail: it was the last of the step to be carried out. */
export function isMeantToFail(state: GuideState, {failure}: Entry): boolean {
  const last = recordOf(state).deeds.at(-1);
  return failure !== undefined && last?.isExpected === true && last.failure === failure;
}

/** It failed although the lab does not mean it to, or was stopped before its end. */
const isAmiss = ({status, failure}: Entry, next: Action | undefined): boolean =>
  (status === 'fail' && !isExpectedFailure(next)) || failure?.code === 'interrupted';

/** `expect outcome fail` behind what has just failed asks for nothing that is not seen already. */
const isJustThat = ({status}: Entry, next: ScriptCommand | undefined): boolean =>
  next !== undefined && isOutcomeCheck(next.action) && next.action.check.expected === status;

const LOOKS: readonly string[] = [
  'state',
  'setting',
  'diff',
  'conflicts',
  'explain',
  'compare',
  'why',
  'lag',
  'log',
  'help',
  'quit',
  'expect',
];

/** It did something that what comes later may need; what was only looked at need not be looked at again. */
const isWorthDoingAgain = ({action, failure}: Entry): boolean =>
  action !== undefined && failure?.code !== 'no-such-file' && !LOOKS.includes(action.type);

function redone(state: GuideState): GuideState {
  if (state.records.length === 0) return state;
  const again = recorded(state, ({redone: times}) => ({...EMPTY_RECORD, redone: times + 1}));
  return passedOn({...again, place: {type: 'part', part: 0, command: 0, failed: false}});
}
