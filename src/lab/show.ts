/**
 * Entries and results as lines for people: what `run` prints and the screen's log shows. Nothing in them can steer a terminal.
 */
import {assertNever} from '../base/assert.ts';
import type {Failure} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import type {EngineResult, LeaderView, Status, WriteReport} from '../cluster/port.ts';
import {showValue, showWord, underline} from '../command/index.ts';
import type {KeyWrite, Op} from '../core/op.ts';
import {showDot, showVector} from '../core/version-vector.ts';
import type {Conflict, ConflictWrite} from '../history/conflict.ts';
import type {CheckResult, Entry, SessionResult} from './result.ts';
import {brief, showJson, showReading} from './show-value.ts';

const GLYPHS: {readonly [status in Status]: string} = {ok: '✔', fail: '✘', info: '?'};

/** The command with how it ended, and below it what came of it. */
export function showEntry(entry: Entry): string[] {
  const glyph = GLYPHS[entry.status];
  if (entry.failure !== undefined && entry.caret !== undefined) {
    const [line = '', ...rest] = underline(entry.text, entry.caret, entry.failure);
    return [`${glyph} ${line}`, ...rest.map(text => `  ${text}`)];
  }
  const result = entry.result === undefined ? [] : showResult(entry.result);
  // A check tells in its own lines why it failed, and writes tell it one by one.
  const toldAlready = entry.result?.type === 'check' || entry.result?.type === 'writes';
  const failure = entry.failure === undefined || toldAlready ? [] : showFailure(entry.failure);
  return [`${glyph} ${printable(brief(entry.text.trim()))}`, ...[...failure, ...result].map(line => `    ${line}`)];
}

export const showFailure = ({message, hint}: Failure): string[] => [message, ...(hint === undefined ? [] : [hint])].map(printable);

function showResult(result: SessionResult): string[] {
  switch (result.type) {
    case 'writes':
      return result.writes.map(showReport);
    case 'values':
      return Object.entries(result.values).map(
        ([id, reading]) => `${id}  ${reading.type === 'error' ? printable(reading.error) : showReading(reading)}`,
      );
    case 'keys':
      return Object.entries(result.keys).map(([id, keys]) => `${id}  ${'error' in keys ? printable(keys.error) : showKeys(keys)}`);
    case 'log':
      return Object.entries(result.ops).flatMap(([id, ops]) => showLog(id as LeaderId, ops));
    case 'changed':
      return [printable(result.summary)];
    case 'check':
      return showCheckResult(result);
    case 'conflicts':
      return result.conflicts.length === 0 ? ['no conflict'] : result.conflicts.map(showConflict);
    case 'explained':
      return explainConflict(result.conflict);
    case 'state':
      return result.leaders.map(showLeader);
    case 'diff':
      return result.keys.length === 0 ? ['live leaders read every key the same'] : result.keys.map(showKeyDiff);
    case 'skipped':
    case 'loaded':
    case 'compared':
    case 'why':
    case 'lag':
      return [];
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

function showReport({leader, status, dot, reason}: WriteReport): string {
  const words = {ok: 'ok', fail: 'failed', info: 'unknown whether it happened'}[status];
  const name = dot === undefined ? '' : ` ${showDot(dot)}`;
  return `${leader}  ${words}${name}${reason === undefined ? '' : `: ${printable(reason)}`}`;
}

const showKeys = (keys: readonly string[]): string => (keys.length === 0 ? 'no key' : keys.map(key => printable(showWord(key))).join(' '));

function showLog(id: LeaderId, ops: Extract<EngineResult, {type: 'log'}>['ops'][LeaderId]): string[] {
  if (ops === undefined) return [];
  if ('error' in ops) return [`${id}  ${printable(ops.error)}`];
  return ops.length === 0 ? [`${id}  no operation`] : ops.map(op => `${id}  ${showOperation(op)}`);
}

function showOperation(op: Op): string {
  const after = showVector(op.after);
  return `${showDot(op.dot)}  ${op.writes.map(showKeyWrite).join(', ')}  after ${after === '' ? 'nothing' : after}`;
}

/** `set title "A"`. */
export function showKeyWrite(write: KeyWrite): string {
  return printable(brief([write.type, showWord(write.key), ...operands(write)].join(' ')));
}

function operands(write: KeyWrite): string[] {
  switch (write.type) {
    case 'set':
      return [showValue(write.value)];
    case 'del':
      return [];
    case 'incr':
      return [String(write.by)];
    case 'sadd':
    case 'srem':
      return [showValue(write.element)];
    case 'hset':
      return [showWord(write.field), showValue(write.value)];
    default:
      return assertNever(write);
  }
}

function showCheckResult({holds, expected, seen, at, why}: CheckResult): string[] {
  const place = at === undefined ? '' : ` at ${at}`;
  if (holds) return [printable(`seen ${seen}${place}`)];
  return [`expected ${expected}`, `seen     ${seen}${place}`, ...(why === undefined ? [] : [`because  ${why}`])].map(printable);
}

/** One line: `#3 title set/set: us:4 set "A" ∥ eu:7 set "B", lost us:4`. */
export function showConflict(conflict: Conflict): string {
  const writes = conflict.writes
    .map(({dot, summary}) => `${showDot(dot)} ${brief(summary)}`)
    .join(conflict.relation === 'concurrent' ? ' ∥ ' : ' → ');
  const lost = conflict.lost.length === 0 ? 'nothing lost' : `lost ${conflict.lost.map(showDot).join(', ')}`;
  return printable(`#${conflict.id} ${showWord(conflict.key)} ${conflict.kind}: ${writes}, ${lost}`);
}

/** The whole story: both writes with their clocks, what each leader made of them, and why. */
export function explainConflict(conflict: Conflict): string[] {
  const decisions = Object.entries(conflict.decisions).map(
    ([id, {resolver, shows, why}]) => `${id}  ${resolver} shows ${showReading(shows)}: ${printable(why)}`,
  );
  return [showConflict(conflict), ...conflict.writes.map(showConflictWrite), ...decisions, `why: ${printable(conflict.why)}`];
}

function showConflictWrite({dot, summary, wallMs, hlc, acknowledged}: ConflictWrite): string {
  const clocks = `wall clock ${timeOf(wallMs)}, hlc ${timeOf(hlc.wallMs)}+${hlc.logical}`;
  return printable(`${showDot(dot)}  ${brief(summary)}  ${clocks}, ${acknowledged ? 'acknowledged' : 'not acknowledged'}`);
}

/** `12:03:11.042`, in UTC. A skewed clock may say anything, so what is no time is shown as it is. */
const timeOf = (ms: number): string =>
  Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().slice(11, 23) : String(ms);

function showLeader({id, status, cause, vv, resolver, opCount, keyCount, behind}: LeaderView): string {
  const parts = [
    cause === undefined ? status : `${status} (${cause})`,
    showVector(vv) || 'no operation',
    `${opCount} ops, ${keyCount} keys`,
    resolver,
    ...(behind > 0 ? [`${behind} behind`] : []),
  ];
  return printable(`${id}  ${parts.join('  ')}`);
}

function showKeyDiff({key, readings}: Extract<SessionResult, {type: 'diff'}>['keys'][number]): string {
  const sides = Object.entries(readings).map(([id, reading]) => `${id} ${showReading(reading)}`);
  return `${showJson(key)}  ${sides.join('  ')}`;
}
