/**
 * Which writes may count as lost, on histories written out by hand: under each resolver what is right, and
 * the least that is wrong.
 */
import {describe, expect, it} from 'vitest';
import {must} from '../../../src/base/assert.ts';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {Json} from '../../../src/base/json.ts';
import type {Intent, KeyWrite, Op} from '../../../src/core/log/op.ts';
import {type Dot, parseDot, type VersionVector} from '../../../src/core/log/version-vector.ts';
import type {ResolverSpec} from '../../../src/core/resolvers/spec.ts';
import type {Reading} from '../../../src/core/state/reading.ts';
import {checkLosses} from '../../../src/history/checkers/losses-checker.ts';
import type {TraceEvent} from '../../../src/history/trace.ts';

const A = key('a');
const [US, EU] = ['us', 'eu'].map(leaderId) as [LeaderId, LeaderId];
const dotOf = (text: string): Dot => must(parseDot(text), 'a dot');
const dots = (text: string): Dot[] => text.split(' ').flatMap(one => (one === '' ? [] : [dotOf(one)]));

interface Made {
  readonly after?: string;
  /** All that was there, unless something else is said. */
  readonly saw?: string;
  readonly atMs?: number;
  readonly effect?: Json;
  readonly generation?: number;
}

function write(
  dot: string,
  intent: Intent,
  {after = '', saw = after, atMs = 1000, effect = null, generation = 1}: Made = {},
): Op {
  const isPlain = intent.type === 'set' || intent.type === 'del';
  const change = {
    key: A,
    generation,
    saw: dots(saw),
    ...intent,
    ...(isPlain ? {} : {effect}),
  } as unknown as KeyWrite;
  const seen: VersionVector = Object.fromEntries(dots(after).map(({origin, seq}) => [origin, seq]));
  return {dot: dotOf(dot), after: seen, hlc: {wallMs: atMs, logical: 0}, wallMs: atMs, writes: [change]};
}
const set = (dot: string, value: Json, made?: Made): Op => write(dot, {type: 'set', value}, made);

const switched: TraceEvent = {
  atMs: 0,
  type: 'action',
  action: {type: 'resolver', resolver: {name: 'lww'}, at: 'cluster'},
};
const reads = (value: Json | undefined): Reading =>
  value === undefined ? {type: 'absent'} : {type: 'value', value};
const both = (...siblings: [dot: string, value: Json][]): Reading => ({
  type: 'siblings',
  siblings: siblings.map(([dot, value]) => ({dot: dotOf(dot), value})),
});

/** What is wrong where a leader with these operations shows and counts that. */
function fault(
  resolver: ResolverSpec,
  ops: readonly Op[],
  reading: Reading,
  lost: string,
  ...events: TraceEvent[]
): string | undefined {
  const vv: {[origin: LeaderId]: number} = {};
  for (const {dot} of ops) vv[dot.origin] = dot.seq;
  const end = {
    leader: US,
    ops,
    vv,
    digest: '',
    readings: {[A]: reading},
    lost: {[A]: dots(lost)},
    halted: [],
  };
  return checkLosses({events, ends: [end, {...end, leader: EU}]}, resolver)?.text;
}

describe('of two writes that had not seen each other', () => {
  const ops = [set('us:1', 'early', {atMs: 1000}), set('eu:1', 'late', {atMs: 2000})];
  it.each([
    [{name: 'lww'}, 'late', 'us:1'],
    [{name: 'hlc'}, 'late', 'us:1'],
    [{name: 'fww'}, 'early', 'eu:1'],
    [{name: 'priority', order: [US]}, 'early', 'eu:1'],
    [{name: 'priority', order: []}, 'late', 'us:1'],
    [{name: 'revision'}, 'late', 'us:1'],
    [{name: 'revision'}, 'early', 'eu:1'],
    [{name: 'keep-local'}, 'early', 'eu:1'],
    [{name: 'fields'}, 'late', 'us:1'],
  ] as const)('%j loses the one that it does not show', (resolver, shown, lost) => {
    expect(fault(resolver, ops, reads(shown), lost)).toBeUndefined();
    const other = lost === 'us:1' ? 'eu:1' : 'us:1';
    for (const wrong of ['', other, 'us:1 eu:1'])
      expect(fault(resolver, ops, reads(shown), wrong)).toBeDefined();
  });

  it.each([
    [{name: 'lww'}, 'early', 'a reads {"value":"early"} at us, and lww shows eu:1 ("late")'],
    [{name: 'fww'}, 'late', 'a reads {"value":"late"} at us, and fww shows us:1 ("early")'],
  ] as const)('%j shows the one that its order prefers', (resolver, shown, says) => {
    expect(fault(resolver, ops, reads(shown), shown === 'late' ? 'us:1' : 'eu:1')).toBe(says);
  });

  it('siblings show both and loses none', () => {
    const siblings = both(['eu:1', 'late'], ['us:1', 'early']);
    expect(fault({name: 'siblings'}, ops, siblings, '')).toBeUndefined();
    expect(fault({name: 'siblings'}, ops, siblings, 'us:1')).toBe(
      'us counts us:1 ("early") of a as lost, and readers there get it',
    );
    expect(fault({name: 'siblings'}, ops, reads('late'), 'us:1')).toContain(
      'no write had seen eu:1 ("late"), us:1 ("early")',
    );
  });

  it('custom is not checked', () => {
    for (const lost of ['', 'us:1', 'eu:1'])
      expect(fault({name: 'custom', file: 'm.mjs'}, ops, reads(7), lost)).toBeUndefined();
  });
});

describe('a write that was replaced', () => {
  const seeing = [set('us:1', 1), set('eu:1', 2, {after: 'us:1', atMs: 2000})];
  it('by one that had seen it is not lost', () => {
    expect(fault({name: 'hlc'}, seeing, reads(2), '')).toBeUndefined();
    for (const resolver of [{name: 'hlc'}, {name: 'custom', file: 'm.mjs'}] as const) {
      expect(fault(resolver, seeing, reads(2), 'us:1')).toBe(
        'us counts us:1 (1) of a as lost, and a write that had seen it replaced it',
      );
    }
  });

  it('by one whose client had not been shown it is lost', () => {
    const gone = [
      set('us:1', 1),
      set('eu:1', 2, {atMs: 2000}),
      set('us:2', 3, {after: 'us:1 eu:1', saw: 'eu:1', atMs: 3000}),
    ];
    expect(fault({name: 'hlc'}, gone, reads(3), 'us:1')).toBeUndefined();
    expect(fault({name: 'hlc'}, gone, reads(3), '')).toContain('us does not count us:1 (1) of a as lost');
  });

  it('by one with the higher clock is lost under lww even if it had seen that one, but not under hlc', () => {
    const behind = [set('us:1', 'ahead', {atMs: 9000}), set('eu:1', 'behind', {after: 'us:1', atMs: 1000})];
    expect(fault({name: 'lww'}, behind, reads('ahead'), 'eu:1')).toBeUndefined();
    for (const name of ['hlc', 'fww', 'revision'] as const) {
      expect(fault({name}, behind, reads('behind'), '')).toBeUndefined();
      expect(fault({name}, behind, reads('ahead'), 'eu:1')).toBeDefined();
    }
  });

  it('is not lost at a leader that does not have it', () => {
    expect(fault({name: 'hlc'}, seeing, reads(2), 'ap:4')).toBe(
      'us counts ap:4 of a as lost, which it does not have',
    );
  });
});

describe('a resolver that keeps everything', () => {
  const gone = [set('us:1', 1), set('eu:1', 2), set('us:2', 3, {after: 'us:1 eu:1', saw: 'eu:1'})];
  it('siblings loses nothing, unless a switch hid it from a writer', () => {
    expect(fault({name: 'siblings'}, gone, reads(3), 'us:1')).toContain(
      'us:1 (1) of a is lost under siblings',
    );
    expect(fault({name: 'siblings'}, gone, reads(3), 'us:1', switched)).toBeUndefined();
    expect(fault({name: 'siblings'}, gone, reads(3), '', switched)).toContain('does not count us:1');
  });

  const plus = (dot: string, made?: Made): Op => write(dot, {type: 'incr', by: 2}, made);
  const del = (made: Made): Op => write('us:2', {type: 'del'}, made);
  it(
    'crdt loses no increment to another increment, and loses one to a delete only if the ' +
      'delete had not seen it',
    () => {
      expect(fault({name: 'crdt'}, [plus('us:1'), plus('eu:1')], reads(4), '')).toBeUndefined();
      expect(fault({name: 'crdt'}, [plus('us:1'), plus('eu:1')], reads(4), 'us:1')).toContain(
        'readers there get it',
      );
      const unseeing = [plus('us:1'), plus('eu:1'), del({after: 'us:1 eu:1', saw: 'us:1'})];
      expect(fault({name: 'crdt'}, unseeing, reads(undefined), 'eu:1')).toContain('is lost under crdt');
      expect(fault({name: 'crdt'}, unseeing, reads(undefined), 'eu:1', switched)).toBeUndefined();
      expect(
        fault({name: 'crdt'}, [plus('us:1'), plus('eu:1'), del({after: 'us:1 eu:1'})], reads(undefined), ''),
      ).toBeUndefined();
    },
  );

  it('crdt loses an element only if a removal had not seen it', () => {
    const element = 'milk';
    const ops = [
      write('us:1', {type: 'sadd', element}),
      write('eu:1', {type: 'srem', element}, {after: 'us:1', saw: ''}),
    ];
    expect(fault({name: 'crdt'}, ops, reads([]), 'us:1', switched)).toBeUndefined();
    expect(fault({name: 'crdt'}, ops, reads([]), '', switched)).toContain('does not count us:1');
    const again = [
      write('us:1', {type: 'sadd', element}),
      write('us:2', {type: 'sadd', element}, {after: 'us:1'}),
    ];
    expect(fault({name: 'crdt'}, again, reads([element]), '')).toBeUndefined();
  });
});

describe('documents', () => {
  const put = (dot: string, field: string, value: Json, atMs: number, effect: Json = {[field]: value}): Op =>
    write(dot, {type: 'hset', field, value}, {atMs, effect});
  it.each(['fields', 'crdt'] as const)('under %s are lost field by field', name => {
    const apart = [put('us:1', 'name', 'Ada', 1000), put('eu:1', 'city', 'Rome', 2000)];
    expect(fault({name}, apart, reads({name: 'Ada', city: 'Rome'}), '')).toBeUndefined();
    expect(fault({name}, apart, reads({name: 'Ada', city: 'Rome'}), 'us:1')).toContain(
      'readers there get it',
    );
    expect(fault({name}, apart, reads({city: 'Rome'}), '')).toContain('does not count us:1');
    const same = [put('us:1', 'name', 'Ada', 1000), put('eu:1', 'name', 'Bob', 2000)];
    expect(fault({name}, same, reads({name: 'Bob'}), 'us:1')).toBeUndefined();
    expect(fault({name}, same, reads({name: 'Bob'}), '')).toContain('does not count us:1');
    const alike = [put('us:1', 'name', 'Ada', 1000), put('eu:1', 'name', 'Ada', 2000)];
    expect(fault({name}, alike, reads({name: 'Ada'}), '')).toBeUndefined();
    expect(fault({name}, alike, reads({name: 'Ada'}), 'us:1')).toContain('readers there get it');
  });

  it('are set as a whole, and lost if none of their fields remain', () => {
    const ops = [set('us:1', {name: 'Ada', city: 'Rome'}, {atMs: 1000}), put('eu:1', 'name', 'Bob', 2000)];
    expect(fault({name: 'fields'}, ops, reads({name: 'Bob', city: 'Rome'}), '')).toBeUndefined();
    expect(fault({name: 'fields'}, ops, reads({name: 'Bob', city: 'Rome'}), 'us:1')).toContain(
      'readers there get it',
    );
  });

  it('nest under crdt, and their top-level fields are columns under fields', () => {
    const ops = [
      put('us:1', 'at', {city: 'Rome', zip: 1}, 1000),
      put('eu:1', 'at.city', 'Oslo', 2000, {at: {city: 'Oslo'}}),
    ];
    expect(fault({name: 'crdt'}, ops, reads({at: {city: 'Oslo', zip: 1}}), '')).toBeUndefined();
    expect(fault({name: 'fields'}, ops, reads({at: {city: 'Oslo'}}), 'us:1')).toBeUndefined();
    expect(fault({name: 'fields'}, ops, reads({at: {city: 'Oslo'}}), '')).toContain('does not count us:1');
  });
});

describe('what a write had seen', () => {
  const ops = (saw: string): Op[] => [
    set('us:1', 1, {atMs: 1000}),
    set('eu:1', 2, {atMs: 2000}),
    set('us:2', 3, {after: 'us:1 eu:1', saw, atMs: 3000}),
  ];
  it('is what its leader showed', () => {
    expect(fault({name: 'lww'}, ops('eu:1'), reads(3), 'us:1')).toBeUndefined();
    expect(fault({name: 'lww'}, ops('eu:1 us:1'), reads(3), '')).toBe(
      'us:2 (3) of a says that it had seen eu:1 us:1, and its leader showed eu:1',
    );
    expect(fault({name: 'lww'}, ops(''), reads(3), 'us:1 eu:1')).toContain(
      'had seen nothing, and its leader showed eu:1',
    );
    expect(fault({name: 'siblings'}, ops('eu:1 us:1'), reads(3), '')).toBeUndefined();
  });
  it('is everything under crdt that was not replaced', () => {
    const plus = (dot: string, made?: Made): Op => write(dot, {type: 'incr', by: 2}, made);
    const counted = (saw: string) => [plus('us:1'), plus('eu:1'), plus('us:2', {after: 'us:1 eu:1', saw})];
    expect(fault({name: 'crdt'}, counted('eu:1 us:1'), reads(6), '')).toBeUndefined();
    expect(fault({name: 'crdt'}, counted('us:1'), reads(6), '')).toContain(
      'had seen us:1, and its leader showed us:1 eu:1',
    );
  });
  it('includes a shown write off the frontier while a write in between has not arrived', () => {
    const by = (dot: string, made?: Made): Op => write(dot, {type: 'incr', by: 2}, made);
    // us applied ap:1 before eu:1: nothing there had seen us:1, and its increment counts all the same.
    const ops = (saw: string) => [
      by('us:1'),
      by('eu:1', {after: 'us:1'}),
      by('ap:1', {after: 'us:1 eu:1', saw: 'eu:1'}),
      by('us:2', {after: 'us:1 ap:1', saw}),
    ];
    expect(fault({name: 'crdt'}, ops('ap:1 us:1'), reads(8), '')).toBeUndefined();
    expect(fault({name: 'crdt'}, ops('ap:1'), reads(8), '')).toContain('showed us:1 ap:1');
  });
  it('depends on the resolver in use', () => {
    expect(fault({name: 'lww'}, ops('eu:1 us:1'), reads(3), '', switched)).toBeUndefined();
  });
});

describe('the shown write', () => {
  const plus = (dot: string, made?: Made): Op => write(dot, {type: 'incr', by: 1}, {effect: 11, ...made});

  it.each(['revision', 'keep-local'] as const)(
    'is one of each kind under %s: it keeps no more increments of the frontier than that',
    name => {
      const same = [plus('us:1'), plus('eu:1')];
      for (const lost of ['us:1', 'eu:1']) expect(fault({name}, same, reads(11), lost)).toBeUndefined();
      expect(fault({name}, same, reads(11), '')).toContain('us shows one write of a, and counts 2 of');
      expect(fault({name}, same, reads(11), 'us:1 eu:1')).toContain('counts 0 of');
    },
  );

  it.each(['lww', 'hlc', 'revision', 'keep-local'] as const)(
    'represents under %s the writes that asked for the same',
    name => {
      const same = [set('us:1', 'x'), set('eu:1', 'x')];
      expect(fault({name}, same, reads('x'), '')).toBeUndefined();
      for (const lost of ['us:1', 'eu:1', 'us:1 eu:1'])
        expect(fault({name}, same, reads('x'), lost)).toContain('readers there get it');
      const both = [...same, set('us:2', 'y', {after: 'us:1 eu:1', saw: 'us:1 eu:1', atMs: 2000})];
      expect(fault({name}, both, reads('y'), '')).toBeUndefined();
    },
  );

  it('is every equal edit of one parent under revision, because these are one revision', () => {
    const [same, other] = [[set('us:1', 'x'), set('eu:1', 'x')], set('us:1', 'y')];
    expect(fault({name: 'revision'}, same, reads('x'), '')).toBeUndefined();
    expect(fault({name: 'revision'}, same, reads('x'), 'us:1')).toContain(
      'counts us:1 ("x") of a as lost, and readers there get it',
    );
    expect(fault({name: 'revision'}, [other, set('eu:1', 'x')], reads('x'), '')).toContain(
      'does not count us:1 ("y")',
    );
  });
  it('replaces all equal edits of a revision under revision, even those that its writer did not have', () => {
    const equal = [set('us:1', 'x'), set('eu:1', 'x'), set('ap:1', 'x')];
    const edit = set('us:2', 'y', {after: 'us:1', generation: 2});
    expect(fault({name: 'revision'}, [...equal, edit], reads('y'), '')).toBeUndefined();
    expect(fault({name: 'revision'}, [set('eu:1', 'z'), set('ap:1', 'w'), edit], reads('y'), '')).toContain(
      'does not count',
    );
  });
  it('may be a leaf under revision that a delete did not have, and then the delete is lost', () => {
    const edit = set('us:2', 'z', {after: 'us:1 eu:1', saw: 'us:1', generation: 2});
    const del = write('ap:1', {type: 'del'}, {after: 'us:2', generation: 3});
    const ops = [set('us:1', 'x'), set('eu:1', 'y'), edit, del];
    expect(fault({name: 'revision'}, ops, reads('y'), 'ap:1')).toBeUndefined();
    expect(fault({name: 'revision'}, ops, reads('z'), 'ap:1')).toContain('revision shows one of eu:1 ("y")');
  });
  it('may be a revision that had lost, after the winner is deleted', () => {
    const [a, b, winner] = [
      set('us:1', 'A'),
      set('eu:1', 'B'),
      set('us:2', 'A2', {after: 'us:1', generation: 2}),
    ];
    const deleted = write('us:3', {type: 'del'}, {after: 'us:2 eu:1', saw: 'us:2', generation: 3});
    expect(fault({name: 'revision'}, [a, b, winner, deleted], reads('B'), '')).toBeUndefined();
    expect(fault({name: 'revision'}, [a, b, winner, deleted], reads(undefined), 'eu:1')).toContain(
      'revision shows one of eu:1 ("B")',
    );
    expect(fault({name: 'revision'}, [a, b, winner], reads('B'), 'us:2')).toContain(
      'revision shows one of us:2 ("A2")',
    );
  });

  it('is what a writer reports as seen, with the writes that asked for the same', () => {
    const only = [
      set('us:1', 'x'),
      set('eu:1', 'x'),
      set('us:2', 'y', {after: 'us:1 eu:1', saw: 'us:1', atMs: 2000}),
    ];
    expect(fault({name: 'lww'}, only, reads('y'), 'eu:1')).toContain(
      'says that it had seen us:1, and its leader showed',
    );
  });

  it('has the longest history under revision, and is not deleted', () => {
    const longer = [set('us:1', 1), set('eu:1', 2, {generation: 2})];
    expect(fault({name: 'revision'}, longer, reads(2), 'us:1')).toBeUndefined();
    expect(fault({name: 'revision'}, longer, reads(1), 'eu:1')).toBe(
      'a reads {"value":1} at us, and revision shows one of eu:1 (2)',
    );
    const deleted = [set('us:1', 1), write('eu:1', {type: 'del'}, {generation: 2})];
    expect(fault({name: 'revision'}, deleted, reads(1), 'eu:1')).toBeUndefined();
    expect(fault({name: 'revision'}, deleted, reads(undefined), 'us:1')).toBeDefined();
  });
});
