/**
 * Turns a client's request into the writes that the log holds: checks the intent against what a reader sees
 * at this leader, and computes the effect.
 */
import {assertNever, must} from '../../base/assert.ts';
import {fail, type Result, succeed} from '../../base/failure.ts';
import type {Key} from '../../base/ids.ts';
import {
  approximateBytes,
  EXACT_HINT,
  isArray,
  isExact,
  isObject,
  isShallow,
  type Json,
  jsonEquals,
  VALUE_DEPTH_LIMIT,
  VALUE_LIMIT_BYTES,
} from '../../base/json.ts';
import {exactSum, isDigits} from '../../base/sum.ts';
import type {Guard} from '../io/input-effect.ts';
import type {Intent, KeyWrite} from '../log/op.ts';
import {fitInMessage, jsonBytes, OP_LIMIT_BYTES} from '../log/op-size.ts';
import {type Dot, sameDot} from '../log/version-vector.ts';
import {pathOf, union, without, withPath} from '../state/values.ts';
import type {Fold} from './fold.ts';

/** What a write is checked against: the visible state of the leader that accepts it. */
export type Readable = Pick<Fold, 'read' | 'revision' | 'seen' | 'snapshot'>;

/** What the client asks for one key. */
export interface Asked {
  readonly key: Key;
  readonly intent: Intent;
}

/** Accepts all writes of a transaction, or returns why none is accepted. */
export function acceptAll(
  fold: Readable,
  asked: readonly Asked[],
  guard: Guard | undefined,
): Result<readonly KeyWrite[]> {
  const twice = asked.find(({key}, i) => asked.findIndex(other => other.key === key) < i);
  if (twice !== undefined) {
    return fail(
      'twice',
      `${twice.key} is written twice in one transaction`,
      'write each key once, or use several transactions',
    );
  }
  const objection = guard === undefined ? undefined : objectionOf(fold, guard);
  if (objection !== undefined) return fail('guard', objection);
  const writes: KeyWrite[] = [];
  for (const {key, intent} of asked) {
    const accepted = acceptIntent(fold, key, intent);
    if (!accepted.ok) return accepted;
    writes.push(accepted.value);
  }
  if (!fitInMessage(writes)) return tooLarge(writes);
  // Without spare capacity, because they stay in the log for good.
  return succeed(writes.slice());
}

/** No message could hold the operation, so no other leader would ever get it. */
const tooLarge = (writes: readonly KeyWrite[]) =>
  fail(
    'too-large',
    `these writes with their effects take ${jsonBytes(writes)} bytes, and one operation takes at most ` +
      `${OP_LIMIT_BYTES}`,
    'write fewer keys at once',
  );

/** Why the guard does not hold here, such as `title is "B", not "A"`. */
function objectionOf(fold: Readable, {key, expected}: Guard): string | undefined {
  const reading = fold.read(key);
  const wanted = 'value' in expected ? shortJson(expected.value) : 'absent';
  if (reading.type === 'siblings')
    return `${key} has ${reading.siblings.length} siblings, so it is not ${wanted}`;
  if (reading.type === 'absent') return 'absent' in expected ? undefined : `${key} is absent, not ${wanted}`;
  if ('value' in expected && jsonEquals(reading.value, expected.value)) return undefined;
  return `${key} is ${shortJson(reading.value)}, not ${wanted}`;
}

const shortJson = (value: Json): string => JSON.stringify(value).slice(0, 60);

const COUNTER_HINT = `a counter at one leader is at most ±${Number.MAX_SAFE_INTEGER} and has about 16 digits`;

export function acceptIntent(fold: Readable, key: Key, intent: Intent): Result<KeyWrite> {
  if (!isExactIntent(intent))
    return fail('range', `${key} would be rounded: a number in it is too large`, EXACT_HINT);
  const accepted = writeFrom(fold, key, intent);
  if (!accepted.ok || !('effect' in accepted.value)) return accepted;
  // No peer would accept it, and all later operations would wait for it for ever.
  if (!isShallow(accepted.value.effect))
    return fail('too-deep', `${key} would be nested deeper than ${VALUE_DEPTH_LIMIT}`);
  const bytes = approximateBytes(accepted.value.effect);
  return bytes <= VALUE_LIMIT_BYTES
    ? accepted
    : fail(
        'too-large',
        `${key} would take ${bytes} bytes; a value has at most ${VALUE_LIMIT_BYTES}`,
        'spread the value over several keys',
      );
}

/** A higher number would not be exact, so peers would refuse the write. Only a hostile peer comes so far. */
const GENERATION_LIMIT = Number.MAX_SAFE_INTEGER;

/** The revision that the write edits, and the writes that its writer saw. */
function ancestryOf(fold: Readable, key: Key): Pick<KeyWrite, 'generation' | 'saw' | 'parent'> {
  const [edited, saw] = [fold.revision(key), fold.seen(key)];
  if (edited === undefined) return {generation: 1, saw};
  const isImplied = saw.length === 1 && edited.writes.some(({dot}) => saw.some(seen => sameDot(seen, dot)));
  const first = must(edited.writes[0], 'the write that made the revision');
  return {
    generation: Math.min(edited.generation + 1, GENERATION_LIMIT),
    saw,
    ...(isImplied ? {} : {parent: first.dot}),
  };
}

function isExactIntent(intent: Intent): boolean {
  if (intent.type === 'set' || intent.type === 'hset') return isExact(intent.value);
  if (intent.type === 'incr') return isExact(intent.by);
  return intent.type === 'del' || isExact(intent.element);
}

function writeFrom(fold: Readable, key: Key, intent: Intent): Result<KeyWrite> {
  const base = {key, ...ancestryOf(fold, key)};
  if (intent.type === 'set') return succeed({...base, ...intent});
  if (intent.type === 'del') return succeed({...base, type: 'del'});
  const reading = fold.read(key);
  if (reading.type === 'siblings') {
    return fail(
      'siblings',
      `${key} has ${reading.siblings.length} siblings, so there is not one value to change`,
      'settle it first with set',
    );
  }
  const now = reading.type === 'value' ? reading.value : undefined;
  switch (intent.type) {
    case 'incr': {
      const count =
        typeof now === 'string' && isDigits(now) && fold.snapshot(key).shown === undefined ? now : undefined;
      if (now !== undefined && typeof now !== 'number' && count === undefined)
        return wrongType(key, now, 'a number');
      const effect = exactSum([typeof now === 'number' ? now : 0, intent.by], count);
      return typeof effect === 'number'
        ? succeed({...base, ...intent, effect})
        : fail('range', `${key} would be ${effect}`, COUNTER_HINT);
    }
    case 'sadd':
      if (now !== undefined && !isArray(now)) return wrongType(key, now, 'a set');
      return succeed({...base, ...intent, effect: union(now ?? [], [intent.element])});
    case 'srem':
      if (now !== undefined && !isArray(now)) return wrongType(key, now, 'a set');
      return succeed({
        ...base,
        ...intent,
        observed: observedDots(fold, key, intent.element),
        effect: without(now ?? [], intent.element),
      });
    case 'hset':
      if (now !== undefined && !isObject(now)) return wrongType(key, now, 'a document');
      return succeed({...base, ...intent, effect: withPath(now ?? {}, pathOf(intent.field), intent.value)});
    default:
      return assertNever(intent);
  }
}

const wrongType = (key: Key, now: Json, wanted: string) =>
  fail('wrong-type', `${key} is ${shortJson(now)}, not ${wanted}`, 'delete it first with del');

/** The additions of the element that are on the frontier: those that this removal takes away. */
function observedDots(fold: Readable, key: Key, element: Json): Dot[] {
  return fold
    .snapshot(key)
    .frontier.members.filter(({change}) => change.type === 'sadd' && jsonEquals(change.element, element))
    .map(({dot}) => dot);
}
