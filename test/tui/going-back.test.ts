/**
 * Virtual time taken back while the screen looks: nothing is told twice, nothing stays of what has not
 * happened.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import type {ClusterView, LeaderView, Notice} from '../../src/port/view.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {drawFrame} from '../../src/tui/model/screen-frame.ts';
import {INITIAL_STATE, type UiState} from '../../src/tui/model/state/state.ts';
import {areaOf} from './pictures.ts';
import {changed, ENTER, ESC, ran, typed, worldOf} from './scenes.ts';
import {conflict, emptyView} from './views.ts';
import {STORY, simView, WRITTEN_MS} from './worlds.ts';

const look = (state: UiState, view: ClusterView, nowMs = WRITTEN_MS): UiState =>
  reduce(state, {type: 'refreshed'}, worldOf(view, {nowMs})).state;
const said = (leader: string, afterMs: number, text = 'custom failed'): Notice => ({
  atMs: WRITTEN_MS + afterMs,
  leader: leaderId(leader),
  text,
});
const told = (...notices: Notice[]): ClusterView => ({...simView(0), notices});
const noticesIn = ({timeline}: UiState): string[] =>
  timeline.flatMap(item =>
    item.type === 'notice' ? [`${item.leaders.join()} ${item.text} +${item.atMs - WRITTEN_MS}`] : [],
  );
const wentBack = (state: UiState, view: ClusterView): UiState =>
  ran(look(state, view), 'back', changed('back to the start'), view, WRITTEN_MS);

test('notices from before the time that `back` restores are not shown again', () => {
  const seen = look(INITIAL_STATE, told(said('us', 0, 'one'), said('eu', 5, 'two'), said('ap', 9, 'three')));
  const back = wentBack(seen, told(said('us', 0, 'one'), said('eu', 5, 'two')));
  expect(noticesIn(back)).toEqual(['us one +0', 'eu two +5', 'ap three +9']);
  expect(noticesIn(wentBack(back, told()))).toHaveLength(3);
});

test('an event that happens again after `back` is shown again, on its own line', () => {
  const seen = look(INITIAL_STATE, told(said('us', 10)));
  const again = look(wentBack(seen, told()), told(said('eu', 12)));
  expect(noticesIn(again)).toEqual(['us custom failed +10', 'eu custom failed +12']);
  expect(again.timeline.map(item => item.type)).toEqual(['notice', 'command', 'notice']);
  expect(noticesIn(look(again, told(said('eu', 12), said('ap', 14))))).toEqual([
    'us custom failed +10',
    'eu,ap custom failed +12',
  ]);
});

test('a crash that `back` restores is not a new crash', () => {
  const as = (change: Partial<LeaderView>): ClusterView => ({
    ...simView(0),
    leaders: simView(0).leaders.map(leader => (leader.id === 'eu' ? {...leader, ...change} : leader)),
  });
  const crashed = as({status: 'down', cause: 'crashed (exit 1)', sinceMs: WRITTEN_MS + 10});
  const restarted = as({status: 'up', sinceMs: WRITTEN_MS + 30});
  const up = look(look(look(INITIAL_STATE, as({})), crashed), restarted);
  expect(noticesIn(up)).toHaveLength(1);
  expect(noticesIn(look(up, crashed))).toHaveLength(1);
  expect(noticesIn(look(look(up, as({})), crashed))).toHaveLength(2);
});

test(
  'an open story says if its conflict is in the future, and a new conflict with its number ' +
    'shows its own story',
  () => {
    const there = worldOf(simView(45), {nowMs: WRITTEN_MS + 45});
    const [known] = there.view.conflicts;
    if (known === undefined) throw new Error('a conflict');
    const begun = typed([ESC, '3', ENTER], there).state;
    const entry = {
      text: 'explain 1',
      status: 'ok',
      ms: 1,
      result: {type: 'explained', conflict: known, leaders: [], story: STORY},
    } as const;
    const open = reduce(begun, {type: 'answered', id: begun.nextId - 1, entry}, there).state;
    const shown = (view: ClusterView): string => areaOf('overlay', open, worldOf(view)).join('\n');
    expect(shown(there.view)).toContain('what happened');
    expect(shown(simView(0))).toMatch(/conflict #1[\s\S]*not there yet: time was taken back/);
    expect(shown(simView(0))).not.toContain('what happened');
    const other = conflict(1, 'cart', {detectedAtMs: known.detectedAtMs});
    expect(shown({...there.view, conflicts: [other]})).toMatch(/conflict #1 · cart/);
    expect(shown({...there.view, conflicts: [other]})).not.toContain('what happened');
    // What has dropped out of a long log at its old end is told all the same.
    expect(shown({...there.view, conflicts: [conflict(7, 'cart')]})).toContain('what happened');
    expect(shown(emptyView())).toContain('what happened');
  },
);

test('if the selected entry is missing, another one is selected until the entry returns', () => {
  const two = {...simView(45), conflicts: [...simView(45).conflicts, conflict(2, 'cart')]};
  const at = worldOf(two, {nowMs: WRITTEN_MS + 45});
  const {state} = typed([ESC, '3'], at);
  const first = typed(['j'], at, state).state;
  const explained = (view: ClusterView): string[] =>
    typed([ENTER], worldOf(view), look(first, view)).effects.flatMap(effect =>
      effect.type === 'run' ? [effect.text] : [],
    );
  expect(explained(two)).toEqual(['explain 1']);
  expect(explained(simView(0))).toEqual([]);
  expect(explained(two)).toEqual(['explain 1']);
  const joined = {
    ...two,
    leaders: [...two.leaders, ...two.leaders.slice(0, 1).map(leader => ({...leader, id: leaderId('sa')}))],
  };
  const onLast = look(typed([ESC, '2', 'G'], worldOf(joined)).state, two);
  expect(onLast.selected.leaders).toBe(2);
});

test('a link that no longer exists is not inspected, and its keys do nothing', () => {
  const at = worldOf(simView(30), {nowMs: WRITTEN_MS + 30});
  const {state} = typed([ESC, 'lll', ENTER], at);
  const gone = worldOf({...at.view, links: at.view.links.filter(({id}) => !id.includes('eu'))});
  expect(areaOf('overlay', state, gone).join('\n')).toContain('us-eu is not a link of this topology');
  expect(typed(['d', 'D', 'c'], gone, state).effects).toEqual([]);
});

test('a change in the future is not highlighted', () => {
  const view = simView(45);
  const toneAt = (nowMs: number): string => JSON.stringify(lineTones(view, nowMs));
  expect(toneAt(WRITTEN_MS + 45)).toContain('changed');
  expect(toneAt(WRITTEN_MS - 2000)).not.toContain('changed');
});

const lineTones = (view: ClusterView, nowMs: number): readonly string[] => {
  const world = worldOf(view, {nowMs});
  const {areas} = drawFrame(INITIAL_STATE, world);
  return areas
    .filter(({id}) => id.startsWith('leaders'))
    .flatMap(({lines}) => lines.flat().map(({tone}) => tone));
};
