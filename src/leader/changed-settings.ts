/**
 * Finds the few settings that changed among all settings that the lab sends. The resolver is not among them,
 * because a module may come with it.
 */

import type {LeaderId} from '../base/ids.ts';
import type {AckMode, Delivery, Setting} from '../core/io/input-effect.ts';
import type {LeaderSettings} from '../wire/leader-control.ts';

/** The settings that the replica uses now. */
export interface Standing {
  readonly delivery: Delivery;
  readonly ack: AckMode;
  readonly loopguard: boolean;
  readonly members: readonly LeaderId[];
}

export function changedSettings(now: Standing, wanted: LeaderSettings): Setting[] {
  const changed: Setting[] = [];
  if (wanted.members.join() !== now.members.join()) changed.push({name: 'members', value: wanted.members});
  if (wanted.delivery !== now.delivery) changed.push({name: 'delivery', value: wanted.delivery});
  if (wanted.ack !== now.ack) changed.push({name: 'ack', value: wanted.ack});
  if (wanted.loopguard !== now.loopguard) changed.push({name: 'loopguard', value: wanted.loopguard});
  return changed;
}
