/**
 * The log of a leader is refused if it holds an operation twice.
 */
import {expect, test} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Op} from '../../src/core/log/op.ts';
import {checkedLog} from '../../src/engines/shared/model/checked-log.ts';

const opOf = (origin: string, seq: number): Op => ({
  dot: {origin: leaderId(origin), seq},
  after: seq === 1 ? {} : {[leaderId(origin)]: seq - 1},
  hlc: {wallMs: seq, logical: 0},
  wallMs: seq,
  writes: [{key: key('a'), generation: 1, saw: [], type: 'set', value: seq}],
});

test('a log with different operations is taken as it is', () => {
  const ops = [opOf('us', 1), opOf('eu', 1), opOf('us', 2)];
  expect(checkedLog(ops)).toEqual({ok: true, value: ops});
});

test('a log with an operation twice is refused', () => {
  expect(checkedLog([opOf('us', 1), opOf('eu', 1), opOf('us', 1)])).toMatchObject({
    ok: false,
    failure: {code: 'malformed', message: 'its log holds us:1 twice'},
  });
});
