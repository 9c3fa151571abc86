/**
 * Pictures as text: what a frame shows, without colours and without what depends on where the tests run.
 */
import {drawFrame} from '../../src/tui/model/screen-frame.ts';
import type {UiState, World} from '../../src/tui/model/state/state.ts';
import type {Line} from '../../src/tui/model/text/style.ts';
import {composer} from '../../src/tui/paint.ts';

export const textOf = (line: Line): string => line.map(({text}) => text).join('');

const compose = composer(textOf);

/** Times of day are the machine's own. */
export const pictureOf = (state: UiState, world: World): string =>
  `${compose(drawFrame(state, world)).join('\n')}\n`.replace(/\b\d\d:\d\d:\d\d\b/g, 'hh:mm:ss');

/** The lines of one area. */
export const areaOf = (id: string, state: UiState, world: World): string[] =>
  (drawFrame(state, world).areas.find(area => area.id === id)?.lines ?? []).map(textOf);
