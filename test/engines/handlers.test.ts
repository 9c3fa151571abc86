/**
 * The compiler checks the tables of handlers: the lines below that it must refuse are marked, and the types
 * of the program are wrong (`npm run types`) if it accepts one.
 */
import {expect, it} from 'vitest';
import type {ActionOf} from '../../src/command/action.ts';
import {
  capabilitiesOf,
  type Handlers,
  handlerOf,
  sameHandler,
} from '../../src/engines/shared/model/handlers.ts';

type Table = Handlers<'kill' | 'restart' | 'ack', null, string>;

const leadersOf = ({leaders}: ActionOf<'kill'>): string => leaders.join();
const ack = ({ack: mode}: ActionOf<'ack'>): string => `${mode}`;

it('a table without the handler of an action that the engine supports does not compile', () => {
  // @ts-expect-error: `restart` is missing, one of several types of the same member of the union.
  const withoutRestart: Table = {kill: leadersOf, ack};
  // @ts-expect-error: `ack` is missing.
  const withoutAck: Table = sameHandler(['kill', 'restart'], leadersOf);
  expect([capabilitiesOf(withoutRestart).has('restart'), capabilitiesOf(withoutAck).has('ack')]).toEqual([
    false,
    false,
  ]);
});

it('a misspelled or unsupported action, and a handler of another action, do not compile', () => {
  const table: Table = {...sameHandler(['kill', 'restart'], leadersOf), ack};
  // @ts-expect-error: there is no action `kil`.
  const misspelled: Table = {...table, kil: leadersOf};
  // @ts-expect-error: the table does not support `pause`.
  const unsupported: Table = {...table, pause: leadersOf};
  // @ts-expect-error: a handler of `ack` does not understand `kill`.
  const exchanged: Table = {...table, kill: ack};
  // @ts-expect-error: an engine carries out no `quit`.
  const foreign: Handlers<'quit', null, string> = {quit: () => ''};
  // Always true: only the compiler checks the lines above.
  expect([misspelled, unsupported, exchanged, foreign]).toHaveLength(4);
});

it('an action that the engine is not capable of is a mistake of whoever asks for it', () => {
  const table: Handlers<'ack', null, string> = {ack};
  expect(handlerOf(table, {type: 'ack', ack: 'local'})({type: 'ack', ack: 'local'}, null)).toBe('local');
  expect(() => handlerOf(table, {type: 'kill', leaders: []})).toThrow('a handler of kill');
});
