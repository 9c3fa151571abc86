/**
 * How values, dots, leaders, clocks and durations are written. Everything that came from outside the lab
 * passes `legible` here.
 */
import type {LeaderId} from '../../base/ids.ts';
import {isArray, isObject, type Json} from '../../base/json.ts';
import type {Hlc} from '../../core/log/hybrid-clock.ts';
import {type Dot, seqOf, showDot, type VersionVector} from '../../core/log/version-vector.ts';
import type {Reading} from '../../core/state/reading.ts';
import type {ClusterView, LeaderStatus, LeaderView} from '../../port/view.ts';
import {legible} from './legible.ts';
import {accent, type Line, type Run, run, type Tone} from './style.ts';

/** Enough for any screen; a value of a megabyte is not walked to its end for one line. */
const VALUE_TEXT_LIMIT = 400;

/**
 * The leaders as the screen tells them apart: each its tone, and its place in the order that the lab gave
 * them.
 */
export interface Palette {
  tone(leader: LeaderId): Tone;
  /** Of these, in the order of the lab's leaders; strangers last. */
  inOrder<T>(items: readonly T[], leaderOf: (item: T) => LeaderId): readonly T[];
}

export function paletteOf(view: ClusterView): Palette {
  const places = new Map(view.leaders.map(({id}, i) => [id, i]));
  const place = (leader: LeaderId): number => places.get(leader) ?? places.size;
  return {
    tone(leader) {
      const at = places.get(leader);
      return at === undefined ? 'strong' : accent(at);
    },
    inOrder: (items, leaderOf) => [...items].sort((a, b) => place(leaderOf(a)) - place(leaderOf(b))),
  };
}

/** One line: strings in quotes, a set or list as `[a b]`, an object as `{field: value}`. */
export const showValue = (value: Json): string => legible(bare(value, VALUE_TEXT_LIMIT));

function bare(value: Json, budget: number): string {
  if (typeof value === 'string') return `"${value.slice(0, budget)}"`;
  if (value === null || typeof value !== 'object') return String(value);
  if (isArray(value)) return `[${several(value, budget, item => item, bare)}]`;
  if (isObject(value))
    return `{${several(
      Object.entries(value),
      budget,
      entry => entry,
      ([field, item], rest) => `${field}: ${bare(item, rest)}`,
    )}}`;
  return '';
}

function several<Item, T>(
  items: readonly Item[],
  budget: number,
  of: (item: Item) => T,
  show: (item: T, budget: number) => string,
): string {
  const parts: string[] = [];
  let left = budget;
  for (const item of items) {
    if (left <= 0) return `${parts.join(' ')} …`;
    const text = show(of(item), left);
    parts.push(text);
    left -= text.length + 1;
  }
  return parts.join(' ');
}

export const deleted = '(deleted)';
export const absent = '—';

export const showReading = (reading: Reading, palette: Palette): string => {
  if (reading.type === 'absent') return absent;
  if (reading.type === 'value') return showValue(reading.value);
  const siblings = palette.inOrder(reading.siblings, ({dot}) => dot.origin);
  return siblings.map(({value}) => (value === undefined ? deleted : showValue(value))).join(' ∥ ');
};

export const dotRun = (dot: Dot, palette: Palette): Run => run(showDot(dot), palette.tone(dot.origin));

export const nameRun = (leader: LeaderId, palette: Palette): Run => run(leader, palette.tone(leader));

/** `us:12 eu:9`, each in its origin's accent; leaders first, in the cluster's order. */
export function vectorLine(vv: VersionVector, order: readonly LeaderId[], palette: Palette): Line {
  const parts = order
    .filter(origin => seqOf(vv, origin) > 0)
    .map(origin => run(`${origin}:${seqOf(vv, origin)}`, palette.tone(origin)));
  if (parts.length === 0) return [run('no ops yet', 'dim')];
  return parts.flatMap((part, i) => (i === 0 ? [part] : [run(' '), part]));
}

const STATUS: {
  readonly [status in LeaderStatus]: {readonly glyph: string; readonly tone: Tone; readonly word: string};
} = {
  starting: {glyph: '◌', tone: 'dim', word: 'starting'},
  up: {glyph: '●', tone: 'good', word: 'up'},
  paused: {glyph: '◐', tone: 'warn', word: 'paused'},
  down: {glyph: '✕', tone: 'bad', word: 'down'},
};

export const statusGlyph = (status: LeaderStatus): Run => run(STATUS[status].glyph, STATUS[status].tone);

/** `up`, `killed 12 s`. */
export function statusWords(leader: LeaderView, nowMs: number): string {
  return isOut(leader) ? `${statusWord(leader)} ${showAge(nowMs - leader.sinceMs)}` : statusWord(leader);
}

export const isOut = ({status}: LeaderView): boolean => status === 'down' || status === 'paused';

/** `up`, `killed`. */
export const statusWord = (leader: LeaderView): string =>
  leader.status === 'up' ? 'up' : legible(leader.cause ?? STATUS[leader.status].word);

export const statusTone = (status: LeaderStatus): Tone => STATUS[status].tone;

/** How long ago, in its largest unit: `12 s`, `3 min`, `2 h`. */
export function showAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** A duration measured: `3 ms`, `1.2 s`. */
export function showMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 99_950 ? `${(ms / 1000).toFixed(1)} s` : showAge(ms);
}

/** How far a clock is ahead or behind: `+0 ms`, `−5.0 s`. */
export const showOffset = (ms: number): string => `${ms < 0 ? '−' : '+'}${showMs(Math.abs(ms))}`;

/** At most five columns up to a hundred million. */
export const showCount = (n: number): string =>
  n < 99_999.5 ? String(Math.round(n)) : `${Math.round(n / 1000)}k`;

/** `00:03:12`. */
export function showElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
}

/** The time of day where the lab runs: `12:03:11`. */
export function showTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** Virtual time since the start: `00:03.120`, with hours only when there are any. */
export function showVirtual(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const minutes = Math.floor(whole / 60_000);
  const text = `${two(minutes % 60)}:${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, '0')}`;
  return minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}

/** When something was: by the clock of the room, or by virtual time where that is what passes. */
export const showMoment = (ms: number, {virtualTime, startedAtMs}: ClusterView): string =>
  virtualTime === undefined ? showTime(ms) : showVirtual(ms - startedAtMs);

export const showMomentMs = (ms: number, view: ClusterView): string =>
  view.virtualTime === undefined ? showTimeMs(ms) : showMoment(ms, view);

export const showTimeMs = (ms: number): string =>
  `${showTime(ms)}.${String(((Math.floor(ms) % 1000) + 1000) % 1000).padStart(3, '0')}`;

/** A hybrid clock: wall time and the logical counter behind it. */
export const showClock = (hlc: Hlc): string =>
  hlc.wallMs === 0 ? '—' : `${showTimeMs(hlc.wallMs)}+${hlc.logical}`;

/** `1 op`, `3 ops`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const two = (n: number): string => String(n).padStart(2, '0');
