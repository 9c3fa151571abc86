/**
 * Every picture tiles the screen to the cell, for any content and any window.
 */
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {key} from '../../src/base/ids.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {drawFrame, type Frame} from '../../src/tui/model/screen-frame.ts';
import {INITIAL_STATE} from '../../src/tui/model/state/state.ts';
import {layOut, type Rect} from '../../src/tui/model/text/layout.ts';
import {lineWidth} from '../../src/tui/model/text/text.ts';
import {runs} from '../support/runs.ts';
import {GUIDES} from './guide-scenes.ts';
import {hostileView} from './hostile-view.ts';
import {textOf} from './pictures.ts';
import {changed, ENTER, ESC, NOW, ran, TAB, typed, VIEWS, worldOf} from './scenes.ts';
import {conflict, emptyView, troubledView} from './views.ts';

/** Every cell once: the areas add up to the whole, and no two share a cell. */
function tiles(rects: readonly Rect[], width: number, height: number): boolean {
  const area = rects.reduce((sum, rect) => sum + rect.width * rect.height, 0);
  const isWithin = rects.every(
    ({x, y, width: w, height: h}) => w > 0 && h > 0 && x >= 0 && y >= 0 && x + w <= width && y + h <= height,
  );
  const apart = (a: Rect, b: Rect): boolean =>
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
  return (
    area === width * height && isWithin && rects.every((a, i) => rects.slice(i + 1).every(b => apart(a, b)))
  );
}

function expectWhole(frame: Frame): void {
  const rects = frame.areas.map(({rect}) => rect);
  expect(tiles(rects, frame.width, frame.height)).toBe(true);
  for (const {rect, lines} of frame.areas) {
    expect(lines.length).toBe(rect.height);
    const wrong = lines.filter(line => lineWidth(line) !== rect.width).map(textOf);
    expect(wrong).toEqual([]);
  }
}

const UNPRINTABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const screenOf = (frame: Frame): string => frame.areas.flatMap(({lines}) => lines.map(textOf)).join('\n');

test('the layout tiles every window from 60×16 to 220×70, one row less than its height', () => {
  for (let columns = 60; columns <= 220; columns++) {
    for (let rows = 16; rows <= 70; rows++) {
      for (const zoomed of [undefined, 'conflicts'] as const) {
        const {bars, panes, width, height} = layOut(columns, rows, zoomed);
        const isWhole =
          width === columns &&
          height === rows - 1 &&
          tiles([...Object.values(bars), ...Object.values(panes)], width, height);
        if (!isWhole) expect.fail(`${columns}×${rows} ${zoomed ?? ''}`);
      }
    }
  }
});

const SESSIONS: readonly (readonly string[])[] = [
  [],
  ['set title "two words" @us'],
  ['s', TAB],
  ['x'.repeat(500)],
  ['漢字'.repeat(90)],
  ['?'],
  [ESC, '3', ENTER],
  [ESC, '+'],
  [ESC, '2', 'l'],
  [ESC, 'lll'],
  [ESC, 'lll', ENTER],
  [ESC, 'r', 'G'],
  [ESC, 't', 'jjjj'],
  [ESC, ' '],
  ['kill us', ENTER],
];

test('every pane of every scene fills its rectangle exactly', () => {
  const size = fc.record({columns: fc.integer({min: 60, max: 220}), rows: fc.integer({min: 16, max: 70})});
  fc.assert(
    fc.property(
      size,
      fc.constantFrom(...VIEWS),
      fc.constantFrom(...SESSIONS),
      ({columns, rows}, view, session) => {
        const world = worldOf(view, {columns, rows});
        const frame = drawFrame(typed(session, world).state, world);
        expectWhole(frame);
        expect(screenOf(frame)).not.toMatch(UNPRINTABLE);
      },
    ),
    {numRuns: runs(60)},
  );
});

test('keys and values never move a border, in any script or with any control character', () => {
  const anyText = fc.string({unit: 'binary', minLength: 1, maxLength: 30});
  fc.assert(
    fc.property(anyText, anyText, (name, text) => {
      const base = troubledView(NOW);
      const keys = [
        {key: key(name), reading: {type: 'value' as const, value: text}, frontierSize: 1, changedAtMs: NOW},
      ];
      const view = {
        ...base,
        leaders: base.leaders.map(leader => ({...leader, keys})),
        conflicts: [conflict(1, name, {why: text})],
      };
      for (const columns of [60, 80, 120]) {
        const world = worldOf(view, {columns, rows: 24});
        const frame = drawFrame(typed([text.replace(/[\r\n\x1b?]/g, '')], world).state, world);
        expectWhole(frame);
        expect(screenOf(frame)).not.toMatch(UNPRINTABLE);
      }
    }),
    {numRuns: runs(25)},
  );
});

test('a window below 60×16 says how much room is needed', () => {
  for (const [columns, rows] of [
    [59, 15],
    [59, 40],
    [200, 15],
    [20, 5],
    [1, 1],
  ] as const) {
    const frame = drawFrame(typed([], worldOf(emptyView())).state, worldOf(emptyView(), {columns, rows}));
    expectWhole(frame);
    if (columns >= 40 && rows > 3) expect(screenOf(frame)).toContain(`needs 60×16`);
  }
});

test(
  '80×24 shows which leaders are dead, what is cut, what waits, what was lost and what each ' +
    'leader shows',
  () => {
    const world = worldOf(troubledView(NOW), {columns: 80, rows: 24});
    const screen = screenOf(drawFrame(typed([], world).state, world));
    for (const part of [
      'ap ✕ killed',
      '✂ cut 12 s',
      '31 waiting',
      '≠ diverged',
      '2 of 3 live',
      'behind 3',
      '≠ 2',
      'us "A" ✘ ∥ eu "B"',
      '#3 title',
      'try: ',
      'enter run',
    ]) {
      expect(screen).toContain(part);
    }
  },
);

test(
  'the suggestion, or the next step of a lab, stays visible in a low window after a command ' +
    'was answered',
  () => {
    for (const [columns, rows] of [
      [60, 20],
      [60, 17],
      [80, 17],
    ] as const) {
      const world = worldOf(emptyView(), {columns, rows});
      const done = ran(INITIAL_STATE, 'get n', changed('us —'), world.view, NOW);
      expect(screenOf(drawFrame(done, world))).toContain('try: set title A @us || set title B @eu');
      const guided = {...world, guide: GUIDES.intro};
      expect(screenOf(drawFrame(done, guided))).toMatch(/enter: (begin|read on)/);
      const entry = {
        text: 'kill xx',
        status: 'fail',
        ms: 1,
        failure: {code: 'no-leader', message: 'there is no leader xx'},
      } as const;
      const asked = typed(['kill xx', ENTER], guided).state;
      const failed = reduce(asked, {type: 'answered', id: 1, entry}, guided).state;
      const screen = screenOf(drawFrame(failed, guided));
      expect(screen).toMatch(/enter: (begin|read on)/);
      expect(screen).toContain('✘ kill xx  there is no leader');
    }
  },
);

test('the verdict says that it is about the live leaders only if some leaders are not live', () => {
  const dead = troubledView(NOW);
  const world = worldOf({...dead, convergence: {type: 'converged', live: 2}});
  expect(screenOf(drawFrame(typed([], world).state, world))).toContain('= converged · 2 of 3 live');
  const all = worldOf(emptyView());
  expect(screenOf(drawFrame(typed([], all).state, all))).toMatch(/= converged {2}/);
});

test('the story of a conflict shows both writes, what each leader shows and why', () => {
  const world = worldOf(troubledView(NOW));
  const screen = screenOf(drawFrame(typed([ESC, '3', ENTER], world).state, world));
  for (const part of [
    'conflict #3',
    'written 5 ms later, by its own clock',
    'set "A"',
    'set "B"',
    '(+5 ms)',
    '✘ lost',
    'acknowledged',
    'has not reported it',
  ]) {
    expect(screen).toContain(part);
  }
});

test('a screen of hostile text is drawn within one frame time', () => {
  const world = worldOf(hostileView(NOW));
  const {state} = typed([], world);
  drawFrame(state, world);
  const before = performance.now();
  drawFrame(state, world);
  expect(performance.now() - before).toBeLessThan(200);
});
