/**
 * Writes values, dots, leaders, clocks and durations. Text from outside the lab passes through `legible`
 * here.
 */
import type {LeaderId} from '../../../base/ids.ts';
import {showVirtual} from '../../../base/show-virtual.ts';
import type {Hlc} from '../../../core/log/hybrid-clock.ts';
import {type Dot, seqOf, showDot, type VersionVector} from '../../../core/log/version-vector.ts';
import type {ClusterView, LeaderStatus, LeaderView} from '../../../port/view.ts';
import {showMs} from '../../../report/words/show-time.ts';
import {compactValue, type Notation} from '../../../report/words/show-value.ts';
import {legible} from './legible.ts';
import {accent, type Line, type Run, run, type Tone} from './style.ts';

/**
 * How the screen distinguishes leaders: each has a tone and a place in the given order; unknown leaders come
 * last. As a notation it keeps values short, because columns are narrow.
 */
export interface Palette extends Notation {
  tone(leader: LeaderId): Tone;
}

/**
 * Returns the palette of the view's leaders, in their order. A leader that the view does not have gets the
 * tone `strong`.
 */
export function paletteOf(view: ClusterView): Palette {
  const places = new Map(view.leaders.map(({id}, i) => [id, i]));
  const place = (leader: LeaderId): number => places.get(leader) ?? places.size;
  return {
    tone(leader) {
      const at = places.get(leader);
      return at === undefined ? 'strong' : accent(at);
    },
    inOrder: (items, leaderOf) => [...items].sort((a, b) => place(leaderOf(a)) - place(leaderOf(b))),
    value: value => legible(compactValue(value)),
    absent,
    deleted,
    between: ' ∥ ',
  };
}

export const deleted = '(deleted)';
export const absent = '—';

/** Returns the operation's name, such as `us:8`, in the tone of its origin. */
export const dotRun = (dot: Dot, palette: Palette): Run => run(showDot(dot), palette.tone(dot.origin));

/** Returns the leader's name in its own tone. */
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

/** Returns the glyph of the status in its tone, one column wide: `◌`, `●`, `◐` or `✕`. */
export const statusGlyph = (status: LeaderStatus): Run => run(STATUS[status].glyph, STATUS[status].tone);

/** `up`, `killed 12 s`. */
export function statusWords(leader: LeaderView, nowMs: number): string {
  return isOut(leader) ? `${statusWord(leader)} ${showAge(nowMs - leader.sinceMs)}` : statusWord(leader);
}

/** True if the leader is down or paused, so its figures are the last known ones. */
export const isOut = ({status}: LeaderView): boolean => status === 'down' || status === 'paused';

/** `up`, `killed`. */
export const statusWord = (leader: LeaderView): string =>
  leader.status === 'up' ? 'up' : legible(leader.cause ?? STATUS[leader.status].word);

/** Returns the tone of the status, such as `good` for `up`. */
export const statusTone = (status: LeaderStatus): Tone => STATUS[status].tone;

/** How long ago, in its largest unit: `12 s`, `3 min`, `2 h`. */
export function showAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** How far a clock is ahead or behind: `+0 ms`, `−5.0 s`. */
export const showOffset = (ms: number): string => `${ms < 0 ? '−' : '+'}${showMs(Math.abs(ms))}`;

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

/** The time of an event: the local time of day, or virtual time if the cluster has it. */
export const showMoment = (ms: number, {virtualTime, startedAtMs}: ClusterView): string =>
  virtualTime === undefined ? showTime(ms) : showVirtual(ms - startedAtMs);

/**
 * Returns the time of an event to the millisecond: the local time of day, or virtual time since the start if
 * the cluster has it. `ms` is a time by the cluster's clock.
 */
export const showMomentMs = (ms: number, view: ClusterView): string =>
  view.virtualTime === undefined ? showTimeMs(ms) : showMoment(ms, view);

/** Returns the local time of day to the millisecond: `12:03:11.042`. `ms` counts from 1970. */
export const showTimeMs = (ms: number): string =>
  `${showTime(ms)}.${String(((Math.floor(ms) % 1000) + 1000) % 1000).padStart(3, '0')}`;

/** A hybrid clock: wall time and the logical counter behind it. */
export const showHlc = (hlc: Hlc): string =>
  hlc.wallMs === 0 ? '—' : `${showTimeMs(hlc.wallMs)}+${hlc.logical}`;

const two = (n: number): string => String(n).padStart(2, '0');
