/**
 * The timeline: commands and what happened by itself, newest first, with times and outcomes.
 */

import type {ClusterView} from '../../../port/view.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {showMs} from '../../../report/words/show-time.ts';
import type {Item} from '../state/state.ts';
import {answerLine, OUTCOME, shownText} from '../text/answer.ts';
import {type Line, marked, run} from '../text/style.ts';
import {cut, fitLine, lineWidth, spread, windowStart} from '../text/text.ts';
import {nameRun, type Palette, paletteOf, showMoment} from '../text/words.ts';

/** The items, newest first. */
export const latestFirst = (timeline: readonly Item[]): Item[] => [...timeline].reverse();

/**
 * Draws one line for each item, newest first, at most `height` lines; a notice may be wider than `width`.
 * `timeline` is oldest first, but `selected` counts from the newest item; the selected line is always
 * visible.
 */
export function drawTimeline(
  timeline: readonly Item[],
  view: ClusterView,
  selected: number | undefined,
  width: number,
  height: number,
): Line[] {
  if (timeline.length === 0) return [[run('no commands yet', 'dim')]];
  const items = latestFirst(timeline);
  const start = windowStart(items.length, height, selected ?? 0);
  const palette = paletteOf(view);
  return items.slice(start, start + height).map((item, i) => {
    const line = itemLine(item, view, palette, width);
    return start + i === selected ? marked(fitLine(line, width), 'selected') : line;
  });
}

function itemLine(item: Item, view: ClusterView, palette: Palette, width: number): Line {
  const when = showMoment(item.atMs ?? view.startedAtMs, view);
  const time: Line =
    width < 34 ? [] : [run(`${item.atMs === undefined ? ' '.repeat(when.length) : when} `, 'dim')];
  if (item.type === 'notice') {
    const about = item.leaders.flatMap((leader): Line => [nameRun(leader, palette), run(' ')]);
    return [...time, run('! ', item.tone), ...about, run(item.text, item.tone)];
  }
  const {entry, key, text} = item;
  const head: Line = [...time, OUTCOME[entry?.status ?? 'running'], run(' ')];
  const room = width - lineWidth(head);
  const typed = cut(shownText(text, entry, key), room);
  const command: Line = [
    run(typed),
    ...(key === undefined ? [] : [run(`${typed === '' ? '' : ' '}‹${key}›`, 'dim')]),
  ];
  if (entry === undefined) return [...head, ...spread(command, [run('running', 'dim')], room)];
  const took: Line =
    width >= 44 && entry.result?.type === 'writes' ? [run(`  ${showMs(entry.ms)}`, 'dim')] : [];
  const answer = answerLine(entry, palette);
  const left = room - Math.min(lineWidth(command), Math.max(widthOf(text), 8)) - 2 - lineWidth(took);
  if (answer.length === 0 || left < 5) return [...head, ...spread(command, took, room)];
  return [
    ...head,
    ...command,
    run('  '),
    ...spread(dimmed(answer), took, Math.max(0, room - lineWidth(command) - 2)),
  ];
}

/** Dims the outcome so that the command stands out. Alarms and names keep their tones. */
const dimmed = (line: Line): Line =>
  line.map(piece =>
    piece.tone === 'plain' || piece.tone === 'strong' ? {...piece, tone: 'dim' as const} : piece,
  );
