/**
 * Session guarantees and causality on literal histories, kept and broken.
 */
import {describe, expect, test} from 'vitest';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Op} from '../../src/core/log/op.ts';
import {type Dot, parseDot, type VersionVector} from '../../src/core/log/version-vector.ts';
import {type ClientStep, causalBreach, sessionBreach} from '../../src/history/guarantees.ts';

const US = leaderId('us');
const EU = leaderId('eu');

const dot = (text: string): Dot => parseDot(text) ?? {origin: US, seq: 0};
const op = (name: string, after: {[origin: string]: number} = {}, of = 'title'): Op => ({
  dot: dot(name),
  after: after as VersionVector,
  hlc: {wallMs: 1, logical: 0},
  wallMs: 1,
  writes: [{type: 'set', key: key(of), generation: 1, saw: [], value: name}],
});
const wrote = (...names: string[]): ClientStep => ({
  type: 'wrote',
  writes: names.map(name => ({leader: dot(name).origin, dot: dot(name)})),
});
const read = (leader: LeaderId, vv: {[origin: string]: number}, of = 'title'): ClientStep => ({
  type: 'read',
  key: key(of),
  at: [{leader, vv: vv as VersionVector}],
});

describe('session guarantees', () => {
  test.each<[string, ClientStep[], Op[]]>([
    ['nothing', [], []],
    ['a read that had the write', [wrote('us:1'), read(EU, {us: 1})], [op('us:1')]],
    ['a read of another key', [wrote('us:1'), read(EU, {}, 'other')], [op('us:1')]],
    ['a read before the write', [read(EU, {}), wrote('us:1')], [op('us:1')]],
    [
      'reads at two leaders, each with more than the last',
      [read(US, {us: 1}), read(EU, {us: 1, eu: 1})],
      [op('us:1'), op('eu:1')],
    ],
    [
      'a later read that lacks a write to another key',
      [read(US, {us: 2}), read(EU, {us: 1})],
      [op('us:1'), op('us:2', {us: 1}, 'other')],
    ],
    [
      'writes at two leaders, the second of which has the first',
      [wrote('us:1'), wrote('eu:1')],
      [op('us:1'), op('eu:1', {us: 1})],
    ],
    ['concurrent writes of one command', [wrote('us:1', 'eu:1')], [op('us:1'), op('eu:1')]],
    ['a write that no live leader has', [wrote('us:1'), wrote('eu:1')], [op('us:1')]],
  ])('are kept by %s', (_what, steps, ops) => {
    expect(sessionBreach(steps, ops)).toBeUndefined();
  });

  test.each<[string, ClientStep[], Op[], string]>([
    [
      'read your writes',
      [wrote('us:1'), read(EU, {})],
      [op('us:1')],
      'read your writes: title was read at eu, which had not applied us:1, written before',
    ],
    [
      'monotonic reads',
      [read(US, {us: 1}), read(EU, {})],
      [op('us:1')],
      'monotonic reads: title was read at eu, which had not applied us:1, read before at us',
    ],
    [
      'monotonic writes',
      [wrote('us:1'), wrote('eu:1')],
      [op('us:1'), op('eu:1')],
      'monotonic writes: eu:1 was written at eu, which had not applied us:1, written before',
    ],
    [
      'writes follow reads',
      [read(US, {ap: 1}), wrote('eu:1')],
      [op('ap:1'), op('eu:1')],
      'writes follow reads: eu:1 was written at eu, which had not applied ap:1, read before at us',
    ],
  ])('a violation of %s is found', (_what, steps, ops, told) => {
    expect(sessionBreach(steps, ops)).toBe(told);
  });
});

describe('causality of logs', () => {
  test('holds if causes come first, even if the oldest operations are cut off', () => {
    expect(causalBreach([{leader: US, ops: [op('us:1'), op('eu:1', {us: 1})]}])).toBeUndefined();
    expect(causalBreach([{leader: US, ops: [op('us:7', {us: 6}), op('eu:1', {us: 7})]}])).toBeUndefined();
    expect(causalBreach([{leader: US, ops: [op('us:7', {us: 6}), op('eu:1', {ap: 3})]}])).toBeUndefined();
  });

  test('is violated if an effect comes before its cause', () => {
    expect(causalBreach([{leader: leaderId('ap'), ops: [op('eu:1', {us: 1}), op('us:1')]}])).toBe(
      'ap applied eu:1 before us:1, which eu had applied when it accepted it',
    );
  });
});
