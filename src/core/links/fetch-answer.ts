/**
 * The answer to a `fetch`: the requested operations that are on disk here, in several messages, at most one
 * window. The requester keeps track; this leader stores nothing.
 */
import {assert, must} from '../../base/assert.ts';
import type {Message} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import type {Op} from '../log/op.ts';
import {opBytes} from '../log/op-size.ts';
import {seqOf} from '../log/version-vector.ts';
import {BATCH_BYTES, BATCH_OPS, WINDOW_BYTES} from './progress.ts';

export type Fetch = Extract<Message, {type: 'fetch'}>;
export type Fetched = Extract<Message, {type: 'fetched'}>;

/**
 * Returns the messages that answer a `fetch`, in order: the requested operations that are persisted here, at
 * most one window, each message with the sum of hashes before its first operation. The last has `more:
 * false`; with a `count` of 0 it is the only one and holds just the sum. Returns none if this leader has less
 * than `after`.
 */
export function answerFetch(log: OpLog, {origin, after, count}: Fetch): readonly Fetched[] {
  const last = seqOf(log.persistedVv, origin);
  // This leader has less than that, so it has nothing to send.
  if (after > last) return [];
  const answers: Fetched[] = [];
  const end = Math.min(last, after + count);
  let [from, room] = [after, WINDOW_BYTES];
  do {
    const {ops, bytes} = batchOf(log, origin, from, end);
    assert(ops.length > 0 || from === end, 'each message brings the answer forward');
    answers.push({type: 'fetched', origin, after: from, sum: log.sumOf(origin, from), ops, more: true});
    from += ops.length;
    room -= bytes;
  } while (from < end && room > 0);
  return answers.map((answer, i) => ({...answer, more: i < answers.length - 1}));
}

function batchOf(
  log: OpLog,
  origin: Fetch['origin'],
  after: number,
  end: number,
): {ops: readonly Op[]; bytes: number} {
  const ops: Op[] = [];
  let bytes = 0;
  for (let seq = after + 1; seq <= end && ops.length < BATCH_OPS; seq++) {
    const op = must(log.get({origin, seq}), 'a persisted operation');
    const size = opBytes(op);
    if (ops.length > 0 && bytes + size > BATCH_BYTES) break;
    ops.push(op);
    bytes += size;
  }
  return {ops, bytes};
}
