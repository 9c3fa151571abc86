/**
 * The selection of each pane, and how it moves.
 */

import {nameOf, type Selectable, selectablesIn} from '../links/selectables.ts';
import {newestFirst} from '../panes/conflicts.ts';
import {scrolledGuide} from '../panes/guide-window.ts';
import {latestFirst} from '../panes/timeline.ts';
import {shownView, type UiState, type World} from '../state/state.ts';

export const clamp = (value: number, count: number): number => Math.max(0, Math.min(value, count - 1));

/** Moves the selection in the focused pane by this many entries. */
export function moved(state: UiState, step: number, world: World): UiState {
  const {selected} = state;
  const {view} = shownView(state, world);
  switch (state.pane) {
    case 'topology':
      return {
        ...state,
        selected: {...selected, ...selectableAt(selectablesIn(view), selected.topology, step)},
      };
    case 'leaders':
      return {
        ...state,
        selected: {...selected, leaders: clamp(selected.leaders + step, view.leaders.length)},
      };
    case 'conflicts':
      return {
        ...state,
        selected: {
          ...selected,
          ...at('conflicts', newestFirst(view.conflicts, state.filter.text), selected.conflicts, step),
        },
      };
    case 'guide':
      return scrolledGuide(state, step, world);
    case 'timeline':
      return {
        ...state,
        selected: {...selected, ...at('timeline', latestFirst(state.timeline), selected.timeline, step)},
      };
  }
}

function selectableAt(
  selectables: readonly Selectable[],
  selected: string | undefined,
  step: number,
): {topology?: string} {
  const present = Math.max(
    0,
    selectables.findIndex(selectable => nameOf(selectable) === selected),
  );
  const selectable = selectables[clamp(present + step, selectables.length)];
  return selectable === undefined ? {} : {topology: nameOf(selectable)};
}

function at(
  pane: 'conflicts' | 'timeline',
  list: readonly {readonly id: number}[],
  selected: number | undefined,
  step: number,
): {conflicts?: number} | {timeline?: number} {
  const entry = list[clamp(placeOf(list, selected) + step, list.length)];
  return entry === undefined ? {} : {[pane]: entry.id};
}

/** The index of the selected entry in the list; 0 if it is gone or none was selected. */
export const placeOf = (list: readonly {readonly id: number}[], selected: number | undefined): number =>
  Math.max(
    0,
    list.findIndex(({id}) => id === selected),
  );
