/**
 * The size of an operation. A message holds at least one operation, so an operation that no message can hold
 * would never reach another leader. It must not get into a log.
 */
import {utf8Length} from '../../base/ids.ts';
import {approximateBytes} from '../../base/json.ts';
import type {KeyWrite, Op} from './op.ts';
import type {Dot} from './version-vector.ts';

/** The limit for the JSON of one operation's writes. A message between leaders holds at most 16 MiB. */
export const OP_LIMIT_BYTES = 12 * 1024 * 1024;

/** JSON takes at most six bytes for a character: `\u0001`. */
const BYTES_PER_CHARACTER = 6;
const DOT_CHARACTERS = 60;

/** Whether a message can hold an operation of these writes. */
export const fitInMessage = (writes: readonly KeyWrite[]): boolean =>
  writesSize(writes) * BYTES_PER_CHARACTER <= OP_LIMIT_BYTES || jsonBytes(writes) <= OP_LIMIT_BYTES;

/** The exact number of bytes of the value as JSON. */
export const jsonBytes = (value: object): number => utf8Length(JSON.stringify(value));

/** The size of an operation in characters of JSON, close enough to bound what is in flight. */
export function opBytes(op: Op): number {
  let bytes = 80;
  for (const _origin in op.after) bytes += 8;
  return bytes + writesSize(op.writes);
}

function writesSize(writes: readonly KeyWrite[]): number {
  let bytes = 0;
  for (const write of writes) {
    bytes += 40 + write.key.length + dotsSize(write.saw);
    if ('value' in write) bytes += approximateBytes(write.value);
    if ('element' in write) bytes += approximateBytes(write.element);
    if ('effect' in write) bytes += approximateBytes(write.effect);
    if ('field' in write) bytes += write.field.length;
    if ('observed' in write) bytes += dotsSize(write.observed);
  }
  return bytes;
}

const dotsSize = (dots: readonly Dot[]): number => dots.length * DOT_CHARACTERS;
