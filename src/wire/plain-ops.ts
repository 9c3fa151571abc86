/**
 * A quick check of messages of operations. A leader that catches up would otherwise spend a quarter of its
 * time on the schema. It accepts only messages that the schema in `message-schema.ts` accepts unchanged.
 * Everything else is left to the schema, which refuses it or drops fields that it does not know. So this
 * check can only be too strict; a test verifies that.
 */
import {isKey, isLeaderId} from '../base/ids.ts';
import {approximateBytes, isShallow, type Json, VALUE_LIMIT_BYTES} from '../base/json.ts';
import {MAX_HOPS, type Message} from '../core/io/message.ts';
import {BATCH_OPS} from '../core/links/progress.ts';
import type {KeyWrite} from '../core/log/op.ts';
import {fitInMessage} from '../core/log/op-size.ts';
import {FIELD_LIMIT, ORIGIN_LIMIT, WRITE_LIMIT} from './limits.ts';

type Fields = {readonly [field: string]: unknown};
type Operations = Extract<Message, {type: 'ops' | 'echo'}>;

export function arePlainOps(message: unknown): message is Operations {
  if (!isRecord(message)) return false;
  const {type, batch, ops, hops} = message;
  const isWhole =
    type === 'ops' ? isCount(batch, 1) && hasFields(message, 4) : type === 'echo' && hasFields(message, 3);
  if (!isWhole || !isList(ops, BATCH_OPS) || !isList(hops, BATCH_OPS) || ops.length !== hops.length)
    return false;
  return hops.every(hop => isCount(hop, 1) && hop <= MAX_HOPS) && ops.every(isOp);
}

function isOp(op: unknown): boolean {
  if (!isRecord(op) || !hasFields(op, 5)) return false;
  const {dot, after, hlc, wallMs, writes} = op;
  if (!isDot(dot) || !isHlc(hlc) || !isCount(wallMs, 0) || !isVector(after)) return false;
  if ((after[dot.origin] ?? 0) !== dot.seq - 1) return false;
  return (
    isList(writes, WRITE_LIMIT) &&
    writes.length > 0 &&
    writes.every(isWrite) &&
    areOfDifferentKeys(writes) &&
    fitInMessage(writes as unknown as readonly KeyWrite[])
  );
}

const areOfDifferentKeys = (writes: readonly Fields[]): boolean =>
  writes.length === 1 || new Set(writes.map(({key}) => key)).size === writes.length;

function isWrite(write: unknown): write is Fields {
  if (!isRecord(write)) return false;
  const {key, generation, saw, parent} = write;
  if (parent !== undefined && !isDot(parent)) return false;
  if (
    typeof key !== 'string' ||
    !isKey(key) ||
    !isCount(generation, 1) ||
    !isList(saw, ORIGIN_LIMIT) ||
    !saw.every(isDot)
  )
    return false;
  return isChange(write);
}

/** The fields of each type besides key, generation, `saw`, the type itself and an optional parent. */
function isChange(write: Fields): boolean {
  const common = write.parent === undefined ? 4 : 5;
  switch (write.type) {
    case 'set':
      return hasFields(write, common + 1) && isValue(write.value);
    case 'del':
      return hasFields(write, common);
    case 'incr':
      return hasFields(write, common + 2) && Number.isFinite(write.by) && isValue(write.effect);
    case 'sadd':
      return hasFields(write, common + 2) && isValue(write.element) && isValue(write.effect);
    case 'srem': {
      const {observed} = write;
      return (
        hasFields(write, common + 3) &&
        isValue(write.element) &&
        isList(observed, WRITE_LIMIT) &&
        observed.every(isDot) &&
        isValue(write.effect)
      );
    }
    case 'hset': {
      const {field} = write;
      const isField = typeof field === 'string' && field.length > 0 && field.length <= FIELD_LIMIT;
      return hasFields(write, common + 3) && isField && isValue(write.value) && isValue(write.effect);
    }
    default:
      return false;
  }
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: unknown, limit: number): value is readonly unknown[] =>
  Array.isArray(value) && value.length <= limit;

const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least;

/** Whether the value has exactly this many fields. The caller has checked the wanted ones. */
function hasFields(value: Fields, wanted: number): boolean {
  let count = 0;
  for (const _field in value) count += 1;
  return count === wanted;
}

const isDot = (dot: unknown): dot is {readonly origin: string; readonly seq: number} =>
  isRecord(dot) &&
  typeof dot.origin === 'string' &&
  isLeaderId(dot.origin) &&
  isCount(dot.seq, 1) &&
  hasFields(dot, 2);

const isHlc = (hlc: unknown): boolean =>
  isRecord(hlc) && isCount(hlc.wallMs, 0) && isCount(hlc.logical, 0) && hasFields(hlc, 2);

function isVector(vector: unknown): vector is {readonly [origin: string]: number} {
  if (!isRecord(vector)) return false;
  let origins = 0;
  for (const origin in vector) {
    origins += 1;
    if (origins > ORIGIN_LIMIT || !isLeaderId(origin) || !isCount(vector[origin], 1)) return false;
  }
  return true;
}

function isValue(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'string') return value.length + 2 <= VALUE_LIMIT_BYTES;
  return isShallow(value) && approximateBytes(value as Json) <= VALUE_LIMIT_BYTES;
}
