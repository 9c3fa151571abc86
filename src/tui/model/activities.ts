/**
 * What takes long and is under way, as bars side by side in one line: loads, joins, leaves.
 */
import type {Activity} from '../../cluster/port.ts';
import {legible} from './legible.ts';
import {type Line, run} from './style.ts';
import {cut, cutLine, join, padStart, widthOf} from './text.ts';

const SHORTEST_BAR = 6;
const LONGEST_BAR = 24;
/** As much of a detail as is kept free for it, so that a bar does not move with its digits. */
const DETAIL_WIDTH = 18;
/** And where there is room, for what a load could not do. */
const LONG_DETAIL_WIDTH = 28;

export function drawActivities(activities: readonly Activity[], width: number): Line {
  const share = Math.floor((width - 1) / Math.max(1, activities.length)) - 2;
  return cutLine([run(' '), ...join(activities.map(activity => activityLine(activity, share)))], width);
}

function activityLine({label, done, total, detail}: Activity, width: number): Line {
  const figure = total > 0 ? padStart(percent(done, total), 4) : String(done);
  const withDetail = width >= 76 ? LONG_DETAIL_WIDTH : width >= 50 ? DETAIL_WIDTH : 0;
  const room = width - widthOf(figure) - withDetail - 2;
  const name = cut(legible(label), Math.max(4, room - SHORTEST_BAR));
  const bar = Math.min(LONGEST_BAR, room - widthOf(name));
  return [
    run(`${name} `, 'key'),
    ...(total > 0 && bar >= SHORTEST_BAR ? progressBar(done / total, bar) : []),
    run(` ${figure}`, 'strong'),
    ...(withDetail > 0 ? [run(` ${cut(legible(detail), withDetail)}`, 'dim')] : []),
  ];
}

function progressBar(share: number, width: number): Line {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
  return [run('━'.repeat(filled), 'good'), run('─'.repeat(width - filled), 'dim')];
}

/** Never full before the end. */
const percent = (done: number, total: number): string => `${Math.floor(Math.max(0, Math.min(1, done / total)) * 100)}%`;

/** For where there is no line for bars: ` load 42%`. */
export function activityRemark(activities: readonly Activity[]): Line {
  const [first, ...more] = activities;
  if (first === undefined) return [];
  const [word = ''] = first.label.split(' ');
  const figure = first.total > 0 ? percent(first.done, first.total) : String(first.done);
  return [run(`${legible(word)} ${figure}${more.length > 0 ? ` +${more.length}` : ''}`, 'key')];
}
