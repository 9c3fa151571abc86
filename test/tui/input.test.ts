/**
 * The keyboard as Ink reads it.
 */
import {EventEmitter} from 'node:events';
import type {ReadStream} from 'node:tty';
import {expect, test} from 'vitest';
import {Input} from '../../src/tui/input.ts';

/** A terminal that sends what it is told to. */
function keyboard(): {readonly input: Input; readonly send: (text: string) => void} {
  const terminal = Object.assign(new EventEmitter(), {setRawMode: () => {}, pause: () => {}});
  const input = new Input(terminal as unknown as ReadStream, () => {});
  input.setRawMode(true);
  return {input, send: text => void terminal.emit('data', Buffer.from(text))};
}

test('keys that were not read yet are kept, and are read in order', () => {
  const {input, send} = keyboard();
  send('a');
  send('bc');
  expect(input.read()).toBe('abc');
  expect(input.read()).toBeNull();
  send('d');
  expect(input.read()).toBe('d');
});
