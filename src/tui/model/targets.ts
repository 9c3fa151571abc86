/**
 * From a key in a pane to the command that it stands for: the selected leader or link, and what its state makes of the key (a dead
 * leader is restarted by the key that kills a live one).
 */

import type {LeaderView} from '../../cluster/port.ts';
import {isPlainResolver, RESOLVER_NAMES} from '../../core/resolvers/spec.ts';
import type {Deed} from './bindings.ts';
import {isCut, isHeld, type Pair} from './pairs.ts';
import {shownView, type UiState, type World} from './state.ts';
import {type Spot, spotsOf} from './topology.ts';

export function selectedSpot(state: UiState, world: World): Spot | undefined {
  const spots = spotsOf(shownView(state, world).view);
  return spots[Math.min(state.selected.topology, spots.length - 1)];
}

export function selectedLeader(state: UiState, world: World): LeaderView | undefined {
  if (state.pane === 'topology') {
    const spot = selectedSpot(state, world);
    return spot?.type === 'leader' ? spot.leader : undefined;
  }
  const {leaders} = shownView(state, world).view;
  return leaders[Math.min(state.selected.leaders, leaders.length - 1)];
}

function selectedPair(state: UiState, world: World): Pair | undefined {
  const spot = state.pane === 'topology' ? selectedSpot(state, world) : undefined;
  return spot?.type === 'pair' ? spot.pair : undefined;
}

/** The command, or `undefined` where the selection has nothing for this key. */
export function commandFor(deed: Deed, state: UiState, world: World): string | undefined {
  const leader = selectedLeader(state, world);
  const pair = selectedPair(state, world);
  switch (deed) {
    case 'undo':
      return 'undo';
    case 'heal-all':
      return 'heal';
    case 'resolver':
      return `resolver ${following(RESOLVER_NAMES.filter(isPlainResolver), world.view.resolver.name)}`;
    case 'rewire':
      return `topology ${following(['mesh', 'ring'], world.view.topology.name)}`;
    case 'kill':
      return leader && `${leader.status === 'down' ? 'restart' : 'kill'} ${leader.id}`;
    case 'pause':
      return leader && leader.status !== 'down' ? `${leader.status === 'paused' ? 'resume' : 'pause'} ${leader.id}` : undefined;
    case 'cut':
      return pair && `${isCut(pair) ? 'heal' : 'cut'} ${pair.name}`;
    case 'hold':
      return pair && `${isHeld(pair) ? 'release' : 'hold'} ${pair.name}`;
    default:
      return undefined;
  }
}

const following = (all: readonly string[], present: string): string | undefined => all[(all.indexOf(present) + 1) % all.length];
