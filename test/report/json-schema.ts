/**
 * The lines of `run --json` as schemas. They are strict: a field that is not described here is an error.
 * docs/json.md says the same for people; `json.test.ts` holds both to what the program writes.
 */
import * as z from 'zod';
import {SETTING_NAMES} from '../../src/command/action.ts';
import type {SessionResult} from '../../src/session/session-result.ts';

const json = z.json();
const count = z.int().min(0);
const milliseconds = z.number();
/** `us:4`. */
const dot = z.string().regex(/^[^:\s]+:[1-9]\d*$/);
const byLeader = <T extends z.ZodType>(of: T) => z.record(z.string(), of);
const error = z.strictObject({error: z.string()});
const clock = z.strictObject({wallMs: milliseconds, logical: count});

const reading = z.union([
  z.strictObject({value: json}),
  z.strictObject({absent: z.literal(true)}),
  z.strictObject({siblings: z.array(json)}),
]);

const conflict = z.strictObject({
  id: count,
  key: z.string(),
  kind: z.string(),
  relation: z.enum(['concurrent', 'reversed', 'stale']),
  writes: z.array(
    z.strictObject({
      dot,
      origin: z.string(),
      value: json.optional(),
      deleted: z.literal(true).optional(),
      wallMs: milliseconds,
      hlc: clock,
      acknowledged: z.boolean(),
    }),
  ),
  sides: z.array(dot),
  instead: z.array(dot),
  decisions: byLeader(
    z.strictObject({
      resolver: z.string(),
      until: z.string().optional(),
      shows: reading,
      said: z.array(z.string()).optional(),
    }),
  ),
  lost: z.array(dot),
  torn: z.array(dot),
  why: z.string(),
});

const story = z.array(
  z.strictObject({
    atMs: milliseconds.optional(),
    leader: z.string().optional(),
    what: z.enum(['wrote', 'clocks', 'reported', 'decided', 'said', 'lost', 'merged']),
    dot: dot.optional(),
    text: z.string(),
  }),
);

const comparedReading = z.union(reading.options.map(option => option.extend({lost: z.array(dot)})));
const comparison = z.strictObject({
  resolvers: z.record(
    z.string(),
    z.union(
      comparedReading.options.map(option =>
        option.extend({
          shownByServers: z.literal(true).optional(),
          leaders: byLeader(comparedReading).optional(),
        }),
      ),
    ),
  ),
});

const keyWrite = {key: z.string(), generation: count, saw: z.array(dot), parent: dot.optional()};
const operation = z.strictObject({
  dot,
  after: z.record(z.string(), count),
  hlc: clock,
  wallMs: milliseconds,
  writes: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({...keyWrite, type: z.literal('set'), value: json}),
      z.strictObject({...keyWrite, type: z.literal('del')}),
      z.strictObject({...keyWrite, type: z.literal('incr'), by: z.number(), effect: json}),
      z.strictObject({...keyWrite, type: z.literal('sadd'), element: json, effect: json}),
      z.strictObject({
        ...keyWrite,
        type: z.literal('srem'),
        element: json,
        observed: z.array(dot),
        effect: json,
      }),
      z.strictObject({...keyWrite, type: z.literal('hset'), field: z.string(), value: json, effect: json}),
    ]),
  ),
});

const traffic = z.strictObject({
  accepted: count,
  sent: count,
  redundant: count,
  messagesPerOp: z.number().optional(),
});

const leader = z.strictObject({
  id: z.string(),
  status: z.enum(['starting', 'up', 'paused', 'down']),
  cause: z.string().optional(),
  resolver: z.string(),
  vv: z.record(z.string(), count),
  opCount: count,
  keyCount: count,
  behind: count,
  clockOffsetMs: milliseconds,
  driftPpm: z.number(),
  halted: z.array(z.strictObject({origin: z.string(), dot, key: z.string()})),
  buffered: count,
});

const setting = z.union(
  SETTING_NAMES.map(name => z.strictObject({[name]: z.string(), at: byLeader(z.string()).optional()})),
);

/** By type of result; one that is missing does not compile. */
export const RESULTS: {readonly [type in SessionResult['type']]: z.ZodType} = {
  writes: z.strictObject({
    writes: z.array(
      z.strictObject({
        leader: z.string(),
        status: z.enum(['ok', 'fail', 'info']),
        dot: dot.optional(),
        reason: z.string().optional(),
      }),
    ),
  }),
  values: z.strictObject({values: byLeader(z.union([...reading.options, error]))}),
  keys: z.strictObject({keys: byLeader(z.union([z.array(z.string()), error]))}),
  log: z.strictObject({
    ops: byLeader(z.union([z.array(operation), error])),
    older: byLeader(count).optional(),
  }),
  skipped: z.strictObject({skipped: byLeader(z.union([z.array(dot), error]))}),
  loaded: z.strictObject({
    load: z.strictObject({
      planned: count,
      ok: count,
      fail: count,
      info: count,
      notIssued: count,
      ms: milliseconds,
    }),
  }),
  changed: z.strictObject({changed: z.string()}),
  check: z.strictObject({
    check: z.strictObject({
      holds: z.boolean(),
      expected: z.string(),
      seen: z.string(),
      at: z.string().optional(),
      why: z.string().optional(),
    }),
  }),
  conflicts: z.strictObject({conflicts: z.array(conflict)}),
  explained: z.strictObject({
    conflict,
    story,
    compare: comparison.optional(),
    notCompared: z.string().optional(),
  }),
  compared: comparison,
  why: z.strictObject({
    why: z.strictObject({key: z.string(), leader: z.string(), reading, story}),
  }),
  lag: z.strictObject({
    lags: z.array(
      z.strictObject({
        origin: z.string(),
        leader: z.string(),
        p50Ms: milliseconds,
        p99Ms: milliseconds,
        count,
        hops: z.number(),
      }),
    ),
    traffic: z.strictObject({lastSecond: traffic, total: traffic}),
  }),
  setting,
  state: z.strictObject({leaders: z.array(leader)}),
  diff: z.strictObject({diff: z.record(z.string(), byLeader(reading))}),
  waited: z.strictObject({waitedMs: milliseconds}),
  focused: z.strictObject({focused: z.string()}),
  help: z.strictObject({help: z.array(z.string())}),
  quit: z.strictObject({quit: z.literal(true)}),
};

const failure = z.strictObject({code: z.string(), message: z.string(), hint: z.string().optional()});

const predicted = z.strictObject({
  predict: z.strictObject({choices: z.array(z.string()), right: z.array(z.string())}),
});

const outcome = {
  ok: z.boolean(),
  status: z.enum(['fail', 'info']).optional(),
  ms: milliseconds,
  result: z.union(Object.values(RESULTS)).optional(),
  error: failure.optional(),
};
const predictionOutcome = {ok: z.boolean(), result: predicted};
const place = {line: count, command: z.string()};
const version = z.literal(1);
const tally = {passed: count, failed: count};

/** By kind of line. */
export const LINES = {
  command: z.strictObject({...place, ...outcome}),
  prediction: z.strictObject({...place, ...predictionOutcome}),
  'side-by-side': z.strictObject({
    ...place,
    differs: z.boolean(),
    byChance: z.literal(true).optional(),
    results: z.record(
      z.string(),
      z.union([z.strictObject(outcome), z.strictObject(predictionOutcome), z.null()]),
    ),
  }),
  summary: z.strictObject({
    summary: z.union([
      z.strictObject({version, file: z.string(), ...tally, seed: count}),
      z.strictObject({version, file: z.string(), skipped: z.string()}),
      z.strictObject({
        version,
        file: z.string(),
        engines: z.record(z.string(), z.strictObject({resolver: z.string(), ...tally})),
        commands: count,
        alike: count,
        differ: count,
        seed: count,
      }),
    ]),
  }),
};
