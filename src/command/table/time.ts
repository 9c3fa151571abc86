/**
 * Commands of virtual time: it passes when somebody lets it pass, and can be gone back in.
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
      'Heartbeats are passed over. What takes time itself, as sleep and wait do, lets it pass too.',
      'resume lets time run by itself, pause makes it stand still.',
    ],
    examples: ['step', 'step 100ms'],
    args: [optional<number, undefined>(duration('DURATION'), undefined)],
    make: ms => ({type: 'step', by: ms === undefined ? 'message' : {ms}}),
    show: ({by}) => (by === 'message' ? 'step' : `step ${showDuration(by.ms)}`),
  }),
  command('time', 'back', {
    name: 'back',
    summary: 'goes back to before the last command that changed anything or let time pass',
    detail: ['All is done again from the seed up to there, so it is exactly as it was.'],
    examples: ['back'],
    args: [],
    make: () => ({type: 'back'}),
    show: ({type}) => type,
  }),
  command('time', 'deliver', {
    name: 'deliver',
    summary: 'lets the next message on a link arrive now, ahead of its time and of those before it',
    detail: [
      'Messages that carry operations come first, then the acknowledgements that go back over the link.',
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
