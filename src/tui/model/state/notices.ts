/**
 * Adds events to the timeline that no command caused: notices of leaders, and crashes of leaders that nobody
 * killed. Virtual time may have been taken back since the last view. Then earlier events are not new, but
 * events that happen again are.
 */
import type {ClusterView, LeaderView, Notice} from '../../../port/view.ts';
import {legible} from '../text/legible.ts';
import {appended, type Item, type UiState} from './state.ts';

/** Longer than an operation takes to the farthest leader, except on the slowest links. */
const TOGETHER_MS = 5000;

type NoticeItem = Extract<Item, {type: 'notice'}>;

/**
 * Adds to the timeline what is new in `view` since `state.seen`. A crash gets the time `nowMs`; a notice has
 * its own. The caller stores the view as `seen` afterwards.
 */
export function noticed(state: UiState, view: ClusterView, nowMs: number): UiState {
  const {seen} = state;
  let next = state;
  for (const notice of unseen(seen?.notices ?? [], view.notices)) next = noted(next, notice);
  for (const leader of view.leaders) {
    const before = seen?.leaders.find(({id}) => id === leader.id);
    if (before === undefined || !hasCrashed(before, leader)) continue;
    const text = legible(leader.cause ?? '');
    next = appended(next, {
      type: 'notice',
      id: next.nextId,
      atMs: nowMs,
      leaders: [leader.id],
      text,
      tone: 'bad',
    });
  }
  return next;
}

/** A crash older than the last view of the leader is not new: time was taken back to it. */
const hasCrashed = (before: LeaderView, now: LeaderView): boolean =>
  before.status !== now.status && (now.cause ?? '').startsWith('crashed') && now.sinceMs >= before.sinceMs;

/** The notices after the newest one that was seen and is still present. */
function unseen(seen: readonly Notice[], present: readonly Notice[]): readonly Notice[] {
  for (const known of [...seen].reverse()) {
    const same = present.indexOf(known);
    const at = same >= 0 ? same : present.findLastIndex(notice => isSame(notice, known));
    if (at >= 0) return present.slice(at + 1);
  }
  return present;
}

/** A rebuilt view has equal notices, but they are other objects. */
const isSame = (one: Notice, other: Notice): boolean =>
  one.atMs === other.atMs && one.leader === other.leader && one.text === other.text;

/**
 * Adds the notice on a line of its own. If another leader has just reported the same, it joins that line: one
 * line is enough for a module that fails everywhere.
 */
function noted(state: UiState, {atMs, leader, text: rawText}: Notice): UiState {
  const text = legible(rawText);
  const leaders = leader === undefined ? [] : [leader];
  const same = sinceBack(state.timeline).findLast(
    (item): item is NoticeItem => item.type === 'notice' && item.text === text,
  );
  if (
    same === undefined ||
    atMs - same.atMs >= TOGETHER_MS ||
    leaders.every(id => same.leaders.includes(id))
  ) {
    return appended(state, {type: 'notice', id: state.nextId, atMs, leaders, text, tone: 'warn'});
  }
  const joined: NoticeItem = {...same, leaders: [...same.leaders, ...leaders]};
  return {...state, timeline: state.timeline.map(item => (item === same ? joined : item))};
}

/** The items since time was last taken back; earlier items belong to another course of events. */
const sinceBack = (timeline: readonly Item[]): readonly Item[] =>
  timeline.slice(
    timeline.findLastIndex(item => item.type === 'command' && item.entry?.action?.type === 'back') + 1,
  );
