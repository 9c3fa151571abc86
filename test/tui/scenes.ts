/**
 * Moments to draw: worlds and states for the tests of the screen.
 */
import {leaderId} from '../../src/base/ids.ts';
import {parse} from '../../src/command/parse.ts';
import type {ClusterView} from '../../src/port/view.ts';
import type {Entry, SessionResult} from '../../src/session/session-result.ts';
import {keyPresses} from '../../src/tui/model/input/keypress.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {type Effect, INITIAL_STATE, type UiState, type World} from '../../src/tui/model/state/state.ts';
import {hostileView} from './hostile-view.ts';
import {manyView} from './many-leaders.ts';
import {emptyView, T0, troubledView} from './views.ts';
import {richView, simView, WRITTEN_MS} from './worlds.ts';

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
  simView(0),
  simView(45, true),
];

/** The state after these inputs, as a terminal sends them, and everything that was asked for on the way. */
export function typed(
  inputs: readonly string[],
  world: World,
  from: UiState = INITIAL_STATE,
): {state: UiState; effects: Effect[]} {
  const effects: Effect[] = [];
  let state = from;
  for (const press of inputs.flatMap(keyPresses)) {
    const step = reduce(state, {type: 'key', press}, world);
    state = step.state;
    // What is kept for other sessions is not for the cluster.
    effects.push(...step.effects.filter(({type}) => type !== 'remember'));
  }
  return {state, effects};
}

/** A command typed and answered at this time. */
export function ran(
  state: UiState,
  text: string,
  result: SessionResult,
  view: ClusterView,
  nowMs: number,
): UiState {
  const world = worldOf(view, {nowMs});
  const begun = typed([text, ENTER], world, state).state;
  const parsed = parse(text, {leaders: view.leaders.map(({id}) => id)});
  const entry: Entry = {text, status: 'ok', ms: 0, result, ...(parsed.ok ? {action: parsed.value} : {})};
  return reduce(begun, {type: 'answered', id: begun.nextId - 1, entry}, world).state;
}

export const changed = (summary: string): SessionResult => ({type: 'changed', summary});

/** The screen after what led to `simView`: the writes, and a step for each message that has arrived. */
export function simState(view: ClusterView, afterMs: number): UiState {
  const dots = ['us', 'eu'].map(id => ({
    leader: leaderId(id),
    status: 'ok' as const,
    dot: {origin: leaderId(id), seq: 1},
  }));
  const wrote = ran(
    INITIAL_STATE,
    'set title A @us || set title B @eu',
    {type: 'writes', writes: dots},
    view,
    WRITTEN_MS,
  );
  if (afterMs < 45) return wrote;
  const arrived = ran(wrote, 'step', changed('us>eu: us:1 arrived at eu after 45 ms'), view, WRITTEN_MS + 45);
  const dropped = ran(arrived, 'drop eu>us', changed('eu>us: eu:1 lost'), view, WRITTEN_MS + 45);
  const back = ran(dropped, 'back', changed('back to 00:03.165, before drop eu>us'), view, WRITTEN_MS + 45);
  return ran(back, 'deliver eu>us', changed('eu>us: eu:1 arrived at us after 45 ms'), view, WRITTEN_MS + 45);
}

export const ESC = '\x1b';
export const ENTER = '\r';
export const TAB = '\t';
export const UP = '\x1b[A';
export const DOWN = '\x1b[B';
export const RIGHT = '\x1b[C';
