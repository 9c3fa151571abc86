/**
 * Keys in the panes: the table of bindings, and the commands that keys stand for.
 */

import fc from 'fast-check';
import {expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Action, Target} from '../../src/command/action.ts';
import {helpLines} from '../../src/command/help.ts';
import {parse} from '../../src/command/parse.ts';
import type {ClusterView, KeyView, LeaderStatus} from '../../src/port/view.ts';
import type {Context} from '../../src/tui/model/keys/binding.ts';
import {bindingsOf} from '../../src/tui/model/keys/bindings.ts';
import {drawHelp, helpRows} from '../../src/tui/model/overlays/help-list.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {INITIAL_STATE, type UiState, type World} from '../../src/tui/model/state/state.ts';
import {advance, suggestion} from '../../src/tui/model/state/try-next.ts';
import {runs} from '../support/runs.ts';
import {areaOf, textOf} from './pictures.ts';
import {DOWN, ENTER, ESC, NOW, RIGHT, TAB, typed, VIEWS, worldOf} from './scenes.ts';
import {emptyView, troubledView} from './views.ts';

const world = worldOf(troubledView(NOW));
const commands = (...inputs: string[]): string[] =>
  typed([ESC, ...inputs], world).effects.flatMap(effect =>
    effect.type === 'run' ? [effect.text] : [effect.type],
  );

test('no two bindings conflict in any state', () => {
  const together: Context[][] = [
    ['prompt'],
    ['overlay'],
    ['link'],
    ['resolvers'],
    ['topologies'],
    ['help'],
    ['quit'],
    ['panes', 'topology'],
    ['panes', 'leaders'],
    ['panes', 'conflicts'],
    ['panes', 'timeline'],
  ];
  for (const contexts of together) {
    for (const time of ['real', 'virtual'] as const) {
      const keys = bindingsOf(contexts, {time, lab: 'none'}).flatMap(binding => binding.keys);
      expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    }
  }
});

test('ctrl-c quits in every context', () => {
  for (const path of [[], [ESC], ['?'], [ESC, '3', ENTER]])
    expect(typed([...path, '\x03'], world).effects).toContainEqual({type: 'quit'});
});

test('a key on a leader kills it, or restarts it when it is dead; likewise pause', () => {
  expect(commands('2', 'x')).toEqual(['kill us']);
  expect(commands('2', 'll', 'x')).toEqual(['restart ap']);
  expect(commands('2', RIGHT, 'p')).toEqual(['pause eu']);
});

test('a key on a link cuts it, or heals it when it is cut', () => {
  expect(commands('1', 'lll', 'c')).toEqual(['heal us-eu']);
  expect(commands('1', DOWN, DOWN, DOWN, DOWN, 'c')).toEqual(['cut us-ap']);
  expect(commands('1', 'llll', 'o')).toEqual(['hold us-ap']);
  expect(commands('1', 'c')).toEqual([]);
});

test('every command that a key runs is in the language', () => {
  const context = {leaders: world.view.leaders.map(({id}) => id)};
  for (const text of commands(
    'z',
    'r',
    'jj',
    ENTER,
    't',
    'j',
    ENTER,
    'a',
    '2',
    'x',
    'p',
    '1',
    'lll',
    'c',
    'o',
  ))
    expect([text, parse(text, context).ok]).toEqual([text, true]);
});

test('tab and numbers change the pane, and a pane can be zoomed and restored', () => {
  expect(typed([ESC, TAB, TAB], world).state.pane).toBe('conflicts');
  expect(typed([ESC, '\x1b[Z'], world).state.pane).toBe('timeline');
  expect(typed([ESC, '4', '+'], world).state).toMatchObject({pane: 'timeline', zoomed: true});
  expect(typed([ESC, '+', ESC], world).state).toMatchObject({zoomed: false, mode: 'panes'});
  expect(typed([ESC, ESC], world).state.mode).toBe('prompt');
  expect(typed([`${ESC}:set a 1`], world).state).toMatchObject({mode: 'prompt', prompt: {text: 'set a 1'}});
});

test('a selected conflict stays selected when newer ones arrive', () => {
  const {state} = typed([ESC, '3', 'j'], world);
  expect(state.selected.conflicts).toBe(2);
});

test('a frozen screen stays the same while the cluster continues', () => {
  const {state} = typed([ESC, ' '], world);
  expect(state.frozen?.view).toBe(world.view);
  expect(typed([' '], world, state).state.frozen).toBeUndefined();
});

test('quitting asks only if a dead leader alone holds operations that are deleted with the lab', () => {
  expect(typed([ESC, 'q'], world).effects).toEqual([{type: 'quit'}]);
  const [us, eu, ap] = world.view.leaders;
  if (us === undefined || eu === undefined || ap === undefined) throw new Error('three leaders');
  const alone = worldOf({...world.view, leaders: [us, eu, {...ap, vv: {...ap.vv, [leaderId('ap')]: 9}}]});
  const asked = typed([ESC, 'q'], alone);
  expect(asked.effects).toEqual([]);
  expect(asked.state.overlay).toMatchObject({
    type: 'quit',
    why: expect.stringContaining('5 ops that no other leader has'),
  });
  expect(typed(['y'], alone, asked.state).effects).toEqual([{type: 'quit'}]);
  expect(typed(['n'], alone, asked.state).state.overlay).toBeUndefined();
  expect(typed([ESC, 'q'], {...alone, keepsData: true}).effects).toEqual([{type: 'quit'}]);
});

test('every key that the help lists works', () => {
  const {state} = typed(['?', ENTER], world);
  expect(state).toMatchObject({mode: 'prompt'});
  expect(state.overlay).toBeUndefined();
  expect(state.prompt.text).toMatch(/^\w+ $/);
});

test('the prompt says when letters are keys and not text, and how to type again', () => {
  const prompt = (...inputs: string[]): string =>
    areaOf('prompt', typed(inputs, world).state, world)[0]?.trim() ?? '';
  for (const inputs of [[ESC], [ESC, '2'], [ESC, '3'], [ESC, 'lll', ENTER], [ESC, 'r']])
    expect(prompt(...inputs)).toBe('us › letters are keys now, not text: i types a command');
  for (const inputs of [[], [ESC, 'i'], ['?'], [ESC, '3', '/']]) expect(prompt(...inputs)).toBe('us ›');
  expect(prompt('set a', ESC)).toBe('us › set a');
});

/** The lines within the frame of the overlay. */
const overlayOf = (state: UiState, sized: World): string[] =>
  areaOf('overlay', state, sized)
    .slice(1, -1)
    .map(line => line.slice(1, -1));
const words = (lines: readonly string[]): string => lines.join(' ').replace(/\s+/g, ' ');

test('the help shows every command and key completely, at any width, and paging skips no line', () => {
  for (const [columns, rows] of [
    [60, 20],
    [80, 24],
    [100, 30],
  ] as const) {
    const sized = worldOf(troubledView(NOW), {columns, rows});
    let {state} = typed(['?'], sized);
    const pages = Array.from({length: 40}, () => {
      const page = overlayOf(state, sized);
      state = typed(['\x1b[6~'], sized, state).state;
      return page;
    });
    expect(pages[1]).not.toEqual(pages[0]);
    const lines = pages.flat().map(line => line.trim());
    const all = drawHelp(1, {time: 'real', lab: 'none'}, columns - 4, 10_000).map(line =>
      textOf(line).trim(),
    );
    expect(all.filter(line => !lines.includes(line))).toEqual([]);
    const text = words(all);
    for (const row of helpRows({time: 'real', lab: 'none'}))
      if (row.type !== 'heading') expect(text).toContain(row.type === 'command' ? row.summary : row.says);
    const cut = pages.flat().filter(line => /\S…$/.test(line.trim()));
    expect(cut).toEqual([]);
    for (const [i, page] of pages.entries()) {
      const next = pages[i + 1];
      if (next !== undefined)
        expect(page.some(line => next.map(one => one.trim()).includes(line.trim()))).toBe(true);
    }
  }
});

test('help for one command is wrapped where the window is narrow', () => {
  const sized = worldOf(emptyView(), {columns: 80, rows: 24});
  const asked = typed(['help set', ENTER], sized).state;
  const result = {type: 'help', topic: 'set', lines: helpLines('set')} as const;
  const {state} = reduce(
    asked,
    {type: 'answered', id: 1, entry: {text: 'help set', status: 'ok', ms: 1, result}},
    sized,
  );
  const shown = areaOf('overlay', state, sized).map(line => line.slice(1, -1));
  expect(words(shown)).toContain('Only the leader that takes the write checks this.');
  expect(shown.join('\n')).not.toContain('…');
});

test('a leader that crashes by itself is reported in the timeline', () => {
  const before = reduce(INITIAL_STATE, {type: 'refreshed'}, worldOf(emptyView())).state;
  const view = emptyView();
  const crashed = {
    ...view,
    leaders: view.leaders.map(leader =>
      leader.id === 'eu' ? {...leader, status: 'down' as const, cause: 'crashed (exit 1)'} : leader,
    ),
  };
  const {state} = reduce(before, {type: 'refreshed'}, worldOf(crashed));
  expect(state.timeline).toMatchObject([{type: 'notice', leaders: ['eu'], text: 'crashed (exit 1)'}]);
});

test('suggestions advance when done, skip steps that were overtaken, and are valid commands', () => {
  const view = emptyView();
  const context = {leaders: view.leaders.map(({id}) => id)};
  for (let step = 0; suggestion(step, view) !== undefined; step++) {
    const parsed = parse(suggestion(step, view)?.command ?? '', context);
    expect(parsed.ok).toBe(true);
  }
  expect(suggestion(advance(0, {...view, conflictCount: 1}, undefined), view)?.command).toBe('explain 1');
  const killed = parse('kill ap', context);
  if (!killed.ok) throw new Error(killed.failure.message);
  expect(suggestion(advance(0, view, killed.value), view)?.command).toBe('set n 1 @us');
});

test('the first suggestion is to repair a leader that no longer applies operations of another', () => {
  const view = emptyView();
  const stopped = {sinceMs: 0, error: 'ERROR', repair: ''};
  const links = view.links.map(link => (link.from === 'us' && link.to === 'eu' ? {...link, stopped} : link));
  expect(suggestion(0, {...view, links})?.command).toBe('skip us @eu');
  const halted = [
    {origin: leaderId('ap'), dot: {origin: leaderId('ap'), seq: 1}, key: key('seat'), with: []},
  ];
  const leaders = view.leaders.map(leader => (leader.id === 'us' ? {...leader, halted} : leader));
  expect(suggestion(99, {...view, leaders})).toEqual({
    command: 'skip ap @us',
    why: "us has stopped at ap's write to seat; this discards that write at us",
  });
});

const STATUSES = ['up', 'up', 'paused', 'down', 'starting'] as const;

/** These views with leaders in any state and links cut. */
const worlds = fc
  .tuple(
    fc.constantFrom(...VIEWS),
    fc.array(fc.constantFrom(...STATUSES), {minLength: 32, maxLength: 32}),
    fc.boolean(),
  )
  .map(
    ([view, statuses, isCut]): ClusterView => ({
      ...view,
      leaders: view.leaders.map((leader, i) => ({...leader, status: statuses[i] ?? 'up'})),
      links: view.links.map((link, i) =>
        isCut && i === 0 ? {...link, rule: {...link.rule, cut: true}} : link,
      ),
    }),
  );

function placesOf(action: Action): readonly Target[] {
  if (action.type === 'concurrently') return action.writes.map(({at}) => at);
  return action.type === 'write' || action.type === 'txn' || action.type === 'read' || action.type === 'skip'
    ? [action.at]
    : [];
}

test(
  'suggested writes and reads name only leaders that are up; if none is up, the suggestion ' +
    'brings one back',
  () => {
    fc.assert(
      fc.property(worlds, fc.nat(25), (view, step) => {
        const next = suggestion(step, view);
        if (next === undefined) return;
        const parsed = parse(next.command, {leaders: view.leaders.map(({id}) => id)});
        if (!parsed.ok) throw new Error(`${next.command}: ${parsed.failure.message}`);
        const up = view.leaders.filter(({status}) => status === 'up').map(({id}) => id);
        for (const at of placesOf(parsed.value)) {
          expect(at.type).toBe('leaders');
          for (const id of at.type === 'leaders' ? at.leaders : []) expect(up).toContain(id);
        }
        if (up.length === 0) expect(next.command).toMatch(/^(restart|resume) all$/);
      }),
      {numRuns: runs(500)},
    );
  },
);

const withStatuses = (statuses: {readonly [id: string]: LeaderStatus}): ClusterView => ({
  ...emptyView(),
  leaders: emptyView().leaders.map(leader => ({...leader, status: statuses[leader.id] ?? 'up'})),
});

const after = (command: string, view: ClusterView, from = 0): number => {
  const parsed = parse(command, {leaders: view.leaders.map(({id}) => id)});
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return advance(from, view, parsed.value);
};

test('if the suggestion is a write that a dead leader misses, it is at a live leader', () => {
  const view = withStatuses({us: 'down'});
  expect(suggestion(after('kill us', view), view)?.command).toBe('set n 1 @eu');
  expect(suggestion(after('cut us-eu', view), view)?.command).toBe('restart us');
});

test('if no leader is live, the first suggestion brings them back', () => {
  const dead = withStatuses({us: 'down', eu: 'down', ap: 'down'});
  expect(suggestion(0, dead)).toEqual({command: 'restart all', why: 'no leader is live'});
  expect(suggestion(99, dead)?.command).toBe('restart all');
  expect(suggestion(0, withStatuses({us: 'paused', eu: 'paused', ap: 'paused'}))?.command).toBe('resume all');
  expect(suggestion(0, withStatuses({us: 'paused', eu: 'paused', ap: 'down'}))?.command).toBe('restart all');
});

test('a link that undo has cut again is healed before the suggestions continue', () => {
  const view = emptyView();
  const cut = {...view, links: view.links.map(link => ({...link, rule: {...link.rule, cut: true}}))};
  const healed = after('heal', view, after('cut us-eu', cut));
  expect(suggestion(healed, view)?.command).toBe('resolver siblings');
  expect(suggestion(after('undo', cut, healed), cut)).toEqual({command: 'heal', why: 'what waited passes'});
});

test('if values differ permanently, as after skip, a later write is suggested', () => {
  const view = emptyView();
  const seat = (value: string): KeyView => ({
    key: key('seat'),
    reading: {type: 'value', value},
    frontierSize: 1,
    changedAtMs: 0,
  });
  const leaders = view.leaders.map(leader => ({
    ...leader,
    keys: [seat(leader.id === 'us' ? 'Ada L' : 'Bob')],
  }));
  const convergence = {type: 'diverged', live: 3, missingOps: 0} as const;
  const differs: ClusterView = {...view, leaders, convergence, conflictCount: 1};
  const explained = after('explain 1', differs, 1);
  expect(suggestion(explained, differs)?.command).toBe('set seat "Ada L" @us');
  expect(suggestion(explained, {...differs, convergence: {...convergence, missingOps: 1}})?.command).toBe(
    'kill ap',
  );
  expect(suggestion(explained - 1, differs)?.command).toBe('explain 1');
  const lacking = leaders.map(leader => (leader.id === 'eu' ? {...leader, keys: []} : leader));
  expect(suggestion(explained, {...differs, leaders: lacking})?.command).toBe('kill ap');
});

test('after the first steps the suggestions are a comparison, a slow clock, a topology and a load', () => {
  const view = emptyView();
  const slow = {
    ...view,
    leaders: view.leaders.map((leader, i) => (i === 1 ? {...leader, clockOffsetMs: -30_000} : leader)),
  };
  const offered: string[] = [];
  for (let step = 0; suggestion(step, slow) !== undefined; step++)
    offered.push(suggestion(step, slow)?.command ?? '');
  const first = offered.indexOf('clock eu -30s');
  expect(offered.slice(first - 2, first)).toEqual(['compare likes', 'resolver lww']);
  expect(offered.slice(first + 3)).toEqual(['clock eu reset', 'topology ring', 'load 100/s for 10s']);
  const done = (command: string, from: number, seen: ClusterView = slow): number => {
    const parsed = parse(command, {leaders: view.leaders.map(({id}) => id)});
    if (!parsed.ok) throw new Error(parsed.failure.message);
    return advance(from, seen, parsed.value);
  };
  expect(done('set title C @us', first + 1)).toBe(first + 2);
  expect(done('set title D @eu', first + 2)).toBe(first + 3);
  expect(done('clock eu reset', first + 3, view)).toBe(first + 4);
});

test('a command counts by its meaning when it ran, even if its leader has left since', () => {
  const calm = worldOf(emptyView());
  const {state} = typed(['kill sa', ENTER], calm);
  const meant = parse('kill sa', {leaders: [leaderId('sa')]});
  if (!meant.ok) throw new Error(meant.failure.message);
  const entry = {text: 'kill sa', status: 'ok', ms: 1, action: meant.value} as const;
  const after = reduce(state, {type: 'answered', id: state.nextId - 1, entry}, calm).state;
  expect(suggestion(after.step, calm.view)?.command).toBe('set n 1 @us');
});
