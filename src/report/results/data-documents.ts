/**
 * The results of commands that read and write keys: writes, values, keys, logs, skipped operations, loads.
 */
import type {LeaderId} from '../../base/ids.ts';
import {showWord} from '../../command/index.ts';
import type {Op} from '../../core/log/op.ts';
import {type Dot, showDot} from '../../core/log/version-vector.ts';
import type {EngineResult, LoadTally, WriteReport} from '../../port/cluster.ts';
import {
  type Block,
  type Cell,
  cell,
  joined,
  line,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {count, showCount} from '../words/count.ts';
import {STATUS_GLYPHS} from '../words/glyphs.ts';
import {showKeyWrite} from '../words/show-op.ts';
import {showMs} from '../words/show-time.ts';
import type {Notation} from '../words/show-value.ts';
import {
  byLeader,
  dotSpan,
  dotSpans,
  nameSpan,
  PART,
  type ResultDocument,
  readingSpan,
  vectorText,
} from './parts.ts';

type Result<T extends EngineResult['type']> = Extract<EngineResult, {type: T}>;

/**
 * Returns the result of a write: for each leader, the name of its operation, or why the write failed or is
 * unknown.
 */
export const writesDocument = ({writes}: Result<'writes'>): ResultDocument => ({
  brief: joined(
    writes.map(write => briefWrite(write, writes.length === 1)),
    PART,
  ),
  whole: [table(writes.map(writeRow))],
  detail: 'same',
});

const WRITE_TONES = {ok: 'good', fail: 'bad', info: 'warn'} as const;

/** A single write has no sign, because its command has the same sign. */
function briefWrite({leader, status, dot, reason = ''}: WriteReport, isAlone: boolean): SpanLine {
  if (status === 'ok' && dot !== undefined) return [dotSpan(dot)];
  const sign = isAlone ? [] : [span(STATUS_GLYPHS[status], WRITE_TONES[status]), span(' ')];
  // A reason such as `us is down` names the leader itself.
  const why = reason.startsWith(`${leader} `) ? reason.slice(leader.length) : `: ${reason}`;
  return [...sign, nameSpan(leader), span(why, status === 'fail' ? 'bad' : 'warn')];
}

function writeRow({leader, status, dot, reason}: WriteReport): readonly Cell[] {
  const words = {ok: 'ok', fail: 'failed', info: 'unknown whether it happened'}[status];
  const named = dot === undefined ? [] : [span(' '), dotSpan(dot)];
  const why = reason === undefined ? [] : [span(`: ${reason}`, WRITE_TONES[status])];
  return [cell([nameSpan(leader)]), cell([span(words, WRITE_TONES[status]), ...named, ...why])];
}

/** Returns the result of a read: for each leader, what a reader sees there, or why it gave no answer. */
export function valuesDocument({values}: Result<'values'>, notation: Notation): ResultDocument {
  const shown = byLeader(values, notation).map(
    ([leader, reading]) => [nameSpan(leader), readingSpan(reading, notation)] as const,
  );
  return {
    brief: joined(
      shown.map(([name, reading]) => [name, span(' '), reading]),
      PART,
    ),
    whole: [table(shown.map(([name, reading]) => [cell([name]), cell([reading])]))],
    detail: 'same-but-long',
  };
}

/** Returns the result of `keys`: for each leader, the keys that it has, or why it gave no answer. */
export function keysDocument({keys}: Result<'keys'>, notation: Notation): ResultDocument {
  const shown = byLeader(keys, notation).map(
    ([leader, found]) => [nameSpan(leader), keysSpan(found)] as const,
  );
  return {
    brief: joined(
      shown.map(([name, found]) => [name, span(' '), found]),
      PART,
    ),
    whole: [table(shown.map(([name, found]) => [cell([name]), cell([found])]))],
    detail: 'same-but-long',
  };
}

function keysSpan(keys: Result<'keys'>['keys'][LeaderId] = []) {
  if ('error' in keys) return span(keys.error, 'bad');
  return keys.length === 0 ? span('no key', 'dim') : span(keys.map(showWord).join(' '));
}

/**
 * Returns the result of `log`: the number of operations of each leader, and a row for each operation. If the
 * oldest are not listed, it says how many; if a leader gave no answer, it says why.
 */
export function logDocument({ops, older = {}}: Result<'log'>, notation: Notation): ResultDocument {
  const logs = byLeader(ops, notation);
  return {
    brief: joined(
      logs.map(([leader, log]) => [
        nameSpan(leader),
        'error' in log
          ? span(` ${log.error}`, 'bad')
          : span(` ${count(log.length + (older[leader] ?? 0), 'op')}`),
      ]),
      PART,
    ),
    whole: logs.flatMap(([leader, log]) => logBlocks(leader, log, older[leader], notation)),
    detail: 'more',
  };
}

function logBlocks(
  leader: LeaderId,
  log: readonly Op[] | {readonly error: string},
  older: number | undefined,
  notation: Notation,
): readonly Block[] {
  const remark = (text: string, tone: 'bad' | 'dim'): Block =>
    line([nameSpan(leader), span('  '), span(text, tone)]);
  if ('error' in log) return [remark(log.error, 'bad')];
  if (older === undefined && log.length === 0) return [remark('no operation', 'dim')];
  return [
    ...(older === undefined ? [] : [remark(`${older} older operations are not listed`, 'dim')]),
    table(log.map(op => opRow(leader, op, notation))),
  ];
}

/**
 * A row of the log: the leader, the name of the operation, its writes, and what its origin had seen by then.
 */
function opRow(leader: LeaderId, {dot, writes, after}: Op, notation: Notation): readonly Cell[] {
  const seen = vectorText(after, notation);
  return [
    cell([nameSpan(leader)]),
    cell([dotSpan(dot)]),
    cell(writes.map(showKeyWrite).join(', ')),
    cell(`after ${seen === '' ? 'nothing' : seen}`, 'dim'),
  ];
}

/**
 * Returns the result of `skip`: for each leader, the operations that it gave up, or why it gave no answer.
 */
export function skippedDocument({dots}: Result<'skipped'>, notation: Notation): ResultDocument {
  const leaders = byLeader(dots, notation);
  return {
    brief: joined(
      leaders.map(([leader, skipped]) => [nameSpan(leader), span(' '), ...briefSkip(skipped, notation)]),
      PART,
    ),
    whole: [table(leaders.map(([leader, skipped]) => [cell([nameSpan(leader)]), skipCell(skipped)]))],
    detail: 'same',
  };
}

type Skipped = readonly Dot[] | {readonly error: string};

function briefSkip(dots: Skipped, notation: Notation): SpanLine {
  if ('error' in dots) return [span(dots.error, 'bad')];
  if (dots.length === 0) return [span('nothing to skip', 'dim')];
  return [span('skipped '), ...dotSpans(dots, ' ', notation)];
}

function skipCell(dots: Skipped): Cell {
  if ('error' in dots) return cell(dots.error, 'bad');
  if (dots.length === 0) return cell('was not halted', 'dim');
  return cell(`gave up ${dots.map(showDot).join(' ')} and goes on`);
}

/** Brief: `2500 ok in 5 s, 500/s · 3 failed · 1 unknown`. */
export function loadDocument({load}: Result<'loaded'>): ResultDocument {
  const {planned, ok, fail, info, ms} = load;
  const isComplete = ok === planned;
  return {
    brief: joined(
      [
        [
          span(isComplete ? `${ok} ok` : `${ok} of ${planned} ok`, isComplete ? 'good' : 'warn'),
          span(` in ${showMs(ms)}${ms > 0 ? `, ${showCount(perSecond(load))}/s` : ''}`),
        ],
        fail > 0 ? [span(`${fail} failed`, 'bad')] : [],
        info > 0 ? [span(`${info} unknown`, 'warn')] : [],
      ],
      PART,
    ),
    whole: [line(loadWords(load))],
    detail: 'same',
  };
}

const perSecond = ({ok, ms}: LoadTally): number => (ok * 1000) / ms;

function loadWords(load: LoadTally): string {
  const {planned, ok, fail, info, ms} = load;
  const missed = planned - ok - fail - info;
  return [
    `${ok} of ${planned} writes ok`,
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(info > 0 ? [`${info} unknown`] : []),
    ...(missed > 0 ? [`${missed} not issued`] : []),
    `in ${showMs(ms)}`,
    ...(ms > 0 ? [`${Math.round(perSecond(load))}/s`] : []),
  ].join(', ');
}
