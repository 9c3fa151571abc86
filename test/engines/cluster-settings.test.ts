import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {offsetAt} from '../../src/core/log/wall-clock.ts';
import type {ResolverSpec} from '../../src/core/resolvers/spec.ts';
import {
  changeSettings,
  clockOf,
  forwardOf,
  INITIAL,
  leaderSettings,
  resolverAt,
  type SettingAction,
  type Settings,
  withMember,
  withoutMember,
} from '../../src/engines/shared/model/cluster-settings.ts';
import {leaderSettingsSchema} from '../../src/wire/leader-control.ts';
import {AP, EU, US} from '../support/cluster.ts';

const START: Settings = {...INITIAL, members: [US, EU, AP]};
const NOW = 1_000_000;

const settingsAfter = (actions: readonly SettingAction[], nowMs = NOW): Settings =>
  actions.reduce((settings, action) => changeSettings(settings, action, nowMs).settings, START);
const resolver = (
  name: 'lww' | 'hlc' | 'siblings',
  at: 'cluster' | readonly (typeof US)[] = 'cluster',
): SettingAction => ({
  type: 'resolver',
  resolver: {name},
  at,
});

describe('resolvers', () => {
  it('are the cluster’s, except at leaders that have another, until the cluster’s is set again', () => {
    const excepted = settingsAfter([resolver('hlc'), resolver('siblings', [US])]);
    expect([US, EU].map(id => resolverAt(excepted, id).name)).toEqual(['siblings', 'hlc']);
    expect(excepted.resolver).toEqual({name: 'hlc'});
    expect(changeSettings(excepted, resolver('lww'), NOW).settings.exceptions).toEqual({});
  });

  it('are not an exception if a leader gets the cluster’s own', () => {
    expect(settingsAfter([resolver('siblings', [US, EU]), resolver('lww', [US])]).exceptions).toEqual({
      eu: {name: 'siblings'},
    });
  });

  it('can be restored', () => {
    const exceptions: {[leader: string]: ResolverSpec} = {eu: {name: 'hlc'}};
    const change = changeSettings(
      START,
      {type: 'restore-resolvers', resolver: {name: 'siblings'}, exceptions},
      NOW,
    );
    expect(change.settings).toMatchObject({resolver: {name: 'siblings'}, exceptions});
    expect(change.summary).toBe('resolver siblings, hlc at eu');
  });
});

describe('forward', () => {
  it('follows the topology until a command sets it, and again after a change of the topology', () => {
    expect(forwardOf(START)).toBe('own');
    expect(forwardOf(settingsAfter([{type: 'topology', topology: {name: 'chain'}}]))).toBe('all');
    const explicit = settingsAfter([{type: 'forward', forward: 'all'}]);
    expect(forwardOf(explicit)).toBe('all');
    const again = changeSettings(explicit, {type: 'topology', topology: {name: 'mesh'}}, NOW);
    expect(forwardOf(again.settings)).toBe('own');
    expect(again.summary).toBe('topology mesh, so forward is own again');
    expect(changeSettings(explicit, {type: 'topology', topology: {name: 'ring'}}, NOW).summary).toBe(
      'topology ring',
    );
  });
});

describe('a clock', () => {
  it('is ahead by exactly the given offset, at the present time', () => {
    const {settings, summary} = changeSettings(
      START,
      {type: 'clock', leaders: [US], change: {offsetMs: 500}},
      NOW,
    );
    expect(offsetAt(clockOf(settings, US), NOW)).toBe(500);
    expect(offsetAt(clockOf(settings, US), NOW + 5000)).toBe(500);
    expect(offsetAt(clockOf(settings, EU), NOW)).toBe(0);
    expect(summary).toBe('the clock of us is +500 ms');
  });

  it('is said in seconds if it is a second or more', () => {
    const change = {offsetMs: -30_000};
    const {summary} = changeSettings(START, {type: 'clock', leaders: [EU], change}, NOW);
    expect(summary).toBe('the clock of eu is −30 s');
  });

  it('drifts from the offset that it has reached', () => {
    const drifting = settingsAfter([
      {type: 'clock', leaders: [US], change: {offsetMs: 500}},
      {type: 'clock', leaders: [US], change: {driftPpm: 1000}},
    ]);
    expect(offsetAt(clockOf(drifting, US), NOW)).toBe(500);
    expect(offsetAt(clockOf(drifting, US), NOW + 1000)).toBe(501);
    const slower = changeSettings(
      drifting,
      {type: 'clock', leaders: [US], change: {driftPpm: -1000}},
      NOW + 1000,
    );
    expect(offsetAt(clockOf(slower.settings, US), NOW + 2000)).toBe(500);
    expect(slower.summary).toBe('the clock of us is +501 ms and drifts −1000 ppm');
  });

  it('never jumps when its drift changes, and has the new offset when the offset changes', () => {
    const changes = fc.array(
      fc.record({
        afterMs: fc.integer({min: 0, max: 100_000}),
        change: fc.oneof(
          fc.record({offsetMs: fc.integer({min: -10_000, max: 10_000})}),
          fc.record({driftPpm: fc.integer({min: -5000, max: 5000})}),
        ),
      }),
    );
    fc.assert(
      fc.property(changes, list => {
        let [settings, nowMs] = [START, NOW];
        for (const {afterMs, change} of list) {
          nowMs += afterMs;
          const before = offsetAt(clockOf(settings, EU), nowMs);
          settings = changeSettings(settings, {type: 'clock', leaders: [EU], change}, nowMs).settings;
          expect(offsetAt(clockOf(settings, EU), nowMs)).toBeCloseTo(
            'offsetMs' in change ? change.offsetMs : before,
            6,
          );
        }
      }),
    );
  });

  it('is correct again after a reset, which removes its setting', () => {
    const settings = settingsAfter([
      {type: 'clock', leaders: [US, EU], change: {driftPpm: 1000}},
      {type: 'clock', leaders: [US], change: 'reset'},
    ]);
    expect(Object.keys(settings.clocks)).toEqual(['eu']);
    expect(offsetAt(clockOf(settings, US), NOW + 99_999)).toBe(0);
  });
});

describe('members', () => {
  it('are added at the end, and their exceptions are removed when they leave', () => {
    const settings = settingsAfter([
      resolver('hlc', [EU]),
      {type: 'clock', leaders: [EU], change: {offsetMs: 5}},
    ]);
    const without = withoutMember(settings, EU, NOW);
    expect(without).toMatchObject({members: [US, AP], exceptions: {}, clocks: {}});
    expect(withMember(without, EU, US).members).toEqual([US, AP, EU]);
  });

  it('get settings that a leader accepts', () => {
    const settings = settingsAfter([
      resolver('hlc', [EU]),
      {type: 'clock', leaders: [EU], change: {driftPpm: 3}},
      {type: 'ack', ack: 'quorum'},
      {type: 'delivery', delivery: 'causal'},
      {type: 'loopguard', on: false},
    ]);
    expect(leaderSettingsSchema.parse(leaderSettings(settings, EU))).toEqual({
      resolver: {name: 'hlc'},
      delivery: 'causal',
      ack: 'quorum',
      loopguard: false,
      members: [US, EU, AP],
      clock: {offsetMs: 0, driftPpm: 3, sinceMs: NOW},
    });
  });
});
