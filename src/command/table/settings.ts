/**
 * Commands that change how the cluster works.
 */
import type {LeaderId} from '../../base/ids.ts';
import {RESOLVER_ABOUT} from '../../core/resolvers/index.ts';
import {RESOLVER_NAMES} from '../../core/resolvers/spec.ts';
import {type Target, TOPOLOGY_NAMES} from '../action.ts';
import type {Arg} from '../arg.ts';
import {target} from '../arg-places.ts';
import {resolver, TOPOLOGY_SUMMARIES, topology} from '../arg-settings.ts';
import {choice} from '../arg-words.ts';
import {type Command, command} from './command.ts';

const FORWARD = {
  own: 'a leader sends what it accepted itself, and what leaders had that have left: enough where every two are linked',
  all: 'a leader sends on what it receives, so that operations travel further than one link',
} as const;
const LOOPGUARD = {
  on: 'what a neighbour is known to have is not sent to it',
  off: 'everything received is sent on, again and again, for at most 16 links',
} as const;
const DELIVERY = {
  fifo: 'operations apply as they arrive, those of one origin in order',
  causal: 'an operation waits until everything that its origin had applied is applied here',
} as const;
const ACK = {
  local: 'once the leader itself has persisted it',
  quorum: 'once most of the leaders have persisted it',
  all: 'once every leader has persisted it',
} as const;

/** One of the names, each with what it means. */
const named = <Name extends string>(noun: string, meanings: {readonly [name in Name]: string}): Arg<Name> => {
  const names = Object.keys(meanings) as Name[];
  return choice(names.join('|'), noun, names, name => meanings[name]);
};

const listed = (meanings: {readonly [name: string]: string}): readonly string[] =>
  Object.entries(meanings).map(([name, meaning]) => `${name}: ${meaning}.`);

/** Unlike with writes, all leaders are meant where none is named. */
const everywhereOr = (at: Target): readonly LeaderId[] | 'cluster' => (at.type === 'leaders' ? at.leaders : 'cluster');

export const SETTINGS: readonly Command[] = [
  command('setting', 'topology', {
    name: 'topology',
    summary: 'links the leaders in another way, while they run',
    detail: TOPOLOGY_NAMES.map(name => `${name}: ${TOPOLOGY_SUMMARIES[name]}.`),
    examples: ['topology ring', 'topology star eu', 'topology custom us>eu, eu>ap, us-ap'],
    args: [topology],
    make: made => ({type: 'topology', topology: made}),
  }),
  command('setting', 'resolver', {
    name: 'resolver',
    summary: 'decides what a reader sees of concurrent writes, at every leader or at those named',
    detail: [
      ...RESOLVER_NAMES.map(name => `${name}: ${RESOLVER_ABOUT[name].summary} (${RESOLVER_ABOUT[name].seenIn}).`),
      'In brackets: systems that do it.',
      'priority takes leaders, the highest first; custom takes a file, quoted if there are spaces in its name.',
    ],
    examples: ['resolver siblings', 'resolver halt @eu', 'resolver priority ap us eu', 'resolver custom ./merge.mjs'],
    args: [resolver, target],
    make: (made, at) => ({type: 'resolver', resolver: made, at: everywhereOr(at)}),
  }),
  command('setting', 'forward', {
    name: 'forward',
    summary: 'chooses what leaders send to their neighbours',
    detail: [...listed(FORWARD), 'A mesh begins with own, every other topology with all.'],
    examples: ['forward all'],
    args: [named('forwarding', FORWARD)],
    make: forward => ({type: 'forward', forward}),
  }),
  command('setting', 'loopguard', {
    name: 'loopguard',
    summary: 'keeps operations from going round in circles, or lets them',
    detail: listed(LOOPGUARD),
    examples: ['loopguard off'],
    args: [named('setting', LOOPGUARD)],
    make: state => ({type: 'loopguard', on: state === 'on'}),
  }),
  command('setting', 'delivery', {
    name: 'delivery',
    summary: 'chooses when an operation that arrived is applied',
    detail: listed(DELIVERY),
    examples: ['delivery causal'],
    args: [named('delivery', DELIVERY)],
    make: delivery => ({type: 'delivery', delivery}),
  }),
  command('setting', 'ack', {
    name: 'ack',
    summary: 'chooses when a write is acknowledged',
    detail: listed(ACK),
    examples: ['ack quorum'],
    args: [named('acknowledgement', ACK)],
    make: ack => ({type: 'ack', ack}),
  }),
];
