/**
 * A trace as a listing for people: one line for each event, one column for each leader. Each change shows
 * what a reader sees after it.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {showAction} from '../command/show-action.ts';
import type {Op} from '../core/log/op.ts';
import {showDot, showVector} from '../core/log/version-vector.ts';
import type {Reading} from '../core/state/reading.ts';
import type {FinalLeader, Trace, TracedReport, TraceEvent} from '../history/trace.ts';
import {showReading} from '../report/words/show-value.ts';

interface Line {
  readonly time: string;
  readonly cells: {readonly [leader: LeaderId]: string};
  /** For an event that concerns no single leader, such as a fault of links. */
  readonly across?: string;
}

/** The lines of the listing. Times are in ms since the first event; columns are in the order of `leaders`. */
export function listing({events, ends}: Trace, leaders: readonly LeaderId[]): string[] {
  const startMs = events[0]?.atMs ?? 0;
  const lines = [...events.flatMap(event => lineOf(event, startMs) ?? []), endLine(ends)];
  const widths = leaders.map(leader =>
    Math.max(leader.length, ...lines.map(({cells}) => (cells[leader] ?? '').length)),
  );
  const row = (time: string, texts: readonly string[]): string =>
    [time.padStart(7), ...texts.map((text, i) => text.padEnd(widths[i] ?? 0))].join('   ').trimEnd();
  return [
    row('ms', leaders),
    ...lines.map(({time, cells, across}) =>
      across === undefined
        ? row(
            time,
            leaders.map(leader => cells[leader] ?? ''),
          )
        : row(time, [across]),
    ),
  ];
}

function lineOf(event: TraceEvent, startMs: number): Line | undefined {
  const time = String(Math.round(event.atMs - startMs));
  const at = (leader: LeaderId, text: string): Line => ({time, cells: {[leader]: text}});
  switch (event.type) {
    case 'applied': {
      const {op, leader, readings} = event;
      const how = op.dot.origin !== leader ? 'gets' : event.isRecovered ? 'gets back' : 'writes';
      return at(leader, `${how} ${showDot(op.dot)}   ${showReadings(readingsBy(op, readings))}`);
    }
    case 'read':
      return at(event.leader, `reads ${event.key} = ${showReading(event.reading)}`);
    case 'crashed':
      return at(event.leader, '✕ killed');
    case 'started':
      return at(event.leader, 'starts again');
    case 'joined':
      return at(event.leader, 'joins');
    case 'left':
      return at(event.leader, 'is gone');
    case 'disk':
      return at(event.leader, event.fails ? 'disk is full' : 'disk has room again');
    case 'disk-lost':
      return at(
        event.leader,
        `its disk is an older copy: ${showVector(event.kept) || 'nothing'} of ${showVector(event.had)}`,
      );
    case 'gave-up':
      return at(event.leader, `gives up on ${rangeOf(event)}`);
    case 'reported': {
      const text = reportOf(event.event);
      return text === undefined ? undefined : at(event.leader, text);
    }
    case 'answered':
      return event.status === 'ok' ? undefined : at(event.leader, answerOf(event));
    // The result of a request is listed, not the request.
    case 'asked':
    case 'taken':
    case 'reports-received':
    case 'waits':
    case 'sent':
    case 'holding-reported':
    case 'reused':
      return undefined;
    case 'action':
      return isWrite(event) ? undefined : {time, cells: {}, across: `── ${showAction(event.action)}`};
  }
}

const rangeOf = ({leader, from, to}: {leader: LeaderId; from: number; to: number}): string =>
  from === to ? `${leader}:${from}` : `${leader}:${from}-${to}`;

function reportOf(event: TracedReport): string | undefined {
  if (event.type === 'storage-failed') return `forgets ${event.forgotten}`;
  return event.type === 'dot-reused'
    ? `reports ${showDot(event.dot)}, which is another at ${event.peer}`
    : undefined;
}

function answerOf({status, dot}: Extract<TraceEvent, {type: 'answered'}>): string {
  if (status === 'fail') return 'refused';
  return dot === undefined ? 'gives no answer' : 'not confirmed in time';
}

const isWrite = ({action}: Extract<TraceEvent, {type: 'action'}>): boolean =>
  ['write', 'txn', 'concurrently', 'read', 'kill', 'restart'].includes(action.type);

const endLine = (ends: readonly FinalLeader[]): Line => ({
  time: 'end',
  cells: Object.fromEntries(ends.map(({leader, readings}) => [leader, showReadings(readings)])),
});

const showReadings = (readings: {readonly [key: Key]: Reading}): string =>
  (Object.entries(readings) as [Key, Reading][])
    .map(([key, reading]) => `${key} = ${showReading(reading)}`)
    .join(', ');

const readingsBy = ({writes}: Op, readings: readonly Reading[]): {readonly [key: Key]: Reading} =>
  Object.fromEntries(writes.flatMap(({key}, i) => (readings[i] === undefined ? [] : [[key, readings[i]]])));
