import {describe, expect, it} from 'vitest';
import {fail, type Result, succeed} from '../../../src/base/failure.ts';
import type {Json} from '../../../src/base/json.ts';
import type {CustomModule, CustomSibling} from '../../../src/core/resolvers/custom-module.ts';
import {resolverOf} from '../../../src/core/resolvers/registry.ts';
import {del, KEY, Lens, set} from './lens.ts';

const SPEC = {name: 'custom', file: '/merge.mjs'} as const;
const NEVER = () => fail('never', 'not that form');

function merging(merge: (mine: Json | undefined, theirs: Json | undefined) => Result<Json>): Lens {
  return new Lens(resolverOf(SPEC, {form: 'merge', merge, resolve: NEVER}));
}

function resolving(resolve: CustomModule['resolve']): Lens {
  return new Lens(resolverOf(SPEC, {form: 'resolve', merge: NEVER, resolve}));
}

const [A, B, C] = [set('us:1', 'A'), set('eu:1', 'B'), set('ap:1', 'C')];
const join = (mine: Json | undefined, theirs: Json | undefined) => succeed(`${mine ?? '-'}${theirs ?? '-'}`);

describe('resolve', () => {
  it('gets the whole frontier, sorted by dot, and only when there is a conflict', () => {
    const calls: (readonly CustomSibling[])[] = [];
    const lens = resolving((siblings, key) => {
      expect(key).toBe(KEY);
      calls.push(siblings);
      return succeed('merged');
    });
    expect(lens.apply(A).reads).toEqual({value: 'A'});
    expect(calls).toEqual([]);
    expect(lens.apply(del('eu:1')).reads).toEqual({value: 'merged'});
    const clock = {wallMs: 100, hlc: {wallMs: 100, logical: 0}};
    expect(calls).toEqual([
      [
        {origin: 'eu', seq: 1, ...clock, deleted: true},
        {origin: 'us', seq: 1, ...clock, value: 'A'},
      ],
    ]);
  });

  it('is called once per frontier, even if the key is read often', () => {
    let calls = 0;
    const lens = resolving(siblings => succeed([++calls, siblings.length]));
    lens.apply(A).apply(B);
    expect([lens.reads, lens.reads, lens.lost, lens.shown]).toEqual([
      {value: [1, 2]},
      {value: [1, 2]},
      [],
      undefined,
    ]);
    expect(lens.apply(C).reads).toEqual({value: [2, 3]});
  });

  it('loses the others when it returns the value of one', () => {
    const lens = resolving(() => succeed('A'))
      .apply(A)
      .apply(B);
    expect([lens.shown, lens.lost, lens.why]).toEqual([
      'us:1',
      ['eu:1'],
      'resolve() was given eu:1 and us:1 and gave the value of us:1',
    ]);
  });

  it('does not lose what the value contains', () => {
    const lens = resolving(() => succeed(['eggs', 'milk']));
    lens
      .apply(set('us:1', ['milk']))
      .apply(set('eu:1', ['milk', 'eggs']))
      .apply(set('ap:1', ['eggs', 'milk']));
    expect([lens.shown, lens.lost]).toEqual(['ap:1', []]);
    const document = resolving(() => succeed({a: 1, b: 2}));
    document
      .apply(set('us:1', {a: 1, b: 2}))
      .apply(set('eu:1', {a: 1}))
      .apply(set('ap:1', {c: null}));
    expect(document.lost).toEqual(['ap:1']);
  });

  it('keeps the siblings and says why when it fails', () => {
    const lens = resolving(() => fail('custom-module', 'resolve() threw: no idea'))
      .apply(A)
      .apply(B);
    expect([lens.reads, lens.lost, lens.failure]).toEqual([
      {siblings: ['B', 'A']},
      [],
      'resolve() threw: no idea',
    ]);
    expect(lens.why).toBe('eu:1 and us:1 are kept as siblings: resolve() threw: no idea');
    expect(lens.apply(set('ap:1', 'D', {saw: 'us:1 eu:1'})).failure).toBeUndefined();
  });
});

describe('merge', () => {
  it('merges what arrives into the present value', () => {
    const lens = merging(join).apply(A).apply(B).apply(C);
    expect([lens.reads, lens.lost]).toEqual([{value: 'ABC'}, []]);
    expect(lens.why).toBe(
      'merge() was given, in the order of arrival here, us:1, eu:1 and ap:1 and gave a value of its own',
    );
  });

  it('is replaced by a write that has seen all of it', () => {
    expect(
      merging(join)
        .apply(A)
        .apply(B)
        .apply(set('ap:1', 'D', {saw: 'us:1 eu:1'})).reads,
    ).toEqual({value: 'D'});
  });

  it('keeps the merged writes that a new write had not seen', () => {
    expect(
      merging(join)
        .apply(A)
        .apply(B)
        .apply(set('ap:1', 'D', {saw: 'us:1'})).reads,
    ).toEqual({value: 'BD'});
    expect(merging(join).apply(A).apply(B).apply(C).apply(set('us:2', 'D')).reads).toEqual({value: 'BCD'});
  });

  it('ignores a stale write, and removes what that write had seen', () => {
    const newest = set('ap:1', 'C', {saw: 'eu:1'});
    expect(merging(join).apply(newest).apply(B).reads).toEqual({value: 'C'});
    expect(
      merging(join)
        .apply(A)
        .apply(newest)
        .apply(set('eu:1', 'B', {saw: 'us:1'})).reads,
    ).toEqual({value: 'C'});
  });

  it('gets undefined for a deleted side', () => {
    expect(merging(join).apply(del('us:1')).apply(B).reads).toEqual({value: '-B'});
  });

  it('keeps the siblings until the next write when it fails, and then merges all of them', () => {
    let fails = true;
    const lens = merging((mine, theirs) =>
      fails ? fail('custom-module', 'merge() threw: no idea') : join(mine, theirs),
    );
    lens.apply(A).apply(B);
    expect([lens.reads, lens.failure]).toEqual([{siblings: ['B', 'A']}, 'merge() threw: no idea']);
    fails = false;
    expect([lens.apply(C).reads, lens.failure]).toEqual([{value: 'ABC'}, undefined]);
  });
});

it('reads as siblings if there is no module', () => {
  const lens = new Lens(resolverOf(SPEC)).apply(A).apply(B);
  expect([lens.reads, lens.lost]).toEqual([{siblings: ['B', 'A']}, []]);
  expect(lens.why).toContain('the module is not loaded');
});
