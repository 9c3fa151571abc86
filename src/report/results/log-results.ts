/**
 * The results of commands that show the log or give up on a part of it.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {KeyWrite, Op} from '../../core/log/op.ts';
import {compareDots, type Dot, showDot} from '../../core/log/version-vector.ts';
import {
  type Block,
  type Cell,
  cell,
  joined,
  line,
  type Span,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {showKeyWrite} from '../words/show-op.ts';
import type {Notation} from '../words/show-value.ts';
import {byLeader, dotSpan, dotSpans, mapped, nameSpan, PART, sortedDots, vectorText} from './parts.ts';
import {
  type Fact,
  type JsonObject,
  NO_ANSWER,
  type Result,
  type ResultDocument,
  type ResultForm,
} from './result-form.ts';

/**
 * The result of `log`: the number of operations of each leader, and a row for each operation. If the oldest
 * are not listed, it says how many; if a leader gave no answer, it says why.
 */
export const logForm: ResultForm<'log'> = {
  document: logDocument,
  json: ({ops, older}) => ({
    ops: mapped(ops, log => ('error' in log ? {error: log.error} : log.map(opToJson))),
    ...(older === undefined || Object.keys(older).length === 0 ? {} : {older}),
  }),
  facts: ({ops}) => Object.entries(ops).flatMap(([leader, log]) => logFacts(leader, log)),
};

function logDocument({ops, older = {}}: Result<'log'>, notation: Notation): ResultDocument {
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

type Log = readonly Op[] | {readonly error: string};

function logBlocks(
  leader: LeaderId,
  log: Log,
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
    cell([writesSpan(writes)]),
    cell(`after ${seen === '' ? 'nothing' : seen}`, 'dim'),
  ];
}

const writesSpan = (writes: readonly KeyWrite[]): Span => span(writes.map(showKeyWrite).join(', '));

/** Sorted by dot: the order of arrival varies. */
const logFacts = (leader: string, log: Log): readonly Fact[] =>
  'error' in log
    ? [{about: leader, text: [span(log.error, 'bad')], compared: NO_ANSWER}]
    : [...log]
        .sort((a, b) => compareDots(a.dot, b.dot))
        .map(({dot, writes}) => ({about: `${leader} ${showDot(dot)}`, text: [writesSpan(writes)]}));

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

/** The result of `skip`: for each leader, the operations that it gave up, or why it gave no answer. */
export const skippedForm: ResultForm<'skipped'> = {
  document: ({dots}, notation) => {
    const leaders = byLeader(dots, notation);
    return {
      brief: joined(
        leaders.map(([leader, skipped]) => [nameSpan(leader), span(' '), ...briefSkip(skipped, notation)]),
        PART,
      ),
      whole: [
        table(leaders.map(([leader, skipped]) => [cell([nameSpan(leader)]), cell([skipSpan(skipped)])])),
      ],
      detail: 'same',
    };
  },
  json: ({dots}) => ({
    skipped: mapped(dots, skipped => ('error' in skipped ? {error: skipped.error} : skipped.map(showDot))),
  }),
  facts: ({dots}) =>
    Object.entries(dots).map(([about, skipped]) => ({
      about,
      text: [skipSpan(skipped)],
      compared: 'error' in skipped ? NO_ANSWER : sortedDots(skipped),
    })),
};

type Skipped = readonly Dot[] | {readonly error: string};

function briefSkip(dots: Skipped, notation: Notation): SpanLine {
  if ('error' in dots) return [span(dots.error, 'bad')];
  if (dots.length === 0) return [span('nothing to skip', 'dim')];
  return [span('skipped '), ...dotSpans(dots, ' ', notation)];
}

function skipSpan(dots: Skipped): Span {
  if ('error' in dots) return span(dots.error, 'bad');
  if (dots.length === 0) return span('was not halted', 'dim');
  return span(`gave up ${dots.map(showDot).join(' ')} and continues`);
}
