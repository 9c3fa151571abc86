/**
 * What no command asked for and belongs in the timeline all the same: what leaders have to say, and that one
 * died although nobody killed it. Where time is virtual it may have been taken back since the last look: what
 * lies before is no news, and what happens again is.
 */
import type {ClusterView, LeaderView, Notice} from '../../../port/view.ts';
import {legible} from '../text/legible.ts';
import {appended, type Item, type UiState} from './state.ts';

/** Longer than operations take to the farthest leader, on all but the slowest links. */
const TOGETHER_MS = 5000;

type NoticeItem = Extract<Item, {type: 'notice'}>;

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

/** A crash that is older than what was last seen of the leader is one that time was taken back to. */
const hasCrashed = (before: LeaderView, now: LeaderView): boolean =>
  before.status !== now.status && (now.cause ?? '').startsWith('crashed') && now.sinceMs >= before.sinceMs;

/** What stands behind the newest that was seen and is still there. */
function unseen(seen: readonly Notice[], present: readonly Notice[]): readonly Notice[] {
  for (const known of [...seen].reverse()) {
    const same = present.indexOf(known);
    const at = same >= 0 ? same : present.findLastIndex(notice => isSame(notice, known));
    if (at >= 0) return present.slice(at + 1);
  }
  return present;
}

/** A view that was made anew has the same notices as other objects. */
const isSame = (one: Notice, other: Notice): boolean =>
  one.atMs === other.atMs && one.leader === other.leader && one.text === other.text;

/**
 * On a line of its own, unless another leader has just said the same: of a module that fails everywhere one
 * line is enough.
 */
function noted(state: UiState, {atMs, leader, text: said}: Notice): UiState {
  const text = legible(said);
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

/** What stands before time was taken back is of another course of events. */
const sinceBack = (timeline: readonly Item[]): readonly Item[] =>
  timeline.slice(
    timeline.findLastIndex(item => item.type === 'command' && item.entry?.action?.type === 'back') + 1,
  );
