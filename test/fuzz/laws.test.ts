import {describe, expect, it} from 'vitest';
import {fail, succeed} from '../../src/base/failure.ts';
import type {Json} from '../../src/base/json.ts';
import type {CustomModule, CustomSibling} from '../../src/core/resolvers/custom-module.ts';
import {checkLaws} from '../../src/fuzz/laws.ts';

const NEVER = () => fail('never', 'not that form');

/** As a leader would call it: what throws or is no JSON fails. */
function merging(merge: (mine: never, theirs: never) => unknown): CustomModule {
  return {
    form: 'merge',
    resolve: NEVER,
    merge: (mine, theirs) => outcome(() => merge(mine as never, theirs as never)),
  };
}

function outcome(call: () => unknown) {
  try {
    const value = call();
    return typeof value === 'number' && !Number.isFinite(value)
      ? fail('custom', 'no JSON')
      : succeed(value as Json);
  } catch {
    return fail('custom', 'it threw');
  }
}

const verdicts = (module: CustomModule) =>
  Object.fromEntries(
    checkLaws(module).map(({kind, status, text}) => [kind, text === '' ? status : `${status}: ${text}`]),
  );

let calls = 0;

describe('the laws of merge', () => {
  it.each([
    ['mine wins', (mine: number) => mine, 'not commutative: merge(1, 2) = 1, but merge(2, 1) = 2'],
    [
      'the average',
      (a: number, b: number) => (a + b) / 2,
      'not associative: merge(merge(1, 1), 2) = 1.5, but merge(1, merge(1, 2)) = 1.25',
    ],
    ['a sum', (a: number, b: number) => a + b, 'not idempotent: merge(1, 1) = 2'],
    ['whatever comes next', () => ++calls, 'not deterministic: merge(1, 1) gave 17, and then 18'],
  ])('are broken by %s', (_name, merge, text) => {
    expect(verdicts(merging(merge)).number).toBe(`broken: ${text}`);
  });

  it('are broken by concatenation of texts', () => {
    const said = verdicts(merging((a: string, b: string) => a + b)).text;
    expect(said).toBe('broken: not commutative: merge("v1", "v2") = "v1v2", but merge("v2", "v1") = "v2v1"');
  });

  it('hold for the maximum of numbers, whatever it does with other values', () => {
    expect(verdicts(merging((a: number, b: number) => Math.max(a, b)))).toMatchObject({
      number: 'holds',
      text: 'fails: no JSON',
    });
  });

  it('hold for the union of arrays', () => {
    expect(verdicts(merging((a: string[], b: string[]) => [...new Set([...a, ...b])].sort())).array).toBe(
      'holds',
    );
  });
});

describe('the laws of resolve', () => {
  const resolving = (resolve: CustomModule['resolve']): CustomModule => ({
    form: 'resolve',
    merge: NEVER,
    resolve,
  });

  it('hold for an average, because it sees the whole set', () => {
    const values = (siblings: readonly CustomSibling[]) =>
      siblings.map(sibling => ('value' in sibling ? (sibling.value as number) : 0));
    const average = resolving(siblings =>
      outcome(() => values(siblings).reduce((a, b) => a + b, 0) / siblings.length),
    );
    expect(verdicts(average).number).toBe('holds');
  });

  it('are broken by a module that is not deterministic', () => {
    expect(verdicts(resolving(() => succeed(++calls))).number).toContain('broken: not deterministic');
  });
});
