/**
 * Each resolver on histories short enough to read.
 */
import {describe, expect, it} from 'vitest';
import type {Json} from '../../../src/base/json.ts';
import type {Write} from '../../../src/core/log/op.ts';
import {RESOLVER_ABOUT, RESOLVER_NAMES, resolverOf} from '../../../src/core/resolvers/registry.ts';
import {AP, del, Lens, set, US, write} from './lens.ts';

const hset = (
  name: string,
  field: string,
  value: Json,
  options: Parameters<typeof write>[2] & {effect?: Json} = {},
): Write => write(name, {type: 'hset', field, value, effect: options.effect ?? {[field]: value}}, options);
const sadd = (name: string, element: Json, options?: Parameters<typeof write>[2]): Write =>
  write(name, {type: 'sadd', element, effect: [element]}, options);
const srem = (name: string, element: Json, options?: Parameters<typeof write>[2]): Write =>
  write(name, {type: 'srem', element, effect: []} as Parameters<typeof write>[1], options);

const see = (name: Parameters<typeof resolverOf>[0]['name'], ...writes: Write[]): Lens =>
  new Lens(
    name === 'priority' || name === 'custom'
      ? resolverOf({name: 'priority', order: [AP, US]})
      : resolverOf({name}),
    writes,
  );

describe('the registry', () => {
  it.each(RESOLVER_NAMES)('describes %s as the resolver itself behaves', name => {
    const about = RESOLVER_ABOUT[name];
    const resolver =
      name === 'custom'
        ? resolverOf({name, file: '/m.mjs'})
        : name === 'priority'
          ? resolverOf({name, order: []})
          : resolverOf({name});
    expect(resolver.name).toBe(name);
    expect([resolver.summary, resolver.seenIn]).toEqual([about.summary, about.seenIn]);
    expect(about.summary.length).toBeLessThan(60);
    expect(about.seenIn).not.toBe('');
  });
});

describe('lww', () => {
  it('takes the highest wall clock, even if the loser had seen the winner', () => {
    const lens = see('lww', set('us:1', 'A', {wallMs: 500}), set('eu:1', 'B', {saw: 'us:1', wallMs: 400}));
    expect([lens.reads, lens.shown, lens.lost]).toEqual([{value: 'A'}, 'us:1', ['eu:1']]);
    expect(lens.why).toBe(
      'us:1 wins: written 100 ms later, by its own clock, than eu:1, although eu:1 had seen it',
    );
  });
});

describe('hlc', () => {
  it('takes the highest hybrid clock', () => {
    const lens = see(
      'hlc',
      set('us:1', 'A', {hlcMs: 105}),
      set('eu:1', 'B', {wallMs: 900, hlcMs: 100}),
      set('ap:1', 'C', {hlcMs: 105, logical: -2}),
    );
    expect([lens.reads, lens.lost]).toEqual([{value: 'A'}, ['ap:1', 'eu:1']]);
    expect(lens.why).toBe(
      'us:1 wins: its hybrid clock is 2 logical ticks ahead of that of ap:1; ' +
        'its hybrid clock is 5 ms ahead of that of eu:1',
    );
  });

  it('gives a tie to the higher origin', () => {
    const lens = see('hlc', set('us:1', 'A'), set('eu:1', 'B'));
    expect([lens.reads, lens.why]).toEqual([
      {value: 'A'},
      'us:1 wins: its hybrid clock equals that of eu:1, and us sorts higher',
    ]);
  });

  it('lets a write replace what it had seen, even if a clock beyond the drift limit was not adopted', () => {
    expect(see('hlc', set('us:1', 'A', {hlcMs: 900_000}), set('eu:1', 'B', {saw: 'us:1'})).reads).toEqual({
      value: 'B',
    });
  });
});

describe('fww', () => {
  it('takes the lowest wall clock among concurrent writes', () => {
    const lens = see('fww', set('us:1', 'A', {wallMs: 105}), set('eu:1', 'B', {wallMs: 100}));
    expect([lens.reads, lens.lost]).toEqual([{value: 'B'}, ['us:1']]);
    expect(lens.why).toBe('eu:1 wins: written 5 ms earlier, by its own clock, than us:1');
  });

  it('gives a tie to the lower origin, and lets a write replace the first that it has seen', () => {
    expect(see('fww', set('us:1', 'A'), set('eu:1', 'B')).reads).toEqual({value: 'B'});
    expect(see('fww', set('us:1', 'A'), set('eu:1', 'B', {saw: 'us:1', wallMs: 1})).reads).toEqual({
      value: 'B',
    });
  });
});

describe('priority', () => {
  it('takes the write of the leader that is highest in the order', () => {
    const lens = see('priority', set('us:1', 'A', {wallMs: 900}), set('ap:1', 'B'));
    expect([lens.reads, lens.lost, lens.why]).toEqual([
      {value: 'B'},
      ['us:1'],
      'ap:1 wins: ap stands above us in the order ap us',
    ]);
  });

  it('puts leaders that are not in the order after those that are, by name', () => {
    expect(see('priority', set('eu:1', 'A'), set('us:1', 'B')).shown).toBe('us:1');
    const lens = see('priority', set('sa:1', 'A'), set('eu:1', 'B'));
    expect([lens.shown, lens.why]).toEqual([
      'eu:1',
      'eu:1 wins: neither eu nor sa is in the order ap us, and eu sorts lower',
    ]);
  });
});

describe('siblings', () => {
  it('keeps all, including a delete, until a write has seen them', () => {
    const lens = see('siblings', set('us:1', 'A'), del('eu:1'));
    expect([lens.reads, lens.lost]).toEqual([{siblings: [{deleted: true}, 'A']}, []]);
    expect(lens.apply(set('ap:1', 'C', {saw: 'us:1 eu:1'})).reads).toEqual({value: 'C'});
  });
});

describe('fields', () => {
  it('merges fields, and gives a contested one to the higher HLC', () => {
    const lens = see(
      'fields',
      set('us:1', {name: 'ann', city: 'rome'}),
      hset('us:2', 'name', 'bob', {hlcMs: 200}),
      hset('eu:1', 'name', 'cid', {saw: 'us:1', hlcMs: 205}),
      hset('ap:1', 'city', 'oslo', {saw: 'us:1'}),
    );
    expect([lens.reads, lens.lost]).toEqual([{value: {name: 'cid', city: 'oslo'}}, ['us:2']]);
    expect(lens.why).toBe('field name: eu:1 wins: its hybrid clock is 5 ms ahead of that of us:2');
  });

  it('lets a set remove only the fields that it had seen and does not have', () => {
    const lens = see(
      'fields',
      set('us:1', {a: 1, b: 2}),
      set('us:2', {a: 3}),
      hset('eu:1', 'c', 4, {saw: 'us:1'}),
      hset('ap:1', 'b', 5, {saw: 'us:1'}),
    );
    expect(lens.reads).toEqual({value: {a: 3, b: 5, c: 4}});
  });

  it('lets a delete remove what it had seen', () => {
    expect(
      see('fields', set('us:1', {a: 1}), del('us:2'), hset('eu:1', 'b', 2, {saw: 'us:1', wallMs: 101})).reads,
    ).toEqual({
      value: {b: 2},
    });
    expect(see('fields', set('us:1', {a: 1}), del('us:2')).reads).toEqual({absent: true});
  });

  it('treats a nested document as one column', () => {
    const start = set('us:1', {address: {city: 'rome', zip: 1}});
    const lens = see(
      'fields',
      start,
      hset('us:2', 'address.city', 'oslo', {hlcMs: 200, effect: {address: {city: 'oslo', zip: 1}}}),
      hset('eu:1', 'address.zip', 2, {saw: 'us:1', hlcMs: 300, effect: {address: {city: 'rome', zip: 2}}}),
    );
    expect([lens.reads, lens.lost]).toEqual([{value: {address: {city: 'rome', zip: 2}}}, ['us:2']]);
  });

  it('treats a value that is not a document as one register, which contends with a whole document', () => {
    const lens = see('fields', set('us:1', 7, {hlcMs: 105}), hset('eu:1', 'a', 1));
    expect([lens.reads, lens.lost, lens.why]).toEqual([
      {value: 7},
      ['eu:1'],
      'us:1 wins: its hybrid clock is 5 ms ahead of that of eu:1',
    ]);
    expect(see('fields', set('us:1', 7), hset('eu:1', 'a', 1, {hlcMs: 105})).lost).toEqual(['us:1']);
  });

  it('counts a set as lost when none of its fields shows', () => {
    expect(see('fields', set('us:1', {a: 1, b: 1}), set('eu:1', {a: 2}, {hlcMs: 200})).lost).toEqual([]);
    expect(see('fields', set('us:1', {a: 1}), set('eu:1', {a: 2, b: 2}, {hlcMs: 200})).lost).toEqual([
      'us:1',
    ]);
  });
});

describe('crdt on documents', () => {
  it('merges leaf by leaf', () => {
    const start = set('us:1', {address: {city: 'rome', zip: 1}, name: 'ann'});
    const lens = see(
      'crdt',
      start,
      hset('us:2', 'address.city', 'oslo'),
      hset('eu:1', 'address.zip', 2, {saw: 'us:1'}),
      set('ap:1', {name: 'bob', address: {city: 'rome', zip: 1}}, {saw: 'us:1'}),
    );
    expect([lens.reads, lens.lost]).toEqual([{value: {address: {city: 'oslo', zip: 2}, name: 'bob'}}, []]);
  });

  it('lets the higher HLC decide between a plain value and a document at one place', () => {
    const document = hset('us:1', 'address.city', 'oslo', {hlcMs: 105});
    expect(see('crdt', document, hset('eu:1', 'address', 'x')).reads).toEqual({
      value: {address: {city: 'oslo'}},
    });
    const lens = see('crdt', document, hset('eu:1', 'address', 'x', {hlcMs: 200}));
    expect([lens.reads, lens.lost, lens.why]).toEqual([
      {value: {address: 'x'}},
      ['us:1'],
      'field address: eu:1 wins: its hybrid clock is 95 ms ahead of that of us:1',
    ]);
  });

  it(
    'lets a nested field replace the plain value above it ' + 'that it had seen, in either order of arrival',
    () => {
      const plain = hset('us:1', 'address', 'x');
      const nested = hset('eu:1', 'address.city', 'oslo', {saw: 'us:1', hlcMs: 50});
      for (const order of [
        [plain, nested],
        [nested, plain],
      ])
        expect(see('crdt', ...order).reads).toEqual({value: {address: {city: 'oslo'}}});
    },
  );

  it('lets a document replace what it had seen below it, in either order of arrival', () => {
    const nested = hset('us:1', 'address.city', 'oslo', {hlcMs: 300});
    const whole = hset('eu:1', 'address', {zip: 1}, {saw: 'us:1'});
    for (const order of [
      [nested, whole],
      [whole, nested],
    ])
      expect(see('crdt', ...order).reads).toEqual({value: {address: {zip: 1}}});
  });

  it('remembers what a field had seen after a delete has emptied the document', () => {
    const old = hset('us:1', 'name', 'ann');
    const fresh = hset('eu:1', 'name', 'bob', {saw: 'us:1'});
    const gone = del('ap:1', {saw: 'eu:1'});
    for (const order of [
      [old, fresh, gone],
      [fresh, gone, old],
    ])
      expect(see('crdt', ...order).reads).toEqual({absent: true});
  });

  it('drops a field that a delete had seen, even if it arrives later', () => {
    for (const name of ['crdt', 'fields'] as const) {
      expect(see(name, del('eu:1', {saw: 'us:1'}), hset('us:1', 'name', 'ann')).reads).toEqual({
        absent: true,
      });
    }
  });

  it('keeps the order in which the fields were written', () => {
    const text = (lens: Lens): string => JSON.stringify(lens.reads);
    expect(text(see('crdt', set('us:1', {b: 1, a: {d: 1, c: 2}})))).toBe(
      '{"value":{"b":1,"a":{"d":1,"c":2}}}',
    );
  });
});

describe('crdt on sets', () => {
  it(
    'keeps an element of an array after a delete that saw only its later addition, which had ' +
      'seen the array',
    () => {
      const array = set('us:1', ['milk']);
      const again = sadd('eu:1', 'milk', {saw: 'us:1'});
      const gone = del('ap:1', {saw: 'eu:1'});
      for (const order of [
        [array, again, gone],
        [again, gone, array],
      ])
        expect(see('crdt', ...order).reads).toEqual({value: ['milk']});
    },
  );

  it('removes what a removal had seen, in either order of arrival', () => {
    const added = sadd('us:1', 'milk');
    const removed = srem('eu:1', 'milk', {saw: 'us:1'});
    const other = sadd('ap:1', 'eggs');
    for (const order of [
      [added, removed, other],
      [removed, other, added],
    ])
      expect(see('crdt', ...order).reads).toEqual({value: ['eggs']});
    expect(see('crdt', removed, set('us:1', ['milk', 'tea'])).reads).toEqual({value: ['tea']});
  });
});

describe('by arrival', () => {
  const a = set('us:1', 'A');
  const b = set('eu:1', 'B');

  it('apply-remote shows what arrived last, and keep-local and halt show what was there', () => {
    expect(see('apply-remote', a, b).reads).toEqual({value: 'B'});
    expect(see('apply-remote', b, a).lost).toEqual(['eu:1']);
    expect(see('keep-local', a, b).reads).toEqual({value: 'A'});
    expect(see('halt', b, a).lost).toEqual(['us:1']);
    expect(see('apply-remote', a, b).why).toBe(
      'eu:1 is shown: us:1, which had not seen it, arrived here before it',
    );
    expect(see('keep-local', a, b).why).toBe(
      'us:1 is shown: eu:1, which had not seen it, arrived here after it',
    );
  });

  it.each(['apply-remote', 'keep-local', 'halt'] as const)(
    '%s lets a write that had seen the shown value replace it, and shows no stale write',
    name => {
      expect(see(name, a, set('eu:1', 'B', {saw: 'us:1'})).reads).toEqual({value: 'B'});
      expect(see(name, set('eu:1', 'B', {saw: 'us:1'}), a).reads).toEqual({value: 'B'});
    },
  );

  it('shows what remains when a stale write had seen what is shown', () => {
    const stale = set('eu:1', 'B', {saw: 'us:1'});
    const newest = set('ap:1', 'C', {saw: 'eu:1'});
    expect(see('keep-local', a, newest, stale).reads).toEqual({value: 'C'});
    expect(see('apply-remote', newest, a, stale).reads).toEqual({value: 'C'});
  });
});

describe('a delete under fields', () => {
  const orders = (writes: readonly Write[]) => [writes, [...writes].reverse()];

  it('removes everything that is not newer, seen or not, in any order of arrival', () => {
    for (const order of orders([
      hset('us:1', 'a', 1, {wallMs: 100}),
      hset('eu:1', 'b', 2, {wallMs: 90}),
      del('ap:1', {wallMs: 100}),
      hset('zz:1', 'c', 3, {wallMs: 101}),
    ])) {
      const lens = new Lens(resolverOf({name: 'fields'}), order);
      expect([lens.reads, lens.lost]).toEqual([{value: {c: 3}}, ['eu:1', 'us:1']]);
    }
  });

  it('removes a value that is not a document, too', () => {
    for (const order of orders([set('us:1', 5, {wallMs: 99}), del('ap:1', {wallMs: 100})])) {
      const lens = new Lens(resolverOf({name: 'fields'}), order);
      expect([lens.reads, lens.lost, lens.why]).toEqual([
        {absent: true},
        ['us:1'],
        'the delete ap:1 takes away us:1, which is not newer',
      ]);
    }
  });
});
