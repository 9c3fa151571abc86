/**
 * A person's way through a guided lab as a state machine: `guided` takes one input, such as a command that
 * ended or a choice, and returns the next state. Pure.
 */
import {assertNever} from '../base/assert.ts';
import {type Action, isGuideAction, traitsOf} from '../command/action.ts';
import {showAction} from '../command/index.ts';
import type {ScriptCommand} from '../command/script.ts';
import {isExpectedFailure, isOutcomeCheck} from '../session/expected.ts';
import type {CheckResult, Entry} from '../session/session-result.ts';
import {isDone, openPrediction, unsettledOf, workOf} from './guide-offer.ts';
import {
  EMPTY_RECORD,
  type GuideInput,
  type GuideState,
  partOf,
  type RanCommand,
  recordOf,
  type StepRecord,
  stepOf,
} from './guide-state.ts';
import {checkBehind} from './lab-parts.ts';
import type {Lab} from './lab-types.ts';

/** The state at the start of the lab: its introduction, or its first step if there is none. */
export function beginLab(lab: Lab): GuideState {
  const state: GuideState = {lab, place: {type: 'intro'}, records: []};
  return lab.intro.length === 0 ? guided(state, {type: 'next'}) : state;
}

/** The next state. Returns the same object if the input changes nothing. */
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

/** Moves past every part that is done. */
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

/** A command of the lab moves the lab on, even if the person typed it. Any other command is only recorded. */
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
  const ran: RanCommand = {
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
      ? recorded(state, record => ({...record, ranCommands: [...record.ranCommands, ran]}))
      : state;
  if (!isOfLab || part?.type !== 'commands' || place.type !== 'part') return after;
  if (hasFailed(entry, behind)) return {...after, place: {...place, failed: true}};
  const by = isConfirmedBy(entry, next) ? 2 : 1;
  return passedOn({...after, place: {...place, command: place.command + by, failed: false}});
}

/** It failed, or its outcome is unknown, as the lab intends. */
const isAsExpected = ({status, failure}: Entry, next: Action | undefined): boolean =>
  status !== 'ok' && failure?.code !== 'interrupted' && isExpectedFailure(next);

/** It failed although the lab does not intend that, or was stopped before its end. */
const hasFailed = ({status, failure}: Entry, next: Action | undefined): boolean =>
  (status === 'fail' && !isExpectedFailure(next)) || failure?.code === 'interrupted';

/** `expect outcome fail` after a command that just failed checks nothing new. */
const isConfirmedBy = ({status}: Entry, next: ScriptCommand | undefined): boolean =>
  next !== undefined && isOutcomeCheck(next.action) && next.action.check.expected === status;

/** True if later commands may need its effect. A command that only showed something need not be repeated. */
const isWorthDoingAgain = ({action, failure}: Entry): boolean =>
  action !== undefined && failure?.code !== 'no-such-file' && !traitsOf(action).isShowOnly;

function redone(state: GuideState): GuideState {
  if (state.records.length === 0) return state;
  const again = recorded(state, ({redone: times}) => ({...EMPTY_RECORD, redone: times + 1}));
  return passedOn({...again, place: {type: 'part', part: 0, command: 0, failed: false}});
}
