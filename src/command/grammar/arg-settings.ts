/**
 * Arguments that are a topology or a resolver: a name, and the arguments that some names need.
 */
import type {LeaderId} from '../../base/ids.ts';
import {RESOLVER_ABOUT} from '../../core/resolvers/registry.ts';
import {isPlainResolver, RESOLVER_NAMES, type ResolverSpec} from '../../core/resolvers/spec.ts';
import {TOPOLOGY_NAMES, type TopologyName, type TopologySpec} from '../topology.ts';
import {type Arg, readArg} from './arg.ts';
import {leader, leadersBefore, links} from './arg-places.ts';
import {atTarget, choice, dataWord} from './arg-words.ts';

const PATH_LIMIT = 4096;

export const TOPOLOGY_SUMMARIES: {readonly [name in TopologyName]: string} = {
  mesh: 'a link between every two leaders',
  ring: 'each leader sends to the next, and forwards what it receives',
  'two-way-ring': 'each leader and the next send to each other',
  'modified-ring': 'a two-way ring that links around a dead leader, and includes it again when it returns',
  star: 'every leader is linked only with the hub, which is the first leader if none is named',
  chain: 'a two-way ring that is open between the last leader and the first',
  tree: 'each leader is linked with the one above it and at most two below',
  custom: 'the links that are listed, and no others',
};

const topologyName = choice('TOPOLOGY', 'topology', TOPOLOGY_NAMES, name => TOPOLOGY_SUMMARIES[name]);

/**
 * Reads a topology: its name, and for `star` a hub, which may be left out, or for `custom` the links. Throws
 * a Refusal if a name is unknown.
 */
export const topology: Arg<TopologySpec> = {
  usage: 'TOPOLOGY [LEADER | LINK...]',
  offer: reader => topologyName.offer?.(reader),
  read(reader) {
    const name = topologyName.read(reader);
    if (name === 'custom') return {name, links: readArg(links, reader)};
    if (name !== 'star') return {name};
    leader.offer?.(reader);
    return reader.atEnd ? {name} : {name, hub: leader.read(reader)};
  },
};

const resolverName = choice('RESOLVER', 'resolver', RESOLVER_NAMES, name => RESOLVER_ABOUT[name].summary);

/** Those behind `@` are another matter: at which leaders the order holds. */
const order: Arg<readonly LeaderId[]> = {
  usage: 'LEADER...',
  read(reader) {
    if (atTarget(reader))
      throw reader.refuse(
        reader.at,
        'expected the order of the leaders, the highest first, before the leaders at which it is set',
      );
    return leadersBefore(atTarget).read(reader);
  },
};

/**
 * Reads a resolver: its name, and for `priority` the leaders, the highest first, or for `custom` the file of
 * its module. It does not look for the file. Throws a Refusal if a name is unknown.
 */
export const resolver: Arg<ResolverSpec> = {
  usage: 'RESOLVER [LEADER... | FILE]',
  offer: reader => resolverName.offer?.(reader),
  read(reader) {
    const name = resolverName.read(reader);
    if (isPlainResolver(name)) return {name};
    return name === 'priority' ? {name, order: readArg(order, reader)} : {name, file: readArg(file, reader)};
  },
};

const file: Arg<string> = {
  usage: 'FILE',
  read(reader) {
    const word = dataWord(reader, 'a file, such as ./merge.mjs');
    if (word.text === '') throw reader.refuse(word.start, 'the name of a file cannot be empty');
    if (word.text.length > PATH_LIMIT)
      throw reader.refuse(word.start, `the name of a file has at most ${PATH_LIMIT} characters`);
    return word.text;
  },
};
