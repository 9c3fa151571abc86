/**
 * The history of the prompt in its file: kept between sessions, shared by labs, bounded, and never an
 * obstacle.
 */
import {execFileSync} from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {historyFile, openHistory, readHistory} from '../../src/app/prompt-history.ts';
import {sharedFolder} from '../support/folder.ts';

let home: string;
let file: string;
beforeEach(() => {
  home = sharedFolder('history-test-');
  file = historyFile({XDG_STATE_HOME: join(home, 'state')}, home);
  mkdirSync(dirname(file), {recursive: true});
});
afterEach(() => rmSync(home, {recursive: true, force: true}));

function keep(...commands: readonly string[]): void {
  const history = openHistory(file);
  for (const command of commands) history.remember(command);
}

test('is where the XDG specification says', () => {
  expect(historyFile({XDG_STATE_HOME: '/state'}, '/home/me')).toBe('/state/leaderlab/history');
  for (const XDG_STATE_HOME of ['', 'relative'])
    expect(historyFile({XDG_STATE_HOME}, '/home/me')).toBe('/home/me/.local/state/leaderlab/history');
});

test('keeps typed lines with their line breaks, readable only by the user', () => {
  rmSync(dirname(file), {recursive: true});
  keep('set a 1', 'set a "é 日"', "set a 'x\ny'");
  expect(openHistory(file).commands).toEqual(['set a 1', 'set a "é 日"', "set a 'x\ny'"]);
  expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700]);
});

test('makes a file private if others could read it', () => {
  writeFileSync(file, '"old"\n', {mode: 0o644});
  keep('new');
  expect([readHistory(file), statSync(file).mode & 0o777]).toEqual([['old', 'new'], 0o600]);
});

test('keeps every line of two labs that write at once', () => {
  const [one, other] = [openHistory(file), openHistory(file)];
  const both = Array.from({length: 100}, (_, i) => [`one ${i}`, `other ${i}`]).flat();
  for (const [i, command] of both.entries()) (i % 2 === 0 ? one : other).remember(command);
  expect([...readHistory(file)].sort()).toEqual(both.sort());
});

test('is bounded on the disk and in memory, and keeps the newest', () => {
  const [one, other] = [openHistory(file), openHistory(file)];
  const long = 'x'.repeat(3000);
  for (let i = 0; i < 300; i++) (i % 2 === 0 ? one : other).remember(`${long} ${i}`);
  keep('set last 1', 'y'.repeat(5000));
  const kept = readHistory(file);
  expect(kept.at(-1)).toBe('set last 1');
  expect(kept).toContain(`${long} 299`);
  expect(kept).toContain(`${long} 298`);
  expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThan(600_000);
  expect(readdirSync(dirname(file)).sort()).toEqual(['history', 'history.1']);
});

test('reads the undamaged lines of a damaged file', () => {
  writeFileSync(file, '"a"\n{"no"\n\u0000\n[1]\n"b"\n"c');
  expect(readHistory(file)).toEqual(['a', 'b']);
});

const OBSTACLES: readonly (readonly [string, () => void])[] = [
  ['a FIFO', () => execFileSync('mkfifo', [file])],
  ['a folder', () => mkdirSync(file)],
  ['a link to another file', () => symlinkSync(join(home, 'other'), file)],
  ['a link to a device', () => symlinkSync('/dev/zero', file)],
  [
    'a folder that is a file',
    () => {
      rmSync(dirname(file), {recursive: true});
      writeFileSync(dirname(file), '');
    },
  ],
];

test.each(OBSTACLES)('is not affected by %s in its place, which stays as it is', (_name, put) => {
  writeFileSync(join(home, 'other'), '"not mine"\n');
  put();
  const history = openHistory(file);
  expect(history.commands).toEqual([]);
  history.remember('set a 1');
  expect(readFileSync(join(home, 'other'), 'utf8')).toBe('"not mine"\n');
});

test('reads only the end of a file of 100 MB, and renames the file', () => {
  writeFileSync(file, '');
  truncateSync(file, 100_000_000);
  keep('first');
  keep('second');
  expect(readHistory(file).slice(-1)).toEqual(['second']);
  expect(statSync(file).size).toBeLessThan(1000);
});

test('is not blocked by a lab that died while it renamed the file', () => {
  writeFileSync(join(dirname(file), 'owner.lock'), JSON.stringify({pid: 2 ** 22 + 1, started: '1'}));
  writeFileSync(file, '');
  truncateSync(file, 300_000);
  keep('first');
  expect(readdirSync(dirname(file)).sort()).toEqual(['history.1']);
});
