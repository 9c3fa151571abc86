/**
 * What stands over all panes: help, a list to choose from, a link, or what a command came to, in full.
 */

import type {Conflict} from '../../history/conflict.ts';
import type {ClusterView} from '../../port/view.ts';
import {answerLines} from './answer.ts';
import {drawHelp} from './help-list.ts';
import {legible} from './legible.ts';
import {drawLink} from './link-inspector.ts';
import {pasteLines, pasteTitle} from './pasting.ts';
import {drawResolvers, resolversTitle} from './resolver-picker.ts';
import {sceneOf} from './scene.ts';
import {type Item, type Overlay, shownView, type UiState, type World} from './state.ts';
import {conflictTitle, drawStory, type Told} from './story-lines.ts';
import {type Line, run} from './style.ts';
import {wrap} from './text.ts';
import {drawTopologies, topologiesTitle} from './topology-picker.ts';
import {nameRun, type Palette, paletteOf, showMoment} from './words.ts';

export interface OverlayContent {
  readonly title: string;
  readonly lines: readonly Line[];
}

export function overlayContent(
  state: UiState,
  world: World,
  shown: Overlay,
  width: number,
  height: number,
): OverlayContent {
  const {view, nowMs} = shownView(state, world);
  switch (shown.type) {
    case 'help':
      return {title: 'help', lines: drawHelp(shown.at, sceneOf(world), width, height)};
    case 'resolvers':
      return {title: resolversTitle, lines: drawResolvers(shown.at, shown.scope, world.view, width, height)};
    case 'topologies':
      return {title: topologiesTitle, lines: drawTopologies(shown.at, shown.hub, world.view, width, height)};
    case 'link':
      return {title: `link ${shown.pair}`, lines: drawLink(shown.pair, view, nowMs, width)};
    case 'story': {
      const answer = toldOf(state, shown.item);
      const present = view.conflicts.find(({id}) => id === shown.conflict);
      if (present === undefined && isYetToCome(shown.conflict, view))
        return {
          title: `conflict #${shown.conflict}`,
          lines: [[run('not there yet: time was taken back to before it', 'warn')]],
        };
      // After time went back, another conflict may come to the same number.
      const told =
        answer !== undefined && (present === undefined || isSame(answer.conflict, present))
          ? answer
          : undefined;
      const conflict = present ?? told?.conflict;
      if (conflict === undefined) return {title: 'conflict', lines: [[run('no longer in the log')]]};
      return {title: conflictTitle(conflict), lines: drawStory(conflict, told ?? {story: []}, view, width)};
    }
    case 'answer': {
      const item = state.timeline.find(({id}) => id === shown.item);
      if (item === undefined) return {title: 'answer', lines: []};
      if (item.type === 'notice')
        return {
          title: `notice · ${showMoment(item.atMs, view)}`,
          lines: noticeLines(item, paletteOf(view), width),
        };
      const when = item.atMs === undefined ? '' : ` · ${showMoment(item.atMs, view)}`;
      const lines =
        item.entry === undefined
          ? [[run('running', 'dim')]]
          : answerLines(item.entry, paletteOf(view), width);
      return {title: `${legible(item.text)}${when}`, lines};
    }
    case 'paste':
      return {title: pasteTitle(shown), lines: pasteLines(shown, width)};
    case 'quit':
      return {
        title: 'quit?',
        lines: [
          [],
          ...wrap(legible(shown.why), width, 'warn'),
          [],
          [run('y', 'key'), run(' quit and lose them   '), run('n', 'key'), run(' stay')],
        ],
      };
  }
}

/** What is not in the log has dropped out at its old end, or, where time is virtual, has not happened yet. */
const isYetToCome = (id: number, {virtualTime, conflicts}: ClusterView): boolean =>
  virtualTime !== undefined && id >= (conflicts[0]?.id ?? 0);

const isSame = (one: Conflict, other: Conflict): boolean =>
  one.key === other.key && one.detectedAtMs === other.detectedAtMs;

function noticeLines(
  {leaders, text, tone}: Extract<Item, {type: 'notice'}>,
  palette: Palette,
  width: number,
): Line[] {
  const about = leaders.flatMap((leader): Line => [nameRun(leader, palette), run(' ')]);
  return [...(about.length === 0 ? [] : [about]), ...wrap(legible(text), width, tone)];
}

function commandItem(
  {timeline}: UiState,
  id: number | undefined,
): Extract<Item, {type: 'command'}> | undefined {
  const item = timeline.find(candidate => candidate.id === id);
  return item?.type === 'command' ? item : undefined;
}

/** The answer to `explain`, once it is there. */
function toldOf(state: UiState, id: number | undefined): (Told & {readonly conflict: Conflict}) | undefined {
  const result = commandItem(state, id)?.entry?.result;
  return result?.type === 'explained' ? result : undefined;
}
