/**
 * Commands of virtual time, which passes only when a command lets it pass, and can go back.
 */
import {optional} from '../grammar/arg.ts';
import {duration} from '../grammar/arg-amounts.ts';
import {oneWayLink} from '../grammar/arg-places.ts';
import {showDuration} from '../grammar/quote.ts';
import {command} from './command.ts';

export const TIME = [
  command('time', 'step', {
    name: 'step',
    summary: 'lets time pass until the next message arrives, or for this long',
    detail: [
      'Heartbeats do not count. Commands that take time, such as sleep and wait, let it pass too.',
      'resume lets time run by itself; pause stops it.',
    ],
    examples: ['step', 'step 100ms'],
    args: [optional<number, undefined>(duration('DURATION'), undefined)],
    make: ms => ({type: 'step', by: ms === undefined ? 'message' : {ms}}),
    show: ({by}) => (by === 'message' ? 'step' : `step ${showDuration(by.ms)}`),
  }),
  command('time', 'back', {
    name: 'back',
    summary: 'returns to the state before the last command that changed anything or let time pass',
    detail: ['The run is repeated from the seed up to that point, so the state is exactly as it was.'],
    examples: ['back'],
    args: [],
    make: () => ({type: 'back'}),
    show: ({type}) => type,
  }),
  command('time', 'deliver', {
    name: 'deliver',
    summary: 'delivers the next message on a link now, before its time and before those ahead of it',
    detail: [
      'Messages that carry operations come first, then the acknowledgements that return over the link.',
    ],
    examples: ['deliver us>eu'],
    args: [oneWayLink],
    make: link => ({type: 'deliver', link}),
    show: ({type, link}) => `${type} ${link}`,
  }),
  command('time', 'drop', {
    name: 'drop',
    summary: 'loses the next message on a link',
    examples: ['drop us>eu'],
    args: [oneWayLink],
    make: link => ({type: 'drop', link}),
    show: ({type, link}) => `${type} ${link}`,
  }),
];
