/**
 * A guided lab on the screen: what its pane shows, and what keys do while it is open.
 */
import {describe, expect, test} from 'vitest';
import type {GuideView} from '../../src/course/guide-state.ts';
import {drawTimeline} from '../../src/tui/model/panes/timeline.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {drawFrame} from '../../src/tui/model/screen-frame.ts';
import {INITIAL_STATE, type UiState, type World} from '../../src/tui/model/state/state.ts';
import {layOut} from '../../src/tui/model/text/layout.ts';
import {lineWidth} from '../../src/tui/model/text/text.ts';
import {GUIDES, guideAfter, inConflict, NEXT, quiet, ran} from './guide-scenes.ts';
import {areaOf, pictureOf, textOf} from './pictures.ts';
import {ENTER, ESC, simState, TAB, typed, worldOf} from './scenes.ts';
import {simView, WRITTEN_MS} from './worlds.ts';

const SIZES = [
  [80, 24],
  [120, 36],
] as const;

const WITH_CONFLICT = ['ticking', 'wrong', 'task', 'summary'];

const viewOf = (name: string) => (WITH_CONFLICT.includes(name) ? inConflict : quiet);

const worldWith = (name: keyof typeof GUIDES, change: Partial<World> = {}): World =>
  worldOf(viewOf(name), {guide: GUIDES[name], ...change});

test.each(Object.keys(GUIDES) as (keyof typeof GUIDES)[])('%s', async name => {
  for (const [columns, rows] of SIZES) {
    const world = worldWith(name, {columns, rows});
    await expect(pictureOf(INITIAL_STATE, world)).toMatchFileSnapshot(
      `goldens/guide-${name}-${columns}x${rows}.txt`,
    );
  }
});

const commands = (inputs: readonly string[], world: World, from?: UiState) =>
  typed(inputs, world, from).effects.flatMap(effect =>
    effect.type === 'run' ? [effect.text] : [effect.type],
  );

const note = (world: World, state = INITIAL_STATE): string => areaOf('note', state, world).join('').trim();
const keys = (world: World, state = INITIAL_STATE): string => areaOf('keys', state, world).join('');

describe('enter at an empty prompt', () => {
  test('runs the command that the lab offers, and its key is in the command log', () => {
    const world = worldWith('chosen');
    expect(note(world)).toContain('enter: set title A @us || set title B @eu');
    const {state, effects} = typed([ENTER], world);
    expect(effects).toEqual([{type: 'run', id: 1, text: 'set title A @us || set title B @eu'}]);
    expect(state.timeline).toMatchObject([{text: 'set title A @us || set title B @eu', key: 'enter'}]);
  });

  test.each([
    ['intro', 'next', 'enter: begin'],
    ['wrong', 'next', 'enter: next step: Keep both'],
    ['half', 'wait converged', 'enter: wait converged'],
  ] as const)('continues from the %s', (name, command, says) => {
    expect(commands([ENTER], worldWith(name))).toEqual([command]);
    expect(note(worldWith(name))).toContain(says);
  });

  test('gets a reply at a question, as does an answer that comes too late', () => {
    expect(commands([ENTER], worldWith('question'))).toEqual(['next']);
    expect(commands(['7', ENTER], worldWith('half'))).toEqual(['choose 7']);
  });

  test('shows at a question which keys to press', () => {
    const world = worldWith('question');
    const {state} = typed([ENTER], world);
    const failure = {code: 'choose', message: 'first choose 1–3'};
    const entry = {text: 'next', status: 'fail', ms: 1, failure} as const;
    const answered = reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state;
    expect(areaOf('under', answered, world)[0]?.trim()).toBe('✘ first choose 1–3');
    const timeline = drawTimeline(answered.timeline, world.view, undefined, 80, 3)
      .flatMap(line => line.map(({text}) => text))
      .join('');
    expect(timeline).toMatch(/✘ ‹enter› {2}first choose 1–3/);
    expect(timeline).not.toContain('next');
  });

  test.each(['ticking', 'task', 'summary'] as const)('does nothing at the %s', name => {
    expect(commands([ENTER], worldWith(name))).toEqual([]);
  });

  test('pressed twice runs the command once', () => {
    expect(commands([ENTER, ENTER], worldWith('chosen'))).toHaveLength(1);
  });

  test('right after an answer continues from it', () => {
    expect(commands(['2', ENTER, ENTER], worldWith('question'))).toEqual(['choose 2', 'next']);
  });

  test('runs the typed text, if there is any', () => {
    expect(commands(['get title', ENTER], worldWith('chosen'))).toEqual(['get title']);
  });

  test('steps while virtual time stands and the lab waits', () => {
    const view = simView(0);
    const world = worldOf(view, {guide: GUIDES.ticking, nowMs: WRITTEN_MS});
    expect(commands([ENTER], world)).toEqual(['step']);
    expect(note(world, simState(view, 0))).toContain('enter: step');
  });
});

test("tab puts the lab's command into the prompt for editing", () => {
  expect(typed([TAB], worldWith('half')).state.prompt.text).toBe('wait converged');
  expect(typed([TAB], worldWith('intro')).state.prompt.text).not.toContain('set title');
});

describe('digits', () => {
  test('choose an answer while a question is open', () => {
    expect(commands(['2'], worldWith('question'))).toEqual(['choose 2']);
    expect(commands(['3'], worldWith('chosen'))).toEqual(['choose 3']);
    expect(keys(worldWith('question'))).toContain('1–3 choose');
  });

  test('are text after other text, and if no question is open', () => {
    expect(typed(['set n ', '2'], worldWith('question')).state.prompt.text).toBe('set n 2');
    expect(typed(['2'], worldWith('half')).state.prompt.text).toBe('2');
    expect(keys(worldWith('half'))).not.toContain('choose');
  });

  test('choose in the lab’s pane too, and select panes from the other panes', () => {
    const {state} = typed([ESC, '4'], worldWith('question'));
    expect(state.pane).toBe('guide');
    expect(commands(['1'], worldWith('question'), state)).toEqual(['choose 1']);
    expect(typed(['1'], worldWith('half'), state).state.pane).toBe('topology');
  });
});

describe('keys of the lab', () => {
  test.each([[[]], [[ESC]]])('are commands, at the prompt and in the panes', way => {
    expect(commands([...way, '\x14', '\x12', '\x0f'], worldWith('task'))).toEqual(['hint', 'redo', 'keep']);
  });

  test('do nothing if no lab is open', () => {
    expect(commands(['\x14', '\x12', '\x0f', '2'], worldOf(quiet))).toEqual([]);
  });

  test('are shown where they do something', () => {
    expect(keys(worldWith('task'))).toContain('ctrl-t hint');
    expect(keys(worldWith('half'))).not.toContain('ctrl-t');
    expect(keys(worldWith('half'))).toContain('ctrl-r redo');
    expect(keys(worldWith('intro'))).not.toContain('ctrl-r');
    expect(keys(worldWith('summary'))).toContain('ctrl-o keep');
  });
});

test('commands of a lab are offered only while a lab is open', () => {
  const under = (world: World): string => areaOf('under', typed(['h'], world).state, world).join('');
  expect(under(worldWith('task'))).toContain('hint');
  expect(under(worldOf(quiet))).not.toContain('hint');
  const help = (world: World): string =>
    pictureOf(typed(['?', ...Array(8).fill('\x1b[6~')], world).state, world);
  expect(help(worldOf(quiet))).not.toContain('guided lab');
});

test('no other suggestions appear while a lab is open', () => {
  for (const name of Object.keys(GUIDES) as (keyof typeof GUIDES)[])
    expect(note(worldWith(name))).not.toContain('try:');
});

test("the timeline takes the lab's place while it has the focus, and nothing else moves", () => {
  const world = worldWith('question');
  const before = drawFrame(INITIAL_STATE, world).areas.map(({rect}) => rect);
  const {state} = typed([ESC, '5'], world);
  expect(areaOf('timeline', state, world)[0]).toContain('timeline');
  expect(drawFrame(state, world).areas.map(({rect}) => rect)).toEqual(before);
  expect(areaOf('guide', typed([':'], world, state).state, world)[0]).toContain('lab 2 ·');
});

test('tab includes the lab’s pane only if a lab is open', () => {
  const round = (world: World) =>
    [1, 2, 3, 4, 5].map(n => typed([ESC, ...Array(n).fill(TAB)], world).state.pane);
  expect(round(worldWith('half'))).toEqual(['leaders', 'conflicts', 'guide', 'timeline', 'topology']);
  expect(round(worldOf(quiet))).toEqual(['leaders', 'conflicts', 'timeline', 'topology', 'leaders']);
});

const PGUP = '\x1b[5~';
const PGDN = '\x1b[6~';

describe('a long step', () => {
  const small = {columns: 80, rows: 24};

  test('shows the question, and earlier text above it', () => {
    const world = worldWith('question', small);
    const shown = areaOf('guide', INITIAL_STATE, world).join('\n');
    for (const n of [1, 2, 3]) expect(shown).toMatch(new RegExp(`│ +${n} {2}\\w`));
    expect(shown).toMatch(/↑ \d+ more · pgup pgdn/);
    const up = typed([PGUP], world).state;
    expect(areaOf('guide', up, world)[1]).toContain('Two clients, one key');
    expect(areaOf('guide', typed([PGDN], world, up).state, world).join('\n')).toBe(shown);
  });

  test('scrolls no further than its text', () => {
    const world = worldWith('question', small);
    const far = typed([...Array(9).fill(PGUP)], world).state;
    expect(areaOf('guide', typed([PGDN], world, far).state, world).join('\n')).toBe(
      areaOf('guide', INITIAL_STATE, world).join('\n'),
    );
  });

  test('scrolls on with enter before anything runs', () => {
    const text = Array.from(
      {length: 12},
      (_, i) => `Paragraph ${i} of a text that takes its time to come to its end.`,
    ).join('\n\n');
    const guide = guideAfter(
      [NEXT],
      `---\ntitle: Long\nteaches: a\nminutes: 1\n---\n\nIntro.\n\n## Step\n\n${text}\n`,
    );
    const world = worldOf(quiet, {guide, ...small});
    expect(areaOf('guide', INITIAL_STATE, world).join('\n')).toContain('Paragraph 0');
    expect(note(world)).toBe('enter: read on');
    const once = typed([ENTER], world);
    expect(once.effects).toEqual([]);
    let state = once.state;
    for (let n = 0; n < 5 && note(world, state) === 'enter: read on'; n++)
      state = typed([ENTER], world, state).state;
    expect(areaOf('guide', state, world).join('\n')).toContain('Paragraph 11');
    expect(commands([ENTER], world, state)).toEqual(['next']);
  });
});

test('shows the next of many commands', () => {
  const texts = Array.from({length: 14}, (_, i) => `set key${i} ${i} @us`);
  const source =
    '---\ntitle: Many\nteaches: a\nminutes: 1\n---\n\n## ' +
    `Step\n\n\`\`\`lab\n${texts.join('\n')}\n\`\`\`\n`;
  for (const done of [0, 1, 8, 12, 13]) {
    const world = worldOf(quiet, {
      guide: guideAfter(
        texts.slice(0, done).map(text => ran(text)),
        source,
      ),
      columns: 80,
      rows: 24,
    });
    expect(areaOf('guide', INITIAL_STATE, world).join('\n')).toContain(`▸ ${texts[done]}`);
    expect(commands([ENTER], world)).toEqual([texts[done]]);
  }
});

describe('a command that the lab expects to fail', () => {
  const reason =
    'not converged within 2s: eu lacks us:1 (1 operation); us:1 cannot reach eu: no way from us leads ' +
    'there (us>eu is cut)';
  const failed = {status: 'fail', failure: {code: 'not-converged', message: reason}} as const;
  const block = ['cut us>eu', 'set n 1 @us', 'wait converged 2s', 'expect outcome fail', 'heal'];
  const source =
    '---\ntitle: Cut\nteaches: a\nminutes: 1\n---\n\n## ' +
    `Step\n\n\`\`\`lab\n${block.join('\n')}\n\`\`\`\n`;
  const shownIn = (guide: GuideView): string =>
    areaOf('guide', INITIAL_STATE, worldOf(quiet, {guide, columns: 100, rows: 36})).join('\n');
  const joined = (text: string): string => text.replace(/[│\s]+/g, ' ');
  const before = guideAfter([ran('cut us>eu'), ran('set n 1 @us')], source);
  const after = guideAfter([ran('cut us>eu'), ran('set n 1 @us'), ran('wait converged 2s', failed)], source);

  test('is marked as failed as expected, with its whole reason, without the line that expects it', () => {
    expect(shownIn(before)).toContain('▸ wait converged 2s');
    expect(shownIn(before)).not.toContain('outcome');
    expect(shownIn(after)).toContain('✘ wait converged 2s · failed, as expected');
    expect(joined(shownIn(after))).toContain(reason);
    expect(shownIn(after)).not.toContain('outcome');
    expect(shownIn(after)).toContain('▸ heal');
  });

  test('has the same mark and words under the prompt', () => {
    const world = worldOf(quiet, {guide: before, columns: 100, rows: 36});
    const begun = typed([ENTER], world).state;
    const entry = {text: 'wait converged 2s', ms: 2000, ...failed};
    const {state} = reduce(begun, {type: 'answered', id: 1, entry}, {...world, guide: after});
    expect(areaOf('under', state, {...world, guide: after})[0]).toContain(
      '✘ wait converged 2s  failed, as expected: not converged',
    );
    const other = reduce(
      begun,
      {type: 'answered', id: 1, entry: {...entry, failure: {...failed.failure}}},
      world,
    ).state;
    expect(areaOf('under', other, world)[0]).not.toContain('as expected');
  });

  test('shows the expected outcome if it did not fail', () => {
    const held = guideAfter([ran('cut us>eu'), ran('set n 1 @us'), ran('wait converged 2s')], source);
    expect(shownIn(held)).toContain('▸ expect outcome fail');
  });

  test('is visible with its reason beside the verdict on an answer', () => {
    const asks = '```predict\nWill eu read it?\n- yes | get n @eu = 1\n- no | otherwise\n```\n\n';
    const ends = source.replace('\nheal\n```', '\n```\n\nThat was it.').replace('```lab', `${asks}\`\`\`lab`);
    const chosen = {type: 'chosen', choice: 1} as const;
    const settled = {type: 'settled', part: 0, outcome: {right: [1], reasons: []}} as const;
    const guide = guideAfter(
      [chosen, ran('cut us>eu'), ran('set n 1 @us'), ran('wait converged 2s', failed), settled],
      ends,
    );
    expect(joined(shownIn(guide))).toMatch(
      /✘ wait converged 2s · failed, as expected .* is cut\) .*✔ right, 2: no .*That was it/,
    );
  });

  test(
    'looks different from a command that fails unexpectedly, which shows the reason and can ' +
      'be tried again',
    () => {
      const refusal = {
        status: 'fail',
        failure: {code: 'refused', message: 'the disk of us is full'},
      } as const;
      const amiss = shownIn(guideAfter([ran('cut us>eu'), ran('set n 1 @us', refusal)], source));
      expect(amiss).toContain('✘ set n 1 @us');
      expect(amiss).toContain('the disk of us is full');
      expect(amiss).not.toContain('as expected');
    },
  );
});

test('an answer that the lab asked for is shown in full, until enter returns to the lab', () => {
  const world = worldWith('half');
  const begun = typed([ENTER], world).state;
  const [conflict] = inConflict.conflicts;
  if (conflict === undefined) throw new Error('no conflict');
  const entry = {
    text: 'explain 1',
    status: 'ok',
    ms: 1,
    result: {type: 'explained', conflict, leaders: [], story: []},
  } as const;
  const {state} = reduce(begun, {type: 'answered', id: 1, entry}, world);
  expect(state.overlay).toMatchObject({type: 'story', conflict: 1});
  expect(note(world, state)).toBe('enter: back to the lab');
  const back = typed([ENTER], world, state);
  expect([back.state.overlay, back.effects]).toEqual([undefined, []]);
});

test('while a step starts again, the lab shows the progress', () => {
  const guide: GuideView = {...GUIDES.half, redoing: {done: 1, total: 4}};
  expect(note(worldOf(quiet, {guide}))).toMatch(/redo ━+─+ +25% done again/);
});

const HOSTILE = `---
title: "\\e[2Jhostile \\u202e title"
teaches: "\\e[31mred"
minutes: 1
---

## \x1b[2J Step 漢字かな交じり

\x1b]0;title\x07 text with 👩‍👩‍👧‍👦 and 🇩🇪 and ${'x'.repeat(300)}

- item ${'漢'.repeat(80)}

\`\`\`predict
\x1b[31mWhat\x07?
- \x1b[2Ja ${'y'.repeat(200)} | converged
- b | otherwise
\`\`\`

\`\`\`lab
set k "\\u001b[31m${'z'.repeat(200)}"
\`\`\`
`;

test('the screen is complete in every state of a lab, at every size', () => {
  const guides = [
    guideAfter([], HOSTILE),
    guideAfter([{type: 'chosen', choice: 0}], HOSTILE),
    ...Object.values(GUIDES),
  ];
  for (const guide of guides) {
    for (const [columns, rows] of [
      [60, 16],
      [61, 21],
      [80, 24],
      [120, 36],
      [200, 60],
    ] as const) {
      for (const path of [[], [ESC, '4'], [ESC, '4', '+'], [ESC, '5'], [PGUP]]) {
        const world = worldOf(inConflict, {guide, columns, rows});
        const frame = drawFrame(typed(path, world).state, world);
        for (const {rect, lines} of frame.areas) {
          expect(lines).toHaveLength(rect.height);
          for (const line of lines) {
            expect(lineWidth(line)).toBe(rect.width);
            expect(textOf(line)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
          }
        }
      }
    }
  }
});

test('the layout with a lab tiles every window', () => {
  for (let columns = 60; columns <= 220; columns += 3) {
    for (let rows = 16; rows <= 70; rows++) {
      const {panes, bars, width, height} = layOut(columns, rows, undefined, {
        pane: 'guide',
        leaders: (columns % 8) + 1,
      });
      const rects = [...Object.values(panes), ...Object.values(bars)];
      expect(rects.every(rect => rect.width >= 20 && rect.height > 0 && rect.x + rect.width <= width)).toBe(
        true,
      );
      expect(rects.reduce((sum, rect) => sum + rect.width * rect.height, 0)).toBe(width * height);
    }
  }
});
