/**
 * The results of commands that write: of single writes, and of loads.
 */
import {showDot} from '../../core/log/version-vector.ts';
import type {LoadTally, WriteReport} from '../../port/cluster.ts';
import {cell, joined, line, type SpanLine, span, table} from '../document/styled-document.ts';
import {showCount} from '../words/count.ts';
import {STATUS_GLYPHS} from '../words/glyphs.ts';
import {showMs} from '../words/show-time.ts';
import {dotSpan, nameSpan, PART} from './parts.ts';
import type {Fact, JsonObject, ResultForm} from './result-form.ts';

/**
 * The result of a write: for each leader, the name of its operation, or why the write failed or is unknown.
 */
export const writesForm: ResultForm<'writes'> = {
  document: ({writes}) => ({
    brief: joined(
      writes.map(write => briefWrite(write, writes.length === 1)),
      PART,
    ),
    whole: [table(writes.map(write => [cell([nameSpan(write.leader)]), cell(writeWords(write))]))],
    detail: 'same',
  }),
  json: ({writes}) => ({writes: writes.map(reportToJson)}),
  facts: ({writes}) =>
    writes.map(write => ({about: write.leader, text: writeWords(write), compared: write.status})),
};

const WRITE_TONES = {ok: 'good', fail: 'bad', info: 'warn'} as const;

/** A single write has no sign, because its command has the same sign. */
function briefWrite({leader, status, dot, reason = ''}: WriteReport, isAlone: boolean): SpanLine {
  if (status === 'ok' && dot !== undefined) return [dotSpan(dot)];
  const sign = isAlone ? [] : [span(STATUS_GLYPHS[status], WRITE_TONES[status]), span(' ')];
  // A reason such as `us is down` names the leader itself.
  const why = reason.startsWith(`${leader} `) ? reason.slice(leader.length) : `: ${reason}`;
  return [...sign, nameSpan(leader), span(why, status === 'fail' ? 'bad' : 'warn')];
}

function writeWords({status, dot, reason}: WriteReport): SpanLine {
  const words = {ok: 'ok', fail: 'failed', info: 'unknown whether it happened'}[status];
  const named = dot === undefined ? [] : [span(' '), dotSpan(dot)];
  const why = reason === undefined ? [] : [span(`: ${reason}`, WRITE_TONES[status])];
  return [span(words, WRITE_TONES[status]), ...named, ...why];
}

const reportToJson = ({leader, status, dot, reason}: WriteReport): JsonObject => ({
  leader,
  status,
  ...(dot === undefined ? {} : {dot: showDot(dot)}),
  ...(reason === undefined ? {} : {reason}),
});

/** The result of a load: how many writes succeeded, failed or are unknown, and how fast they were. */
export const loadedForm: ResultForm<'loaded'> = {
  document: ({load}) => ({brief: briefLoad(load), whole: [line(loadWords(load))], detail: 'same'}),
  json: ({load}) => ({load: loadToJson(load)}),
  facts: ({load}) => [loadFact(load)],
};

/** `2500 ok in 5 s, 500/s · 3 failed · 1 unknown`. */
function briefLoad(load: LoadTally): SpanLine {
  const {planned, ok, fail, info, ms} = load;
  const isComplete = ok === planned;
  return joined(
    [
      [
        span(isComplete ? `${ok} ok` : `${ok} of ${planned} ok`, isComplete ? 'good' : 'warn'),
        span(` in ${showMs(ms)}${ms > 0 ? `, ${showCount(perSecond(load))}/s` : ''}`),
      ],
      fail > 0 ? [span(`${fail} failed`, 'bad')] : [],
      info > 0 ? [span(`${info} unknown`, 'warn')] : [],
    ],
    PART,
  );
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

/** How many writes succeed in the time depends on the machine. */
const loadFact = (load: LoadTally): Fact => ({
  about: '',
  text: [span(loadWords(load))],
  compared: [...(load.fail > 0 ? ['some failed'] : []), ...(load.info > 0 ? ['some unknown'] : [])].join(),
});

/** Writes that a busy leader missed were never issued. With `notIssued`, the counts add up to `planned`. */
const loadToJson = ({planned, ok, fail, info, ms}: LoadTally): JsonObject => ({
  planned,
  ok,
  fail,
  info,
  notIssued: planned - ok - fail - info,
  ms,
});
