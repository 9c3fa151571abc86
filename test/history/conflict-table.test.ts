import {describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Conflict, ConflictWrite} from '../../src/history/conflict.ts';
import {matches, toCsv, toJsonLines} from '../../src/history/conflict-table.ts';

const US = leaderId('us');
const write = (origin: string, summary: string): ConflictWrite => ({
  dot: {origin: leaderId(origin), seq: 1},
  intent: 'set',
  summary,
  value: 'A',
  wallMs: 1000,
  receivedAtMs: 1000,
  hlc: {wallMs: 1000, logical: 0},
  after: {},
  acknowledged: true,
});

const CONFLICT: Conflict = {
  id: 1,
  key: key('title'),
  relation: 'concurrent',
  kind: 'set/set',
  detectedAtMs: 0,
  writes: [write('eu', 'set "B"'), write('us', 'set "A"')],
  sides: [
    {origin: leaderId('eu'), seq: 1},
    {origin: US, seq: 1},
  ],
  instead: [],
  decisions: {
    [US]: {
      resolver: 'lww',
      shows: {type: 'value', value: 'B'},
      learnedAtMs: 0,
      atMs: 0,
      lost: [{origin: US, seq: 1}],
      why: 'because',
    },
  },
  lost: [{origin: US, seq: 1}],
  torn: [],
  why: 'because',
};

describe('the table', () => {
  it('has a header and one row per conflict, and quotes cells that need it', () => {
    expect(toCsv([CONFLICT])).toBe(
      'id,key,kind,relation,detected,writes,lost,torn,shows,why\r\n' +
        '1,title,set/set,concurrent,1970-01-01T00:00:00.000Z,"eu:1 set ""B""; us:1 set ""A""",us:1,,"us ' +
        '{""value"":""B""}",because\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1'])('makes %j harmless for a spreadsheet', text => {
    const [, row = ''] = toCsv([{...CONFLICT, key: key(text)}]).split('\r\n');
    expect(row.startsWith(`1,'${text},`)).toBe(true);
  });

  it('keeps a key with line breaks, commas and quotes in one cell', () => {
    expect(toCsv([{...CONFLICT, key: key('a,"b"\nc')}])).toContain('1,"a,""b""\nc",set/set');
  });
});

it('writes one JSON object per line', () => {
  const lines = toJsonLines([CONFLICT, {...CONFLICT, id: 2}]).split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    id: 2,
    key: 'title',
    relation: 'concurrent',
    lost: ['us:1'],
    torn: [],
    why: 'because',
  });
});

it('filters by key, kind, leader, relation and loss', () => {
  const holds = (filter: Parameters<typeof matches>[0]): boolean => matches(filter)(CONFLICT);
  expect([
    holds({}),
    holds({key: key('title'), kind: 'set/set', leader: US, lost: true, relation: 'concurrent'}),
  ]).toEqual([true, true]);
  expect([
    holds({key: key('x')}),
    holds({kind: 'set/del'}),
    holds({leader: leaderId('ap')}),
    holds({relation: 'stale'}),
  ]).toEqual(Array(4).fill(false));
  expect(matches({lost: true})({...CONFLICT, lost: []})).toBe(false);
});
