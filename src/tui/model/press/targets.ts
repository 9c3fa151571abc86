/**
 * Finds the command of a key in a pane. It depends on the selected leader or link and on its state: the key
 * that kills a live leader restarts a dead one.
 */

import {showWord} from '../../../command/grammar/quote.ts';
import type {Conflict} from '../../../history/conflict.ts';
import type {LeaderView} from '../../../port/view.ts';
import type {KeyAction} from '../keys/binding.ts';
import {isCut, isHeld, type Pair} from '../links/pairs.ts';
import {nameOf, type Selectable, selectablesIn} from '../links/selectables.ts';
import {inHand} from '../links/virtual-time.ts';
import {pairNamed} from '../overlays/link-inspector.ts';
import {newestFirst} from '../panes/conflicts.ts';
import {shownView, type UiState, type World} from '../state/state.ts';

/**
 * Returns the leader or link that is selected in the topology; the first entry if none is selected or it is
 * gone; `undefined` if there are no entries.
 */
export function selectedItem(state: UiState, world: World): Selectable | undefined {
  const selectables = selectablesIn(shownView(state, world).view);
  return selectables.find(selectable => nameOf(selectable) === state.selected.topology) ?? selectables[0];
}

export function selectedLeader(state: UiState, world: World): LeaderView | undefined {
  if (state.pane === 'topology') {
    const selectable = selectedItem(state, world);
    return selectable?.type === 'leader' ? selectable.leader : undefined;
  }
  const {leaders} = shownView(state, world).view;
  return leaders[Math.min(state.selected.leaders, leaders.length - 1)];
}

/** The link that is inspected, or selected in the topology. */
function selectedPair(state: UiState, world: World): Pair | undefined {
  if (state.overlay?.type === 'link') return pairNamed(shownView(state, world).view, state.overlay.pair);
  const selectable = state.pane === 'topology' ? selectedItem(state, world) : undefined;
  return selectable?.type === 'pair' ? selectable.pair : undefined;
}

/** The command, or `undefined` if this key does nothing for the selection. */
export function commandFor(keyAction: KeyAction, state: UiState, world: World): string | undefined {
  const leader = selectedLeader(state, world);
  const pair = selectedPair(state, world);
  switch (keyAction) {
    case 'undo':
      return 'undo';
    case 'heal-all':
      return 'heal';
    case 'kill':
      return leader && `${leader.status === 'down' ? 'restart' : 'kill'} ${leader.id}`;
    case 'pause':
      return leader && leader.status !== 'down'
        ? `${leader.status === 'paused' ? 'resume' : 'pause'} ${leader.id}`
        : undefined;
    case 'cut':
      return pair && `${isCut(pair) ? 'heal' : 'cut'} ${pair.name}`;
    case 'hold':
      return pair && `${isHeld(pair) ? 'release' : 'hold'} ${pair.name}`;
    case 'time':
      return world.view.virtualTime?.runs === true ? 'pause' : 'resume';
    case 'step':
      return 'step';
    case 'go-back':
      return 'back';
    case 'lab-hint':
      return world.guide && 'hint';
    case 'lab-redo':
      return world.guide && 'redo';
    case 'lab-keep':
      return world.guide && 'keep';
    case 'deliver':
    case 'drop': {
      const link = pair && inHand(pair);
      return link && `${keyAction} ${link.id}`;
    }
    case 'compare': {
      const conflict = selectedConflict(state, world);
      return conflict && `compare ${showWord(conflict.key)}`;
    }
    default:
      return undefined;
  }
}

export function selectedConflict(state: UiState, world: World): Conflict | undefined {
  const list = newestFirst(shownView(state, world).view.conflicts, state.filter.text);
  return list.find(({id}) => id === state.selected.conflicts) ?? list[0];
}
