/**
 * Where a person is in a guided lab: the state, and what can be read from it. Pure. `guide-progress.ts`
 * changes it, `guide-offer.ts` says what comes next.
 */
import type {Failure} from '../base/failure.ts';
import type {Action} from '../command/action.ts';
import type {Status} from '../port/cluster.ts';
import type {CheckResult, Entry} from '../session/session-result.ts';
import type {Lab, NextLab, Part, Step} from './lab-types.ts';

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
  readonly ranCommands: readonly RanCommand[];
  /** How many times the step was started again. */
  readonly redone: number;
}

export interface PredictionOutcome {
  /** The places of the choices that turned out right; of a sound one exactly one. */
  readonly right: readonly number[];
  /** Of a wrong answer: what was seen instead, and why. */
  readonly reasons: readonly string[];
}

/** A command that ran during a part. */
export interface RanCommand {
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
  /** It ended as the lab intends: the next line expects that. */
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
  /** A new cluster is in the state in which the step began. */
  | {readonly type: 'redone'};

/** What the screen shows of a guided lab. The same object until something changed. */
export interface GuideView {
  readonly state: GuideState;
  /** While a new cluster is brought to the state in which the step begins. */
  readonly redoing?: {readonly done: number; readonly total: number};
  /** From the beginning to the end, once it is over. */
  readonly tookMs?: number;
  /** The lab behind this one. */
  readonly next?: NextLab;
  /** A problem outside the lab, such as progress that could not be saved. */
  readonly notice?: string;
}

/** How the checks of a part stood. */
export type Ticks = StepRecord['ticks'][number];

export const allHold = (ticks: Ticks | undefined): boolean =>
  ticks?.every(verdict => verdict?.holds === true) === true;

export const EMPTY_RECORD: StepRecord = {
  chosen: {},
  outcomes: {},
  ticks: {},
  hints: {},
  ranCommands: [],
  redone: 0,
};

/** The step at hand, or the last one where the lab is over. */
export const stepOf = ({lab, records}: GuideState): Step | undefined => lab.steps[records.length - 1];

export function partOf(state: GuideState): Part | undefined {
  return state.place.type === 'part' ? stepOf(state)?.parts[state.place.part] : undefined;
}

export const recordOf = ({records}: GuideState): StepRecord => records.at(-1) ?? EMPTY_RECORD;

/** How a command of the lab last ended. */
export const ranCommandAt = ({ranCommands}: StepRecord, part: number, command: number): RanCommand | undefined =>
  ranCommands.findLast(ran => ran.part === part && ran.command === command);

/** True if the lab intends that this command fails. Only the last command of the step can be meant. */
export function isMeantToFail(state: GuideState, {failure}: Entry): boolean {
  const last = recordOf(state).ranCommands.at(-1);
  return failure !== undefined && last?.isExpected === true && last.failure === failure;
}
