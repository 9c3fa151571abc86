import {describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import {type Json, VALUE_DEPTH_LIMIT, VALUE_LIMIT_BYTES} from '../../src/base/json.ts';
import type {Reply} from '../../src/core/io/input-effect.ts';
import type {Intent} from '../../src/core/log/op.ts';
import {Replica} from '../../src/core/replica.ts';
import {encodeFrame, FrameReader} from '../../src/wire/frame.ts';
import {encodeMessage, intentSchema, parseFrame} from '../../src/wire/message-schema.ts';

const NOW = {wallMs: 1000, monotonicMs: 0};
const text = (bytes: number): string => 'x'.repeat(bytes - 2);
const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);

/** Whether another leader would take what this one logged. */
function travels(replica: Replica): boolean {
  const {frames} = new FrameReader().push(
    encodeFrame(
      'ops',
      encodeMessage({type: 'ops', batch: 1, ops: replica.log, hops: replica.log.map(() => 1)}),
    ),
  );
  return frames.every(frame => parseFrame(frame).ok);
}

/** Writes one after the other at one leader, and the last reply. */
function write(intents: readonly Intent[]): {replica: Replica; reply: Reply | undefined} {
  const replica = new Replica({self: leaderId('us'), cluster: 'test', resolver: {name: 'lww'}, ops: []});
  let reply: Reply | undefined;
  intents.forEach((intent, request) => {
    const accepted = replica.step({type: 'write-requested', request, writes: [{key: key('k'), intent}]}, NOW);
    const persisted = replica.step({type: 'persisted', count: replica.opCount}, NOW);
    for (const effect of [...accepted, ...persisted]) if (effect.type === 'reply') reply = effect.reply;
  });
  return {replica, reply};
}

describe('peers accept every operation that a leader accepts', () => {
  it.each<[string, Intent[]]>([
    ['a value at the limit', [{type: 'set', value: text(VALUE_LIMIT_BYTES)}]],
    ['a value nested to the limit', [{type: 'set', value: nested(VALUE_DEPTH_LIMIT)}]],
    [
      'a set that grew',
      [
        {type: 'sadd', element: text(400_000)},
        {type: 'sadd', element: text(500_000)},
      ],
    ],
  ])('%s', (_, intents) => {
    const {replica, reply} = write(intents);
    expect(reply?.type).toBe('accepted');
    expect(travels(replica)).toBe(true);
  });

  it.each<[string, string, Intent[]]>([
    [
      'a document that becomes larger than a value may be',
      'too-large',
      [
        {type: 'hset', field: 'a', value: text(600_000)},
        {type: 'hset', field: 'b', value: text(600_000)},
      ],
    ],
    [
      'an element that makes the set too deep',
      'too-deep',
      [{type: 'sadd', element: nested(VALUE_DEPTH_LIMIT)}],
    ],
  ])('%s is refused with the reason', (_, code, intents) => {
    const {replica, reply} = write(intents);
    expect(reply).toMatchObject({type: 'refused', failure: {code}});
    expect(replica.opCount).toBe(intents.length - 1);
    expect(travels(replica)).toBe(true);
  });
});

it('any value whose text is within the limit is accepted, even one of many small parts', () => {
  for (const part of [1, -0.5, true, null, 'é', [], {}, {a: 1}]) {
    const value = Array.from({length: 100_000}, () => part);
    expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(VALUE_LIMIT_BYTES);
    expect(intentSchema.safeParse({type: 'set', value}).success, JSON.stringify(part)).toBe(true);
  }
});
