/**
 * Places leaders in the drawing of the topology so that its shape is visible: a star around its hub, a chain
 * as a line, a tree in levels, all others around an ellipse. Points are in the unit square; the drawing
 * scales them.
 */
import type {LeaderId} from '../../../base/ids.ts';
import type {ClusterView} from '../../../port/view.ts';
import type {Point} from '../text/canvas.ts';
import {pairsOf} from './pairs.ts';

const MIDDLE = 0.5;

/**
 * Returns a point for each leader. Both coordinates go from 0 to 1, from the upper left corner. A star
 * without a named hub has the first leader as its hub.
 */
export function shapeOf(view: ClusterView): Map<LeaderId, Point> {
  const ids = view.leaders.map(({id}) => id);
  switch (view.topology.name) {
    case 'star':
      return star(ids, view.topology.hub ?? ids[0]);
    case 'chain':
      return new Map(ids.map((id, i) => [id, {x: part(i, ids.length), y: part(i, ids.length)}]));
    case 'tree':
      return levels(view, ids);
    case 'mesh':
    case 'ring':
    case 'two-way-ring':
    case 'modified-ring':
    case 'custom':
      return around(ids);
  }
}

const part = (i: number, n: number): number => (n < 2 ? MIDDLE : i / (n - 1));

/** Counter-clockwise with the first at the top; two are side by side, four in the corners. */
function around(ids: readonly LeaderId[]): Map<LeaderId, Point> {
  const n = ids.length;
  const start = n === 2 ? 180 : n === 4 ? 225 : 270;
  const unit = ids.map((_, i) => {
    const angle = ((start - (360 * i) / n) * Math.PI) / 180;
    return {x: Math.cos(angle), y: Math.sin(angle)};
  });
  const scaleX = scale(unit.map(({x}) => x));
  const scaleY = scale(unit.map(({y}) => y));
  return new Map(ids.map((id, i) => [id, {x: scaleX(unit[i]?.x ?? 0), y: scaleY(unit[i]?.y ?? 0)}]));
}

/** Maps the values to 0..1, or to the middle if they are all equal. */
function scale(values: readonly number[]): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return value => (high - low < 1e-9 ? MIDDLE : (value - low) / (high - low));
}

function star(ids: readonly LeaderId[], hub: LeaderId | undefined): Map<LeaderId, Point> {
  const points = around(ids.filter(id => id !== hub));
  if (hub !== undefined) points.set(hub, {x: MIDDLE, y: MIDDLE});
  return points;
}

/**
 * The distance of each leader from the first, in links. Leaders that no link reaches are in the lowest level.
 */
function levels(view: ClusterView, ids: readonly LeaderId[]): Map<LeaderId, Point> {
  const depths = new Map<LeaderId, number>();
  let level: readonly LeaderId[] = ids.slice(0, 1);
  for (let depth = 0; level.length > 0; depth++) {
    for (const id of level) depths.set(id, depth);
    const next = pairsOf(view).flatMap(({a, b}) => (level.includes(a) ? [b] : level.includes(b) ? [a] : []));
    level = [...new Set(next)].filter(id => !depths.has(id));
  }
  const deepest = Math.max(0, ...depths.values());
  const rows = Array.from({length: deepest + 1}, (_, depth) =>
    ids.filter(id => (depths.get(id) ?? deepest) === depth),
  );
  const widest = Math.max(2, ...rows.map(row => row.length));
  const x = (i: number, n: number): number => ((i + 0.5) / n - MIDDLE) * (widest / (widest - 1)) + MIDDLE;
  // In a long row every second leader is a little higher, so that the names fit beside each other.
  const lift = (i: number, n: number): number => (n > 2 && i % 2 === 1 ? 0.45 / Math.max(1, deepest) : 0);
  const inRow = (row: readonly LeaderId[], depth: number) =>
    row.map((id, i): [LeaderId, Point] => [
      id,
      {x: x(i, row.length), y: part(depth, rows.length) - lift(i, row.length)},
    ]);
  return new Map(rows.flatMap(inRow));
}
