/**
 * A message that the schema accepts, yet no honest leader would send: the replica goes on, and none of its
 * assertions fails.
 */
import {describe, expect, it} from 'vitest';
import {key, type LeaderId, linkId} from '../../src/base/ids.ts';
import type {Effect, Input} from '../../src/core/io/input-effect.ts';
import type {Message} from '../../src/core/io/message.ts';
import {compareHlc, type Hlc, LOGICAL_LIMIT} from '../../src/core/log/hybrid-clock.ts';
import type {Op} from '../../src/core/log/op.ts';
import {Replica} from '../../src/core/replica.ts';
import {LEADERS} from '../support/arbitraries.ts';

const [US, EU] = LEADERS as [LeaderId, LeaderId];
const NOW = {wallMs: 1000, monotonicMs: 1000};

const opOf = (origin: LeaderId, seq: number, hlc: Hlc = {wallMs: seq, logical: 0}): Op => ({
  dot: {origin, seq},
  after: seq === 1 ? {} : {[origin]: seq - 1},
  hlc,
  wallMs: seq,
  writes: [{key: key('a'), generation: 1, saw: [], type: 'set', value: `${origin} ${seq}`}],
});

function start(ops: readonly Op[] = []) {
  const replica = new Replica({
    self: US,
    cluster: 'test',
    resolver: {name: 'hlc'},
    members: LEADERS,
    ops,
  });
  const step = (input: Input): readonly Effect[] => replica.step(input, NOW);
  const receive = (message: Message): readonly Effect[] =>
    step({type: 'message-received', link: linkId(EU, US), message});
  const write = (request: number): Hlc => {
    step({
      type: 'write-requested',
      request,
      writes: [{key: key('a'), intent: {type: 'set', value: request}}],
    });
    return replica.hlc;
  };
  return {replica, receive, write};
}

describe('a hostile peer', () => {
  it.each([EU, US])('that counts to the end of the numbers as %s does not stop the clock', origin => {
    const {receive, write} = start();
    const hlc = {wallMs: NOW.wallMs + 1000, logical: Number.MAX_SAFE_INTEGER};
    receive({type: 'ops', batch: 1, ops: [opOf(origin, 1, hlc)], hops: [1]});
    const clocks = [write(1), write(2), write(3)];
    for (const [i, clock] of clocks.entries()) {
      expect(Number.isSafeInteger(clock.logical)).toBe(true);
      if (i > 0) expect(compareHlc(clock, clocks[i - 1] as Hlc)).toBeGreaterThan(0);
    }
  });

  it('that counts to the limit does not make a restarted leader forget its own clock', () => {
    const own: Hlc = {wallMs: NOW.wallMs + 1000, logical: LOGICAL_LIMIT + 1};
    const {write} = start([opOf(US, 1, own)]);
    expect(compareHlc(write(1), own)).toBeGreaterThan(0);
  });

  it('that counts revisions to the end of the numbers does not make the next write invalid', () => {
    const {receive, write, replica} = start();
    const {writes, ...op} = opOf(EU, 1);
    const generation = Number.MAX_SAFE_INTEGER;
    receive({
      type: 'ops',
      batch: 1,
      ops: [{...op, writes: writes.map(one => ({...one, generation}))}],
      hops: [1],
    });
    write(1);
    expect(replica.op({origin: US, seq: 1})?.writes[0]?.generation).toBe(generation);
  });

  it('that sends more operations than were asked for is compared no further', () => {
    const ours = [1, 2, 3].map(seq => opOf(EU, seq));
    const {receive} = start(ours);
    const effects = receive({
      type: 'hello',
      protocol: 3,
      leader: EU,
      cluster: 'test',
      have: {[EU]: 2},
      sums: {[EU]: 1},
    });
    const asked = effects.flatMap(effect => (effect.type === 'send' ? [effect.message] : []));
    expect(asked).toContainEqual({type: 'fetch', origin: EU, after: 0, count: 2});
    const theirs = [1, 2, 3, 4, 5, 6].map(seq => opOf(EU, seq, {wallMs: seq, logical: seq > 1 ? 1 : 0}));
    const compared = receive({type: 'fetched', origin: EU, after: 0, sum: 0, ops: theirs, more: false});
    const reused = compared.flatMap(effect =>
      effect.type === 'report' && effect.event.type === 'dot-reused' ? [effect.event] : [],
    );
    expect(reused).toMatchObject([{dot: {origin: EU, seq: 2}}]);
  });
});
