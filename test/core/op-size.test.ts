import fc from 'fast-check';
import {expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {acceptAll} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {jsonBytes, OP_LIMIT_BYTES, opBytes} from '../../src/core/log/op-size.ts';
import {resolverOf} from '../../src/core/resolvers/registry.ts';

const US = leaderId('us');
const fold = () => new Fold(resolverOf({name: 'lww'}), []);
const hset = (n: number, value: Json) => ({
  key: key(`k${n}`),
  intent: {type: 'hset', field: 'f', value} as Intent,
});
const opOf = (writes: Op['writes']): Op => ({
  dot: {origin: US, seq: 1},
  after: {},
  hlc: {wallMs: 1, logical: 0},
  wallMs: 1,
  writes,
});

it.each([
  ['one large value of plain letters is accepted', 1, 'x', true],
  ['five are', 5, 'x', true],
  ['seven are not: the log holds each value and its effect', 7, 'x', false],
  ['letters of three bytes count as three', 3, '日', false],
  ['control characters take six bytes each', 2, '\u0001', false],
])('%s', (_, count, character, isAccepted) => {
  const value = character.repeat(1_040_000);
  const accepted = acceptAll(
    fold(),
    Array.from({length: count}, (__, n) => hset(n, value)),
    undefined,
  );
  expect(accepted).toMatchObject(isAccepted ? {ok: true} : {ok: false, failure: {code: 'too-large'}});
  if (accepted.ok) expect(jsonBytes(accepted.value)).toBeLessThanOrEqual(OP_LIMIT_BYTES);
});

it('six bytes for each character that is counted are always enough', () => {
  const text = fc.string({unit: 'binary', maxLength: 50});
  const value = fc.oneof(
    text,
    fc.string({unit: fc.constantFrom('\u0001', '日', '"', 'x')}),
    fc.jsonValue(),
  ) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(fc.array(value, {minLength: 1, maxLength: 5}), values => {
      const accepted = acceptAll(
        fold(),
        values.map((one, n) => hset(n, one)),
        undefined,
      );
      if (!accepted.ok) return;
      const op = opOf(accepted.value);
      expect(6 * opBytes(op)).toBeGreaterThanOrEqual(jsonBytes(op));
    }),
  );
});
