import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type Key, key} from '../../src/base/ids.ts';
import {canonicalJson} from '../../src/base/json.ts';
import {Fold} from '../../src/core/fold.ts';
import {happenedBefore, type Op} from '../../src/core/op.ts';
import {readingToJson} from '../../src/core/reading.ts';
import {type PlainResolverName, resolverOf} from '../../src/core/resolvers/index.ts';
import {showDot} from '../../src/core/version-vector.ts';
import {anyHistory, anyPicks, interleave} from '../support/arbitraries.ts';

const KEYS = ['a', 'b'].map(key);

/** The oracle, as dumb as it gets: of all writes to the key, those that no other write to the key had seen. */
function dumbFrontier(ops: readonly Op[], of: Key): string[] {
  const writes = ops.filter(op => op.writes.some(write => write.key === of));
  return writes
    .filter(write => !writes.some(other => happenedBefore(write, other)))
    .map(({dot}) => showDot(dot))
    .sort();
}

const frontierOf = (fold: Fold, of: Key): string[] =>
  fold
    .snapshot(of)
    .frontier.members.map(({dot}) => showDot(dot))
    .sort();

const stateOf = (fold: Fold): string[] => KEYS.map(of => canonicalJson(readingToJson(fold.read(of))));

describe('the frontier', () => {
  it('agrees with the oracle, in any order of delivery', () => {
    fc.assert(
      fc.property(anyHistory(), anyPicks, (ops, picks) => {
        const fold = new Fold(resolverOf({name: 'lww'}), interleave(ops, picks));
        for (const of of KEYS) expect(frontierOf(fold, of)).toEqual(dumbFrontier(ops, of));
      }),
    );
  });
});

describe.each(['lww', 'siblings', 'crdt'] as const)('invariant 4 under %s', (name: PlainResolverName) => {
  it('reads the same from the same operations in any order of delivery', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (ops, picksA, picksB) => {
        const [a, b] = [picksA, picksB].map(picks => new Fold(resolverOf({name}), interleave(ops, picks)));
        if (a === undefined || b === undefined) throw new Error('two folds');
        expect(stateOf(a)).toEqual(stateOf(b));
        expect(a.digest()).toBe(b.digest());
      }),
      {numRuns: 400},
    );
  });

  it('has equal digests exactly when readers see the same', () => {
    fc.assert(
      fc.property(anyHistory(name), anyHistory(name), (opsA, opsB) => {
        const [a, b] = [new Fold(resolverOf({name}), opsA), new Fold(resolverOf({name}), opsB)];
        expect(a.digest() === b.digest()).toBe(canonicalJson(stateOf(a)) === canonicalJson(stateOf(b)));
      }),
    );
  });

  it('digests step by step what it digests at once', () => {
    fc.assert(
      fc.property(anyHistory(name), ops => {
        const stepwise = new Fold(resolverOf({name}), []);
        for (const op of ops) {
          stepwise.apply(op);
          stepwise.digest();
        }
        expect(stepwise.digest()).toBe(new Fold(resolverOf({name}), ops).digest());
      }),
    );
  });
});
