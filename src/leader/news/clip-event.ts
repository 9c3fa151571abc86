/**
 * Events made small enough for one message to the lab: values that are too large to show are cut short.
 */
import {assertNever} from '../../base/assert.ts';
import {approximateBytes, CLIP_BYTES, clipValue, type Json} from '../../base/json.ts';
import type {ConflictReport} from '../../core/fold/joined-reports.ts';
import type {KeyWrite, Op} from '../../core/log/op.ts';
import {opBytes} from '../../core/log/op-size.ts';
import {clipReading, readingToJson} from '../../core/state/reading.ts';

/** The approximate size of a report: enough to bound a message, without making its text twice. */
export const reportBytes = ({writes, shows, why}: ConflictReport): number =>
  why.length +
  approximateBytes(readingToJson(shows)) +
  writes.reduce((bytes, write) => bytes + opBytes({...write, writes: [write.change]}), 0);

export function clipReport(report: ConflictReport): ConflictReport {
  const writes = report.writes.map(write => ({...write, change: clipChange(write.change)}));
  return {...report, writes, shows: clipReading(report.shows)};
}

/** The writes of one operation share the room of one value. */
export function clipOp(op: Op): Op {
  return {...op, writes: op.writes.map(write => clipChange(write, CLIP_BYTES / op.writes.length))};
}

function clipChange(change: KeyWrite, limitBytes = CLIP_BYTES): KeyWrite {
  const clip = (value: Json) => clipValue(value, limitBytes);
  switch (change.type) {
    case 'del':
      return change;
    case 'set':
      return {...change, value: clip(change.value)};
    case 'incr':
      return {...change, effect: clip(change.effect)};
    case 'sadd':
    case 'srem':
      return {...change, element: clip(change.element), effect: clip(change.effect)};
    case 'hset':
      return {...change, value: clip(change.value), effect: clip(change.effect)};
    default:
      return assertNever(change);
  }
}
