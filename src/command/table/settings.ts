/**
 * Commands that change the settings of the cluster.
 */
import type {LeaderId} from '../../base/ids.ts';
import {RESOLVER_ABOUT} from '../../core/resolvers/registry.ts';
import {RESOLVER_NAMES, type ResolverSpec, showResolver} from '../../core/resolvers/spec.ts';
import type {Action, SettingName, Target} from '../action.ts';
import {type Arg, optional, readArg} from '../grammar/arg.ts';
import {target} from '../grammar/arg-places.ts';
import {resolver, TOPOLOGY_SUMMARIES, topology} from '../grammar/arg-settings.ts';
import {choice} from '../grammar/arg-words.ts';
import {showPath} from '../grammar/quote.ts';
import {showTopology, TOPOLOGY_NAMES} from '../topology.ts';
import {command} from './command.ts';

const FORWARD = {
  own:
    'a leader sends the operations that it accepted itself, and those of leaders that left: enough ' +
    'if every two leaders are linked',
  all: 'a leader also forwards what it receives, so operations travel further than one link',
} as const;
const LOOPGUARD = {
  on: 'a leader does not send a peer what the peer is known to have',
  off: 'a leader forwards everything that it receives, repeatedly, over at most 16 links',
} as const;
const DELIVERY = {
  fifo: 'a leader applies operations as they arrive, those of one origin in order',
  causal: 'an operation waits until the leader has applied everything that its origin had applied',
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

/** Without a value, the name of a setting shows its current value. */
const present = (setting: SettingName) => ({type: 'setting', setting}) as const;
const PRESENT = 'Without a value, it shows the current setting.';

/** Without `@`, a resolver is for all leaders, unlike a write. */
const everywhereOr = (at: Target): readonly LeaderId[] | 'cluster' =>
  at.type === 'leaders' ? at.leaders : 'cluster';

const resolverAt: Arg<{readonly resolver: ResolverSpec; readonly at: readonly LeaderId[] | 'cluster'}> = {
  ...resolver,
  usage: `${resolver.usage} [@LEADERS]`,
  read: reader => ({resolver: resolver.read(reader), at: everywhereOr(readArg(target, reader))}),
};

/** Shows the whole path of a module, because the text may be parsed again. */
function showResolverAt({resolver: spec, at}: Extract<Action, {type: 'resolver'}>): string {
  const shown = spec.name === 'custom' ? `custom ${showPath(spec.file)}` : showResolver(spec);
  return `resolver ${shown}${at === 'cluster' ? '' : ` @${at.join(',')}`}`;
}

export const SETTINGS = [
  command('setting', ['topology', 'setting'], {
    name: 'topology',
    summary: 'links the leaders in another way while they run',
    detail: [...TOPOLOGY_NAMES.map(name => `${name}: ${TOPOLOGY_SUMMARIES[name]}.`), PRESENT],
    examples: ['topology ring', 'topology star eu', 'topology custom us>eu, eu>ap, us-ap', 'topology'],
    args: [optional(topology, undefined)],
    make: made => (made === undefined ? present('topology') : {type: 'topology', topology: made}),
    show: made => (made.type === 'setting' ? made.setting : `topology ${showTopology(made.topology)}`),
  }),
  command('setting', ['resolver', 'setting'], {
    name: 'resolver',
    summary: 'decides what a reader sees of concurrent writes, at every leader or at those named',
    detail: [
      ...RESOLVER_NAMES.map(
        name => `${name}: ${RESOLVER_ABOUT[name].summary} (${RESOLVER_ABOUT[name].seenIn}).`,
      ),
      'In brackets: systems that do the same.',
      'priority takes leaders, the highest first; custom takes a file, quoted if its name contains spaces.',
      PRESENT,
    ],
    examples: [
      'resolver siblings',
      'resolver halt @eu',
      'resolver priority ap us eu',
      'resolver custom ./merge.mjs',
      'resolver',
    ],
    args: [optional(resolverAt, undefined)],
    make: made => (made === undefined ? present('resolver') : {type: 'resolver', ...made}),
    show: made => (made.type === 'setting' ? made.setting : showResolverAt(made)),
  }),
  command('setting', ['forward', 'setting'], {
    name: 'forward',
    summary: 'chooses what leaders send to each other',
    detail: [...listed(FORWARD), 'A mesh starts with own, every other topology with all.', PRESENT],
    examples: ['forward all'],
    args: [optional(named('forwarding', FORWARD), undefined)],
    make: forward => (forward === undefined ? present('forward') : {type: 'forward', forward}),
    show: made => (made.type === 'setting' ? made.setting : `forward ${made.forward}`),
  }),
  command('setting', ['loopguard', 'setting'], {
    name: 'loopguard',
    summary: 'keeps operations from circulating, or lets them circulate',
    detail: [...listed(LOOPGUARD), PRESENT],
    examples: ['loopguard off'],
    args: [optional(named('setting', LOOPGUARD), undefined)],
    make: state => (state === undefined ? present('loopguard') : {type: 'loopguard', on: state === 'on'}),
    show: made => (made.type === 'setting' ? made.setting : `loopguard ${made.on ? 'on' : 'off'}`),
  }),
  command('setting', ['delivery', 'setting'], {
    name: 'delivery',
    summary: 'chooses when an operation that arrived is applied',
    detail: [...listed(DELIVERY), PRESENT],
    examples: ['delivery causal'],
    args: [optional(named('delivery', DELIVERY), undefined)],
    make: delivery => (delivery === undefined ? present('delivery') : {type: 'delivery', delivery}),
    show: made => (made.type === 'setting' ? made.setting : `delivery ${made.delivery}`),
  }),
  command('setting', ['ack', 'setting'], {
    name: 'ack',
    summary: 'chooses when a write is acknowledged',
    detail: [...listed(ACK), PRESENT],
    examples: ['ack quorum'],
    args: [optional(named('acknowledgement', ACK), undefined)],
    make: ack => (ack === undefined ? present('ack') : {type: 'ack', ack}),
    show: made => (made.type === 'setting' ? made.setting : `ack ${made.ack}`),
  }),
];
