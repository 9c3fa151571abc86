/**
 * Typing at the prompt: editing, history, completion, and text that is no command.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {keyPresses} from '../../src/tui/model/input/keypress.ts';
import {
  EMPTY_PROMPT,
  eraseBack,
  eraseWord,
  insert,
  left,
  recall,
  submitted,
  wordLeft,
} from '../../src/tui/model/input/prompt.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {areaOf} from './pictures.ts';
import {ENTER, ESC, NOW, TAB, typed, UP, worldOf} from './scenes.ts';
import {emptyView, troubledView} from './views.ts';

const world = worldOf(emptyView());
const textAfter = (...inputs: string[]): string => typed(inputs, world).state.prompt.text;

test('editing keys act as in a shell', () => {
  expect(textAfter('set a 1', '\x01', 'x', '\x05', '!')).toBe('xset a 1!');
  expect(textAfter('set a one', '\x17')).toBe('set a ');
  expect(textAfter('set a one', '\x1b[D', '\x1b[D', '\x0b')).toBe('set a o');
  expect(textAfter('set a one', '\x1b[D', '\x15')).toBe('e');
  expect(textAfter('abc', '\x7f')).toBe('ab');
  expect(textAfter('abc', '\x01', '\x1b[3~')).toBe('bc');
});

test('the cursor never stops inside a character that consists of several code points', () => {
  const family = insert(EMPTY_PROMPT, 'a👩‍👩‍👧');
  expect(eraseBack(family).text).toBe('a');
  expect(left(family).cursor).toBe(1);
});

test('words are passed and deleted as a whole, and nothing happens at the start', () => {
  const prompt = insert(EMPTY_PROMPT, 'set title  A');
  expect(wordLeft(prompt).cursor).toBe(11);
  expect(wordLeft(wordLeft(prompt)).cursor).toBe(4);
  expect(eraseWord(EMPTY_PROMPT)).toEqual(EMPTY_PROMPT);
});

test('the history goes back to the oldest entry and returns to what was being typed', () => {
  let prompt = submitted(insert(EMPTY_PROMPT, 'one'));
  prompt = insert(submitted(insert(prompt, 'two')), 'dra');
  const older = recall(recall(recall(prompt, -1), -1), -1);
  expect(older.text).toBe('one');
  expect(recall(recall(older, 1), 1).text).toBe('dra');
});

test('enter runs a line, also if it arrives in one chunk, and pasted lines run one after the other', () => {
  expect(typed(['kill ap\r'], world).effects).toEqual([{type: 'run', id: 1, text: 'kill ap'}]);
  expect(
    typed(['kill ap\r\nrestart ap\nset'], world).effects.map(effect => effect.type === 'run' && effect.text),
  ).toEqual(['kill ap', 'restart ap']);
  expect(textAfter('kill ap\nset')).toBe('set');
});

test('tab completes, cycles through the candidates and back; escape undoes it', () => {
  const one = textAfter('s', TAB);
  const two = textAfter('s', TAB, TAB);
  expect(one).toMatch(/^s\w+/);
  expect(two).not.toBe(one);
  expect(textAfter('s', TAB, TAB, '\x1b[Z')).toBe(one);
  expect(textAfter('s', TAB, TAB, ESC)).toBe('s');
  expect(textAfter('kil', TAB)).toBe('kill ');
});

test('tab at an empty prompt takes the suggestion', () => {
  expect(textAfter(TAB)).toBe('set title A @us || set title B @eu');
});

test('a colon before a command is ignored, and a question mark at an empty prompt shows the help', () => {
  expect(textAfter(':kill ap')).toBe('kill ap');
  expect(typed(['?'], world).state.overlay?.type).toBe('help');
  expect(textAfter('set a ', '?')).toBe('set a ?');
});

test('text that is not a command returns with its error: typing replaces it, and editing fixes it', () => {
  const failure = {code: 'syntax', message: 'no command "kil"; did you mean kill?'};
  const asked = typed(['kil us', ENTER], world).state;
  const {state} = reduce(
    asked,
    {type: 'answered', id: 1, entry: {text: 'kil us', status: 'fail', ms: 0, failure, caret: 0}},
    world,
  );
  expect(state.prompt).toMatchObject({text: 'kil us', cursor: 3, refusal: {caret: 0}});
  expect(typed(['kill us'], world, state).state.prompt.text).toBe('kill us');
  expect(typed(['\x7f'], world, state).state.prompt.text).toBe('ki us');
  expect(typed(['\x1b[C\x1b[C'], world, state).state.prompt.text).toBe('kil us');
  expect(typed([UP], world, state).state.prompt.text).toBe('kil us');
});

test(
  'the timeline and the title of an answer name the ' + 'command that ran, not the words of another system',
  () => {
    const asked = typed(['crash us', ENTER], world).state;
    const result = {type: 'changed', summary: 'us killed'} as const;
    const {state} = reduce(
      asked,
      {type: 'answered', id: 1, entry: {text: 'kill us', status: 'ok', ms: 1, result}},
      world,
    );
    expect(areaOf('timeline', state, world)[1]).toMatch(/✔ kill us {2}us killed/);
    expect(areaOf('overlay', typed([ESC, '4', ENTER], world, state).state, world)[0]).toContain('kill us');
  },
);

test('escape closes an answer, then stops what runs, and then moves the focus to the panes', () => {
  const running = typed(['wait converged', ENTER, ESC], world);
  expect(running.effects.at(-1)).toEqual({type: 'interrupt'});
  expect(running.state.mode).toBe('prompt');
  expect(typed([ESC], world).state.mode).toBe('panes');
  expect(typed(['?', ESC], world).state).toMatchObject({mode: 'prompt'});
});

test('reports of the mouse, focus and unknown function keys type nothing', () => {
  for (const input of ['\x1b[<0;10;20M', '\x1b[I', '\x1b[O', '\x1b[1;5P', '\x1b[?1;2c', '\x1bOP', '\x00'])
    expect(keyPresses(input)).toEqual([]);
});

test('escape and the next key are two keys, even if they arrive together', () => {
  expect(keyPresses('\x1b:')).toEqual([{name: 'esc'}, {name: ':', text: ':'}]);
  expect(typed(['\x1b2'], world).state).toMatchObject({mode: 'panes', pane: 'leaders'});
});

test('commands go to the focused leader, and enter on a card changes it', () => {
  const {state, effects} = typed([ESC, '2l', ENTER], worldOf(troubledView(NOW), {focused: leaderId('us')}));
  expect(effects).toEqual([{type: 'run', id: 1, text: 'focus eu'}]);
  expect(state.mode).toBe('prompt');
});
