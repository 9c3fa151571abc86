/**
 * The stored form of one operation: a JSON array without field names. It is decoded by hand, because a large
 * leader reads a million of them at every restart. The dot is the key. The disk can be damaged, so the form
 * is checked, but cheaply.
 */

import {isLeaderId} from '../base/ids.ts';
import {tryParseJson} from '../base/json.ts';
import type {KeyWrite, Op} from '../core/log/op.ts';
import {covers, type VersionVector} from '../core/log/version-vector.ts';
import type {LogEntry} from './log-store.ts';

export const encodeRecord = (arrival: number, {after, hlc, wallMs, writes}: Op): string =>
  JSON.stringify([arrival, wallMs, hlc.wallMs, hlc.logical, after, writes]);

/** Returns undefined if the text is not what `encode` makes. */
export function decodeRecord(key: readonly [string, number], text: string): LogEntry | undefined {
  const [origin, seq] = key;
  const record = parseRecord(text);
  if (record === undefined || !isLeaderId(origin) || !Number.isSafeInteger(seq)) return undefined;
  const [arrival, wallMs, hlcWallMs, logical, after, writes] = record;
  // No leader wrote an operation that had seen itself.
  if (covers(after, {origin, seq})) return undefined;
  return {arrival, op: {dot: {origin, seq}, after, hlc: {wallMs: hlcWallMs, logical}, wallMs, writes}};
}

type StoredRecord = readonly [number, number, number, number, VersionVector, readonly KeyWrite[]];

function parseRecord(text: string): StoredRecord | undefined {
  const record = tryParseJson(text);
  return isRecord(record) ? record : undefined;
}

function isRecord(record: unknown): record is StoredRecord {
  if (!Array.isArray(record) || record.length !== 6) return false;
  const [arrival, wallMs, hlcWallMs, logical, after, writes] = record;
  const numbers = typeof wallMs === 'number' && typeof hlcWallMs === 'number' && typeof logical === 'number';
  return (
    numbers &&
    Number.isSafeInteger(arrival) &&
    arrival > 0 &&
    typeof after === 'object' &&
    after !== null &&
    Array.isArray(writes)
  );
}
