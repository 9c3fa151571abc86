/**
 * The explanation of a server's reading, from its table: no sentence contradicts the times of the writes or
 * what was skipped.
 */
import {expect, test} from 'vitest';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import type {Write} from '../../../src/core/log/op.ts';
import {type Dot, EMPTY, sameDot} from '../../../src/core/log/version-vector.ts';
import type {ResolverName} from '../../../src/core/resolvers/spec.ts';
import {explainObserved} from '../../../src/engines/postgres/leader/explain-reading.ts';

const [US, EU] = ['us', 'eu'].map(leaderId) as [LeaderId, LeaderId];
const write = (origin: LeaderId, seq: number, wallMs: number, saw: readonly Dot[] = []): Write => ({
  dot: {origin, seq},
  after: EMPTY,
  hlc: {wallMs, logical: 0},
  wallMs,
  change: {type: 'set', key: key('k'), value: seq, generation: 1, saw},
});
const dot = (origin: LeaderId, seq: number): Dot => ({origin, seq});
const explained = (
  resolver: ResolverName,
  members: readonly Write[],
  shown: Dot | undefined,
  {deleted, skipped = []}: {deleted?: Dot; skipped?: readonly Dot[]} = {},
): string =>
  explainObserved({
    resolver,
    frontier: {members, context: EMPTY},
    shown,
    deleted,
    isSkipped: one => skipped.some(other => sameDot(other, one)),
  });

test('the last update wins', () =>
  expect(explained('lww', [write(US, 1, 5), write(EU, 1, 9)], dot(EU, 1))).toBe(
    'eu:1 is in the table: it was committed last, 4 ms after us:1',
  ));

test('an older write is in the table if the row was deleted before it arrived', () =>
  expect(
    explained('lww', [write(US, 3, 5, [dot(US, 2)]), write(EU, 1, 9)], dot(US, 3), {deleted: dot(US, 2)}),
  ).toBe(
    'us:3 is in the table, 4 ms before eu:1: us:2 had deleted the row before, and a server uses its ' +
      'resolver only if the row exists',
  ));

test('the reason does not say that a skipped operation arrived', () =>
  expect(
    explained('apply-remote', [write(US, 1, 5), write(EU, 1, 9)], dot(US, 1), {skipped: [dot(EU, 1)]}),
  ).toBe('us:1 is in the table: skip discarded eu:1 here'));

test('a server that compares origins keeps a row although the other write had seen it', () =>
  expect(explained('fww', [write(EU, 1, 9, [dot(US, 1)])], dot(US, 1))).toBe(
    'us:1 is in the table, although eu:1 had seen it: the server compares which leader wrote the row ' +
      'last, not what a write had seen',
  ));
