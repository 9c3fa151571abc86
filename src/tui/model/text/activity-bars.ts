/**
 * Draws running activities (loads, joins, leaves) as progress bars side by side in one line.
 */
import type {Activity} from '../../../port/view.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {legible} from './legible.ts';
import {type Line, run} from './style.ts';
import {cut, cutLine, join, padStart} from './text.ts';

const SHORTEST_BAR = 6;
const LONGEST_BAR = 24;
/** Columns reserved for a detail, so that a bar does not move when its digits change. */
const DETAIL_WIDTH = 18;
/** Columns for a detail where there is more room: the failures of a load. */
const LONG_DETAIL_WIDTH = 28;

/**
 * Draws all activities in one line of at most `width` columns, with an equal share for each. In a narrow
 * share the bar and the detail are left out; the figure stays.
 */
export function drawActivities(activities: readonly Activity[], width: number): Line {
  const share = Math.floor((width - 1) / Math.max(1, activities.length)) - 2;
  return cutLine([run(' '), ...join(activities.map(activity => activityLine(activity, share)))], width);
}

/**
 * ` load 200/s for 2s keys=10 0% · time stands: resume or step`: for loads that advance only when a person
 * lets time pass.
 */
export function drawStanding(activities: readonly Activity[], width: number): Line {
  const ends = run(' · time stands: resume or step', 'warn');
  const figures = activities.map(activity => figureOf(activity));
  const room = width - 1 - widthOf(ends.text) - figures.reduce((sum, figure) => sum + widthOf(figure) + 1, 0);
  const share = Math.max(4, Math.floor(room / Math.max(1, activities.length)) - 2);
  const loads = activities.map(
    ({label}, i): Line => [run(cut(legible(label), share), 'key'), run(` ${figures[i]}`, 'strong')],
  );
  return cutLine([run(' '), ...join(loads), ends], width);
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

const figureOf = ({done, total}: Activity): string => (total > 0 ? percent(done, total) : String(done));

/** Never full before the end. */
const percent = (done: number, total: number): string =>
  `${Math.floor(Math.max(0, Math.min(1, done / total)) * 100)}%`;

/** ` load 42%`, for screens without a line for bars. */
export function activityRemark(activities: readonly Activity[]): Line {
  const [first, ...more] = activities;
  if (first === undefined) return [];
  const [word = ''] = first.label.split(' ');
  return [run(`${legible(word)} ${figureOf(first)}${more.length > 0 ? ` +${more.length}` : ''}`, 'key')];
}
