/**
 * The content of overlays: help, a list to choose from, a link, or a whole answer.
 */

import type {Conflict} from '../../../history/conflict.ts';
import type {ClusterView} from '../../../port/view.ts';
import {conflictTitle, explanation} from '../../../report/results/explained-result.ts';
import type {SessionResult} from '../../../session/session-result.ts';
import {drawResolvers, resolversTitle} from '../pickers/resolver-picker.ts';
import {drawTopologies, topologiesTitle} from '../pickers/topology-picker.ts';
import {conditionsOf} from '../state/key-conditions.ts';
import {type Item, type Overlay, shownView, type UiState, type World} from '../state/state.ts';
import {answerLines} from '../text/answer.ts';
import {documentLines} from '../text/document-lines.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {wrap} from '../text/text.ts';
import {nameRun, type Palette, paletteOf, showMoment} from '../text/words.ts';
import {drawHelp} from './help-list.ts';
import {drawLink} from './link-inspector.ts';
import {pasteLines, pasteTitle} from './paste-overlay.ts';

export interface OverlayContent {
  readonly title: string;
  readonly lines: readonly Line[];
}

/**
 * Returns the title and the lines of the open overlay. `width` and `height` are the columns and rows inside
 * its border. Help and lists return only what fits around the selected row; all other overlays return every
 * line, and the caller scrolls and cuts.
 */
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
      return {title: 'help', lines: drawHelp(shown.at, conditionsOf(world), width, height)};
    case 'resolvers':
      return {title: resolversTitle, lines: drawResolvers(shown.at, shown.scope, world.view, width, height)};
    case 'topologies':
      return {title: topologiesTitle, lines: drawTopologies(shown.at, shown.hub, world.view, width, height)};
    case 'link':
      return {title: `link ${shown.pair}`, lines: drawLink(shown.pair, view, nowMs, width)};
    case 'story':
      return storyContent(state, shown, view, width);
    case 'answer':
      return answerContent(state, shown.item, view, width);
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

function storyContent(
  state: UiState,
  shown: Extract<Overlay, {type: 'story'}>,
  view: ClusterView,
  width: number,
): OverlayContent {
  const answer = storyAnswer(state, shown.item);
  const present = view.conflicts.find(({id}) => id === shown.conflict);
  if (present === undefined && isYetToCome(shown.conflict, view))
    return {
      title: `conflict #${shown.conflict}`,
      lines: [[run('not there yet: time was taken back to before it', 'warn')]],
    };
  // After time went back, another conflict may get the same number.
  const fitting =
    answer !== undefined && (present === undefined || isSame(answer.conflict, present)) ? answer : undefined;
  const conflict = present ?? fitting?.conflict;
  if (conflict === undefined) return {title: 'conflict', lines: [[run('no longer in the log')]]};
  const palette = paletteOf(view);
  const {leaders} = view;
  // The log may know more of the conflict by now than it did when the command was answered.
  const explained = {...(fitting ?? {type: 'explained', story: []}), conflict, leaders} as const;
  return {
    title: legible(conflictTitle(conflict)),
    lines: documentLines(explanation(explained, palette), palette, width),
  };
}

function answerContent({timeline}: UiState, id: number, view: ClusterView, width: number): OverlayContent {
  const item = timeline.find(candidate => candidate.id === id);
  if (item === undefined) return {title: 'answer', lines: []};
  if (item.type === 'notice')
    return {
      title: `notice · ${showMoment(item.atMs, view)}`,
      lines: noticeLines(item, paletteOf(view), width),
    };
  const when = item.atMs === undefined ? '' : ` · ${showMoment(item.atMs, view)}`;
  const lines =
    item.entry === undefined ? [[run('running', 'dim')]] : answerLines(item.entry, paletteOf(view), width);
  return {title: `${legible(item.text)}${when}`, lines};
}

/** A conflict that is not in the log is too old for it, or, in virtual time, has not happened yet. */
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
function storyAnswer(
  state: UiState,
  id: number | undefined,
): Extract<SessionResult, {type: 'explained'}> | undefined {
  const result = commandItem(state, id)?.entry?.result;
  return result?.type === 'explained' ? result : undefined;
}
