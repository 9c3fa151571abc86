/**
 * Whole pictures as they were looked at and found good. `npx vitest run test/tui/goldens -u` writes them
 * anew; then look at the difference.
 */
import {expect, test} from 'vitest';
import type {ClusterView} from '../../src/port/view.ts';
import {manyView} from './many-leaders.ts';
import {pictureOf} from './pictures.ts';
import {ENTER, ESC, NOW, simState, typed, worldOf} from './scenes.ts';
import {richView, simView, WRITTEN_MS} from './worlds.ts';

const SIZES = [
  [80, 24],
  [120, 36],
  [200, 60],
] as const;

/** With links in trouble, as a partition makes them. */
function parted(view: ClusterView): ClusterView {
  const [first] = view.leaders;
  const links = view.links.map(link =>
    link.from === first?.id || link.to === first?.id
      ? {...link, rule: {...link.rule, cut: true}, faulty: true, ruleSinceMs: NOW - 12_000}
      : link,
  );
  return {...view, links};
}

const SCENES: readonly (readonly [name: string, view: ClusterView, inputs: readonly string[]])[] = [
  ['mesh-5', manyView(5, 'mesh', NOW), []],
  ['mesh-8', manyView(8, 'mesh', NOW), []],
  ['mesh-16-parted', parted(manyView(16, 'mesh', NOW)), [ESC, '2', 'jjjjjjjjjjjjj']],
  ['ring-16', manyView(16, 'ring', NOW), []],
  ['mesh-32-parted', parted(manyView(32, 'mesh', NOW)), [ESC, '2', 'G']],
  ['ring-8', manyView(8, 'ring', NOW), [ESC, 'jjjjjjjjj']],
  ['star-8', manyView(8, 'star', NOW), []],
  ['chain-8', manyView(8, 'chain', NOW), []],
  ['tree-8', manyView(8, 'tree', NOW), []],
  ['modified-ring-6', manyView(6, 'modified-ring', NOW), []],
  ['all-at-once', richView(NOW), []],
  ['resolvers', richView(NOW), [ESC, 'r', 'jj', 'll']],
  ['topologies', richView(NOW), [ESC, 't', 'jjjj', 'l']],
  ['link', richView(NOW), [ESC, 'lllll', ENTER]],
];

const SIM_SCENES: readonly (readonly [
  name: string,
  afterMs: number,
  runs: boolean,
  inputs: readonly string[],
])[] = [
  ['sim-written', 0, false, []],
  ['sim-stands', 45, false, []],
  ['sim-runs', 60, true, [ESC]],
  ['sim-pair', 30, false, [ESC, 'lll']],
  ['sim-link', 30, false, [ESC, 'lll', ENTER]],
];

for (const [name, afterMs, runs, inputs] of SIM_SCENES) {
  test(name, async () => {
    for (const [columns, rows] of SIZES.slice(0, 2)) {
      const view = simView(afterMs, runs);
      const world = worldOf(view, {columns, rows, nowMs: WRITTEN_MS + afterMs});
      const {state} = typed(inputs, world, simState(view, afterMs));
      await expect(pictureOf(state, world)).toMatchFileSnapshot(`goldens/${name}-${columns}x${rows}.txt`);
    }
  });
}

for (const [name, view, inputs] of SCENES) {
  test(name, async () => {
    for (const [columns, rows] of SIZES) {
      const world = worldOf(view, {columns, rows});
      await expect(pictureOf(typed(inputs, world).state, world)).toMatchFileSnapshot(
        `goldens/${name}-${columns}x${rows}.txt`,
      );
    }
  });
}
