/**
 * Commands that add or remove leaders.
 */
import type {LeaderId} from '../../base/ids.ts';
import {type Arg, optional, readArg} from '../grammar/arg.ts';
import {leader, leavingLeader, newLeader} from '../grammar/arg-places.ts';
import {literal} from '../grammar/arg-words.ts';
import {command} from './command.ts';

const from: Arg<LeaderId> = {
  usage: 'from LEADER',
  offer: reader =>
    reader.offer(() => [{text: 'from', summary: 'the leader that hands over what others wrote'}]),
  read(reader) {
    literal('from', '').read(reader);
    return readArg(leader, reader);
  },
};

export const MEMBERS = [
  command('leader', 'join', {
    name: 'join',
    summary: 'starts a new leader, or one that left before, and links it with the others',
    detail: [
      'The leader after from hands over the operations of leaders that are gone. Without from, any ' +
        'live leader does.',
    ],
    examples: ['join sa', 'join sa from us'],
    args: [newLeader, optional(from, undefined)],
    make: (id, source) => ({type: 'join', leader: id, from: source}),
    show: ({leader: id, from: source}) => `join ${id}${source === undefined ? '' : ` from ${source}`}`,
  }),
  command('leader', 'leave', {
    name: 'leave',
    summary: 'removes a leader: it takes no more writes, hands over its operations, and ends',
    detail: ['At least two leaders must remain.'],
    examples: ['leave ap'],
    args: [leavingLeader],
    make: id => ({type: 'leave', leader: id}),
    show: ({leader: id}) => `leave ${id}`,
  }),
];
