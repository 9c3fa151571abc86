import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {ClockChange} from '../../src/command/action.ts';
import {wallClock} from '../../src/core/log/wall-clock.ts';
import {
  changeSettings,
  clockOf,
  INITIAL,
  type Settings,
  withMember,
  withoutMember,
} from '../../src/engines/shared/model/cluster-settings.ts';
import {clockSpells, stampedAt} from '../../src/history/clock-history.ts';
import {AP, EU, US} from '../support/cluster.ts';

const START: Settings = {...INITIAL, members: [US, EU, AP]};
const NOW = 1_000_000_000;

const spellsOf = (settings: Settings) => clockSpells(settings.pastClocks, settings.clocks);
const changed = (settings: Settings, change: ClockChange | 'reset', nowMs: number): Settings =>
  changeSettings(settings, {type: 'clock', leaders: [EU], change}, nowMs).settings;

const anyChange = fc.oneof(
  fc.record({offsetMs: fc.integer({min: -100_000, max: 100_000})}),
  fc.record({driftPpm: fc.integer({min: -500_000, max: 500_000})}),
  fc.constant('reset' as const),
);

describe('when a write was stamped', () => {
  it('is known after any change of the clock, if the write was reported at once', () => {
    const anySteps = fc.array(fc.tuple(anyChange, fc.integer({min: 10, max: 10_000})), {maxLength: 6});
    fc.assert(
      fc.property(anySteps, anySteps, (before, after) => {
        let nowMs = NOW;
        const follow = (settings: Settings, steps: typeof before): Settings =>
          steps.reduce((present, [change, ms]) => {
            const next = changed(present, change, nowMs);
            nowMs += ms;
            return next;
          }, settings);
        const then = follow(START, before);
        const writtenMs = nowMs;
        const wallMs = wallClock(clockOf(then, EU), writtenMs);
        nowMs += 10;
        const spells = spellsOf(follow(then, after));
        const stamped = stampedAt(spells, EU, wallMs, writtenMs);
        expect(Math.abs((stamped?.atMs ?? 0) - writtenMs)).toBeLessThanOrEqual(2);
        expect(Math.abs((stamped?.offsetMs ?? 0) - (wallMs - writtenMs))).toBeLessThanOrEqual(2);
      }),
    );
  });

  it(
    'is the time of the clock if that clock was never changed, and unknown if that time is ' +
      'after the report',
    () => {
      expect(stampedAt([], US, 500, 510)).toEqual({atMs: 500, offsetMs: 0});
      expect(stampedAt([], US, 900, 510)).toBeUndefined();
      const spells = spellsOf(changed(START, {offsetMs: -5000}, NOW));
      expect(stampedAt(spells, EU, NOW - 10, NOW)).toEqual({atMs: NOW - 10, offsetMs: 0});
      expect(stampedAt(spells, EU, NOW - 10, NOW + 6000)).toEqual({atMs: NOW + 4990, offsetMs: -5000});
      expect(stampedAt(spells, EU, NOW + 10, NOW + 20)).toBeUndefined();
    },
  );

  it('is known for a leader that has left, and for one that came back with another clock', () => {
    const left = withoutMember(changed(START, {offsetMs: 300}, NOW), EU, NOW + 1000);
    for (const settings of [left, withMember(left, EU, undefined)]) {
      expect(stampedAt(spellsOf(settings), EU, NOW + 800, NOW + 2000)).toEqual({
        atMs: NOW + 500,
        offsetMs: 300,
      });
      expect(stampedAt(spellsOf(settings), EU, NOW + 1500, NOW + 2000)).toEqual({
        atMs: NOW + 1500,
        offsetMs: 0,
      });
    }
  });
});
