/**
 * What a pasted text does: one command waits in the prompt, several wait until the person says what happens
 * to them.
 */

import {expect, test} from 'vitest';
import {PASTE_LIMIT_BYTES} from '../../src/tui/model/input/input-state.ts';

import {reduce} from '../../src/tui/model/reduce.ts';
import {drawFrame} from '../../src/tui/model/screen-frame.ts';
import {type Effect, INITIAL_STATE, type UiState} from '../../src/tui/model/state/state.ts';
import {ENTER, ESC, typed, worldOf} from './scenes.ts';
import {emptyView} from './views.ts';

const world = worldOf(emptyView());

function paste(text: string, state: UiState = INITIAL_STATE): {state: UiState; effects: readonly Effect[]} {
  return reduce(state, {type: 'pasted', pasted: {text, bytes: Buffer.byteLength(text)}}, world);
}

const shown = (state: UiState, columns = 80, rows = 24): string =>
  drawFrame(state, {...world, columns, rows})
    .areas.flatMap(({lines}) => lines.map(line => line.map(({text}) => text).join('')))
    .join('\n');
const commands = (effects: readonly Effect[]): string[] =>
  effects.flatMap(effect => (effect.type === 'run' ? [effect.text] : []));

test('one command is inserted at the cursor of the prompt, and does not run', () => {
  const {state, effects} = paste('set a 1 @us\n');
  expect([state.prompt.text, state.overlay, effects]).toEqual(['set a 1 @us', undefined, []]);
  expect(paste('it', typed(['set a '], world).state).state.prompt.text).toBe('set a it');
});

test('while the panes have the focus, pasted text goes to the prompt and presses no key', () => {
  const {state, effects} = paste('xxqq', typed([ESC], world).state);
  expect([state.mode, state.prompt.text, effects]).toEqual(['prompt', 'xxqq', []]);
});

test('while the conflict log is filtered, pasted text becomes the filter', () => {
  const filtering = typed([ESC, '3', '/'], world).state;
  expect(paste('title\n', filtering).state.filter).toEqual({text: 'title', isTyped: true});
});

test('several commands are shown with what enter and esc do, and run in order after enter is pressed', () => {
  const {state, effects} = paste('set p1 1 @us\rset p2 2 @eu\rset p3 3 @ap');
  expect(effects).toEqual([]);
  for (const text of [
    'pasted: 3 commands',
    '1  set p1 1 @us',
    '3  set p3 3 @ap',
    'enter runs all of it in order',
    'esc runs nothing',
  ])
    expect(shown(state)).toContain(text);
  const run = typed([ENTER], world, state);
  expect(commands(run.effects)).toEqual(['set p1 1 @us', 'set p2 2 @eu', 'set p3 3 @ap']);
  expect(run.state.prompt.history).toEqual(['set p1 1 @us', 'set p2 2 @eu', 'set p3 3 @ap']);
  expect([run.state.overlay, run.state.mode]).toEqual([undefined, 'prompt']);
});

test('esc runs nothing, and the text at the prompt stays', () => {
  const {state} = paste('kill us\nkill eu', typed(['get a'], world).state);
  const left = typed([ESC], world, state);
  expect([left.effects, left.state.overlay, left.state.prompt.text, left.state.mode]).toEqual([
    [],
    undefined,
    'get a',
    'prompt',
  ]);
});

test('other keys than enter do not run the commands', () => {
  const {state} = paste('kill us\nkill eu');
  expect(commands(typed(['xyzk', '\t', ' ', 'q'], world, state).effects)).toEqual([]);
});

test('a text with a line break inside quotes is one command', () => {
  expect(paste('set a "x\ny" @us').state.prompt.text).toBe('set a "x\\ny" @us');
});

test('control characters are removed', () => {
  expect(paste('set a \x1b[31m1\x03\x00').state.prompt.text).toBe('set a [31m1');
});

test('a text that is too long is refused with the limit and a remedy, and nothing of it runs', () => {
  const refused = reduce(
    INITIAL_STATE,
    {type: 'pasted', pasted: {text: '', bytes: PASTE_LIMIT_BYTES + 1}},
    world,
  ).state;
  for (const text of ['65 KiB; the limit for pasting is 64 KiB', 'Nothing was run', 'leaderlab run FILE'])
    expect(shown(refused)).toContain(text);
  const many = paste('get a\n'.repeat(501)).state;
  expect(shown(many)).toContain('501 commands; the limit for pasting is 500');
  for (const state of [refused, many]) {
    const closed = typed([ENTER], world, state);
    expect([closed.effects, closed.state.overlay]).toEqual([[], undefined]);
  }
});

test('many commands can be scrolled', () => {
  const {state} = paste('get a\n'.repeat(400));
  expect(shown(state)).toMatch(/more ↓/);
  expect(
    shown(
      typed(
        Array.from({length: 60}, () => '\x1b[6~'),
        world,
        state,
      ).state,
    ),
  ).toContain('400  get a');
});
