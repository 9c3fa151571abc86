/**
 * The logs of real servers, and of a server whose clients imitate its log.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  LINE_LIMIT,
  LOG_LINE_PREFIX,
  LOG_SETTINGS,
  type LogRecord,
  OPEN_LIMIT,
  RECORD_LIMIT,
  ServerLog,
} from '../../../src/engines/postgres/server/server-log.ts';
import {runs} from '../../support/runs.ts';
import {CAPTURED, captured, recordsOf, type Written, written} from './captured.ts';

const all = CAPTURED.map(captured).join('');
const one = (written: Written): LogRecord => recordsOf(writtenText(written))[0] as LogRecord;
const writtenText = (record: Written): string => written(record).join('');

describe('the prefix', () => {
  it('is the first setting, so complaints about other settings already have it', () => {
    expect(LOG_SETTINGS[0]).toEqual(['log_line_prefix', LOG_LINE_PREFIX]);
    expect(LOG_LINE_PREFIX).toBe('<%n|%p|%e|%x|%b|%-256a>');
  });
});

describe('a record', () => {
  it('is read completely', () => {
    const [, conflict] = recordsOf(captured('pglogical-apply-remote'));
    expect(conflict).toEqual({
      source: {
        atMs: 1795651083626,
        pid: 6240,
        sqlState: '23000',
        xid: 968,
        backend: 'pglogical apply 5:763975077',
        application: 'pglogical apply 5:763975077',
      },
      severity: 'LOG',
      message:
        'CONFLICT: remote UPDATE on relation public.kv (local index kv_pkey). Resolution: apply_remote.',
      detail: expect.stringMatching(/^existing local tuple .*commit_lsn=0\/16805D0$/),
      context: expect.stringMatching(
        /^apply UPDATE from remote relation public\.kv in commit before .* from node replorigin 1$/,
      ),
      lines: [
        expect.stringMatching(/^LOG: {2}CONFLICT/),
        expect.stringMatching(/^DETAIL: {2}/),
        expect.stringMatching(/^CONTEXT: {2}/),
      ],
      cut: false,
    });
  });

  it('has its lines without the tabs of the server, and with the tabs of the text itself', () => {
    const trouble = recordsOf(captured('postgres-connection')).filter(({message}) =>
      message.includes('unexpectedly'),
    );
    expect(trouble.map(({message}) => message)).toEqual([
      'could not receive data from WAL stream: server closed the connection unexpectedly\n' +
        '\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.',
    ]);
    expect(trouble[0]?.lines[1]).toBe('\t\tThis probably means the server terminated abnormally');
  });

  it.each(['15', '18'])('cannot be forged by a client of PostgreSQL %s', version => {
    const records = recordsOf(captured(`hostile-${version}`));
    expect(records.map(({severity}) => severity)).toEqual(['LOG', 'ERROR', 'ERROR']);
    const [forged, long, nameless] = records;
    expect(forged?.source?.backend).toBe('client backend');
    expect(forged?.source?.application).toBe(
      'x|>LOG:  CONFLICT: remote UPDATE on relation public.kv (local i',
    );
    expect(forged?.message.split('\n').slice(2)).toEqual(['DETAIL:  forged', '', '\ttab\rreturn']);
    expect([forged?.detail, forged?.hint]).toEqual(['d1\nHINT:  d2', 'h']);
    expect(long?.source?.application).toBe(version === '15' ? '?'.repeat(62) : '\\xc3\\xa9'.repeat(31));
    expect(long?.statement).toBe('select "no such column", $$é\nLOG:  x$$');
    expect(nameless?.source?.application).toBe('[unknown]');
  });
});

describe('the output of a server that does not start', () => {
  it('is a separate record without a source', () => {
    const text =
      '"root" execution of the PostgreSQL server is not permitted.\nThe server must be started under an ' +
      'unprivileged user ID to prevent\n' +
      'possible system security compromise.  See the documentation for\nmore information on how to ' +
      'properly start the server.\n';
    const [record, ...others] = recordsOf(text);
    expect(others).toEqual([]);
    expect(record).toMatchObject({source: undefined, severity: 'OTHER', message: text.trimEnd()});
  });

  it('keeps its default prefix before the server knows the configured one', () => {
    const text = '2026-11-26 00:00:37.181 GMT [9073] FATAL:  unrecognized configuration parameter "foo"\n';
    expect(recordsOf(text)).toMatchObject([{source: undefined, severity: 'OTHER', message: text.trimEnd()}]);
  });

  it('is split into records even without a prefix', () => {
    const [record, ...others] = recordsOf('FATAL:  no\n\tmore\nHINT:  try\nLOG:  next\n');
    expect(record).toMatchObject({source: undefined, severity: 'FATAL', message: 'no\nmore', hint: 'try'});
    expect(others).toMatchObject([{severity: 'LOG', message: 'next'}]);
  });

  it('is not joined to messages with the prefix', () => {
    const server = writtenText({pid: 1, texts: [['LOG', 'a']]});
    expect(recordsOf(`loose\n${server}also loose\n`).map(({message}) => message)).toEqual([
      'loose',
      'a',
      'also loose',
    ]);
  });
});

/** Texts that imitate other parts of a log. */
const anyText = fc
  .array(
    fc.constantFrom(
      'a',
      'é',
      '🔑',
      '\n',
      '\t',
      '\r',
      ' ',
      '>',
      '|',
      '<1795651083.516|1|00000|0|postmaster|',
      'LOG:  ',
      'DETAIL:  ',
      ' '.repeat(256),
    ),
    {
      maxLength: 12,
    },
  )
  .map(parts => parts.join(''));

const anyWritten: fc.Arbitrary<Written> = fc.record({
  pid: fc.integer({min: 1, max: 4}),
  application: fc.constantFrom('', 'app', '|>LOG:  x', '<1|2>', '\\xc3'.repeat(62)),
  texts: fc
    .tuple(
      fc.constantFrom('LOG', 'ERROR', 'WARNING'),
      anyText,
      fc.subarray(['DETAIL', 'HINT', 'CONTEXT', 'STATEMENT']),
      fc.array(anyText, {minLength: 4, maxLength: 4}),
    )
    .map(([severity, message, tags, texts]) => [
      [severity, message] as const,
      ...tags.map((tag, i) => [tag, texts[i] ?? ''] as const),
    ]),
});

const told = ({source, severity, message, detail, hint, context, statement}: LogRecord) => [
  source?.pid,
  source?.application,
  ...Object.entries({
    [severity]: message,
    DETAIL: detail,
    HINT: hint,
    CONTEXT: context,
    STATEMENT: statement,
  }).filter(([, text]) => text !== undefined),
];
const meant = ({pid, application = '', texts}: Written) => [pid, application, ...texts];
const byProcess = (told: readonly unknown[][]) => [1, 2, 3, 4].map(pid => told.filter(([of]) => of === pid));

describe('the log', () => {
  it('returns everything that was written', () => {
    fc.assert(
      fc.property(fc.array(anyWritten, {maxLength: 8}), all => {
        const read = recordsOf(all.map(writtenText).join('')).map(told);
        expect(byProcess(read)).toEqual(byProcess(all.map(meant)));
      }),
    );
  });

  it('reassembles interleaved records', () => {
    fc.assert(
      fc.property(fc.array(anyWritten, {maxLength: 4}), fc.infiniteStream(fc.nat()), (all, picks) => {
        const queues = all.map((record, pid) => [...written({...record, pid: pid + 1})]);
        let text = '';
        for (
          let open = queues.filter(queue => queue.length > 0);
          open.length > 0;
          open = open.filter(queue => queue.length > 0)
        ) {
          text += open[(picks.next().value ?? 0) % open.length]?.shift() ?? '';
        }
        const read = recordsOf(text).map(told);
        expect(byProcess(read)).toEqual(
          byProcess(all.map((record, pid) => meant({...record, pid: pid + 1}))),
        );
      }),
    );
  });

  it('gives the same records however it is cut into chunks', () => {
    const whole = recordsOf(all);
    expect(whole.length).toBeGreaterThan(150);
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), {maxLength: 40}), places => {
        const log = new ServerLog();
        const cuts = [0, ...places.sort((a, b) => a - b), all.length];
        const read = cuts.flatMap((at, i) => log.push(all.slice(at, cuts[i + 1])));
        expect([...read, ...log.end()]).toEqual(whole);
      }),
      {numRuns: runs(30)},
    );
    const log = new ServerLog();
    expect([...[...all].flatMap(char => log.push(char)), ...log.end()]).toEqual(whole);
  });
});

describe('a pause', () => {
  it('ends open records in the order in which they began', () => {
    const log = new ServerLog();
    expect(
      log.push(writtenText({pid: 2, texts: [['LOG', 'a']]}) + writtenText({pid: 1, texts: [['LOG', 'b']]})),
    ).toEqual([]);
    expect(log.flush().map(({message}) => message)).toEqual(['a', 'b']);
    expect(log.flush()).toEqual([]);
  });

  it('leaves open the record that an incomplete line may belong to', () => {
    const log = new ServerLog();
    const [message = '', detail = ''] = written({
      pid: 2,
      texts: [
        ['LOG', 'b'],
        ['DETAIL', 'c'],
      ],
    });
    log.push(writtenText({pid: 1, texts: [['LOG', 'a']]}) + message + detail.slice(0, 100));
    expect(log.flush().map(({message}) => message)).toEqual(['a']);
    log.push(detail.slice(100));
    expect(log.flush()).toMatchObject([{message: 'b', detail: 'c'}]);
  });

  it('that comes too early makes the following lines a separate record', () => {
    const log = new ServerLog();
    const [message = '', detail = ''] = written({
      pid: 2,
      texts: [
        ['LOG', 'b'],
        ['DETAIL', 'c\nd'],
      ],
    });
    log.push(message);
    expect(log.flush()).toMatchObject([{message: 'b'}]);
    log.push(detail);
    expect(log.flush()).toMatchObject([{severity: 'OTHER', message: 'DETAIL:  c\nd'}]);
    log.push('\tloose\n');
    expect(log.flush()).toMatchObject([{source: undefined, severity: 'OTHER', message: '\tloose'}]);
  });

  it('keeps an incomplete line until the end', () => {
    const log = new ServerLog();
    log.push('half a li');
    expect(log.flush()).toEqual([]);
    expect(log.end()).toMatchObject([{message: 'half a li'}]);
  });
});

describe('the memory', () => {
  it('keeps no more of a line than the limit', () => {
    const record = one({
      pid: 1,
      texts: [
        ['LOG', 'x'.repeat(2 * LINE_LIMIT)],
        ['DETAIL', 'd'],
      ],
    });
    expect(record.message.length).toBeLessThan(LINE_LIMIT);
    expect(record).toMatchObject({cut: true, detail: 'd'});
    expect(one({pid: 1, texts: [['LOG', 'x'.repeat(LINE_LIMIT / 2)]]}).cut).toBe(false);
  });

  it('keeps no more of a record than the limit, and joins no separate texts', () => {
    const record = one({
      pid: 1,
      texts: [
        ['LOG', 'm'],
        ['DETAIL', `${'line\n'.repeat(RECORD_LIMIT / 4)}`],
        ['HINT', 'h'],
      ],
    });
    expect(record.lines.join('').length).toBeLessThanOrEqual(RECORD_LIMIT);
    expect(record.cut).toBe(true);
    expect(record.hint).toBeUndefined();
  });

  it('keeps no more open records than the limit', () => {
    const log = new ServerLog();
    const ended = Array.from({length: OPEN_LIMIT + 3}, (_, pid) =>
      log.push(writtenText({pid, texts: [['LOG', `${pid}`]]})),
    ).flat();
    expect(ended.map(({message}) => message)).toEqual(['0', '1', '2']);
    expect(log.flush()).toHaveLength(OPEN_LIMIT);
  });
});
