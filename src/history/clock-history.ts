/**
 * Which wall clock each leader had at which time. A change of a clock does not change the stamps of earlier
 * writes, so the clock that stamped a write is looked up here. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import {type ClockSetting, TRUE_CLOCK} from '../core/log/wall-clock.ts';

/** A clock that a leader had until it got another. */
export interface PastClock {
  readonly leader: LeaderId;
  readonly clock: ClockSetting;
  readonly untilMs: number;
}

/**
 * A clock that a leader has or had. The times are by the clock of the machine. A leader without any entry
 * always had the clock of the machine.
 */
export interface ClockSpell {
  readonly leader: LeaderId;
  readonly clock: ClockSetting;
  readonly fromMs: number;
  /** `Infinity` for the present clock. */
  readonly untilMs: number;
}

export interface Stamped {
  /** The time by the clock of the machine. */
  readonly atMs: number;
  /** How far the clock of the stamp was ahead of that of the machine. */
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
 * When the clock of the leader showed `wallMs`, at `latestMs` at the latest; undefined if it never did. A
 * clock that was set back shows the same time twice; then the later time is returned, because the lab learns
 * of writes soon.
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

/** The time of the machine at which this clock shows the given time. */
function momentOf({offsetMs, driftPpm, sinceMs}: ClockSetting, wallMs: number): number {
  const drift = driftPpm * 1e-6;
  return (wallMs - offsetMs + drift * sinceMs) / (1 + drift);
}
