/**
 * Which part of the lab's text is visible, and how it scrolls.
 */

import type {UiState, World} from '../state/state.ts';
import {type Guided, inside, layOut, type PaneId} from '../text/layout.ts';
import {type DrawnGuide, drawGuide} from './guide-pane.ts';

/** With a lab open, the timeline is shown only while it has the keys. */
export function guidedBy({mode, pane}: UiState, {guide}: World): Guided | undefined {
  if (guide === undefined) return undefined;
  const {leaders} = guide.state.lab.about;
  return {pane: mode === 'panes' && pane === 'timeline' ? 'timeline' : 'guide', leaders: leaders.length};
}

/** Returns the pane that fills the area of all panes; `undefined` if no pane is zoomed. */
export const zoomedPane = ({zoomed, pane}: UiState): PaneId | undefined => (zoomed ? pane : undefined);

/** The guide as it is on the screen, or would be. */
function windowOf(state: UiState, world: World): (DrawnGuide & {readonly height: number}) | undefined {
  const {guide, columns, rows} = world;
  if (guide === undefined) return undefined;
  const guided: Guided = {pane: 'guide', leaders: guide.state.lab.about.leaders.length};
  const rect =
    layOut(columns, rows, zoomedPane(state), guided).panes.guide ??
    layOut(columns, rows, undefined, guided).panes.guide;
  if (rect === undefined) return undefined;
  const {width, height} = inside(rect);
  return {...drawGuide(guide, state.selected.guide ?? 0, width, height), height};
}

/**
 * Scrolls the lab's text down by `step` lines, or up if negative, and stops at either end of the text.
 * Without an open lab the state stays as it is.
 */
export function scrolledGuide(state: UiState, step: number, world: World): UiState {
  const window = windowOf(state, world);
  if (window === undefined) return state;
  const by = Math.max(-window.above, Math.min(step, window.below));
  return {...state, selected: {...state.selected, guide: window.offset + by}};
}

/** True if there is more to read before the lab goes on. */
export const hasMoreToRead = (state: UiState, world: World): boolean =>
  (windowOf(state, world)?.unread ?? 0) > 0;

/** Scrolls a page down, and keeps one line of the previous page. */
export const readOn = (state: UiState, world: World): UiState =>
  scrolledGuide(state, (windowOf(state, world)?.height ?? 2) - 1, world);
