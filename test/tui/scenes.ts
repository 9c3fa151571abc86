/**
 * Moments to draw: worlds and states for the tests of the screen.
 */
import {leaderId} from '../../src/base/ids.ts';
import type {ClusterView} from '../../src/cluster/port.ts';
import {keyPresses} from '../../src/tui/model/keypress.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {type Effect, INITIAL_STATE, type UiState, type World} from '../../src/tui/model/state.ts';
import {emptyView, hostileView, manyView, T0, troubledView} from './fake-cluster.ts';
import {richView} from './worlds.ts';

export const NOW = T0 + 200_000;

export const worldOf = (view: ClusterView, change: Partial<World> = {}): World => ({
  view,
  nowMs: NOW,
  focused: leaderId('us'),
  undoable: undefined,
  keepsData: false,
  columns: 120,
  rows: 36,
  ...change,
});

export const VIEWS: readonly ClusterView[] = [
  emptyView(),
  troubledView(NOW),
  hostileView(NOW),
  richView(NOW),
  manyView(1, 'mesh', NOW),
  manyView(2, 'ring', NOW),
  manyView(5, 'mesh', NOW),
  manyView(8, 'ring', NOW),
  manyView(7, 'star', NOW),
  manyView(8, 'tree', NOW),
  manyView(3, 'chain', NOW),
  manyView(32, 'mesh', NOW),
];

/** The state after these inputs, as a terminal sends them, and everything that was asked for on the way. */
export function typed(inputs: readonly string[], world: World, from: UiState = INITIAL_STATE): {state: UiState; effects: Effect[]} {
  const effects: Effect[] = [];
  let state = from;
  for (const press of inputs.flatMap(keyPresses)) {
    const step = reduce(state, {type: 'key', press}, world);
    state = step.state;
    effects.push(...step.effects);
  }
  return {state, effects};
}

export const ESC = '\x1b';
export const ENTER = '\r';
export const TAB = '\t';
export const UP = '\x1b[A';
export const DOWN = '\x1b[B';
export const RIGHT = '\x1b[C';
