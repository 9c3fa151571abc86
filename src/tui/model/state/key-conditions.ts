/**
 * What keys, hints and help hold for: which time passes, and whether a guided lab is open and asks something.
 */
import {offerOf, openPrediction} from '../../../course/guide-offer.ts';
import {type TimeKind, timeOf} from '../links/virtual-time.ts';
import type {World} from './state.ts';

export type LabKind = 'none' | 'open' | 'asking';

export interface KeyConditions {
  readonly time: TimeKind;
  readonly lab: LabKind;
}

export const conditionsOf = ({view, guide}: Pick<World, 'view' | 'guide'>): KeyConditions => ({
  time: timeOf(view),
  lab: guide === undefined ? 'none' : openPrediction(guide.state) === undefined ? 'open' : 'asking',
});

/** Whether a lab waits for the person to do something of their own. */
export const isAtTask = ({guide}: Pick<World, 'guide'>): boolean =>
  guide !== undefined && offerOf(guide.state).type === 'task';
