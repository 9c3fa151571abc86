/**
 * Entries and results as lines for people: what `run` prints and the screen's log shows. Nothing in them can
 * steer a terminal.
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {showWord, underline} from '../command/index.ts';
import {type Dot, showDot, showVector} from '../core/log/version-vector.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import type {EngineResult, LoadTally, Status, WriteReport} from '../port/cluster.ts';
import type {LeaderView} from '../port/view.ts';
import type {CheckResult, Entry, SessionResult} from '../session/session-result.ts';
import {showComparison} from './show-compare.ts';
import {explainConflict, showConflicts} from './show-conflict.ts';
import {showLag} from './show-lag.ts';
import {showStory} from './show-story.ts';
import {columns} from './words/columns.ts';
import {showOperation} from './words/show-op.ts';
import {showMs} from './words/show-time.ts';
import {brief, showJson, showReading} from './words/show-value.ts';

const GLYPHS: {readonly [status in Status]: string} = {ok: '✔', fail: '✘', info: '?'};

/** The command with how it ended, and below it what came of it. */
export function showEntry(entry: Entry): string[] {
  const glyph = GLYPHS[entry.status];
  if (entry.failure !== undefined && entry.caret !== undefined) {
    const [line = '', ...rest] = underline(entry.text, entry.caret, entry.failure);
    return [`${glyph} ${line}`, ...rest.map(text => `  ${text}`)];
  }
  const result = entry.result === undefined ? [] : showResult(entry.result);
  // What goes to another program goes there as it is.
  if (entry.result?.type === 'conflicts' && entry.result.format !== 'list') return result;
  // A check tells in its own lines why it failed, and writes tell it one by one.
  const toldAlready = entry.result?.type === 'check' || entry.result?.type === 'writes';
  const failure = entry.failure === undefined || toldAlready ? [] : showFailure(entry.failure);
  return [
    `${glyph} ${printable(brief(entry.text.trim()))}`,
    ...[...failure, ...result].map(line => `    ${line}`),
  ];
}

export const showFailure = ({message, hint}: Failure): string[] =>
  [message, ...(hint === undefined ? [] : [hint])].map(printable);

function showResult(result: SessionResult): string[] {
  switch (result.type) {
    case 'writes':
      return result.writes.map(showReport);
    case 'values':
      return Object.entries(result.values).map(
        ([id, reading]) =>
          `${id}  ${reading.type === 'error' ? printable(reading.error) : showReading(reading)}`,
      );
    case 'keys':
      return Object.entries(result.keys).map(
        ([id, keys]) => `${id}  ${'error' in keys ? printable(keys.error) : showKeys(keys)}`,
      );
    case 'log':
      return Object.entries(result.ops).flatMap(([id, ops]) =>
        showLog(id as LeaderId, ops, result.older?.[id as LeaderId]),
      );
    case 'changed':
      return [printable(result.summary)];
    case 'check':
      return showCheckResult(result);
    case 'conflicts':
      return showConflicts(result);
    case 'explained':
      return explainConflict(result);
    case 'compared':
      return showComparison(result.comparison);
    case 'why':
      return showStory(result.story);
    case 'lag':
      return showLag(result);
    case 'setting':
      return [printable(showSetting(result))];
    case 'state':
      return columns(result.leaders.map(leaderRow));
    case 'diff':
      return result.keys.length === 0
        ? ['live leaders read every key the same']
        : result.keys.map(showKeyDiff);
    case 'skipped':
      return Object.entries(result.dots).map(
        ([id, dots]) => `${id}  ${'error' in dots ? printable(dots.error) : showSkipped(dots)}`,
      );
    case 'loaded':
      return [showLoad(result.load)];
    case 'waited':
      return [`after ${result.ms} ms`];
    case 'focused':
      return [`commands without @ now go to ${result.leader}`];
    case 'help':
      return [...result.lines];
    case 'quit':
      return [];
    default:
      return assertNever(result);
  }
}

/** `resolver lww, crdt @eu`. */
export const showSetting = ({setting, value, at}: Extract<SessionResult, {type: 'setting'}>): string =>
  [`${setting} ${value}`, ...Object.entries(at).map(([id, other]) => `${other} @${id}`)].join(', ');

function showReport({leader, status, dot, reason}: WriteReport): string {
  const words = {ok: 'ok', fail: 'failed', info: 'unknown whether it happened'}[status];
  const name = dot === undefined ? '' : ` ${showDot(dot)}`;
  return `${leader}  ${words}${name}${reason === undefined ? '' : `: ${printable(reason)}`}`;
}

const showSkipped = (dots: readonly Dot[]): string =>
  dots.length === 0 ? 'was not halted' : `gave up ${dots.map(showDot).join(' ')} and goes on`;

const showLoad = ({planned, ok, fail, info, ms}: LoadTally): string =>
  [
    `${ok} of ${planned} writes ok`,
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(info > 0 ? [`${info} unknown`] : []),
    ...(planned > ok + fail + info ? [`${planned - ok - fail - info} not issued`] : []),
    `in ${showMs(ms)}`,
    ...(ms > 0 ? [`${Math.round((ok * 1000) / ms)}/s`] : []),
  ].join(', ');

const showKeys = (keys: readonly string[]): string =>
  keys.length === 0 ? 'no key' : keys.map(key => printable(showWord(key))).join(' ');

function showLog(
  id: LeaderId,
  ops: Extract<EngineResult, {type: 'log'}>['ops'][LeaderId],
  older: number | undefined,
): string[] {
  if (ops === undefined) return [];
  if ('error' in ops) return [`${id}  ${printable(ops.error)}`];
  if (older !== undefined)
    return [`${id}  ${olderOperations(older)}`, ...ops.map(op => `${id}  ${showOperation(op)}`)];
  return ops.length === 0 ? [`${id}  no operation`] : ops.map(op => `${id}  ${showOperation(op)}`);
}

/** Above the newest operations of a log. */
export const olderOperations = (count: number): string => `${count} older operations are not listed`;

function showCheckResult({holds, expected, seen, at, why}: CheckResult): string[] {
  const place = at === undefined ? '' : ` at ${at}`;
  if (holds) return [printable(`seen ${seen}${place}`)];
  return [
    `expected ${expected}`,
    `seen     ${seen}${place}`,
    ...(why === undefined ? [] : [`because  ${why}`]),
  ].map(printable);
}

/** One row; the columns are aligned over all leaders. */
function leaderRow(leader: LeaderView): string[] {
  const {id, status, cause, vv, resolver, opCount, keyCount} = leader;
  const cells = [
    id,
    cause === undefined ? status : `${status} (${cause})`,
    showVector(vv) || 'no operation',
    `${opCount} ops, ${keyCount} keys`,
    showResolver(resolver),
    conditions(leader).join(', '),
  ];
  return cells.map(printable);
}

/** What is not as it should be. */
export function conditions({behind, clockOffsetMs, driftPpm, halted, buffered}: LeaderView): string[] {
  const offsetMs = Math.round(clockOffsetMs);
  return [
    ...(behind > 0 ? [`${behind} behind`] : []),
    ...(offsetMs === 0 ? [] : [`clock ${offsetMs > 0 ? '+' : '−'}${showMs(Math.abs(offsetMs))}`]),
    ...(driftPpm === 0 ? [] : [`drift ${driftPpm} ppm`]),
    ...halted.map(({origin, key}) => `halted: ${origin} on ${showWord(key)}`),
    ...(buffered > 0 ? [`${buffered} buffered`] : []),
  ];
}

function showKeyDiff({key, readings}: Extract<SessionResult, {type: 'diff'}>['keys'][number]): string {
  const sides = Object.entries(readings).map(([id, reading]) => `${id} ${showReading(reading)}`);
  return `${showJson(key)}  ${sides.join('  ')}`;
}
