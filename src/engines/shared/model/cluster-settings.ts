/**
 * The settings of a cluster, how commands change them, and what they mean for one leader. Pure; the caller
 * passes the time.
 */
import {assert, assertNever} from '../../../base/assert.ts';
import type {Failure} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {listed} from '../../../base/list.ts';
import type {ActionOf, ClockChange} from '../../../command/action.ts';
import {
  defaultForward,
  showTopology,
  type TopologySpec,
  topologyFault,
  topologyWith,
  topologyWithout,
} from '../../../command/topology.ts';
import type {AckMode, Delivery, Forward} from '../../../core/io/input-effect.ts';
import {type ClockSetting, changeClock, TRUE_CLOCK} from '../../../core/log/wall-clock.ts';
import {type ResolverSpec, sameResolver, showResolver} from '../../../core/resolvers/spec.ts';
import type {PastClock} from '../../../history/clock-history.ts';
import type {LeaderSettings} from '../../../wire/leader-control.ts';

type ByLeader<T> = {readonly [leader: LeaderId]: T};

export interface Settings {
  /** In the order given at the start; leaders that joined later follow. Each is there once. */
  readonly members: readonly LeaderId[];
  readonly topology: TopologySpec;
  /** Defined if a command set it; otherwise the topology decides. */
  readonly forward: Forward | undefined;
  readonly resolver: ResolverSpec;
  /** The resolvers of leaders that differ from the cluster's. */
  readonly exceptions: ByLeader<ResolverSpec>;
  readonly delivery: Delivery;
  readonly ack: AckMode;
  readonly loopguard: boolean;
  /** The wall clocks of leaders that differ from the machine's. */
  readonly clocks: ByLeader<ClockSetting>;
  /** Earlier wall clocks, also those of leaders that have left, oldest first; at most the newest 1,000. */
  readonly pastClocks: readonly PastClock[];
}

export const INITIAL: Omit<Settings, 'members'> = {
  topology: {name: 'mesh'},
  forward: undefined,
  resolver: {name: 'lww'},
  exceptions: {},
  delivery: 'fifo',
  ack: 'local',
  loopguard: true,
  clocks: {},
  pastClocks: [],
};

const PAST_CLOCKS = 1000;

/** The forwarding in effect. */
export const forwardOf = ({forward, topology}: Settings): Forward => forward ?? defaultForward(topology);

/** The resolver in effect at this leader. */
export const resolverAt = ({resolver, exceptions}: Settings, leader: LeaderId): ResolverSpec =>
  exceptions[leader] ?? resolver;

/** The wall clock setting of this leader. */
export const clockOf = ({clocks}: Settings, leader: LeaderId): ClockSetting => clocks[leader] ?? TRUE_CLOCK;

/** The settings in the form that one leader receives them. */
export const leaderSettings = (settings: Settings, leader: LeaderId): LeaderSettings => ({
  resolver: resolverAt(settings, leader),
  delivery: settings.delivery,
  ack: settings.ack,
  loopguard: settings.loopguard,
  members: [...settings.members],
  clock: clockOf(settings, leader),
});

export const SETTING_ACTIONS = [
  'topology',
  'resolver',
  'restore-resolvers',
  'forward',
  'loopguard',
  'delivery',
  'ack',
  'clock',
] as const;
export type SettingAction = ActionOf<(typeof SETTING_ACTIONS)[number]>;

export interface SettingChange {
  readonly settings: Settings;
  /** What changed, in words. */
  readonly summary: string;
}

/** Why these members cannot have the setting, such as a topology with an unknown leader, or undefined. */
export const settingFault = ({members}: Settings, action: SettingAction): Failure | undefined =>
  action.type === 'topology' ? topologyFault(action.topology, members) : undefined;

/**
 * Carries out a command that changes settings, and that has no `settingFault`. `nowMs` is the machine's time,
 * from which changed clocks run.
 */
export function changeSettings(settings: Settings, action: SettingAction, nowMs: number): SettingChange {
  switch (action.type) {
    case 'topology':
      return withTopology(settings, action.topology);
    case 'resolver':
      return withResolver(settings, action.resolver, action.at);
    case 'restore-resolvers': {
      const {resolver, exceptions} = action;
      return {settings: {...settings, resolver, exceptions}, summary: showResolvers(resolver, exceptions)};
    }
    case 'forward':
      return {settings: {...settings, forward: action.forward}, summary: `forward ${action.forward}`};
    case 'loopguard':
      return {
        settings: {...settings, loopguard: action.on},
        summary: `loopguard ${action.on ? 'on' : 'off'}`,
      };
    case 'delivery':
      return {settings: {...settings, delivery: action.delivery}, summary: `delivery ${action.delivery}`};
    case 'ack':
      return {settings: {...settings, ack: action.ack}, summary: `ack ${action.ack}`};
    case 'clock':
      return withClocks(settings, action.leaders, action.change, nowMs);
    default:
      return assertNever(action);
  }
}

/** A forwarding that a command set belongs to the previous topology, so it is reset. */
function withTopology(settings: Settings, topology: TopologySpec): SettingChange {
  const changed = {...settings, topology, forward: undefined};
  const [before, after] = [forwardOf(settings), forwardOf(changed)];
  const isReset = settings.forward !== undefined && before !== after;
  return {
    settings: changed,
    summary: `topology ${showTopology(topology)}${isReset ? `, so forward is ${after} again` : ''}`,
  };
}

function withResolver(
  settings: Settings,
  resolver: ResolverSpec,
  at: readonly LeaderId[] | 'cluster',
): SettingChange {
  if (at === 'cluster')
    return {settings: {...settings, resolver, exceptions: {}}, summary: `resolver ${showResolver(resolver)}`};
  const others = Object.entries(settings.exceptions).filter(([leader]) => !at.includes(leader as LeaderId));
  const named = sameResolver(resolver, settings.resolver)
    ? []
    : at.map(leader => [leader, resolver] as const);
  const exceptions = Object.fromEntries([...others, ...named]);
  return {
    settings: {...settings, exceptions},
    summary: `resolver ${showResolver(resolver)} at ${listed(at)}`,
  };
}

const showResolvers = (resolver: ResolverSpec, exceptions: ByLeader<ResolverSpec>): string =>
  [
    `resolver ${showResolver(resolver)}`,
    ...Object.entries(exceptions).map(
      ([leader, spec]) => `${showResolver(spec as ResolverSpec)} at ${leader}`,
    ),
  ].join(', ');

function withClocks(
  settings: Settings,
  leaders: readonly LeaderId[],
  change: ClockChange | 'reset',
  nowMs: number,
): SettingChange {
  const named = leaders.map(
    leader => [leader, changeClock(clockOf(settings, leader), change, nowMs)] as const,
  );
  const kept = Object.entries(settings.clocks).filter(([leader]) => !leaders.includes(leader as LeaderId));
  const clocks = Object.fromEntries([...kept, ...named.filter(([, clock]) => clock !== TRUE_CLOCK)]);
  const pastClocks = withPast(settings, leaders, nowMs);
  return {
    settings: {...settings, clocks, pastClocks},
    summary: named.map(([leader, clock]) => showClockSetting(leader, clock)).join(', '),
  };
}

const withPast = (settings: Settings, leaders: readonly LeaderId[], untilMs: number): readonly PastClock[] =>
  [
    ...settings.pastClocks,
    ...leaders.map(leader => ({leader, clock: clockOf(settings, leader), untilMs})),
  ].slice(-PAST_CLOCKS);

function showClockSetting(leader: LeaderId, {offsetMs, driftPpm}: ClockSetting): string {
  const drift = driftPpm === 0 ? '' : ` and drifts ${signed(driftPpm)} ppm`;
  if (offsetMs === 0)
    return driftPpm === 0 ? `the clock of ${leader} is true` : `the clock of ${leader} is true${drift}`;
  return `the clock of ${leader} is ${inUnits(offsetMs)}${drift}`;
}

/** `+500 ms`, `−30 s`: as on the leader's card. */
const inUnits = (ms: number): string => (Math.abs(ms) < 1000 ? `${signed(ms)} ms` : `${signed(ms / 1000)} s`);

const signed = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(Math.round(n * 10) / 10)}`;

/** Adds a member. `peer`: the leader that a custom topology links it with. */
export function withMember(settings: Settings, leader: LeaderId, peer: LeaderId | undefined): Settings {
  assert(!settings.members.includes(leader), 'every member is there once');
  return {
    ...settings,
    members: [...settings.members, leader],
    topology: topologyWith(settings.topology, leader, peer),
  };
}

/** Removes a member, with its own resolver and clock. Its clock stays among the past clocks. */
export function withoutMember(settings: Settings, leader: LeaderId, nowMs: number): Settings {
  assert(settings.members.includes(leader), 'only a member is removed');
  const {[leader]: _exception, ...exceptions} = settings.exceptions;
  const {[leader]: _clock, ...clocks} = settings.clocks;
  return {
    ...settings,
    members: settings.members.filter(member => member !== leader),
    topology: topologyWithout(settings.topology, leader),
    exceptions,
    clocks,
    pastClocks: withPast(settings, [leader], nowMs),
  };
}
