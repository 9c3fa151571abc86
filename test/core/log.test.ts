import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {key, type LeaderId} from '../../src/base/ids.ts';
import {OpLog} from '../../src/core/log/log.ts';
import type {Op} from '../../src/core/log/op.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import {anyHistory, anyPicks, interleave, LEADERS} from '../support/arbitraries.ts';

const [US, EU] = LEADERS as [LeaderId, LeaderId];

const op = (origin: LeaderId, seq: number): Op => ({
  dot: {origin, seq},
  after: {},
  hlc: {wallMs: seq, logical: 0},
  wallMs: seq,
  writes: [{type: 'set', key: key('k'), generation: 1, saw: [], value: seq}],
});

const logOf = (...ops: readonly Op[]): OpLog => {
  const log = new OpLog();
  for (const one of ops) log.append(one);
  return log;
};

describe('invariant 1: the log holds operations 1..n of each origin without a gap', () => {
  it('crashes on a gap, and on an operation that it already has', () => {
    expect(() => logOf(op(US, 2))).toThrow('1: us:2 cannot follow us:0');
    expect(() => logOf(op(US, 1), op(US, 3))).toThrow('1: us:3 cannot follow us:1');
    expect(() => logOf(op(US, 1), op(US, 1))).toThrow('1: us:1 cannot follow us:1');
  });

  it('finds every operation by its dot and covers it with its vector, in any order of arrival', () => {
    fc.assert(
      fc.property(anyHistory(), anyPicks, (ops, picks) => {
        const log = logOf(...interleave(ops, picks));
        for (const one of ops) {
          expect(log.get(one.dot)).toBe(one);
          expect(log.has(one.dot)).toBe(true);
        }
        for (const origin of LEADERS)
          expect(log.has({origin, seq: ops.filter(({dot}) => dot.origin === origin).length + 1})).toBe(false);
      }),
    );
  });
});

describe('invariant 5: an acknowledged operation never leaves the log', () => {
  it('forgets only what was never persisted', () => {
    const log = logOf(op(US, 1), op(EU, 1), op(US, 2), op(EU, 2));
    log.markPersisted(3);
    log.dropUnpersisted();
    expect(log.arrivals.map(({dot}) => showDot(dot))).toEqual(['us:1', 'eu:1', 'us:2']);
    expect(log.vv).toEqual({us: 2, eu: 1});
    log.append(op(EU, 2));
    expect(log.persistedVv).toEqual({us: 2, eu: 1});
  });

  it('never lowers the persisted count, and never raises it beyond the log', () => {
    const log = logOf(op(US, 1), op(US, 2));
    log.markPersisted(2);
    expect(() => log.markPersisted(1)).toThrow('2: persisted 1 of 2');
    expect(() => log.markPersisted(3)).toThrow('2: persisted 3 of 2');
  });
});

it('knows the number of links that each arrival passed, even after some were forgotten', () => {
  const log = logOf(op(US, 1));
  log.markPersisted(1);
  log.append(op(EU, 1), 3);
  log.dropUnpersisted();
  log.append(op(EU, 1), 2);
  expect([0, 1].map(arrival => log.hopsOf(arrival))).toEqual([0, 2]);
});
