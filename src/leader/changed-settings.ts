/**
 * From the settings that the lab states as a whole to the few that have changed. The resolver is not among
 * them: it may bring a module.
 */

import type {LeaderId} from '../base/ids.ts';
import type {AckMode, Delivery, Setting} from '../core/io/input-effect.ts';
import type {LeaderSettings} from '../wire/leader-control.ts';

/** What the replica works by now. */
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
