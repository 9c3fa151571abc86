/**
 * What a command came to, in one line for the timeline and the note above the prompt, and in full for the
 * overlay.
 */
import type {Failure} from '../../base/failure.ts';
import type {LeaderId} from '../../base/ids.ts';
import type {Op} from '../../core/log/op.ts';
import {origins, showVector} from '../../core/log/version-vector.ts';
import {showResolver} from '../../core/resolvers/spec.ts';
import type {Reading} from '../../core/state/reading.ts';
import type {Conflict} from '../../history/conflict.ts';
import type {LoadTally, Status, WriteReport} from '../../port/cluster.ts';
import type {KeyView, LeaderView, PairLag} from '../../port/view.ts';
import {conditions, olderOperations, showSetting} from '../../report/show-result.ts';
import {showKeyWrite} from '../../report/words/show-op.ts';
import type {Entry, SessionResult} from '../../session/session-result.ts';
import {comparisonLines, losesSomewhere} from './comparison-table.ts';
import {lagLines} from './lag-lines.ts';
import {legible} from './legible.ts';
import {storyLines} from './story-lines.ts';
import {type Line, type Run, run} from './style.ts';
import {join, lineWidth, padEnd, widthOf, wrap, wrapLine, wrapRow} from './text.ts';
import {count, dotRun, nameRun, type Palette, showCount, showMs, showReading} from './words.ts';

export const OUTCOME: {readonly [status in Status | 'running']: Run} = {
  ok: run('✔', 'good'),
  fail: run('✘', 'bad'),
  info: run('?', 'warn'),
  running: run('◌', 'dim'),
};

/** How a command ended, by the same mark wherever it is shown; what a lab means to fail is no alarm. */
export function outcomeMark(
  status: Status,
  isExpected: boolean,
): {readonly mark: Run; readonly words: string} {
  if (!isExpected) return {mark: OUTCOME[status], words: ''};
  return {
    mark: {...OUTCOME[status], tone: 'warn'},
    words: status === 'info' ? 'unknown, as expected' : 'failed, as expected',
  };
}

const PART: Run = run(' · ', 'dim');

/** Commands that take their time, and that can be stopped. */
export const isStoppable = (text: string): boolean =>
  /^(wait|sleep|expect|load|join|leave)\b/.test(text.trim());

/**
 * The command as it is shown. Enter at an open question asks the lab to go on, and the person typed nothing.
 */
export const shownText = (text: string, entry: Entry | undefined, key: string | undefined): string =>
  key === 'enter' && entry?.failure?.code === 'choose' ? '' : legible(text);

/** The answer in a few words; empty where the command says it all. */
export function answerLine(entry: Entry, palette: Palette): Line {
  if (entry.result?.type === 'writes') return writesLine(entry.result.writes, palette);
  if (entry.failure !== undefined) return failureLine(entry.failure, entry.status);
  // `resolver siblings` comes to `resolver siblings`: said once.
  if (entry.result?.type === 'changed' && `${entry.result.summary} `.startsWith(`${entry.text.trim()} `))
    return [run(legible(entry.result.summary.slice(entry.text.trim().length + 1)))].filter(
      ({text}) => text !== '',
    );
  // `drop us>eu` comes to `us>eu: us:1 lost`.
  if (entry.result?.type === 'changed' && (entry.action?.type === 'deliver' || entry.action?.type === 'drop'))
    return [run(legible(withoutPrefix(entry.result.summary, `${entry.action.link}: `)))];
  return entry.result === undefined ? [] : resultLine(entry.result, palette);
}

/** With what to do about it, where there is room. */
const failureLine = ({message, hint}: Failure, status: Status): Line => [
  run(legible(message), status === 'fail' ? 'bad' : 'warn'),
  ...(hint === undefined ? [] : [run(`  ${legible(hint)}`, 'dim')]),
];

const withoutPrefix = (text: string, prefix: string): string =>
  text.startsWith(prefix) ? text.slice(prefix.length) : text;

function resultLine(result: SessionResult, palette: Palette): Line {
  switch (result.type) {
    case 'writes':
      return writesLine(result.writes, palette);
    case 'values':
      return join(
        sorted(result.values).map(
          ([leader, reading]): Line => [nameRun(leader, palette), run(' '), readingRun(reading, palette)],
        ),
        PART,
      );
    case 'keys':
      return join(
        sorted(result.keys).map(
          ([leader, keys]): Line => [
            nameRun(leader, palette),
            run(` ${'error' in keys ? legible(keys.error) : keys.map(legible).join(' ')}`),
          ],
        ),
        PART,
      );
    case 'log':
      return join(
        sorted(result.ops).map(
          ([leader, ops]): Line => [
            nameRun(leader, palette),
            run(
              ' ' +
                `${'error' in ops ? legible(ops.error) : count(ops.length + (result.older?.[leader as LeaderId] ?? 0), 'op')}`,
            ),
          ],
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
    case 'setting':
      return [run(legible(showSetting(result).slice(result.setting.length + 1)))];
    case 'state':
      return [run(count(result.leaders.length, 'leader'), 'dim')];
    case 'diff':
      return [
        run(
          result.keys.length === 0
            ? 'no key differs'
            : `${count(result.keys.length, 'key')} differ${result.keys.length === 1 ? 's' : ''}: ` +
                `${result.keys.map(({key}) => legible(key)).join(' ')}`,
        ),
      ];
    case 'waited':
      return [run(`after ${showMs(result.ms)}`, 'dim')];
    case 'focused':
      return [run('commands go to '), nameRun(result.leader, palette)];
    case 'skipped':
      return join(
        sorted(result.dots).map(
          ([leader, dots]): Line => [
            nameRun(leader, palette),
            run(' '),
            ...('error' in dots
              ? [run(legible(dots.error), 'bad')]
              : dots.length === 0
                ? [run('nothing to skip', 'dim')]
                : [
                    run('skipped '),
                    ...join(
                      dots.map((dot): Line => [dotRun(dot, palette)]),
                      run(' '),
                    ),
                  ]),
          ],
        ),
        PART,
      );
    case 'loaded':
      return loadLine(result.load);
    case 'compared': {
      const {resolvers} = result.comparison;
      const losing = resolvers.filter(losesSomewhere).length;
      return [
        run(`${losing} of ${count(resolvers.length, 'resolver')} lose a write`, losing > 0 ? 'warn' : 'dim'),
      ];
    }
    case 'why':
      return [nameRun(result.leader, palette), run(` ${showReading(result.reading, palette)}`, 'strong')];
    case 'lag': {
      const worst = result.lags.reduce<PairLag | undefined>(
        (a, b) => (a === undefined || b.p99Ms > a.p99Ms ? b : a),
        undefined,
      );
      if (worst === undefined) return [run('nothing was replicated in the last 10 s', 'dim')];
      return [
        run('slowest '),
        nameRun(worst.origin, palette),
        run(' → ', 'dim'),
        nameRun(worst.leader, palette),
        run(` p99 ${showMs(worst.p99Ms)}`),
      ];
    }
    case 'help':
    case 'quit':
      return [];
  }
}

/** `2500 ok in 5.0 s, 500/s · 3 failed · 1 unknown`. */
function loadLine({planned, ok, fail, info, ms}: LoadTally): Line {
  const rate = ms > 0 ? `, ${showCount((ok * 1000) / ms)}/s` : '';
  return join(
    [
      [
        run(ok === planned ? `${ok} ok` : `${ok} of ${planned} ok`, ok === planned ? 'good' : 'warn'),
        run(` in ${showMs(ms)}${rate}`),
      ],
      fail > 0 ? [run(`${fail} failed`, 'bad')] : [],
      info > 0 ? [run(`${info} unknown`, 'warn')] : [],
    ],
    PART,
  );
}

function writesLine(writes: readonly WriteReport[], palette: Palette): Line {
  return join(
    writes.map((write): Line => {
      if (write.status === 'ok' && write.dot !== undefined) return [dotRun(write.dot, palette)];
      // The sign of a single write is that of its command.
      const sign = writes.length === 1 ? [] : [OUTCOME[write.status], run(' ')];
      return [
        ...sign,
        nameRun(write.leader, palette),
        run(legible(afterName(write)), write.status === 'fail' ? 'bad' : 'warn'),
      ];
    }),
    PART,
  );
}

/** `us is down` names the leader itself; another reason stands behind its name. */
const afterName = ({leader, reason = ''}: WriteReport): string =>
  reason.startsWith(`${leader} `) ? reason.slice(leader.length) : `: ${reason}`;

type ErrorReading = {readonly type: 'error'; readonly error: string};

const readingRun = (reading: Reading | ErrorReading, palette: Palette): Run =>
  reading.type === 'error'
    ? run(legible(reading.error), 'bad')
    : run(showReading(reading, palette), 'strong');

const sorted = <T>(byLeader: {readonly [leader: LeaderId]: T}): [LeaderId, T][] =>
  Object.entries(byLeader) as [LeaderId, T][];

/** The whole answer; every line may still be wider than the pane. */
export function answerLines(entry: Entry, palette: Palette, width: number): Line[] {
  const failed =
    entry.failure === undefined
      ? []
      : [
          ...wrap(legible(entry.failure.message), width, entry.status === 'fail' ? 'bad' : 'warn'),
          ...hintLines(entry.failure.hint, width),
        ];
  return [...failed, ...(entry.result === undefined ? [] : resultLines(entry.result, palette, width))];
}

const hintLines = (hint: string | undefined, width: number): Line[] =>
  hint === undefined ? [] : wrap(legible(hint), width, 'dim');

function resultLines(result: SessionResult, palette: Palette, width: number): Line[] {
  switch (result.type) {
    case 'help':
      return result.lines.flatMap(line => wrapRow(legible(line), width));
    case 'log':
      return sorted(result.ops).flatMap(([leader, ops]): Line[] => [
        [nameRun(leader, palette)],
        ...olderLines(result.older?.[leader as LeaderId]),
        ...('error' in ops ? [[run(`  ${legible(ops.error)}`, 'bad')]] : ops.map(op => opLine(op, palette))),
      ]);
    case 'keys':
      return sorted(result.keys).flatMap(([leader, keys]): Line[] => [
        [nameRun(leader, palette)],
        ...('error' in keys
          ? [[run(`  ${legible(keys.error)}`, 'bad')]]
          : wrap(keys.map(legible).join('  '), width - 2).map((line): Line => [run('  '), ...line])),
      ]);
    case 'diff':
      return result.keys.flatMap(({key, readings}): Line[] => [
        [run(legible(key), 'strong')],
        ...sorted(readings).map(
          ([leader, reading]): Line => [
            run('  '),
            run(padEnd(leader, 9), palette.tone(leader)),
            run(showReading(reading, palette)),
          ],
        ),
      ]);
    case 'state':
      return result.leaders.flatMap((leader): Line[] => [
        [
          nameRun(leader.id, palette),
          run(
            ` ${leader.status} · ${seenBy(leader)} · ${count(leader.keyCount, 'key')} · resolver ` +
              `${legible(showResolver(leader.resolver))}`,
            'dim',
          ),
          ...conditions(leader).flatMap((words): Line => [run(' · ', 'dim'), run(legible(words), 'warn')]),
        ],
        ...[...leader.keys]
          .sort(byKey)
          .map(
            ({key, reading, frontierSize}): Line => [
              run(`  ${padEnd(legible(key), 16)} ${showReading(reading, palette)}`),
              run(frontierSize > 1 ? `  ≠ ${frontierSize} sides` : '', 'warn'),
            ],
          ),
      ]);
    case 'conflicts':
      return result.conflicts.flatMap(conflict => conflictLines(conflict, width));
    case 'check':
      return [
        ...wrapRow(`expected  ${legible(result.expected)}`, width),
        ...wrapRow(
          `seen      ${legible(result.seen)}${result.at === undefined ? '' : ` at ${result.at}`}`,
          width,
        ),
        ...hintLines(result.why, width),
      ];
    case 'values':
      return sorted(result.values).map(
        ([leader, reading]): Line => [
          run(padEnd(leader, 9), palette.tone(leader)),
          readingRun(reading, palette),
        ],
      );
    case 'writes':
    case 'changed':
    case 'explained':
    case 'setting':
    case 'waited':
    case 'focused':
    case 'skipped':
    case 'loaded':
    case 'quit':
      return wholeLine(resultLine(result, palette), width);
    case 'compared':
      return comparisonLines(result.comparison, palette, width);
    case 'lag':
      return lagLines(result.lags, result.traffic, palette, width);
    case 'why':
      return [
        [
          nameRun(result.leader, palette),
          run(' shows '),
          run(showReading(result.reading, palette), 'strong'),
        ],
        [],
        ...storyLines(result.story, palette, width),
      ];
  }
}

const wholeLine = (line: Line, width: number): Line[] =>
  lineWidth(line) <= width ? [line] : wrapLine(line, width);

/** Its name, what it wrote, and what its origin had seen by then. */
const olderLines = (count: number | undefined): Line[] =>
  count === undefined ? [] : [[run(`  ${olderOperations(count)}`, 'dim')]];

const opLine = ({dot, writes, after}: Op, palette: Palette): Line => {
  const {text, tone} = dotRun(dot, palette);
  const seen = showVector(
    after,
    palette.inOrder(origins(after), id => id),
  );
  return [
    run('  '),
    run(padEnd(text, 12), tone),
    run(legible(writes.map(showKeyWrite).join(', '))),
    run(seen === '' ? '' : `   after ${seen}`, 'dim'),
  ];
};

const byKey = (a: KeyView, b: KeyView): number => (a.key < b.key ? -1 : 1);

/** Which conflict, and beside it why, in as many lines as that takes. */
function conflictLines({id, key, why}: Conflict, width: number): Line[] {
  const head = `#${id} ${legible(key)}`;
  const margin = Math.min(Math.max(12, widthOf(head) + 2), Math.floor(width / 2));
  const [first = [], ...rest] = wrap(legible(why), width - margin);
  return [
    [run(padEnd(head, margin - 2), 'strong'), run('  '), ...first],
    ...rest.map((line): Line => [run(' '.repeat(margin)), ...line]),
  ];
}

/** Whether the answer is more than its one line says, in a window so wide. */
export function isLong(entry: Entry, palette: Palette, columns: number): boolean {
  const {result} = entry;
  switch (result?.type) {
    case 'help':
    case 'log':
    case 'state':
    case 'compared':
    case 'why':
    case 'lag':
      return true;
    case 'diff':
      return result.keys.length > 0;
    case 'conflicts':
      return result.conflicts.length > 0;
    case 'values':
    case 'keys':
      return widthOf(legible(entry.text)) + lineWidth(answerLine(entry, palette)) + 5 > columns;
    default:
      return false;
  }
}

/** Its version vector: how many operations of each origin it has. */
function seenBy({vv}: LeaderView): string {
  const vector = showVector(vv);
  return vector === '' ? 'has seen nothing' : `has seen ${vector}`;
}
