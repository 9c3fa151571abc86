/**
 * Commands that change how the cluster works.
 */
import {RESOLVER_NAMES, RESOLVERS} from '../../core/resolvers/index.ts';
import {TOPOLOGIES, type TopologyName} from '../action.ts';
import {choice} from '../arg-words.ts';
import {type Command, command} from './command.ts';

const TOPOLOGY_SUMMARIES: {readonly [name in TopologyName]: string} = {
  mesh: 'a link between every two leaders',
  ring: 'each leader sends to the next, and forwards what it receives',
};

export const SETTINGS: readonly Command[] = [
  command('setting', 'topology', {
    name: 'topology',
    summary: 'links the leaders in another way, while they run',
    detail: TOPOLOGIES.map(name => `${name}: ${TOPOLOGY_SUMMARIES[name]}.`),
    examples: ['topology ring'],
    args: [choice('TOPOLOGY', 'topology', TOPOLOGIES, name => TOPOLOGY_SUMMARIES[name])],
    make: topology => ({type: 'topology', topology}),
  }),
  command('setting', 'resolver', {
    name: 'resolver',
    summary: 'decides what a reader sees of concurrent writes',
    detail: RESOLVER_NAMES.map(name => `${name}: ${RESOLVERS[name].summary} (seen in ${RESOLVERS[name].seenIn}).`),
    examples: ['resolver siblings'],
    args: [choice('RESOLVER', 'resolver', RESOLVER_NAMES, name => RESOLVERS[name].summary)],
    make: resolver => ({type: 'resolver', resolver}),
  }),
];
