/**
 * Random material for properties: vectors, dots, and whole histories as real leaders could have made them.
 */
import fc from 'fast-check';
import {key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {acceptIntent} from '../../src/core/fold/accept.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import {HLC_ZERO, type Hlc, observeHlc, tickHlc} from '../../src/core/log/hybrid-clock.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {EMPTY, extend, origins, seqOf, type VersionVector} from '../../src/core/log/version-vector.ts';
import {type PlainResolverName, resolverOf} from '../../src/core/resolvers/registry.ts';
import type {Resolver} from '../../src/core/resolvers/resolver.ts';

export const LEADERS = ['us', 'eu', 'ap'].map(leaderId);

export const anyDot = fc.record({origin: fc.constantFrom(...LEADERS), seq: fc.integer({min: 1, max: 6})});

/** Version vectors with up to 5 operations of each leader. */
export const anyVector: fc.Arbitrary<VersionVector> = fc
  .tuple(...LEADERS.map(() => fc.integer({min: 0, max: 5})))
  .map(
    counts =>
      Object.fromEntries(
        LEADERS.map((leader, i) => [leader, counts[i] ?? 0]).filter(([, n]) => n !== 0),
      ) as VersionVector,
  );

const anyScalarSet = fc.record({
  type: fc.constant('set' as const),
  value: fc.constantFrom<Json>(1, 2, 'A', 'B'),
});
const anyArraySet = fc.record({
  type: fc.constant('set' as const),
  value: fc.constantFrom<Json>(['milk'], ['milk', 'eggs']),
});
const anyDocumentSet = fc.record({
  type: fc.constant('set' as const),
  value: fc.constantFrom<Json>(
    {name: 'ann'},
    {},
    {address: {city: 'rome', zip: 1}, name: 'ann'},
    {address: 'x'},
    {address: {}},
    {address: {city: {}}},
  ),
});
const anyDel = fc.record({type: fc.constant('del' as const)});
const anyIncr = fc.record({
  type: fc.constant('incr' as const),
  by: fc.oneof(fc.integer({min: -2, max: 3}), fc.constantFrom(Number.MAX_SAFE_INTEGER, 0.1)),
});
const anySadd = fc.record({type: fc.constant('sadd' as const), element: fc.constantFrom('milk', 'eggs')});
const anySrem = fc.record({type: fc.constant('srem' as const), element: fc.constantFrom('milk', 'eggs')});
const anyHset = fc.record({
  type: fc.constant('hset' as const),
  field: fc.constantFrom('name', '__proto__', 'address', 'address.city', 'address.zip'),
  value: fc.constantFrom<Json>('bob', 7, {city: 'oslo'}, {}),
});

export const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
  {weight: 4, arbitrary: anyScalarSet},
  {weight: 1, arbitrary: anyArraySet},
  {weight: 2, arbitrary: anyDocumentSet},
  {weight: 2, arbitrary: anyDel},
  {weight: 3, arbitrary: anyIncr},
  {weight: 2, arbitrary: anySadd},
  {weight: 2, arbitrary: anySrem},
  {weight: 3, arbitrary: anyHset},
);

/** Writes of one type. Most of a mixture would be refused, because the value has another type. */
const ANY_INTENT_OF_ONE_KIND: readonly fc.Arbitrary<Intent>[] = [
  anyIntent,
  fc.oneof({weight: 4, arbitrary: anyHset}, anyDocumentSet, anyDel),
  fc.oneof({weight: 3, arbitrary: anySadd}, {weight: 2, arbitrary: anySrem}, anyArraySet, anyDel),
  fc.oneof({weight: 3, arbitrary: anyIncr}, anyScalarSet, anyDel),
];

type Step =
  | {type: 'write'; leader: number; key: string; intent: Intent; skewMs: number}
  /** The leader applies the next operation of an origin that it lacks. */
  | {type: 'deliver'; to: number; origin: number};

const anyStep = (intent: fc.Arbitrary<Intent>): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        leader: fc.integer({min: 0, max: 2}),
        key: fc.constantFrom('a', 'a', 'b'),
        intent,
        skewMs: fc.oneof(
          {weight: 6, arbitrary: fc.integer({min: -20, max: 20})},
          // In whole steps, so that clocks are sometimes equal.
          {weight: 6, arbitrary: fc.integer({min: -8, max: 8}).map(steps => steps * STEP_MS)},
          // Beyond the drift limit, at which hybrid clocks no longer follow.
          {weight: 1, arbitrary: fc.constant(100_000)},
        ),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('deliver' as const),
        to: fc.integer({min: 0, max: 2}),
        origin: fc.integer({min: 0, max: 2}),
      }),
    },
  );

const STEP_MS = 5;

/**
 * The operations of a run in which leaders wrote, with skewed clocks, and saw some of each other's writes,
 * per origin in order.
 */
export function anyHistory(resolver: PlainResolverName | Resolver = 'crdt'): fc.Arbitrary<Op[]> {
  return fc
    .oneof(...ANY_INTENT_OF_ONE_KIND.map(intent => fc.array(anyStep(intent), {maxLength: 40})))
    .map(steps => playHistory(steps, typeof resolver === 'string' ? resolverOf({name: resolver}) : resolver));
}

function playHistory(steps: readonly Step[], resolver: Resolver): Op[] {
  const leaders = LEADERS.map(id => ({
    id,
    vv: EMPTY as VersionVector,
    hlc: HLC_ZERO as Hlc,
    fold: new Fold(resolver, []),
  }));
  const byOrigin = new Map<LeaderId, Op[]>(LEADERS.map(id => [id, []]));
  const all: Op[] = [];
  steps.forEach((step, i) => {
    const wallMs = 1000 + STEP_MS * i;
    const leader = leaders[step.type === 'write' ? step.leader : step.to];
    if (leader === undefined) return;
    if (step.type === 'deliver') {
      const origin = LEADERS[step.origin] as LeaderId;
      const op = byOrigin.get(origin)?.[seqOf(leader.vv, origin)];
      if (op === undefined) return;
      leader.vv = extend(leader.vv, op.dot);
      leader.hlc = observeHlc(leader.hlc, op.hlc, wallMs) ?? leader.hlc;
      leader.fold.apply(op);
      return;
    }
    const accepted = acceptIntent(leader.fold, key(step.key), step.intent);
    if (!accepted.ok) return;
    leader.hlc = tickHlc(leader.hlc, wallMs + step.skewMs);
    const dot = {origin: leader.id, seq: seqOf(leader.vv, leader.id) + 1};
    const op: Op = {
      dot,
      after: leader.vv,
      hlc: leader.hlc,
      wallMs: wallMs + step.skewMs,
      writes: [accepted.value],
    };
    leader.vv = extend(leader.vv, dot);
    leader.fold.apply(op);
    byOrigin.get(leader.id)?.push(op);
    all.push(op);
  });
  return all;
}

/**
 * Some order in which a leader could have applied these: the operations of each origin in order, otherwise in
 * any order. `picks` decides.
 */
export function interleave(ops: readonly Op[], picks: readonly number[]): Op[] {
  const queues = LEADERS.map(id => ops.filter(op => op.dot.origin === id));
  const result: Op[] = [];
  for (let i = 0; result.length < ops.length; i++) {
    const open = queues.filter(queue => queue.length > 0);
    const op = open[(picks[i % Math.max(1, picks.length)] ?? 0) % open.length]?.shift();
    if (op) result.push(op);
  }
  return result;
}

/** Such an order in which each operation also applies after everything that its origin had applied before. */
export function interleaveCausally(ops: readonly Op[], picks: readonly number[]): Op[] {
  const queues = LEADERS.map(id => ops.filter(op => op.dot.origin === id));
  const result: Op[] = [];
  let applied = EMPTY;
  for (let i = 0; result.length < ops.length; i++) {
    const open = queues.filter(
      ([next]) =>
        next !== undefined && origins(next.after).every(of => seqOf(applied, of) >= seqOf(next.after, of)),
    );
    const op = open[(picks[i % Math.max(1, picks.length)] ?? 0) % open.length]?.shift();
    if (op === undefined) throw new Error('a history in which nothing can come next');
    applied = extend(applied, op.dot);
    result.push(op);
  }
  return result;
}

export const anyPicks = fc.array(fc.nat(10), {minLength: 1, maxLength: 40});
