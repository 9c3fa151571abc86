/**
 * Conditions under which keys, hints and help apply: real or virtual time, and whether a guided lab is open
 * and asks a question.
 */
import {offerOf, openPrediction} from '../../../course/guide-offer.ts';
import {type TimeKind, timeOf} from '../links/virtual-time.ts';
import type {World} from './state.ts';

export type LabKind = 'none' | 'open' | 'asking';

export interface KeyConditions {
  readonly time: TimeKind;
  readonly lab: LabKind;
}

/**
 * Returns the conditions that hold now. The lab is `asking` while a prediction waits for an answer or its
 * answer can still be changed.
 */
export const conditionsOf = ({view, guide}: Pick<World, 'view' | 'guide'>): KeyConditions => ({
  time: timeOf(view),
  lab: guide === undefined ? 'none' : openPrediction(guide.state) === undefined ? 'open' : 'asking',
});

/** True if a lab waits for the person to do a task without its help. */
export const isAtTask = ({guide}: Pick<World, 'guide'>): boolean =>
  guide !== undefined && offerOf(guide.state).type === 'task';
