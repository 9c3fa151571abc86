/**
 * The quick look at messages of operations against the schema: it never takes what the schema refuses or
 * would change, and takes whatever an honest leader sends.
 */
import fc from 'fast-check';
import {expect, it} from 'vitest';
import type {Message} from '../../src/core/io/message.ts';
import {SCHEMAS} from '../../src/wire/message-schema.ts';
import {arePlainOps} from '../../src/wire/plain-ops.ts';
import {anyHistory} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  anyHistory().map((ops): Message => ({type: 'ops', batch: 1, ops, hops: ops.map(() => 1)})),
  anyHistory().map((ops): Message => ({type: 'echo', ops, hops: ops.map(() => 16)})),
);

/** As it comes from a socket. */
const sent = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

/** The schema takes it, as it is. */
function isTakenAsItIs(message: unknown): boolean {
  const kind = (message as {type?: unknown} | null)?.type;
  const parsed = SCHEMAS[kind === 'echo' ? 'echo' : 'ops'].safeParse(message);
  return parsed.success && JSON.stringify(sorted(parsed.data)) === JSON.stringify(sorted(message));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null)
    return value === Number.POSITIVE_INFINITY ? 'infinite' : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, inner]) => [field, sorted(inner)]),
  );
}

/** Every place in the message: the objects and lists, and the names of what they hold. */
function placesIn(value: unknown): {readonly of: {[name: string]: unknown}; readonly name: string}[] {
  if (typeof value !== 'object' || value === null) return [];
  const of = value as {[name: string]: unknown};
  return Object.keys(of).flatMap(name => [{of, name}, ...placesIn(of[name])]);
}

const TOO_DEEP = JSON.parse(`${'['.repeat(70)}${']'.repeat(70)}`);
const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1,
    1.5,
    17,
    2 ** 53,
    Number.POSITIVE_INFINITY,
    '',
    'us',
    'US',
    'constructor',
    'x'.repeat(2000),
    [],
    {},
  ],
  ...[
    [1],
    {us: 1},
    {us: 0},
    {a: 1, b: 2},
    TOO_DEEP,
    'y'.repeat(1024 * 1024),
    Array(300).fill({origin: 'us', seq: 1}),
  ],
  ...[
    'ops',
    'echo',
    'set',
    'del',
    'incr',
    'sadd',
    'srem',
    'hset',
    {origin: 'us', seq: 1},
    {origin: 'us', seq: 1, more: 1},
  ],
];

const anyMutation = fc.record({
  how: fc.constantFrom('replace', 'delete', 'add', 'double'),
  place: fc.nat(10_000),
  odd: fc.constantFrom(...ODD),
  field: fc.constantFrom('value', 'effect', 'element', 'observed', 'field', 'by', 'extra', '__proto__'),
});

function mutate(
  message: unknown,
  mutations: readonly (typeof anyMutation extends fc.Arbitrary<infer T> ? T : never)[],
): unknown {
  for (const {how, place, odd, field} of mutations) {
    const places = placesIn(message);
    const at = places[place % Math.max(1, places.length)];
    if (at === undefined) continue;
    const fresh = typeof odd === 'number' ? odd : sent(odd);
    if (how === 'delete' && !Array.isArray(at.of)) delete at.of[at.name];
    else if (how === 'double' && Array.isArray(at.of)) at.of.push(sent(at.of[0] ?? null));
    else if (how === 'add' && !Array.isArray(at.of))
      Object.defineProperty(at.of, field, {
        value: fresh,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    else at.of[at.name] = fresh;
  }
  return message;
}

it('accepts what leaders send', () => {
  fc.assert(
    fc.property(anyMessage, message => {
      expect(arePlainOps(sent(message))).toBe(true);
      expect(isTakenAsItIs(sent(message))).toBe(true);
    }),
  );
});

it('accepts exactly what the schema accepts unchanged, after any modification of a message', () => {
  fc.assert(
    fc.property(anyMessage, fc.array(anyMutation, {minLength: 1, maxLength: 3}), (message, mutations) => {
      const mutated = mutate(sent(message), mutations);
      expect(arePlainOps(mutated)).toBe(isTakenAsItIs(mutated));
    }),
    {numRuns: runs(3000)},
  );
});

it.each(ODD.map(odd => [JSON.stringify(odd)?.slice(0, 30), odd]))(
  'does not accept %s as a message',
  (_, odd) => {
    expect(arePlainOps(odd)).toBe(false);
  },
);
