/**
 * When a leader may give a dot twice, on histories written out by hand.
 */
import {describe, expect, it} from 'vitest';
import {must} from '../../../src/base/assert.ts';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import {RECOVERY_LIMIT_MS} from '../../../src/core/links/recovery.ts';
import type {Op} from '../../../src/core/log/op.ts';
import {parseDot} from '../../../src/core/log/version-vector.ts';
import {checkDots} from '../../../src/history/checkers/dots-checker.ts';
import {checkDurability} from '../../../src/history/checkers/durability-checker.ts';
import {lostDisksIn} from '../../../src/history/checkers/lost-disks.ts';
import type {FinalLeader, TraceEvent} from '../../../src/history/trace.ts';

const [US, EU, AP] = ['us', 'eu', 'ap'].map(leaderId) as [LeaderId, LeaderId, LeaderId];
const US1 = must(parseDot('us:1'), 'a dot');

const opOf = (value: number): Op => ({
  dot: US1,
  after: {},
  hlc: {wallMs: value, logical: 0},
  wallMs: value,
  writes: [{key: key('a'), generation: 1, saw: [], type: 'set', value}],
});
const [FIRST, SECOND] = [opOf(1), opOf(2)];

const applied = (leader: LeaderId, op: Op): TraceEvent => ({
  ...{
    atMs: 0,
    type: 'applied',
    leader,
    op,
    vv: {[US]: 1},
    digest: '',
    readings: [],
    resolver: 'hlc',
    delivery: 'fifo',
    wallMs: 0,
  },
});
const acknowledged: TraceEvent = {atMs: 0, type: 'answered', request: 1, leader: US, status: 'ok', dot: US1};
const lost = (...destroyed: Op[]): TraceEvent => ({
  atMs: 0,
  type: 'disk-lost',
  leader: US,
  had: {[US]: 1},
  kept: {},
  destroyed,
});
const started: TraceEvent = {atMs: 0, type: 'started', leader: US, wallMs: 0, vv: {}, readings: {}, lost: {}};
const greeted = (peer: LeaderId, has = 1): TraceEvent => ({
  atMs: 0,
  type: 'holding-reported',
  leader: US,
  peer,
  has,
  isGreeting: true,
});
const gaveUp = (...helpers: LeaderId[]): TraceEvent => ({
  atMs: 0,
  type: 'gave-up',
  leader: US,
  from: 1,
  to: 1,
  helpers,
});
const reused = (atMs: number): TraceEvent => ({
  atMs,
  type: 'reused',
  leader: US,
  dot: US1,
  holders: [EU],
  peers: [EU, AP],
});
const reported = (ours: Op, theirs: Op): TraceEvent => ({
  ...{atMs: 0, type: 'reported', leader: EU},
  event: {type: 'dot-reused', dot: US1, peer: US, ours, theirs},
});
const end = (leader: LeaderId, ...ops: Op[]): FinalLeader => ({
  ...{leader, ops, vv: {[US]: ops.length}, digest: '', readings: {}, lost: {}, halted: []},
});

const begun = [applied(US, FIRST), applied(EU, FIRST), acknowledged, lost(), started];

function fault(events: readonly TraceEvent[], ends: readonly FinalLeader[] = []): string | undefined {
  const trace = {events: [...begun, ...events], ends};
  return checkDots(trace, lostDisksIn(trace))?.text;
}

describe('a dot may be reused', () => {
  it('by a leader that had learned of the dot, only if it gave up since', () => {
    expect(fault([greeted(EU), reused(5000)])).toBe(
      'us gave us:1 again, although eu had reported that dot to it',
    );
    expect(fault([greeted(EU), gaveUp(), reused(5000)])).toBeUndefined();
    expect(fault([greeted(EU), gaveUp(), greeted(EU), reused(5000)])).toContain('eu had reported');
  });

  it('by a leader that had learned of nothing, only after it has waited', () => {
    expect(fault([greeted(AP, 0), reused(700)])).toBe(
      'us gave us:1 again after 700 ms, without waiting for the greeting of eu',
    );
    expect(fault([greeted(AP, 0), reused(RECOVERY_LIMIT_MS)])).toBeUndefined();
    expect(fault([greeted(AP, 0), greeted(EU, 0), reused(700)])).toBeUndefined();
  });
});

it('a leader gives up only if two of the leaders that it can ask are silent', () => {
  expect(fault([greeted(EU), gaveUp(EU)])).toBe(
    'us gave up on us:1, although eu has it and could have answered',
  );
  expect(fault([greeted(EU), greeted(AP), gaveUp(EU)])).toContain('eu has it');
  expect(fault([greeted(EU), greeted(AP), gaveUp()])).toBeUndefined();
});

it('a leader does not give up because its disk is full', () => {
  const event = {type: 'storage-failed', reason: 'full', forgotten: 1} as const;
  const refused = (atMs: number): TraceEvent => ({
    atMs,
    type: 'reported',
    leader: US,
    event,
    now: {vv: {}, readings: {}, lost: {}},
  });
  expect(fault([greeted(EU), refused(-100), gaveUp()])).toBe('us gave up on us:1 while its disk was full');
  expect(fault([greeted(EU), refused(-RECOVERY_LIMIT_MS), gaveUp()])).toBeUndefined();
});

it('every dot that names two operations is reported, and no other dot', () => {
  const given = [greeted(EU), gaveUp(), reused(5000), applied(US, SECOND)];
  const ends = [end(US, SECOND), end(EU, FIRST)];
  expect(fault(given, ends)).toBe('nobody reported that us:1 is another operation at us than at eu');
  expect(fault([...given, reported(FIRST, SECOND)], ends)).toBeUndefined();
  expect(fault([...given, reported(FIRST, FIRST)], ends)).toContain('which it does not');
  expect(fault([...given, reported(FIRST, opOf(3))], ends)).toContain('which it does not');
});

describe('an acknowledged operation of a lost disk', () => {
  const durable = (events: readonly TraceEvent[], ends: readonly FinalLeader[]): string | undefined => {
    const trace = {events, ends};
    return checkDurability(trace, lostDisksIn(trace))?.text;
  };

  it('exists in the end if another leader had it', () => {
    expect(durable(begun, [end(US, FIRST), end(EU, FIRST)])).toBeUndefined();
    expect(durable(begun, [end(US), end(EU, FIRST)])).toContain('but us does not have it');
    expect(durable(begun, [end(US, SECOND), end(EU, SECOND)])).toContain('but us does not have it');
  });

  it('exists somewhere if its dot was reused', () => {
    expect(durable([...begun, reused(0)], [end(US, SECOND), end(EU, FIRST)])).toBeUndefined();
    expect(durable([...begun, reused(0)], [end(US, SECOND), end(EU, SECOND)])).toContain('does not have it');
  });

  it('may be gone if no other leader had it, and must not be gone if no disk was lost', () => {
    const alone = [applied(US, FIRST), acknowledged];
    expect(durable([...alone, lost(FIRST), started], [end(US), end(EU)])).toBeUndefined();
    expect(durable([...alone, started], [end(US), end(EU)])).toContain('us no longer has it');
  });
});
