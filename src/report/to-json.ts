/**
 * Results as JSON for programs: the format of `run --json`. Dots are texts such as `us:4`. A map by leader or
 * by key is an object.
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import type {Json} from '../base/json.ts';
import type {KeyWrite, Op} from '../core/log/op.ts';
import {showDot} from '../core/log/version-vector.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import {type Reading, readingToJson} from '../core/state/reading.ts';
import type {Comparison, ResolverReading} from '../history/comparison.ts';
import {conflictToJson} from '../history/conflict-table.ts';
import type {StoryLine} from '../history/story.ts';
import type {LoadTally, WriteReport} from '../port/cluster.ts';
import type {LeaderView, PairLag, TrafficCounts} from '../port/view.ts';
import type {CheckResult, Entry, SessionResult} from '../session/session-result.ts';

type JsonObject = {readonly [field: string]: Json};

/**
 * The version of the lines of `run --json`, which docs/json.md describes. It rises when a field is removed or
 * changes its meaning.
 */
export const JSON_VERSION = 1;

/** One line of `run --json`. `status` and `error` are present if the command is not ok. */
export const entryToJson = (line: number, {text, status, ms, result, failure}: Entry): JsonObject => ({
  line,
  command: text,
  ok: status === 'ok',
  ...(status === 'ok' ? {} : {status}),
  ms,
  ...(result === undefined ? {} : {result: resultToJson(result)}),
  ...(failure === undefined ? {} : {error: failureToJson(failure)}),
});

const failureToJson = ({code, message, hint}: Failure): JsonObject => ({
  code,
  message,
  ...(hint === undefined ? {} : {hint}),
});

function resultToJson(result: SessionResult): JsonObject {
  switch (result.type) {
    case 'writes':
      return {writes: result.writes.map(reportToJson)};
    case 'values':
      return {values: mapped(result.values, orError)};
    case 'keys':
      return {keys: mapped(result.keys, keys => ('error' in keys ? {error: keys.error} : [...keys]))};
    case 'log':
      return logToJson(result);
    case 'changed':
      return {changed: result.summary};
    case 'check':
      return {check: checkToJson(result)};
    case 'conflicts':
      return {conflicts: result.conflicts.map(conflictToJson)};
    case 'explained':
      return explainedToJson(result);
    case 'compared':
      return comparisonToJson(result.comparison);
    case 'why':
      return {why: whyToJson(result)};
    case 'lag':
      return {lags: result.lags.map(lagToJson), traffic: trafficToJson(result.traffic)};
    case 'skipped':
      return {
        skipped: mapped(result.dots, dots => ('error' in dots ? {error: dots.error} : dots.map(showDot))),
      };
    case 'loaded':
      return {load: loadToJson(result.load)};
    case 'setting':
      return settingToJson(result);
    case 'state':
      return {leaders: result.leaders.map(leaderToJson)};
    case 'diff':
      return {
        diff: Object.fromEntries(
          result.keys.map(({key, readings}) => [key, mapped(readings, readingToJson)]),
        ),
      };
    case 'waited':
      return {waitedMs: result.ms};
    case 'focused':
      return {focused: result.leader};
    case 'help':
      return {help: [...result.lines]};
    case 'quit':
      return {quit: true};
    default:
      return assertNever(result);
  }
}

type Result<T extends SessionResult['type']> = Extract<SessionResult, {type: T}>;

const orError = (reading: Reading | {readonly type: 'error'; readonly error: string}): JsonObject =>
  reading.type === 'error' ? {error: reading.error} : readingToJson(reading);

const logToJson = ({ops, older}: Result<'log'>): JsonObject => ({
  ops: mapped(ops, log => ('error' in log ? {error: log.error} : log.map(opToJson))),
  ...(older === undefined || Object.keys(older).length === 0 ? {} : {older}),
});

const explainedToJson = ({conflict, story, comparison, notCompared}: Result<'explained'>): JsonObject => ({
  conflict: conflictToJson(conflict),
  story: storyToJson(story),
  ...(comparison === undefined ? {} : {compare: comparisonToJson(comparison)}),
  ...(notCompared === undefined ? {} : {notCompared}),
});

const whyToJson = ({key, leader, reading, story}: Result<'why'>): JsonObject => ({
  key,
  leader,
  reading: readingToJson(reading),
  story: storyToJson(story),
});

const trafficToJson = ({lastSecond, total}: Result<'lag'>['traffic']): JsonObject => ({
  lastSecond: countsToJson(lastSecond),
  total: countsToJson(total),
});

const settingToJson = ({setting, value, at}: Result<'setting'>): JsonObject => ({
  [setting]: value,
  ...(Object.keys(at).length === 0 ? {} : {at: {...at}}),
});

/** Uses `fromEntries` instead of assignment, because a key may be called `__proto__`. */
const mapped = <T>(map: {readonly [name: string]: T}, toJson: (value: T) => Json): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, toJson(value)]));

const reportToJson = ({leader, status, dot, reason}: WriteReport): JsonObject => ({
  leader,
  status,
  ...(dot === undefined ? {} : {dot: showDot(dot)}),
  ...(reason === undefined ? {} : {reason}),
});

const opToJson = ({dot, after, hlc, wallMs, writes}: Op): JsonObject => ({
  dot: showDot(dot),
  after: {...after},
  hlc: {...hlc},
  wallMs,
  writes: writes.map(keyWriteToJson),
});

/** The operation as in the log, but with dots as texts. */
function keyWriteToJson({parent, ...write}: KeyWrite): JsonObject {
  const dots = {saw: write.saw.map(showDot), ...(parent === undefined ? {} : {parent: showDot(parent)})};
  return write.type === 'srem'
    ? {...write, ...dots, observed: write.observed.map(showDot)}
    : {...write, ...dots};
}

const checkToJson = ({holds, expected, seen, at, why}: CheckResult): JsonObject => ({
  holds,
  expected,
  seen,
  ...(at === undefined ? {} : {at}),
  ...(why === undefined ? {} : {why}),
});

const comparisonToJson = ({resolvers}: Comparison): JsonObject => ({
  resolvers: Object.fromEntries(
    resolvers.map(({name, byLeader, isServers, ...whole}) => [
      name,
      {
        ...resolverToJson(whole),
        ...(isServers ? {shownByServers: true} : {}),
        ...(byLeader === undefined ? {} : {leaders: mapped(byLeader, resolverToJson)}),
      },
    ]),
  ),
});

const resolverToJson = ({reading, lost}: ResolverReading): JsonObject => ({
  ...readingToJson(reading),
  lost: lost.map(showDot),
});

const storyToJson = (story: readonly StoryLine[]): Json =>
  story.map(({atMs, leader, what, dot, text}) => ({
    ...(atMs === undefined ? {} : {atMs}),
    ...(leader === undefined ? {} : {leader}),
    what,
    ...(dot === undefined ? {} : {dot: showDot(dot)}),
    text,
  }));

/** Writes that a busy leader missed were never issued. With `notIssued`, the counts add up to `planned`. */
const loadToJson = ({planned, ok, fail, info, ms}: LoadTally): JsonObject => ({
  planned,
  ok,
  fail,
  info,
  notIssued: planned - ok - fail - info,
  ms,
});

const lagToJson = ({origin, leader, p50Ms, p99Ms, count, hops}: PairLag): JsonObject => ({
  origin,
  leader,
  p50Ms,
  p99Ms,
  count,
  hops,
});

const countsToJson = ({accepted, sent, redundant}: TrafficCounts): JsonObject => ({
  accepted,
  sent,
  redundant,
  ...(accepted === 0 ? {} : {messagesPerOp: sent / accepted}),
});

const leaderToJson = (leader: LeaderView): JsonObject => {
  const {
    id,
    status,
    cause,
    resolver,
    vv,
    opCount,
    keyCount,
    behind,
    clockOffsetMs,
    driftPpm,
    halted,
    buffered,
  } = leader;
  return {
    id,
    status,
    ...(cause === undefined ? {} : {cause}),
    resolver: showResolver(resolver),
    vv: {...vv},
    opCount,
    keyCount,
    behind,
    clockOffsetMs,
    driftPpm,
    halted: halted.map(({origin, dot, key}) => ({origin, dot: showDot(dot), key})),
    buffered,
  };
};
