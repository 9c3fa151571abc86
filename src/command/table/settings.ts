/**
 * Commands that change how the cluster works.
 */
import {isPlainResolver, RESOLVER_NAMES, resolverOf} from '../../core/resolvers/index.ts';
import {choice} from '../arg-words.ts';
import {type Command, command} from './command.ts';

const TOPOLOGIES = ['mesh', 'ring'] as const;
const TOPOLOGY_SUMMARIES = {
  mesh: 'a link between every two leaders',
  ring: 'each leader sends to the next, and forwards what it receives',
};
const PLAIN = RESOLVER_NAMES.filter(isPlainResolver);

export const SETTINGS: readonly Command[] = [
  command('setting', 'topology', {
    name: 'topology',
    summary: 'links the leaders in another way, while they run',
    detail: TOPOLOGIES.map(name => `${name}: ${TOPOLOGY_SUMMARIES[name]}.`),
    examples: ['topology ring'],
    args: [choice('TOPOLOGY', 'topology', TOPOLOGIES, name => TOPOLOGY_SUMMARIES[name])],
    make: name => ({type: 'topology', topology: {name}}),
  }),
  command('setting', 'resolver', {
    name: 'resolver',
    summary: 'decides what a reader sees of concurrent writes',
    detail: PLAIN.map(name => `${name}: ${resolverOf({name}).summary} (seen in ${resolverOf({name}).seenIn}).`),
    examples: ['resolver siblings'],
    args: [choice('RESOLVER', 'resolver', PLAIN, name => resolverOf({name}).summary)],
    make: name => ({type: 'resolver', resolver: {name}, at: 'cluster'}),
  }),
];
