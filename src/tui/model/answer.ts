/**
 * What a command came to, in one line for the timeline and the note above the prompt, and in full for the overlay.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Status, WriteReport} from '../../cluster/port.ts';
import {type Op, showOp} from '../../core/op.ts';
import type {Reading} from '../../core/reading.ts';
import type {Entry, SessionResult} from '../../lab/result.ts';
import {legible} from './legible.ts';
import {type Line, type Run, run} from './style.ts';
import {join, padEnd, wrap} from './text.ts';
import {type AccentOf, count, dotRun, nameRun, showMs, showReading} from './words.ts';

export const OUTCOME: {readonly [status in Status | 'running']: Run} = {
  ok: run('✔', 'good'),
  fail: run('✘', 'bad'),
  info: run('?', 'warn'),
  running: run('◌', 'dim'),
};

const PART: Run = run(' · ', 'dim');

/** The answer in a few words; empty where the command says it all. */
export function answerLine(entry: Entry, accents: AccentOf): Line {
  if (entry.result?.type === 'writes') return writesLine(entry.result.writes, accents);
  if (entry.failure !== undefined) return [run(legible(entry.failure.message), entry.status === 'fail' ? 'bad' : 'warn')];
  // `resolver siblings` comes to `resolver siblings`: said once.
  if (entry.result?.type === 'changed' && entry.result.summary === entry.text.trim()) return [];
  return entry.result === undefined ? [] : resultLine(entry.result, accents);
}

function resultLine(result: SessionResult, accents: AccentOf): Line {
  switch (result.type) {
    case 'writes':
      return writesLine(result.writes, accents);
    case 'values':
      return join(
        sorted(result.values).map(([leader, reading]): Line => [nameRun(leader, accents), run(' '), readingRun(reading)]),
        PART,
      );
    case 'keys':
      return join(
        sorted(result.keys).map(
          ([leader, keys]): Line => [
            nameRun(leader, accents),
            run(` ${'error' in keys ? legible(keys.error) : keys.map(legible).join(' ')}`),
          ],
        ),
        PART,
      );
    case 'log':
      return join(
        sorted(result.ops).map(
          ([leader, ops]): Line => [nameRun(leader, accents), run(` ${'error' in ops ? legible(ops.error) : count(ops.length, 'op')}`)],
        ),
        PART,
      );
    case 'changed':
      return [run(legible(result.summary))];
    case 'check':
      return result.holds
        ? [run(legible(result.seen), 'dim')]
        : [
            run(
              `expected ${legible(result.expected)}, seen ${legible(result.seen)}${result.at === undefined ? '' : ` at ${result.at}`}`,
              'bad',
            ),
          ];
    case 'conflicts':
      return [run(count(result.conflicts.length, 'conflict'))];
    case 'explained':
      return [run(legible(result.conflict.why))];
    case 'state':
      return [run(count(result.leaders.length, 'leader'), 'dim')];
    case 'diff':
      return [
        run(
          result.keys.length === 0
            ? 'no key differs'
            : `${count(result.keys.length, 'key')} differ${result.keys.length === 1 ? 's' : ''}: ${result.keys.map(({key}) => legible(key)).join(' ')}`,
        ),
      ];
    case 'waited':
      return [run(`after ${showMs(result.ms)}`, 'dim')];
    case 'focused':
      return [run('commands go to '), nameRun(result.leader, accents)];
    case 'help':
    case 'quit':
      return [];
  }
}

function writesLine(writes: readonly WriteReport[], accents: AccentOf): Line {
  return join(
    writes.map((write): Line => {
      if (write.status === 'ok' && write.dot !== undefined) return [dotRun(write.dot, accents)];
      return [
        nameRun(write.leader, accents),
        run(' '),
        OUTCOME[write.status],
        run(` ${legible(write.reason ?? '')}`, write.status === 'fail' ? 'bad' : 'warn'),
      ];
    }),
    PART,
  );
}

type ErrorReading = {readonly type: 'error'; readonly error: string};

const readingRun = (reading: Reading | ErrorReading): Run =>
  reading.type === 'error' ? run(legible(reading.error), 'bad') : run(showReading(reading), 'strong');

const sorted = <T>(byLeader: {readonly [leader: LeaderId]: T}): [LeaderId, T][] => Object.entries(byLeader) as [LeaderId, T][];

/** The whole answer; every line may still be wider than the pane. */
export function answerLines(entry: Entry, accents: AccentOf, width: number): Line[] {
  const failed =
    entry.failure === undefined
      ? []
      : [...wrap(legible(entry.failure.message), width, entry.status === 'fail' ? 'bad' : 'warn'), ...hintLines(entry.failure.hint, width)];
  return [...failed, ...(entry.result === undefined ? [] : resultLines(entry.result, accents, width))];
}

const hintLines = (hint: string | undefined, width: number): Line[] => (hint === undefined ? [] : wrap(legible(hint), width, 'dim'));

function resultLines(result: SessionResult, accents: AccentOf, width: number): Line[] {
  switch (result.type) {
    case 'help':
      return result.lines.map(line => [run(legible(line))]);
    case 'log':
      return sorted(result.ops).flatMap(([leader, ops]): Line[] => [
        [nameRun(leader, accents)],
        ...('error' in ops ? [[run(`  ${legible(ops.error)}`, 'bad')]] : ops.map(op => opLine(op, accents))),
      ]);
    case 'keys':
      return sorted(result.keys).flatMap(([leader, keys]): Line[] => [
        [nameRun(leader, accents)],
        ...('error' in keys ? [[run(`  ${legible(keys.error)}`, 'bad')]] : keys.map((key): Line => [run(`  ${legible(key)}`)])),
      ]);
    case 'diff':
      return result.keys.flatMap(({key, readings}): Line[] => [
        [run(legible(key), 'strong')],
        ...sorted(readings).map(
          ([leader, reading]): Line => [run('  '), run(padEnd(leader, 9), accents(leader)), run(showReading(reading))],
        ),
      ]);
    case 'state':
      return result.leaders.flatMap((leader): Line[] => [
        [
          nameRun(leader.id, accents),
          run(
            ` ${leader.status} · ${count(leader.opCount, 'op')} · ${count(leader.keyCount, 'key')} · behind ${leader.behind} · resolver ${leader.resolver}`,
            'dim',
          ),
        ],
        ...leader.keys.map(
          ({key, reading, frontierSize}): Line => [
            run(`  ${padEnd(legible(key), 16)} ${showReading(reading)}`),
            run(frontierSize > 1 ? `  ≠ ${frontierSize} sides` : '', 'warn'),
          ],
        ),
      ]);
    case 'conflicts':
      return result.conflicts.map(
        (conflict): Line => [run(`#${conflict.id} `, 'dim'), run(`${legible(conflict.key)} `, 'strong'), run(legible(conflict.why))],
      );
    case 'check':
      return [
        [run(`expected  ${legible(result.expected)}`)],
        [run(`seen      ${legible(result.seen)}${result.at === undefined ? '' : ` at ${result.at}`}`)],
        ...hintLines(result.why, width),
      ];
    case 'writes':
    case 'values':
    case 'changed':
    case 'explained':
    case 'waited':
    case 'focused':
    case 'quit':
      return [resultLine(result, accents)];
  }
}

const opLine = (op: Op, accents: AccentOf): Line => {
  const {text, tone} = dotRun(op.dot, accents);
  return [run('  '), run(padEnd(text, 12), tone), run(legible(showOp(op).slice(text.length + 1)))];
};

/** Whether the answer is more than its one line says. */
export const isLong = ({result}: Entry): boolean =>
  result !== undefined &&
  ['help', 'log', 'diff', 'state', 'conflicts'].includes(result.type) &&
  !(result.type === 'diff' && result.keys.length === 0);
