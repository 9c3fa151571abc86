/**
 * What the screen says, and what it must not: names beside every text, operations counted once, hints that
 * hold.
 */
import {expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {WriteReport} from '../../src/port/cluster.ts';
import type {ClusterView} from '../../src/port/view.ts';
import {storyTable} from '../../src/report/results/story-table.ts';
import {reduce} from '../../src/tui/model/reduce.ts';
import type {World} from '../../src/tui/model/state/state.ts';
import {documentLines} from '../../src/tui/model/text/document-lines.ts';
import {fairShare} from '../../src/tui/model/text/text.ts';
import {paletteOf} from '../../src/tui/model/text/words.ts';
import {manyView} from './many-leaders.ts';
import {areaOf} from './pictures.ts';
import {ENTER, ESC, NOW, TAB, typed, worldOf} from './scenes.ts';
import {conflict, emptyView, troubledView} from './views.ts';
import {busyView, COMPARISON, richView} from './worlds.ts';

const row = (view: ClusterView, columns: number, rows: number): string => {
  const world = worldOf(view, {columns, rows});
  return areaOf('conflicts', typed([], world).state, world)[1] ?? '';
};

const [us, eu] = conflict(1, 'title').writes;
if (us === undefined || eu === undefined) throw new Error('two writes');
const ap = {...eu, dot: {origin: leaderId('ap'), seq: 5}, value: 'C', summary: 'set "C"'};
const threeSided: ClusterView = {
  ...troubledView(NOW),
  conflicts: [conflict(1, 'title', {writes: [ap, eu, us], lost: [ap.dot, us.dot]})],
};

test(
  '∥ appears only between concurrent writes: the newest of a side is shown, with the number ' +
    'of earlier ones',
  () => {
    const newer = {
      ...us,
      dot: {...us.dot, seq: 9},
      after: {[us.dot.origin]: 8},
      value: 'D',
      summary: 'set "D"',
    };
    const view = {
      ...troubledView(NOW),
      conflicts: [conflict(1, 'title', {writes: [eu, us, newer], lost: [us.dot]})],
    };
    expect(row(view, 160, 40)).toMatch(/us "D" ∥ eu "B" \+1 earlier → "B" .*lost us:8/);
  },
);

test(
  'the write that readers get comes first, beside concurrent ones, and an arrow leads to it ' +
    'from a write set aside',
  () => {
    const newer = {
      ...eu,
      dot: {...eu.dot, seq: 10},
      after: {[us.dot.origin]: 8},
      value: 'D',
      summary: 'set "D"',
    };
    const sides = [ap.dot, newer.dot, us.dot];
    const reversed = conflict(1, 'title', {
      relation: 'reversed',
      writes: [ap, newer, us],
      sides,
      instead: [us.dot],
      lost: [newer.dot],
    });
    expect(row({...troubledView(NOW), conflicts: [reversed]}, 160, 40)).toMatch(
      /us "A" ∥ ap "C" ← eu "D" → "B" .*reversed lost eu:10/,
    );
  },
);

test('a conflict shows its writes at every width, in the order of the leaders, and marks lost ones', () => {
  expect(row(threeSided, 160, 40)).toMatch(/us "A" ∥ eu "B" ∥ ap "C" → "B" .*lost us:8 \+1/);
  expect(row(threeSided, 80, 24)).toContain('us "A" ✘ ∥ eu "B" ∥ ap "C" ✘');
  expect(row(threeSided, 60, 16)).toContain('us A✘ ∥ eu B ∥ ap C✘');
});

test('when there is little room, texts are cut and names are not', () => {
  const long = (letter: string): string => letter.repeat(90);
  const view = {
    ...troubledView(NOW),
    conflicts: [
      conflict(1, 'title', {
        writes: [
          {...us, value: long('a')},
          {...eu, value: long('b')},
        ],
      }),
    ],
  };
  for (const [columns, rows] of [
    [60, 16],
    [80, 24],
    [120, 36],
    [200, 60],
  ] as const)
    expect([columns, row(view, columns, rows)]).toEqual([
      columns,
      expect.stringMatching(/us "?aa+….*∥ eu "?bb+…/),
    ]);
});

test('siblings are in the order of the leaders', () => {
  const siblings = [ap, eu, us].map(({dot, value}) => ({dot, ...(value === undefined ? {} : {value})}));
  const base = troubledView(NOW);
  const reading = {type: 'siblings', siblings} as const;
  const leaders = base.leaders.map(leader => ({
    ...leader,
    keys: leader.keys.slice(0, 1).map(entry => ({...entry, reading, frontierSize: 3})),
  }));
  const world = worldOf({...base, leaders}, {columns: 160});
  expect(areaOf('leaders-0', typed([], world).state, world).join('\n')).toContain('"A" ∥ "B" ∥ "C"');
});

test('a hold counts the operations that wait, not the messages that repeat them', () => {
  const base = emptyView();
  const links = base.links.map(link =>
    link.from === 'us' && link.to === 'eu'
      ? {...link, rule: {...link.rule, hold: true}, waiting: 2, held: 12}
      : link,
  );
  const world = worldOf({...base, links});
  const picture = areaOf('topology', typed([], world).state, world).join('\n');
  expect(picture).toContain('2 waiting');
  expect(picture).not.toContain('12 waiting');
});

test('the left of the header does not move when the verdict changes', () => {
  const calm = worldOf(emptyView());
  const troubled = worldOf(troubledView(NOW));
  const startOf = (world: World, text: RegExp): number =>
    (areaOf('header', typed([], world).state, world)[0] ?? '').search(text);
  expect(startOf(calm, /us ●/)).toBe(startOf(troubled, /us ●/));
  expect(startOf(calm, /= converged/)).toBe(startOf(troubled, /≠ diverged/));
});

test('selecting a link moves nothing in the drawing', () => {
  const world = worldOf(emptyView());
  const before = areaOf('topology', typed([ESC], world).state, world);
  const after = areaOf('topology', typed([ESC, 'lll'], world).state, world);
  expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
  expect(after.at(-1)).toContain('us>eu 120, eu>us 120 msg');
});

const keysIn = (
  inputs: readonly string[],
  columns: number,
  world = worldOf(troubledView(NOW), {columns, undoable: 'heal us-eu'}),
): string => areaOf('keys', typed(inputs, world).state, world)[0] ?? '';

test('the keys to go back, undo and quit are in the last line at any width', () => {
  for (const columns of [60, 80, 120]) {
    for (const pane of ['1', '2', '3', '4'])
      expect(keysIn([ESC, pane], columns)).toMatch(/: prompt .*z undo.* q quit/);
    expect(keysIn([], columns)).toMatch(/enter run .*esc panes .*ctrl-c quit/);
  }
  expect(keysIn([ESC, '2'], 80)).toMatch(/x kill us {2}p pause us/);
  expect(keysIn([ESC], 120)).toContain('z undo: heal us-eu');
});

test('the last line says what escape takes back', () => {
  expect(keysIn(['wait converged', ENTER], 120)).toContain('esc stop waiting');
  expect(keysIn(['set a 1', ENTER], 120)).toContain('esc panes');
  expect(keysIn(['s', TAB], 120)).toContain('esc as typed');
  expect(keysIn([ESC, '+'], 120)).toContain('esc unzoom');
  expect(keysIn([ESC], 120)).not.toContain('esc');
});

test(
  'the filter keeps the conflicts on keys that contain a text, receives every key press, and ' +
    'is cleared by escape',
  () => {
    const world = worldOf(troubledView(NOW));
    const list = (...inputs: string[]): string =>
      areaOf('conflicts', typed([ESC, '3', ...inputs], world).state, world).join('\n');
    expect(list('/', 'TI')).toMatch(/conflicts 3 · lost 2 \/TI {2}1 shown[\s\S]*#3/);
    expect(list('/ti')).not.toMatch(/#[12] /);
    expect(list('/', 'xq', '\x7f', '\x7f', 't', ENTER)).toMatch(/\/t 3 shown|\/t 2 shown/);
    expect(list('/', 'nothing like it')).toContain('no conflict on such a key');
    expect(list('/ti', ESC)).not.toContain('/ti');
    expect(list('/ti', ENTER, ESC)).toMatch(/#1 /);
    expect(typed([ESC, '3', '/ti', ENTER, ENTER], world).state.overlay).toMatchObject({
      type: 'story',
      conflict: 3,
    });
    expect(typed([ESC, '3', '/ti', ENTER, ESC], world).state.mode).toBe('panes');
  },
);

test('room is shared so that only the wider texts are cut', () => {
  expect(fairShare([3, 10, 20], 40)).toBeGreaterThanOrEqual(20);
  expect(fairShare([3, 10, 20], 23)).toBe(10);
  expect(fairShare([3, 30, 30], 23)).toBe(10);
  expect(fairShare([5, 5], -3)).toBe(0);
});

test('messages in flight do not move labels', () => {
  const base = emptyView();
  const picture = (part: number): string[] => {
    const inFlight = [
      {
        direction: 'forth' as const,
        sentAtMs: NOW - part * 1000,
        dueAtMs: NOW + (1 - part) * 1000,
        faults: [],
      },
    ];
    const world = worldOf({...base, links: base.links.map(link => ({...link, inFlight}))});
    return areaOf('topology', typed([], world).state, world);
  };
  const labels = (lines: readonly string[]): string[] => lines.map(line => line.replace(/[^\d ms]/g, ' '));
  const still = labels(picture(0));
  for (let part = 0.05; part < 1; part += 0.05) expect(labels(picture(part))).toEqual(still);
  expect(picture(0.2).join('')).not.toBe(picture(0.3).join(''));
});

test('a frozen screen says how to unfreeze it, at any width', () => {
  for (const columns of [60, 80, 120]) expect(keysIn([ESC, '2', ' '], columns)).toContain('space unfreeze');
});

test('the full state shows clocks, halts and waiting operations, as the card does', () => {
  const view = richView(NOW);
  const world = worldOf(view);
  const {state} = typed(['state', ENTER], world);
  const entry = {text: 'state', status: 'ok', ms: 1, result: {type: 'state', leaders: view.leaders}} as const;
  const shown = reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state;
  const text = areaOf('overlay', shown, world).join('\n');
  expect(text).toMatch(/clock −5 s · drift 200 ppm · halted: eu on title/);
  expect(text).toContain('3 buffered');
});

test(
  'a resolver that loses a write at one leader because of ' + 'the order of arrival counts as losing one',
  () => {
    const world = worldOf(richView(NOW));
    const result = {
      type: 'compared',
      comparison: {...COMPARISON, resolvers: COMPARISON.resolvers.map(byArrivalOnly)},
    } as const;
    const {state} = typed(['compare title', ENTER], world);
    const entry = {text: 'compare title', status: 'ok', ms: 1, result} as const;
    const shown = reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state;
    expect(areaOf('under', shown, world)[0]).toContain('1 of 12 resolvers lose a write');
  },
);

const byArrivalOnly = (compared: (typeof COMPARISON.resolvers)[number]): typeof compared => ({
  ...compared,
  lost: [],
});

test('the clock of a leader is cut before what the leader lacks', () => {
  const view = emptyView();
  const hlc = {wallMs: NOW, logical: 254};
  const world = worldOf(
    {...view, leaders: view.leaders.map(leader => ({...leader, hlc, opCount: 9, behind: 24_581}))},
    {columns: 120},
  );
  expect(areaOf('leaders-1', typed([], world).state, world).join('\n')).toContain('behind 24581');
});

test('the keys of a load stay after the keys of people while it runs', () => {
  const keysAt = (frame: number): string[] => {
    const view = busyView(3, NOW, frame);
    const own = view.leaders.map(leader => ({
      ...leader,
      keys: [...leader.keys, ...personal(leader.keys)],
      keyCount: 21,
    }));
    const world = worldOf({...view, leaders: own}, {columns: 120, rows: 36});
    return areaOf('leaders-0', typed([], world).state, world).flatMap(
      line => /^│ (title|load:\S+)/.exec(line)?.[1] ?? [],
    );
  };
  expect(keysAt(1).slice(0, 4)).toEqual(['title', 'load:1', 'load:2', 'load:3']);
  for (let frame = 2; frame < 9; frame++) expect(keysAt(frame)).toEqual(keysAt(1));
});

const personal = (keys: ClusterView['leaders'][number]['keys']): typeof keys =>
  keys.slice(0, 1).map(entry => ({...entry, key: key('title')}));

test('a narrow window says that leaders disagree, even without each value', () => {
  const base = conflict(1, 'title', {lost: []});
  const [decision] = Object.values(base.decisions);
  if (decision === undefined) throw new Error('a decision');
  const other = {...decision, shows: {type: 'value', value: 'a value of its own'} as const};
  const decisions = {[leaderId('us')]: decision, [leaderId('eu')]: other};
  expect(row({...troubledView(NOW), conflicts: [{...base, decisions}]}, 80, 24)).toContain(
    '→ leaders differ',
  );
});

test('a partition of many leaders is shown in figures, not in crossing lines', () => {
  const base = manyView(16, 'mesh', NOW);
  const groupOf = (id: string): boolean => base.leaders.findIndex(leader => leader.id === id) < 8;
  const links = base.links.map(link => ({
    ...link,
    rule: {...link.rule, cut: groupOf(link.from) !== groupOf(link.to)},
    faulty: true,
  }));
  const world = worldOf({...base, links}, {columns: 120, rows: 36});
  const text = areaOf('topology', typed([], world).state, world).join('\n');
  expect(text).toContain('✂ 64 cut');
  expect(text).not.toMatch(/[\u2801-\u28ff]/);
});

test('the part of an answer that repeats its command is shown once', () => {
  const under = (text: string, summary: string): string => {
    const world = worldOf(emptyView());
    const {state} = typed([text, ENTER], world);
    const entry = {text, status: 'ok', ms: 1, result: {type: 'changed', summary}} as const;
    return (
      areaOf(
        'under',
        reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state,
        world,
      )[0]?.trim() ?? ''
    );
  };
  expect(under('load 5/s for 1s &', 'started')).toBe('✔ load 5/s for 1s &  started');
  expect(under('resolver siblings', 'resolver siblings')).toBe('✔ resolver siblings');
  expect(under('kill ap', 'ap killed')).toBe('✔ kill ap  ap killed');
});

test('a write that failed names its leader once', () => {
  const under = (...writes: readonly WriteReport[]): string => {
    const world = worldOf(emptyView());
    const {state} = typed(['set n 1 @us', ENTER], world);
    const result = {type: 'writes', writes} as const;
    const entry = {
      text: 'set n 1 @us',
      status: 'fail',
      ms: 1,
      failure: {code: 'refused', message: ''},
      result,
    } as const;
    return (
      areaOf(
        'under',
        reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state,
        world,
      )[0]?.trim() ?? ''
    );
  };
  const [us, eu] = [leaderId('us'), leaderId('eu')];
  const down: WriteReport = {leader: us, status: 'fail', reason: 'us is down; use: restart us'};
  expect(under(down)).toBe('✘ set n 1 @us  us is down; use: restart us');
  expect(under({leader: us, status: 'fail', reason: 'n is 2, not 1'})).toBe(
    '✘ set n 1 @us  us: n is 2, not 1',
  );
  expect(under({leader: eu, status: 'ok', dot: {origin: eu, seq: 3}}, down)).toBe(
    '✘ set n 1 @us  eu:3 · ✘ us is down; use: restart us',
  );
});

test('a refusal shows a remedy beside its reason if there is room', () => {
  const under = (columns: number): string => {
    const world = worldOf(emptyView(), {columns});
    const {state} = typed(['resolver crdt', ENTER], world);
    const failure = {
      code: 'unsupported',
      message: 'the postgres engine has no crdt',
      hint: 'it has apply-remote',
    };
    const entry = {text: 'resolver crdt', status: 'fail', ms: 1, failure} as const;
    return (
      areaOf(
        'under',
        reduce(state, {type: 'answered', id: state.nextId - 1, entry}, world).state,
        world,
      )[0]?.trim() ?? ''
    );
  };
  expect(under(120)).toBe('✘ resolver crdt  the postgres engine has no crdt  it has apply-remote');
  expect(under(60)).toContain('✘ resolver crdt  the postgres engine has no crdt');
});

test('a story names the leader of a line once', () => {
  const world = worldOf(richView(NOW));
  const reported = {
    atMs: NOW,
    leader: leaderId('eu'),
    what: 'reported',
    text: 'eu reported the conflict to the lab first.',
  } as const;
  const lines = documentLines([storyTable([reported])], paletteOf(world.view), 80).map(line =>
    line.map(({text}) => text).join(''),
  );
  expect(lines).toEqual(['+0 ms  eu  ·  reported the conflict to the lab first.']);
});
