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
  /** One record for each step that was begun; the present step is last. */
  readonly records: readonly StepRecord[];
}

export type Place =
  | {readonly type: 'intro'}
  /** A place in the present step. `part` is the number of its parts when the step is done. */
  | {
      readonly type: 'part';
      readonly part: number;
      /** The next command of a block of commands, from 0. */
      readonly command: number;
      /** That command ran, and failed or was stopped. The person can try it again. */
      readonly failed: boolean;
    }
  | {readonly type: 'end'};

/** What happened in a step, by the places of its parts, from 0. */
export interface StepRecord {
  readonly chosen: {readonly [part: number]: number};
  readonly outcomes: {readonly [part: number]: PredictionOutcome};
  /** The last verdicts on the checks of a part. */
  readonly ticks: {readonly [part: number]: readonly (CheckResult | undefined)[]};
  /** How many hints were shown. One more than the task has means that the solution was shown. */
  readonly hints: {readonly [part: number]: number};
  readonly ranCommands: readonly RanCommand[];
  /** How many times the step was started again. */
  readonly redone: number;
}

export interface PredictionOutcome {
  /** The places of the choices that turned out right. A sound prediction has exactly one. */
  readonly right: readonly number[];
  /** If the answer is wrong: what the cluster showed instead, and why. */
  readonly reasons: readonly string[];
}

/** A command that ran during a part. */
export interface RanCommand {
  readonly text: string;
  readonly action: Action;
  readonly part: number;
  /** It is a command of the lab, not of the person. */
  readonly isOfLab: boolean;
  readonly status: Status;
  /** Only for a command of the lab: its place in the block of commands. */
  readonly command?: number;
  /** Why it is not `ok`. */
  readonly failure?: Failure;
  /** It ended as the lab intends: the next line expects that. */
  readonly isExpected?: true;
}

export type GuideInput =
  /** Leaves the introduction, leaves a finished step, or passes a command that failed. */
  | {readonly type: 'next'}
  /** From 0. */
  | {readonly type: 'chosen'; readonly choice: number}
  | {readonly type: 'hint'}
  | {readonly type: 'ended'; readonly entry: Entry}
  | {readonly type: 'judged'; readonly verdicts: readonly (CheckResult | undefined)[]}
  | {readonly type: 'settled'; readonly part: number; readonly outcome: PredictionOutcome}
  /** A new cluster is in the state in which the step began. */
  | {readonly type: 'redone'};

/** What the screen shows of a guided lab. It stays the same object until something changes. */
export interface GuideView {
  readonly state: GuideState;
  /**
   * Present while earlier commands are repeated on a new cluster, until the state in which the step begins.
   */
  readonly redoing?: {readonly done: number; readonly total: number};
  /** The duration of the lab, once it is over. */
  readonly tookMs?: number;
  /** The lab after this one. */
  readonly next?: NextLab;
  /** A problem outside the lab, such as progress that could not be saved. */
  readonly notice?: string;
}

/** The last verdicts on the checks of a part. */
export type Ticks = StepRecord['ticks'][number];

/**
 * True if every check of the part holds by its last verdict. False if they were not judged yet
 * (`undefined`), or if a check has no verdict.
 */
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

/** The present step; the last step if the lab is over. */
export const stepOf = ({lab, records}: GuideState): Step | undefined => lab.steps[records.length - 1];

export function partOf(state: GuideState): Part | undefined {
  return state.place.type === 'part' ? stepOf(state)?.parts[state.place.part] : undefined;
}

/**
 * Returns the record of the present step, which is the last step that was begun; an empty record in the
 * introduction.
 */
export const recordOf = ({records}: GuideState): StepRecord => records.at(-1) ?? EMPTY_RECORD;

/** The last run of a command of the lab; undefined if it has not run. */
export const ranCommandAt = (
  {ranCommands}: StepRecord,
  part: number,
  command: number,
): RanCommand | undefined => ranCommands.findLast(ran => ran.part === part && ran.command === command);

/** True if the lab intends that this command fails. `entry` must be that of the last command of the step. */
export function isMeantToFail(state: GuideState, {failure}: Entry): boolean {
  const last = recordOf(state).ranCommands.at(-1);
  return failure !== undefined && last?.isExpected === true && last.failure === failure;
}
