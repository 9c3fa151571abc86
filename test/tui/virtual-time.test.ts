/**
 * The screen where time is virtual: its clock, its keys, what arrives next, and that every message under way
 * is seen.
 */
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {parse} from '../../src/command/parse.ts';
import type {ClusterView, InFlight, LinkView} from '../../src/port/view.ts';
import {helpRows} from '../../src/tui/model/overlays/help-list.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import {INITIAL_STATE, type UiState, type World} from '../../src/tui/model/state/state.ts';
import {advance, suggestion} from '../../src/tui/model/state/try-next.ts';
import {runs} from '../support/runs.ts';
import {manyView} from './many-leaders.ts';
import {areaOf} from './pictures.ts';
import {changed, ENTER, ESC, NOW, ran, typed, worldOf} from './scenes.ts';
import {emptyView, troubledView} from './views.ts';
import {simView, timeOver, WRITTEN_MS} from './worlds.ts';

const worldAt = (afterMs: number, runs = false, change: Partial<World> = {}): World =>
  worldOf(simView(afterMs, runs), {nowMs: WRITTEN_MS + afterMs, ...change});
const standing = worldAt(30);
const running = worldAt(30, true);
const real = worldOf(troubledView(NOW));

const runOf = (effects: ReturnType<typeof typed>['effects']): string[] =>
  effects.flatMap(effect => (effect.type === 'run' ? [effect.text] : [effect.type]));
const commands = (world: World, ...inputs: string[]): string[] => runOf(typed(inputs, world).effects);
const lineOf = (
  id: string,
  world: World,
  inputs: readonly string[] = [],
  from: UiState = INITIAL_STATE,
): string => areaOf(id, typed(inputs, world, from).state, world)[0] ?? '';

const changeLink = (
  view: ClusterView,
  id: string,
  change: (link: LinkView) => Partial<LinkView>,
): ClusterView => ({
  ...view,
  links: view.links.map(link => (link.id === id ? {...link, ...change(link)} : link)),
});

test('the header shows virtual time to the millisecond and whether it is stopped, in a fixed width', () => {
  for (const columns of [80, 120, 200]) {
    expect(lineOf('header', worldAt(30, false, {columns}))).toMatch(/⏸ stands 00:03\.150$/);
    expect(lineOf('header', worldAt(30, true, {columns}))).toMatch(/▶ runs {3}00:03\.150$/);
  }
  expect(lineOf('header', {...standing, nowMs: standing.view.startedAtMs})).toMatch(/00:00\.000$/);
  expect(lineOf('header', {...standing, nowMs: standing.view.startedAtMs + 3_723_004})).toMatch(
    / 1:02:03\.004$/,
  );
  // Times are sums of fractions: what arrives after 45 ms is not shown at 44.
  expect(lineOf('header', {...standing, nowMs: standing.view.startedAtMs + 44.9995})).toMatch(/00:00\.045$/);
});

test('the clock does not move when the verdict is long, and the verdict is complete', () => {
  const view = {...simView(30), convergence: {type: 'diverged', live: 2, missingOps: 31} as const};
  const header = (columns: number, change: Partial<ClusterView> = {}): string =>
    lineOf('header', worldOf({...view, ...change}, {nowMs: WRITTEN_MS + 30, columns}));
  for (const columns of [80, 120])
    expect(header(columns)).toMatch(/≠ diverged · 31 ops under way · 2 of 3 live .*⏸ .*00:03\.150$/);
  expect(header(60)).toMatch(/us ● .*≠ diverged .*⏸ 00:03\.150$/);
  for (const columns of [60, 80, 120])
    expect(header(columns, {convergence: {type: 'converged', live: 2}})).toMatch(
      /= converged · 2 of 3 live .*⏸ .*00:03\.150$/,
    );
});

test('the topology pane says that leaders are simulated, even without room for its name', () => {
  const titles = (view: ClusterView): string =>
    lineOf('topology', worldOf(view, {columns: 80, rows: 24, nowMs: WRITTEN_MS}));
  expect(titles(simView(0))).toContain('─ sim mesh ─');
  expect(titles({...simView(0), topology: {name: 'modified-ring'}})).toContain('─ sim ─');
  expect(titles(emptyView())).toContain('── mesh ─');
});

test('times in the timeline and the conflict log are virtual', () => {
  const arrived = worldAt(45);
  const state = ran(
    INITIAL_STATE,
    'step',
    changed('us>eu: us:1 arrived at eu after 45 ms'),
    arrived.view,
    arrived.nowMs,
  );
  expect(areaOf('timeline', state, arrived)[1]).toMatch(/00:03\.165 ✔ step {2}us>eu: us:1 arrived/);
  expect(areaOf('conflicts', state, arrived)[1]).toMatch(/#1 00:03\.165 title/);
  expect(areaOf('overlay', typed([ESC, '4', ENTER], arrived, state).state, arrived)[0]).toContain(
    'step · 00:03.165',
  );
});

test('the timeline shows when a command ended in virtual time, or began in real time', () => {
  const timesOf = (from: World, until: World): unknown => {
    const begun = typed(['step', ENTER], from).state;
    const entry = {text: 'step', status: 'ok', ms: 15, result: changed('done')} as const;
    const {timeline} = reduce(begun, {type: 'answered', id: begun.nextId - 1, entry}, until).state;
    return timeline.map(item => item.atMs);
  };
  expect(timesOf(worldAt(30), worldAt(45))).toEqual([WRITTEN_MS + 45]);
  expect(timesOf(worldAt(45), worldAt(30))).toEqual([WRITTEN_MS + 30]);
  expect(timesOf(real, {...real, nowMs: NOW + 15})).toEqual([NOW]);
});

test('what an answer repeats about the link of its command is shown once', () => {
  const state = ran(
    INITIAL_STATE,
    'deliver us>eu',
    changed('us>eu: us:1 arrived at eu after 30 ms'),
    standing.view,
    standing.nowMs,
  );
  expect(areaOf('under', state, standing)[0]).toContain('✔ deliver us>eu  us:1 arrived at eu after 30 ms');
});

test('keys in the panes step, go back, and start or stop time, each by its command', () => {
  expect(commands(standing, ESC, 's', 'b', ' ')).toEqual(['step', 'back', 'resume']);
  expect(commands(running, ESC, ' ')).toEqual(['pause']);
  expect(commands(standing, ESC, 'lll', ENTER, 's', 'b', ' ')).toEqual(['step', 'back', 'resume']);
  expect(typed([ESC, ' '], standing).state.frozen).toBeUndefined();
});

test('keys on a link deliver or lose its next message, and do nothing if there is none', () => {
  expect(commands(standing, ESC, 'lll', 'd', 'D')).toEqual(['deliver us>eu', 'drop us>eu']);
  expect(commands(standing, ESC, 'lll', ENTER, 'd', 'D')).toEqual(['deliver us>eu', 'drop us>eu']);
  expect(commands(standing, ESC, 'd', 'D')).toEqual([]);
  const calm = worldOf({...emptyView(), virtualTime: {depth: 0, runs: false}});
  expect(commands(calm, ESC, 'lll', 'd', 'D')).toEqual([]);
});

test(
  'keys on a pair choose the direction with operations, the sooner first, and otherwise ' +
    'acknowledgements',
  () => {
    const deliver = (view: ClusterView): string[] =>
      commands(worldOf(view, {nowMs: WRITTEN_MS + 30}), ESC, 'lll', 'd');
    const flight = (direction: InFlight['direction'], inMs: number): InFlight => ({
      direction,
      sentAtMs: WRITTEN_MS,
      dueAtMs: WRITTEN_MS + 30 + inMs,
      faults: [],
    });
    const both = (forth: Partial<LinkView>, back: Partial<LinkView>): ClusterView =>
      changeLink(
        changeLink({...emptyView(), virtualTime: {depth: 0, runs: false}}, 'us>eu', () => forth),
        'eu>us',
        () => back,
      );
    expect(deliver(both({inFlight: [flight('forth', 5)]}, {inFlight: [flight('forth', 5)]}))).toEqual([
      'deliver us>eu',
    ]);
    expect(deliver(both({inFlight: [flight('forth', 5)]}, {inFlight: [flight('forth', 4)]}))).toEqual([
      'deliver eu>us',
    ]);
    expect(deliver(both({inFlight: [flight('back', 1)]}, {inFlight: [flight('forth', 4)]}))).toEqual([
      'deliver eu>us',
    ]);
    expect(deliver(both({inFlight: [flight('back', 1)]}, {held: 2}))).toEqual(['deliver eu>us']);
    expect(deliver(both({inFlight: [flight('back', 1)]}, {}))).toEqual(['deliver us>eu']);
  },
);

test('every command that a key of virtual time runs is in the language', () => {
  const context = {leaders: standing.view.leaders.map(({id}) => id)};
  for (const text of commands(standing, ESC, 's', 'b', ' ', 'lll', 'd', 'D'))
    expect([text, parse(text, context).ok]).toEqual([text, true]);
});

test('enter at an empty prompt steps only while time is stopped', () => {
  expect(commands(standing, ENTER, ENTER)).toEqual(['step', 'step']);
  expect(commands(standing, 'keys', ENTER)).toEqual(['keys']);
  expect(commands(running, ENTER)).toEqual([]);
  expect(commands(real, ENTER)).toEqual([]);
  expect(typed([ENTER], standing).state.prompt.history).toEqual([]);
});

test('the last line says what enter does, without moving the rest', () => {
  const keys = lineOf('keys', standing);
  expect(keys).toMatch(/enter step {2}tab complete/);
  expect(lineOf('keys', standing, ['k']).indexOf('tab complete')).toBe(keys.indexOf('tab complete'));
  expect(lineOf('keys', standing, ['k'])).toContain('enter run ');
  expect(lineOf('keys', running)).toContain('enter run  tab');
});

test('the last line shows the keys that apply, and always how to leave, at any width', () => {
  for (const columns of [60, 80, 120]) {
    const still = worldAt(30, false, {columns});
    for (const inputs of [[ESC], [ESC, 'lll'], [ESC, '4']])
      expect(lineOf('keys', still, inputs)).toMatch(/: prompt .*q quit .*s step/);
    expect(lineOf('keys', worldAt(30, true, {columns}), [ESC])).toMatch(/q quit .*space pause/);
    expect(lineOf('keys', still, [ESC, 'lll', ENTER])).toContain('esc close');
  }
  expect(lineOf('keys', standing, [ESC, 'lll'])).toMatch(/d deliver us>eu {2}D drop us>eu/);
  expect(lineOf('keys', standing, [ESC])).not.toContain('deliver');
  expect(lineOf('keys', running, [ESC])).not.toContain('step');
});

test('in real time nothing about virtual time is shown', () => {
  expect(commands(real, ESC, 'lllll', 's', 'b', 'd', 'D', ' ')).toEqual([]);
  expect(typed([ESC, ' '], real).state.frozen?.view).toBe(real.view);
  expect(lineOf('keys', real, [ESC])).not.toMatch(/step|back/);
  const text = helpRows({time: 'real', lab: 'none'})
    .map(row => JSON.stringify(row))
    .join('\n');
  expect(text).not.toMatch(/virtual|"deliver"/);
});

test('the help lists keys and commands of virtual time only with virtual time', () => {
  const rows = helpRows({time: 'virtual', lab: 'none'});
  expect(rows).toContainEqual(expect.objectContaining({type: 'command', name: 'deliver'}));
  const marked = rows.filter(row => row.type === 'key' && row.says.includes('virtual time'));
  expect(marked.map(row => row.type === 'key' && `${row.context} ${row.keys}`)).toEqual(
    expect.arrayContaining([
      'panes s',
      'panes b',
      'panes space',
      'topology d',
      'topology D',
      'link d',
      'link D',
      'prompt enter',
    ]),
  );
  expect(JSON.stringify(rows)).not.toContain('freeze the picture');
  const at = rows.findIndex(row => row.type === 'key' && row.context === 'panes' && row.does === 'step');
  expect(runOf(typed([ENTER], standing, {...INITIAL_STATE, overlay: {type: 'help', at}}).effects)).toEqual([
    'step',
  ]);
});

const footOf = (view: ClusterView, afterMs: number, inputs: readonly string[] = []): string => {
  const next = view.virtualTime?.next;
  const time =
    next?.kind === 'greeting'
      ? view.virtualTime
      : view.virtualTime && timeOver(view.links, view.virtualTime.runs);
  const world = worldOf(time === undefined ? view : {...view, virtualTime: time}, {
    nowMs: WRITTEN_MS + afterMs,
    columns: 80,
    rows: 24,
  });
  return areaOf('topology', typed(inputs, world).state, world).at(-1) ?? '';
};

test('the foot of the topology names the next arrival among messages that nothing keeps back', () => {
  expect(footOf(simView(0), 0)).toContain('next: us>eu in 45 ms');
  expect(footOf(simView(0), 0, [ESC, 'lll'])).toContain('next: us>eu in 45 ms');
  expect(footOf(simView(44), 45)).toContain('next: us>eu now');
  expect(footOf(simView(0, true), 0)).not.toContain('next');
  expect(footOf({...emptyView(), virtualTime: {depth: 0, runs: false}}, 0)).not.toContain('next');
  const kept = changeLink(simView(0), 'us>eu', ({rule}) => ({rule: {...rule, hold: true}}));
  expect(footOf(kept, 0)).toContain('next: eu>us in 45 ms');
  expect(
    footOf(
      changeLink(kept, 'eu>us', ({rule}) => ({rule: {...rule, cut: true}})),
      0,
    ),
  ).toContain('next: us>ap in 75 ms');
  const ack = changeLink({...emptyView(), virtualTime: {depth: 0, runs: false}}, 'us>eu', () => ({
    inFlight: [{direction: 'back', sentAtMs: WRITTEN_MS, dueAtMs: WRITTEN_MS + 12, faults: []}],
  }));
  expect(footOf(ack, 0)).toContain('next: ack us>eu 12 ms ╯');
});

test(
  'the next arrival is shown in whole milliseconds of the ' + 'clock, in the foot and in the link inspector',
  () => {
    const inMs = (leftMs: number): ClusterView =>
      changeLink({...emptyView(), virtualTime: {depth: 0, runs: false}}, 'us>eu', () => ({
        inFlight: [{direction: 'forth', sentAtMs: WRITTEN_MS, dueAtMs: WRITTEN_MS + leftMs, faults: []}],
      }));
    expect(footOf(inMs(45.7), 0)).toContain('next: us>eu in 45 ms');
    expect(footOf(inMs(45.9), 45)).toContain('next: us>eu now');
    const inFull = areaOf(
      'overlay',
      typed([ESC, 'lll', ENTER], worldOf(inMs(45.7), {nowMs: WRITTEN_MS})).state,
      worldOf(inMs(45.7), {nowMs: WRITTEN_MS}),
    );
    expect(inFull.join('\n')).toContain(' 45 ms to go');
  },
);

test('a greeting that arrives next is named, and messages on links that connect are shown', () => {
  const view = changeLink(simView(30), 'ap>us', () => ({connection: 'connecting'}));
  const onIt = changeLink(view, 'us>ap', () => ({connection: 'connecting'}));
  const next = {
    link: linkId(leaderId('ap'), leaderId('us')),
    direction: 'forth',
    kind: 'greeting',
    dueAtMs: WRITTEN_MS + 35,
  } as const;
  expect(footOf({...view, virtualTime: {depth: 0, runs: false, next}}, 30)).toContain('next: hello ap>us');
  const dots = (shown: ClusterView): number => {
    const world = worldOf(shown, {nowMs: WRITTEN_MS + 30});
    return areaOf('topology', typed([], world).state, world).join('').split('●').length;
  };
  expect(dots(onIt)).toBe(dots(simView(30)));
});

test('the link inspector marks the next arrival while time is stopped', () => {
  const marks = (world: World): number =>
    areaOf('overlay', typed([ESC, 'lll', ENTER], world).state, world)
      .join('\n')
      .split('  next').length - 1;
  expect(marks(standing)).toBe(1);
  expect(marks(running)).toBe(0);
});

test('while time is stopped, every message under way is visible, for any latency and distance', () => {
  const places = fc.record({
    leaders: fc.integer({min: 2, max: 5}),
    latencyMs: fc.constantFrom(0, 1, 45, 1000, 3_600_000),
    parts: fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 1, maxLength: 2}),
    size: fc.constantFrom([80, 24] as const, [120, 36] as const),
    link: fc.nat(),
  });
  fc.assert(
    fc.property(places, ({leaders, latencyMs, parts, size: [columns, rows], link}) => {
      const base = {...manyView(leaders, 'mesh', NOW), virtualTime: {depth: 0, runs: false}};
      const up = base.leaders.map(leader => ({...leader, status: 'up' as const}));
      const chosen = base.links[link % base.links.length]?.id ?? linkId(leaderId('us'), leaderId('eu'));
      const flights = parts.map(part => ({
        direction: 'forth' as const,
        sentAtMs: NOW - part * latencyMs,
        dueAtMs: NOW + (1 - part) * latencyMs,
        faults: [],
      }));
      const view = changeLink({...base, leaders: up}, chosen, () => ({inFlight: flights}));
      const world = worldOf(view, {columns, rows});
      const inside = areaOf('topology', typed([], world).state, world).slice(1, -1).join('');
      expect(inside.split('●').length - 1 - leaders).toBe(parts.length);
    }),
    {numRuns: runs(150)},
  );
});

test(
  'if too many links exist to draw, those with messages under way are drawn while time is ' +
    'stopped, or at least the next',
  () => {
    const base: ClusterView = {...manyView(12, 'mesh', NOW), virtualTime: {depth: 0, runs: false}};
    const withFlights = (busy: number, runs = false): string => {
      const flight = (i: number): InFlight => ({
        direction: 'forth',
        sentAtMs: NOW - 50,
        dueAtMs: NOW + 50 - i,
        faults: [],
      });
      const up = base.leaders.map(leader => ({...leader, status: 'up' as const}));
      const links = base.links.map((link, i) =>
        i < 2 * busy && i % 2 === 0 ? {...link, inFlight: [flight(i)]} : link,
      );
      const world = worldOf({...base, leaders: up, links, virtualTime: timeOver(links, runs)});
      return areaOf('topology', typed([], world).state, world).slice(1, -1).join('');
    };
    const dots = (text: string): number => text.split('●').length - 1 - base.leaders.length;
    expect(dots(withFlights(3))).toBe(3);
    expect(withFlights(3)).toMatch(/[\u2801-\u28ff]/);
    expect(dots(withFlights(40))).toBe(1);
    expect(dots(withFlights(40, true))).toBe(0);
  },
);

test('virtual time has its own suggestions, and every one of them is a command', () => {
  const empty: ClusterView = {...emptyView(), virtualTime: {depth: 0, runs: false}};
  const context = {leaders: empty.leaders.map(({id}) => id)};
  const path: string[] = [];
  let step = 0;
  let view = empty;
  for (let next = suggestion(step, view); next !== undefined; next = suggestion(step, view)) {
    path.push(next.command);
    const parsed = parse(next.command, context);
    if (!parsed.ok) throw new Error(parsed.failure.message);
    if (path.length === 1) view = simView(0);
    if (path.length === 3) view = simView(45);
    if (next.command === 'resume') view = simView(45, true);
    const before = step;
    step = advance(step, view, parsed.value);
    expect(step).toBe(before + 1);
  }
  expect(path).toEqual([
    'set title A @us || set title B @eu',
    'step',
    'step',
    'explain 1',
    'back',
    'deliver eu>ap',
    'resume',
  ]);
});

test('enter runs a suggested step, and no step is suggested while time runs', () => {
  const wrote = ran(
    INITIAL_STATE,
    'set title A @us || set title B @eu',
    {type: 'writes', writes: []},
    simView(0),
    WRITTEN_MS,
  );
  expect(areaOf('note', wrote, worldAt(0))[0]).toContain(
    'try: step   one message at a time   (enter does it)',
  );
  expect(suggestion(advance(wrote.step, simView(0, true), undefined), simView(0, true))?.command).toBe(
    'explain 1',
  );
});

test('a load that waits for stopped time shows how to continue, and no rate', () => {
  const activities = [{label: 'load 200/s for 2s keys=10', done: 1, total: 400, detail: '1000/s'}];
  const noteAt = (columns: number, runs = false, from = INITIAL_STATE): string =>
    lineOf('note', worldOf({...simView(0, runs), activities}, {nowMs: WRITTEN_MS, columns}), [], from);
  for (const columns of [60, 80, 120]) {
    expect(noteAt(columns)).toMatch(/load .*0% · time stands: resume or step/);
    expect(noteAt(columns)).not.toContain('1000/s');
  }
  expect(noteAt(160)).toMatch(/time stands: resume or step {3}try: /);
  expect(noteAt(120, true)).toContain('1000/s');
  expect(noteAt(120, false, typed(['wait load', ENTER], standing).state)).toContain('1000/s');
});
