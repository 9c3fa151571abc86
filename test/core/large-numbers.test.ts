/**
 * Numbers beyond ±(2^53 − 1), which no number of JavaScript or JSON holds exactly: a write that would round
 * one is refused, a counter that merges to more reads as its digits, and nowhere is there a wrong number.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {succeed} from '../../src/base/failure.ts';
import {key, leaderId} from '../../src/base/ids.ts';
import {isExact, type Json, parseExactJson} from '../../src/base/json.ts';
import {acceptAll, acceptIntent} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {resolverOf} from '../../src/core/resolvers/registry.ts';
import type {Reading} from '../../src/core/state/reading.ts';

const C = key('c');
const MAX = Number.MAX_SAFE_INTEGER;
const LEADERS = ['us', 'eu', 'ap'].map(leaderId);

class Leader {
  readonly #origin: (typeof LEADERS)[number];
  readonly fold: Fold;
  readonly ops: Op[] = [];
  constructor(origin: (typeof LEADERS)[number], resolver: 'crdt' | 'lww' = 'crdt') {
    this.#origin = origin;
    this.fold = new Fold(resolverOf({name: resolver}), []);
  }
  /** Why it was refused; `ok` if it was not. */
  write(intent: Intent): string {
    const accepted = acceptIntent(this.fold, C, intent);
    if (!accepted.ok) return accepted.failure.code;
    const seq = this.ops.length + 1;
    const after = seq === 1 ? {} : {[this.#origin]: seq - 1};
    const op: Op = {
      dot: {origin: this.#origin, seq},
      after,
      hlc: {wallMs: seq, logical: 0},
      wallMs: seq,
      writes: [accepted.value],
    };
    this.ops.push(op);
    this.fold.apply(op);
    return 'ok';
  }
  incr(by: number): string {
    return this.write({type: 'incr', by});
  }
}

function merged(...leaders: readonly Leader[]): Reading {
  return new Fold(
    resolverOf({name: 'crdt'}),
    leaders.flatMap(({ops}) => ops),
  ).read(C);
}

const value = (of: Json): Reading => ({type: 'value', value: of});

describe('a write of a number that would be rounded', () => {
  const large: readonly Json[] = [2 ** 53, -(2 ** 53), 369553424691494900, 1e21, 1e300];
  const places: readonly ((number: Json) => Intent)[] = [
    number => ({type: 'set', value: number}),
    number => ({type: 'set', value: {id: [1, {deep: number}]}}),
    number => ({type: 'hset', field: 'f', value: number}),
    number => ({type: 'hset', field: 'f', value: [number]}),
    number => ({type: 'sadd', element: number}),
    number => ({type: 'srem', element: {id: number}}),
    number => ({type: 'incr', by: number as number}),
  ];
  it.each(large.flatMap(number => places.map((place, n) => [number, n, place] as const)))(
    'is refused: %j at place %i',
    (number, _n, place) => {
      const leader = new Leader(LEADERS[0] as (typeof LEADERS)[number]);
      expect(leader.write(place(number))).toBe('range');
      expect(leader.fold.read(C)).toEqual({type: 'absent'});
      const writes = [
        {key: key('other'), intent: {type: 'set', value: 1} as const},
        {key: C, intent: place(number)},
      ];
      expect(acceptAll(leader.fold, writes, undefined)).toMatchObject({ok: false, failure: {code: 'range'}});
    },
  );
  it.each([MAX, -MAX, 0, 0.1 + 0.2, 1e-7, String(MAX + 2), {id: '9223372036854775807'}])(
    'is not refused: %j',
    number => {
      expect(new Leader(LEADERS[0] as (typeof LEADERS)[number]).write({type: 'set', value: number})).toBe(
        'ok',
      );
    },
  );
});

describe('a counter', () => {
  const [us, eu, ap] = LEADERS as [
    (typeof LEADERS)[number],
    (typeof LEADERS)[number],
    (typeof LEADERS)[number],
  ];
  it('is refused if the counter of the leader would exceed the limit', () => {
    const leader = new Leader(us);
    expect([leader.incr(MAX), leader.incr(1), leader.incr(-1), leader.incr(1)]).toEqual([
      'ok',
      'range',
      'ok',
      'ok',
    ]);
    expect(leader.fold.read(C)).toEqual(value(MAX));
  });
  it('that exceeds the limit after a merge reads as its digits, and later writes continue from it', () => {
    const [one, two, three] = [new Leader(us), new Leader(eu), new Leader(ap)];
    for (const leader of [one, two, three]) expect(leader.incr(MAX)).toBe('ok');
    expect(merged(one, two)).toEqual(value('18014398509481982'));
    expect(merged(three, two, one)).toEqual(value('27021597764222973'));
    for (const op of two.ops) one.fold.apply(op);
    expect(one.incr(1)).toBe('range');
    expect(one.incr(-MAX)).toBe('ok');
    expect(one.fold.read(C)).toEqual(value(MAX));
  });
  it('adds exactly to a value that was set', () => {
    const [one, two] = [new Leader(us), new Leader(eu)];
    one.write({type: 'set', value: MAX});
    two.incr(2);
    expect(merged(one, two)).toEqual(value('9007199254740993'));
  });
  it('is never wrong, for any increments in any order', () => {
    const anyAmount = fc.oneof(fc.constantFrom(MAX, -MAX, 1, -1), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), anyAmount), {maxLength: 30}), steps => {
        const leaders = LEADERS.map(origin => new Leader(origin));
        let sum = 0n;
        for (const [at, by] of steps) if (leaders[at]?.incr(by) === 'ok') sum += BigInt(by);
        const exact = sum >= -MAX && sum <= MAX ? Number(sum) : String(sum);
        const reading = merged(...leaders);
        if (reading.type !== 'absent') expect(reading).toEqual(value(exact));
      }),
    );
  });
  it('is not a text of digits that a client has set', () => {
    for (const resolver of ['crdt', 'lww'] as const) {
      const leader = new Leader(us, resolver);
      leader.write({type: 'set', value: '18014398509481982'});
      expect(leader.incr(-5)).toBe('wrong-type');
    }
  });
});

it('is distinguished from the next numbers when JSON is read exactly', () => {
  expect(parseExactJson('9007199254740991')).toBe(MAX);
  expect(parseExactJson('9007199254740993')).toBe('9007199254740993');
  expect(
    parseExactJson(
      '{"id": -9223372036854775807, "9007199254740993": [1.5, "a 9007199254740993 \\" b", 1e3]}',
    ),
  ).toEqual({
    id: '-9223372036854775807',
    '9007199254740993': [1.5, 'a 9007199254740993 " b', 1000],
  });
  fc.assert(
    fc.property(fc.json(), text => {
      fc.pre(isExact(JSON.parse(text) as Json));
      expect(parseExactJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it("fails if the user's module returns one", () => {
  const module = {
    form: 'resolve',
    merge: () => succeed(2 ** 60),
    resolve: () => succeed({sum: 2 ** 60}),
  } as const;
  const fold = new Fold(resolverOf({name: 'custom', file: '/m.mjs'}, module), []);
  for (const origin of LEADERS) for (const op of opsOf(origin)) fold.apply(op);
  expect(fold.read(C).type).toBe('siblings');
  expect(fold.failure(C)).toBe('resolve() gave a number that is too large to be exact');
});

function opsOf(origin: (typeof LEADERS)[number]): readonly Op[] {
  const leader = new Leader(origin);
  leader.write({type: 'set', value: origin});
  return leader.ops;
}
