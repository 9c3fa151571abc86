/**
 * Choosing resolvers and topologies, inspecting a link, and what is told in full: every choice is a command.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {RESOLVER_NAMES, type ResolverName} from '../../src/core/resolvers/spec.ts';
import type {ClusterView, LinkView} from '../../src/port/view.ts';
import type {Entry} from '../../src/session/session-result.ts';
import {helpRows} from '../../src/tui/model/overlays/help-list.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import type {UiState, World} from '../../src/tui/model/state/state.ts';
import {manyView} from './many-leaders.ts';
import {areaOf, pictureOf} from './pictures.ts';
import {DOWN, ENTER, ESC, NOW, RIGHT, typed, worldOf} from './scenes.ts';
import {emptyView} from './views.ts';
import {COMPARISON, richView, STORY} from './worlds.ts';

const world = worldOf(emptyView());
const rich = worldOf(richView(NOW), {undoable: 'heal us-eu'});
const LEFT = '\x1b[D';

const commands = (from: World, ...inputs: string[]): string[] =>
  typed([ESC, ...inputs], from).effects.flatMap(effect => (effect.type === 'run' ? [effect.text] : []));
const overlay = (state: UiState, from: World): string => areaOf('overlay', state, from).join('\n');

test('the list of resolvers opens at the one in use, and enter switches to the chosen one', () => {
  expect(commands(world, 'r', ENTER)).toEqual(['resolver lww']);
  expect(commands(world, 'r', 'j', ENTER)).toEqual(['resolver hlc']);
  expect(commands(world, 'r', DOWN, DOWN, 'k', ENTER)).toEqual(['resolver hlc']);
  expect(commands(worldOf({...emptyView(), resolver: {name: 'crdt'}}), 'r', ENTER)).toEqual([
    'resolver crdt',
  ]);
  expect(commands(world, 'r', 'j', ESC, 'r', 'q')).toEqual([]);
  expect(typed([ESC, 'r', 'j', ENTER], world).state.overlay).toBeUndefined();
});

test('a resolver is chosen for the cluster or for one leader', () => {
  expect(commands(world, 'r', 'j', '@', ENTER)).toEqual(['resolver hlc @us']);
  expect(commands(world, 'r', 'j', RIGHT, RIGHT, ENTER)).toEqual(['resolver hlc @eu']);
  expect(commands(world, 'r', 'j', LEFT, ENTER)).toEqual(['resolver hlc @ap']);
  expect(commands(world, 'r', 'j', 'llll', ENTER)).toEqual(['resolver hlc']);
});

test(
  'priority is put into the prompt with the present order ' + 'of the leaders, and custom asks for its file',
  () => {
    const down = (name: ResolverName): string => 'j'.repeat(RESOLVER_NAMES.indexOf(name));
    const asked = (view: ClusterView, ...inputs: string[]) =>
      typed([ESC, 'r', ...inputs, ENTER], worldOf(view));
    expect(asked(emptyView(), down('priority'))).toMatchObject({
      effects: [],
      state: {mode: 'prompt', prompt: {text: 'resolver priority us eu ap'}},
    });
    const order = {name: 'priority', order: [leaderId('ap')]} as const;
    expect(asked({...emptyView(), resolver: order}).state.prompt.text).toBe('resolver priority ap us eu');
    const {state} = asked(emptyView(), down('custom'), '@');
    expect(state.prompt).toMatchObject({text: 'resolver custom  @us', cursor: 'resolver custom '.length});
    expect(typed(['./merge.mjs', ENTER], world, state).effects).toMatchObject([
      {text: 'resolver custom ./merge.mjs @us'},
    ]);
  },
);

test('the list shows for every resolver what a reader sees, whether leaders agree, and who uses it', () => {
  const tall = worldOf(richView(NOW), {columns: 140, rows: 60});
  const list = overlay(typed([ESC, 'r'], tall).state, tall);
  for (const name of RESOLVER_NAMES) expect(list).toMatch(new RegExp(`[●○ ] ${name} .*\\w`));
  expect(list).toMatch(/● lww .*Cassandra/);
  expect(list).toMatch(/○ halt/);
  expect(list).toContain('✔ converges');
  const custom = overlay(typed([ESC, 'r', 'G'], tall).state, tall);
  expect(custom).toContain('≠ need not converge');
});

test('the chosen resolver is visible in the lowest window', () => {
  const low = worldOf(emptyView(), {columns: 60, rows: 16});
  expect(overlay(typed([ESC, 'r', 'G'], low).state, low)).toContain('custom');
  expect(overlay(typed([ESC, 't', 'G'], low).state, low)).toContain('custom');
});

test('a topology is chosen from a list, and a star with its hub', () => {
  expect(commands(world, 't', 'j', ENTER)).toEqual(['topology ring']);
  expect(commands(world, 't', 'jjjj', ENTER)).toEqual(['topology star us']);
  expect(commands(world, 't', 'jjjj', 'l', ENTER)).toEqual(['topology star eu']);
  const star = worldOf({...emptyView(), topology: {name: 'star', hub: leaderId('ap')}});
  expect(commands(star, 't', ENTER)).toEqual(['topology star ap']);
  expect(typed([ESC, 't', 'G', ENTER], world).state.prompt.text).toBe('topology custom ');
});

test('the link inspector shows the faults, what waits, what each fault did and the replication lag', () => {
  const {state} = typed([ESC, 'lllll', ENTER], rich);
  const shown = overlay(state, rich);
  for (const part of [
    'link eu-ap',
    'latency 90 ms ± 2 ms · 100 kB/s · loss 5% · dup 1%  for 40 s',
    '120 messages · ✘ 6 dropped   latency 114, jitter 114, loss 6, dup 1',
    '60 ms to go  latency, jitter',
    '12 s ago  dropped by loss  412 B',
    'p50 56 ms · p99 134 ms · 1.5 hops',
    '······▇█▄',
  ]) {
    expect(shown).toContain(part);
  }
  expect(overlay(typed(['h'], rich, state).state, rich)).toMatch(/link us-ap[\s\S]*connecting/);
  expect(overlay(typed(['hh'], rich, state).state, rich)).toMatch(/✂ cut[\s\S]*31 ops waiting at us/);
});

test('keys act on the inspected link, and the prompt keeps it visible', () => {
  expect(commands(rich, 'lll', ENTER, 'c')).toEqual(['heal us-eu']);
  expect(commands(rich, 'lll', ENTER, 'l', 'c', 'o', 'z')).toEqual(['cut us-ap', 'hold us-ap', 'undo']);
  const {state} = typed([ESC, 'lll', ENTER, 'e', 'loss 5%', ENTER], rich);
  expect(state.timeline).toMatchObject([{text: 'link us-eu loss 5%'}]);
  expect(state.overlay).toMatchObject({type: 'link', pair: 'us-eu'});
  expect(typed([ESC], rich, state).state.overlay).toBeUndefined();
  expect(typed([ESC, 'lllll', ENTER, 'l'], rich).state.selected.topology).toBe('us-eu');
});

const answered = (state: UiState, entry: Partial<Entry>, from: World): UiState => {
  const id = state.nextId - 1;
  return reduce(
    state,
    {type: 'answered', id, entry: {text: 'explain 6', status: 'ok', ms: 1, ...entry}},
    from,
  ).state;
};

test('a story that was closed or scrolled before its answer stays as it is', () => {
  const [conflict] = rich.view.conflicts.slice(-1);
  if (conflict === undefined) throw new Error('a conflict');
  const told = {
    result: {type: 'explained', conflict, leaders: [], story: STORY, comparison: COMPARISON},
  } as const;
  const open = typed([ESC, '3', ENTER], rich).state;
  const closed = typed([ESC], rich, open).state;
  expect(closed.overlay).toBeUndefined();
  expect(answered(closed, told, rich).overlay).toBeUndefined();
  expect(answered(typed([DOWN, DOWN], rich, open).state, told, rich).overlay).toMatchObject({
    type: 'story',
    scroll: 2,
  });
});

test('enter on a conflict shows it at once, and adds its story and every resolver when they arrive', () => {
  const tall = worldOf(richView(NOW), {rows: 70});
  const {state, effects} = typed([ESC, '3', ENTER], tall);
  expect(effects).toMatchObject([{type: 'run', text: 'explain 6'}]);
  expect(overlay(state, tall)).toContain('written 5 ms later, by its own clock');
  expect(overlay(state, tall)).not.toContain('what happened');
  const [conflict] = tall.view.conflicts.slice(-1);
  if (conflict === undefined) throw new Error('a conflict');
  const told = answered(
    state,
    {result: {type: 'explained', conflict, leaders: [], story: STORY, comparison: COMPARISON}},
    tall,
  );
  const shown = overlay(told, tall);
  for (const part of [
    '+0 ms  us  +  wrote us:8: set "A"',
    '+50 ms  eu  ▸  lww decided at us and eu',
    '+1.3 s  us  ✘  us:8 (set "A") was acknowledged',
    '½ torn',
  ])
    expect(shown).toContain(part);
  expect(shown).toMatch(/● lww +"B" +✘ lost us:8/);
  expect(shown).toMatch(/siblings +"A" ∥ "B" +✔ nothing lost/);
  expect(shown).toMatch(
    /keep-local +differs by leader[\s\S]* us +"A" +✘ lost eu:9[\s\S]* eu +"B" +✘ lost us:8/,
  );
});

test('v requests what every resolver makes of the key of the selected conflict, and shows it', () => {
  const {state, effects} = typed([ESC, '3', 'j', 'v'], rich);
  expect(effects).toMatchObject([{text: 'compare n'}]);
  expect(overlay(state, rich)).toContain('running');
  const shown = overlay(
    answered(state, {text: 'compare n', result: {type: 'compared', comparison: COMPARISON}}, rich),
    rich,
  );
  expect(shown).toMatch(/● lww/);
  const closed = typed([ESC], rich, state).state;
  expect(
    answered(closed, {result: {type: 'compared', comparison: COMPARISON}}, rich).overlay,
  ).toBeUndefined();
});

test('v quotes a key that is not a plain word', () => {
  const view = richView(NOW);
  const [last] = view.conflicts.slice(-1);
  if (last === undefined) throw new Error('a conflict');
  const odd = worldOf({...view, conflicts: [{...last, key: 'two words\x1b' as typeof last.key}]});
  expect(commands(odd, '3', 'v')).toEqual(['compare "two words\\u001b"']);
});

test('lag is a matrix if it fits, otherwise a list with the slowest first; both show the traffic', () => {
  const lag = (columns: number, lags = rich.view.lags): string => {
    const from = worldOf(richView(NOW), {columns});
    const {state} = typed(['lag', ENTER], from);
    return overlay(
      answered(state, {text: 'lag', result: {type: 'lag', lags, traffic: from.view.traffic}}, from),
      from,
    );
  };
  const fourth = rich.view.lags.slice(0, 1).map(pair => ({...pair, origin: leaderId('sa'), p99Ms: 0}));
  expect(lag(120)).toMatch(/from\\to +us +eu +ap/);
  expect(lag(120)).toMatch(/eu +55 ms \/ 133 ms +· +56 ms \/ 134 ms/);
  expect(lag(120)).toMatch(/last second +24 +96 +48 +4/);
  expect(lag(60, [...rich.view.lags, ...fourth])).toMatch(/ap → eu +66 ms \/ 174 ms[\s\S]*us → eu +45 ms/);
  expect(lag(120, [])).toContain('nothing was replicated');
});

test('the progress of loads and joins is on one line, and nothing else moves', () => {
  const still = worldOf({...richView(NOW), activities: []});
  const rectsOf = (from: World): string =>
    pictureOf(typed([], from).state, from)
      .split('\n')
      .map(line => line.replace(/[^╭╮╰╯│]/g, ' ').trimEnd())
      .join('\n');
  expect(rectsOf(rich)).toBe(rectsOf(still));
  expect(areaOf('note', typed([], rich).state, rich)[0]).toMatch(
    /load 500\/s for 5s keys=20 ━+─+ {2}62% 498\/s, 2 failed.*join sa ━+─+ {2}30%/,
  );
  const low = worldOf(richView(NOW), {columns: 80, rows: 18});
  expect(areaOf('timeline', typed([], low).state, low)[0]).toContain('load 62% +1');
});

const header = (view: ClusterView, columns: number): string =>
  areaOf('header', typed([], worldOf(view)).state, worldOf(view, {columns}))[0] ?? '';

test('the header keeps unusual settings when there is little room', () => {
  expect(header(emptyView(), 120)).toContain('mesh · lww · fifo · ack local');
  expect(header(emptyView(), 80)).not.toContain('fifo');
  expect(header({...emptyView(), delivery: 'causal'}, 80)).toContain('causal');
  expect(header({...emptyView(), loopguard: false}, 80)).toContain('↻ loopguard off');
  const flood = {...manyView(9, 'ring', NOW), loopguard: false, traffic: richView(NOW).traffic};
  expect(header(flood, 120)).toContain('ring · lww · ↻ loopguard off');
  expect(header(richView(NOW), 200)).toContain(
    '≠ resolvers · causal · ack quorum · ↻ loopguard off 48/s redundant',
  );
  expect(header(richView(NOW), 80)).toMatch(
    /^ us ● eu ● ap ✕ .*≠ resolvers .*causal .*quorum .*↻ no guard .*≠ diverged/,
  );
});

test(
  'with every setting unusual, the header still names the leaders, and halted operations are ' +
    'not under way',
  () => {
    const view: ClusterView = {...richView(NOW), forward: 'all', convergence: {type: 'converged', live: 3}};
    const unusual = {...view, leaders: view.leaders.map(leader => ({...leader, status: 'up' as const}))};
    expect(header(unusual, 80)).toMatch(
      /^ us● eu● ap● .*≠ resolvers · causal · quorum · fwd all · ↻ no guard {2}= converged/,
    );
    const halted = {...emptyView(), convergence: {type: 'diverged', live: 3, missingOps: 2} as const};
    const leaders = halted.leaders.map((leader, i) =>
      i === 0 ? {...leader, halted: richView(NOW).leaders[0]?.halted ?? []} : leader,
    );
    expect(header({...halted, leaders}, 120)).toContain('2 ops halted');
  },
);

test(
  'the header says that operations are under way only ' + 'while a link that lets them through carries them',
  () => {
    const told = (id: string, change: Partial<LinkView>, missingOps = 1): string => {
      const links = emptyView().links.map(link => (link.id === id ? {...link, ...change} : link));
      return header({...emptyView(), links, convergence: {type: 'diverged', live: 3, missingOps}}, 120);
    };
    const flight = {sentAtMs: NOW, dueAtMs: NOW + 45, faults: []};
    const [forth, back] = [
      {...flight, direction: 'forth' as const},
      {...flight, direction: 'back' as const},
    ];
    expect(told('us>ap', {waiting: 1, inFlight: [forth]})).toContain('1 op under way');
    expect(told('us>ap', {waiting: 1, inFlight: [back]})).toContain('1 op to be sent');
    expect(told('us>ap', {waiting: 1})).toContain('1 op to be sent');
    expect(told('us>ap', {waiting: 1, connection: 'connecting'})).toContain('1 op waiting');
    expect(told('us>ap', {waiting: 1, connection: 'connecting', inFlight: [forth]})).toContain(
      '1 op waiting',
    );
    expect(
      told('us>ap', {waiting: 1, stopped: {sinceMs: NOW, error: 'a row is there', repair: 'skip us @ap'}}),
    ).toContain('1 op waiting');
    expect(told('us>ap', {})).toContain('1 op waiting');
  },
);

test('the help shows the keys of overlays, and choosing one opens the overlay', () => {
  const place = helpRows({time: 'real', lab: 'none'}).findIndex(
    row => row.type === 'key' && row.context === 'topologies',
  );
  expect(place).toBeGreaterThan(0);
  const {state} = typed([ESC, '?'], world);
  const chosen = typed([ENTER], world, {...state, overlay: {type: 'help', at: place}});
  expect(chosen.state.overlay).toMatchObject({type: 'topologies'});
});

test('the list of resolvers says that it has more entries', () => {
  const small = worldOf(emptyView(), {columns: 80, rows: 24});
  expect(overlay(typed([ESC, 'r'], small).state, small)).toContain('1 more ↓');
  expect(overlay(typed([ESC, 'r', 'G'], small).state, small)).toContain('1 more ↑');
});

test('a hub is chosen only for a star', () => {
  const keys = (...inputs: string[]): string => {
    const {state} = typed([ESC, 't', ...inputs], world);
    return areaOf('keys', state, world)[0] ?? '';
  };
  expect(keys()).not.toContain('hub');
  expect(keys('jjjj')).toContain('←→ hub');
  expect(commands(world, 't', RIGHT, 'jjjj', ENTER)).toEqual(['topology star us']);
});

test(
  'a decision made under a resolver that a leader no ' + 'longer uses names the resolver that replaced it',
  () => {
    const [conflict] = richView(NOW).conflicts.slice(-1);
    if (conflict === undefined) throw new Error('a conflict');
    const decisions = Object.fromEntries(
      Object.entries(conflict.decisions).map(([at, made]) => [at, {...made, until: 'halt' as const}]),
    );
    const from = worldOf({...richView(NOW), conflicts: [{...conflict, decisions}]}, {rows: 60});
    expect(overlay(typed([ESC, '3', ENTER], from).state, from)).toMatch(/lww {2}reported .*, until halt/);
  },
);

test('the resolver in use comes first in a comparison', () => {
  const {state} = typed([ESC, '3', 'v'], rich);
  const custom = {
    ...COMPARISON,
    resolvers: COMPARISON.resolvers.map(one => ({...one, inUse: one.name === 'custom'})),
  };
  const shown = overlay(
    answered(state, {text: 'compare n', result: {type: 'compared', comparison: custom}}, rich),
    rich,
  );
  expect(shown).toMatch(/a reader sees.*\n.*● custom/);
});

test('the usage of a command with many options names all of them in a narrow window', () => {
  const small = worldOf(emptyView(), {columns: 80, rows: 24});
  const under = (text: string): string => areaOf('under', typed([text], small).state, small)[0] ?? '';
  expect(under('link us-eu ')).toContain('[latency] [jitter] [bandwidth] [loss] [dup] [reorder] | clear');
  expect(under('link us-eu loss ')).toContain('[loss SHARE]');
});

test(
  'equal notices at about the same time share one line ' + 'with the leaders; a later repeat is a new line',
  () => {
    const said = (id: string, afterMs = 0, text = 'custom failed on k: no idea; siblings are kept') => ({
      atMs: NOW + afterMs,
      leader: leaderId(id),
      text,
    });
    const looks = [
      [said('us'), said('us', 1, 'custom failed on j: no idea; siblings are kept')],
      [said('eu', 10), said('ap', 90)],
      [said('us', 2000), said('eu', 9000)],
    ];
    let state = typed([], worldOf(emptyView())).state;
    let notices: ReturnType<typeof said>[] = [];
    for (const look of looks) {
      notices = [...notices, ...look];
      state = reduce(state, {type: 'refreshed'}, worldOf({...emptyView(), notices})).state;
    }
    expect(
      state.timeline.map(
        item => item.type === 'notice' && [item.leaders.join(), item.text.slice(0, 18), item.atMs - NOW],
      ),
    ).toEqual([
      ['us,eu,ap', 'custom failed on k', 0],
      ['us', 'custom failed on j', 1],
      ['us', 'custom failed on k', 2000],
      ['eu', 'custom failed on k', 9000],
    ]);
    const noticed = worldOf({...emptyView(), notices});
    expect(typed([ESC, '4'], noticed, state).state.timeline).toHaveLength(4);
    expect(areaOf('timeline', state, noticed).join('\n')).toMatch(/! us eu ap custom failed on k/);
  },
);

test('enter opens the full text of a notice', () => {
  const notices = [{atMs: NOW, leader: leaderId('eu'), text: `custom failed: ${'it threw '.repeat(20)}`}];
  const noticed = worldOf({...emptyView(), notices});
  const {state} = typed(
    [ESC, '4', ENTER],
    noticed,
    reduce(typed([], noticed).state, {type: 'refreshed'}, noticed).state,
  );
  expect(overlay(state, noticed)).toMatch(/notice[\s\S]*eu[\s\S]*custom failed: it threw[\s\S]*it threw *│/);
});

test('a leader shows its clock setting, its halts, and how it differs from the others', () => {
  const card = (id: string): string => areaOf(id, typed([], rich).state, rich).join('\n');
  expect(card('leaders-0')).toContain('−5 s +200 ppm');
  expect(card('leaders-0')).toContain('■ halted: eu on title');
  expect(card('leaders-0')).toContain('≠ halt ─');
  expect(card('leaders-1')).toContain('+40 ms');
  expect(card('leaders-1')).toContain('3 buffered');
  const many = worldOf({
    ...manyView(9, 'mesh', NOW),
    leaders: manyView(9, 'mesh', NOW).leaders.map((leader, i) =>
      i === 4 ? {...leader, clockOffsetMs: -40} : leader,
    ),
  });
  expect(areaOf('leaders-0', typed([], many).state, many).join('\n')).toMatch(/af .*−40 ms/);
});

test("a narrow card shows the leader's own resolver, too", () => {
  const view = emptyView();
  const leaders = view.leaders.map((leader, i) =>
    i === 1 ? {...leader, resolver: {name: 'crdt'} as const} : leader,
  );
  const small = worldOf({...view, leaders}, {columns: 80, rows: 24});
  expect(areaOf('leaders-1', typed([], small).state, small)[0]).toContain('eu ● ≠ crdt');
  expect(areaOf('leaders-0', typed([], small).state, small)[0]).toContain('us ● up');
});

test('reversed, stale and torn are shown by glyph and word', () => {
  const log = areaOf('conflicts', typed([], rich).state, rich).join('\n');
  expect(log).toContain('conflicts 4 · lost 3');
  expect(log).toMatch(/#4 .*us "A" ← eu "B" .*reversed lost eu:9/);
  expect(log).toMatch(/#5 .*eu "B" ⇠ us "A" .*stale/);
  expect(log).toMatch(/#6 .*lost us:8 ½ torn/);
});

test('the worst fault of a link is shown beside it', () => {
  const [first] = emptyView().links;
  if (first === undefined) throw new Error('a link');
  const label = (rule: Partial<typeof first.rule>): string => {
    const view = emptyView();
    const links = view.links.map(link =>
      link.id === first.id ? {...link, rule: {...link.rule, ...rule}, faulty: true} : link,
    );
    const from = worldOf({...view, links});
    return areaOf('topology', typed([], from).state, from).join('\n');
  };
  expect(label({lossShare: 0.05, dupShare: 0.1, latencyMs: 500})).toContain('loss 5%');
  expect(label({bandwidthBytesPerS: 100_000})).toContain('100 kB/s');
  expect(label({latencyMs: 500})).toContain('slow 500 ms');
  expect(label({lossShare: 0.05, hold: true})).toContain('⏸');
  expect(label({lossShare: 0.05, hold: true})).not.toContain('loss');
});
