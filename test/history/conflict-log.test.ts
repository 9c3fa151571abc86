import {describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {Fold} from '../../src/core/fold.ts';
import type {Op, Write} from '../../src/core/op.ts';
import {type PlainResolverName, resolverOf} from '../../src/core/resolvers/index.ts';
import {parseDot, showDot, type VersionVector} from '../../src/core/version-vector.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import {ConflictLog} from '../../src/history/conflict-log.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [
  ReturnType<typeof leaderId>,
  ReturnType<typeof leaderId>,
  ReturnType<typeof leaderId>,
];
const TITLE = key('title');

function op(name: string, value: Json, wallMs: number, after: VersionVector = {}): Op {
  const dot = parseDot(name);
  if (dot === undefined) throw new Error(name);
  return {dot, after, wallMs, hlc: {wallMs, logical: 0}, writes: [{type: 'set', key: TITLE, generation: 1, saw: [], value}]};
}

/** What a leader reports after it has applied these in this order. */
function report(ops: readonly Op[], resolver: PlainResolverName) {
  const fold = new Fold(resolverOf({name: resolver}), ops);
  const {frontier, reading} = fold.snapshot(TITLE);
  const writes: Write[] = [...frontier.members];
  return {
    type: 'conflict',
    key: TITLE,
    relation: 'concurrent',
    writes,
    resolver,
    shows: reading,
    lost: fold.lost(TITLE),
    torn: [],
    why: fold.explain(TITLE),
  } as const;
}

const A = op('us:1', 'A', 1000);
const B = op('eu:1', 'B', 1005);
const C = op('ap:1', 'C', 1003);

function only(log: ConflictLog): Conflict {
  expect(log.list()).toHaveLength(1);
  return log.list()[0] as Conflict;
}

describe('the conflict log', () => {
  it('holds one entry for a conflict that every leader sees, with what each of them shows', () => {
    const log = new ConflictLog();
    log.observe(US, report([A, B], 'lww'), 1);
    log.observe(EU, report([B, A], 'lww'), 2);
    log.observe(AP, report([A, B], 'lww'), 3);
    const conflict = only(log);
    expect(conflict).toMatchObject({id: 1, key: 'title', kind: 'set/set', relation: 'concurrent', detectedAtMs: 1});
    expect(conflict.writes.map(({dot, value}) => [showDot(dot), value])).toEqual([
      ['eu:1', 'B'],
      ['us:1', 'A'],
    ]);
    expect(Object.keys(conflict.decisions)).toEqual(['us', 'eu', 'ap']);
    expect(conflict.decisions[AP]).toMatchObject({resolver: 'lww', shows: {type: 'value', value: 'B'}, atMs: 3});
  });

  it('counts a discarded write as lost once it is known to be acknowledged', () => {
    const log = new ConflictLog();
    log.observe(EU, report([B, A], 'lww'), 1);
    expect(only(log)).toMatchObject({lost: [], writes: [{acknowledged: false}, {acknowledged: false}]});
    log.acknowledge({origin: US, seq: 1});
    expect(only(log).lost.map(showDot)).toEqual(['us:1']);
    expect(only(log).why).toBe('eu:1 wins: its wall clock is 5 ms ahead of us:1; us:1 was acknowledged and is lost');
    expect(log.lostCount).toBe(1);
  });

  it('acknowledges everything before, as an origin does', () => {
    const log = new ConflictLog();
    log.observe(EU, report([B, A], 'lww'), 1);
    log.acknowledge({origin: US, seq: 7});
    expect(only(log).lost.map(showDot)).toEqual(['us:1']);
  });

  it('takes a third concurrent write into the same entry', () => {
    const log = new ConflictLog();
    log.observe(US, report([A, B], 'lww'), 1);
    log.observe(US, report([A, B, C], 'lww'), 2);
    log.observe(AP, report([C, A], 'lww'), 3);
    for (const origin of [US, EU, AP]) log.acknowledge({origin, seq: 1});
    expect(only(log).writes.map(({dot}) => showDot(dot))).toEqual(['ap:1', 'eu:1', 'us:1']);
    expect(only(log).lost.map(showDot)).toEqual(['ap:1', 'us:1']);
  });

  it('makes one entry of two when it turns out that leaders had each seen other sides of one conflict', () => {
    const log = new ConflictLog();
    const D = op('sa:1', 'D', 1001);
    for (const origin of [US, EU, AP, leaderId('sa')]) log.acknowledge({origin, seq: 1});
    log.observe(US, report([A, B], 'lww'), 1);
    log.observe(AP, report([C, D], 'lww'), 2);
    log.observe(EU, report([A, B, C, D], 'lww'), 3);
    expect(only(log)).toMatchObject({id: 1, writes: {length: 4}});
    expect(only(log).lost.map(showDot)).toEqual(['ap:1', 'sa:1', 'us:1']);
    expect(Object.keys(only(log).decisions).sort()).toEqual(['ap', 'eu', 'us']);
    expect([log.count, log.lostCount]).toEqual([1, 3]);
    const after = {[US]: 1, [EU]: 1, [AP]: 1, sa: 1};
    log.observe(US, report([op('us:2', 'E', 2000, after), op('eu:2', 'F', 2001, after)], 'lww'), 4);
    expect(log.list().map(({id}) => id)).toEqual([1, 3]);
    expect(log.count).toBe(2);
  });

  it('opens a new entry for writes that had seen the old conflict', () => {
    const log = new ConflictLog();
    log.observe(US, report([A, B], 'lww'), 1);
    const after = {[US]: 1, [EU]: 1};
    log.observe(US, report([A, B, op('us:2', 'D', 2000, after), op('eu:2', 'E', 2001, after)], 'lww'), 2);
    expect(log.list().map(({id}) => id)).toEqual([1, 2]);
    expect(log.count).toBe(2);
  });

  it('loses nothing where siblings are kept, and takes back what another resolver had lost', () => {
    const log = new ConflictLog();
    log.acknowledge({origin: US, seq: 1});
    log.observe(US, report([A, B], 'lww'), 1);
    expect(only(log).lost).toHaveLength(1);
    log.observe(US, report([A, B], 'siblings'), 2);
    expect(only(log)).toMatchObject({lost: [], decisions: {us: {resolver: 'siblings', shows: {type: 'siblings'}}}});
  });

  it('begins a new entry when one that never comes to rest is full', () => {
    const log = new ConflictLog();
    for (let n = 1; n <= 100; n++) {
      const [a, b] = [op(`us:${n}`, n, 1000 + n, {[US]: n - 1}), op(`eu:${n}`, n, 1000 + n, {[EU]: n - 1})];
      log.observe(
        US,
        {...report([A, B], 'lww'), writes: [a, b].map(({writes, ...rest}) => ({...rest, change: writes[0] as Write['change']}))},
        n,
      );
      const next = op(`us:${n + 1}`, n, 1000 + n, {[US]: n});
      const both = [next, b].map(({writes, ...rest}) => ({...rest, change: writes[0] as Write['change']}));
      log.observe(EU, {...report([A, B], 'lww'), writes: both}, n);
    }
    expect(Math.max(...log.list().map(({writes}) => writes.length))).toBeLessThanOrEqual(26);
    expect(log.count).toBeGreaterThan(5);
  });

  it('names a write that was discarded although it had seen the winner', () => {
    const late = op('eu:1', 'B', 900, {[US]: 1});
    const fold = new Fold(resolverOf({name: 'lww'}), [A, late]);
    expect(fold.conflictOn(TITLE)).toMatchObject({reversedBy: {origin: 'us', seq: 1}, reading: {value: 'A'}});
    expect(fold.explain(TITLE)).toEqual({
      lost: [{origin: 'eu', seq: 1}],
      why: 'us:1 wins: its wall clock is 100 ms ahead of eu:1, although eu:1 had seen it',
    });
  });
});
