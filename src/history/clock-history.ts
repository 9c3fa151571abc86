/**
 * Which wall clock a leader had when. A clock that is set anew must not rewrite what was written by it
 * before, so whoever tells of a write asks here by which clock it was stamped, and not how that clock goes
 * now. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import {type ClockSetting, TRUE_CLOCK} from '../core/log/wall-clock.ts';

/** One that a leader had until it got another. */
export interface PastClock {
  readonly leader: LeaderId;
  readonly clock: ClockSetting;
  readonly untilMs: number;
}

/**
 * One that a leader has or had; the times are the machine's. Leaders of which there is none always had the
 * machine's own.
 */
export interface ClockSpell {
  readonly leader: LeaderId;
  readonly clock: ClockSetting;
  readonly fromMs: number;
  /** `Infinity` of the present one. */
  readonly untilMs: number;
}

export interface Stamped {
  /** When it was, by the machine's clock. */
  readonly atMs: number;
  /** How far the clock that stamped it was ahead of the machine's. */
  readonly offsetMs: number;
}

/** Clocks round to whole milliseconds. */
const ROUNDING_MS = 1;

/** In the order of time for each leader. */
export function clockSpells(
  past: readonly PastClock[],
  present: {readonly [leader: LeaderId]: ClockSetting},
): readonly ClockSpell[] {
  const leaders = new Set([...past.map(({leader}) => leader), ...(Object.keys(present) as LeaderId[])]);
  return [...leaders].flatMap(leader => {
    const ended = past.filter(one => one.leader === leader);
    const all = [...ended, {leader, clock: present[leader] ?? TRUE_CLOCK, untilMs: Number.POSITIVE_INFINITY}];
    return all.map((spell, i): ClockSpell => ({...spell, fromMs: all[i - 1]?.untilMs ?? 0}));
  });
}

/**
 * When the leader's clock said `wallMs`, at `latestMs` at the latest; `undefined` where it cannot have. A
 * clock that was set back says the same twice: then it was the last time, since writes are heard of soon.
 */
export function stampedAt(
  spells: readonly ClockSpell[],
  leader: LeaderId,
  wallMs: number,
  latestMs: number,
): Stamped | undefined {
  const own = spells.filter(spell => spell.leader === leader);
  const moments = (own.length === 0 ? clockSpells([], {[leader]: TRUE_CLOCK}) : own).flatMap(
    ({clock, fromMs, untilMs}) => {
      const atMs = momentOf(clock, wallMs);
      const isWithin =
        atMs >= fromMs - ROUNDING_MS && atMs <= untilMs + ROUNDING_MS && atMs <= latestMs + ROUNDING_MS;
      return isWithin ? [{atMs, offsetMs: wallMs - atMs}] : [];
    },
  );
  return moments.at(-1);
}

/** When by the machine's clock this one says so. */
function momentOf({offsetMs, driftPpm, sinceMs}: ClockSetting, wallMs: number): number {
  const drift = driftPpm * 1e-6;
  return (wallMs - offsetMs + drift * sinceMs) / (1 + drift);
}
