/**
 * What really reaches a terminal: frames through the screen into a terminal emulator.
 */
import {EventEmitter} from 'node:events';
import xterm from '@xterm/headless';
import {afterEach, expect, test} from 'vitest';
import type {ClusterView} from '../../src/port/view.ts';
import {painter} from '../../src/tui/colours.ts';
import {mount} from '../../src/tui/mount.tsx';
import {changedRows, Screen} from '../../src/tui/screen.ts';
import {Store} from '../../src/tui/store.ts';
import {FakeCluster, FakeSession} from './fake-session.ts';
import {hostileView} from './hostile-view.ts';
import {manyView} from './many-leaders.ts';
import {troubledView} from './views.ts';

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

class FakeStdin extends EventEmitter {
  readonly isTTY = true;
  setRawMode(): void {}
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

interface Opened {
  readonly cluster: FakeCluster;
  readonly store: Store;
  lines(): Promise<string[]>;
  /** What stands in the last column of each row. */
  lastColumn(): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
}

function open(view: ClusterView, columns: number, rows: number): Opened {
  const emulator = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 50});
  emulator.write('\x1b[?1049h');
  const terminal = {
    get columns() {
      return emulator.cols;
    },
    get rows() {
      return emulator.rows;
    },
    writableNeedDrain: false,
    write(text: string): boolean {
      emulator.write(text);
      return true;
    },
  };
  const cluster = new FakeCluster(view);
  const screen = new Screen(terminal);
  const store = new Store({
    cluster,
    session: new FakeSession(cluster),
    keepsData: false,
    size: {columns, rows},
    onQuit: () => undefined,
    onSuspend: () => undefined,
  });
  const mounted = mount({store, screen, stdin: new FakeStdin() as unknown as NodeJS.ReadStream});
  ended.push(() => {
    screen.close();
    store.stop();
    mounted.unmount();
  });
  return {
    cluster,
    store,
    async lines() {
      await new Promise<void>(resolve => emulator.write('', resolve));
      const {active} = emulator.buffer;
      // Nothing may ever have been pushed off the top.
      expect(active.baseY).toBe(0);
      return Array.from({length: emulator.rows}, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    },
    async lastColumn() {
      await new Promise<void>(resolve => emulator.write('', resolve));
      const cell = (y: number): string =>
        emulator.buffer.active
          .getLine(y)
          ?.getCell(emulator.cols - 1)
          ?.getChars() ?? '';
      return Array.from({length: emulator.rows}, (_, y) => cell(y) || ' ').join('');
    },
    async resize(toColumns, toRows) {
      await new Promise<void>(resolve => emulator.write('', resolve));
      emulator.resize(toColumns, toRows);
      screen.wipe();
      store.resize({columns: toColumns, rows: toRows});
      mounted.redraw();
    },
  };
}

const widthOf = (lines: readonly string[]): number[] => [
  ...new Set(lines.filter(line => /[│╮╯]$/.test(line)).map(line => line.length)),
];

test('a frame leaves the last row empty and keeps every border in its column, at any size', async () => {
  for (const [columns, rows] of [
    [60, 16],
    [80, 24],
    [120, 36],
    [200, 60],
  ] as const) {
    const {lines} = open(troubledView(Date.now()), columns, rows);
    const shown = await lines();
    expect(shown.at(-1)).toBe('');
    expect(shown.at(-2)).toContain('enter run');
    expect(widthOf(shown)).toEqual([columns]);
  }
});

test('hostile keys and values move no border, and no control character remains', async () => {
  for (const columns of [80, 120]) {
    const {lines, lastColumn} = open(hostileView(Date.now()), columns, 30);
    expect((await lines()).join('\n')).toContain('\\u001b[2J');
    expect(await lastColumn()).toMatch(/^.╮│+╯╮│+╯ {5}$/);
  }
});

test('no old text remains when a window shrinks and grows', async () => {
  const {lines, resize} = open(troubledView(Date.now()), 120, 36);
  await resize(80, 24);
  const small = await lines();
  expect(widthOf(small)).toEqual([80]);
  await resize(59, 15);
  expect((await lines()).filter(line => line !== '')).toEqual([
    'leaderlab needs 60×16',
    'this is 59×15',
    'enlarge the window, or ctrl-c',
  ]);
  await resize(120, 36);
  const large = await lines();
  expect(widthOf(large)).toEqual([120]);
  expect(large.filter(line => line.startsWith('╰')).length).toBe(2);
});

test('a change of the cluster reaches the screen, and typing does at once', async () => {
  const {cluster, store, lines} = open(manyView(3, 'mesh', Date.now()), 120, 36);
  store.press([{name: 'k', text: 'kill'}]);
  await expect.poll(async () => (await lines()).join('\n')).toContain('us › kill');
  cluster.show(troubledView(Date.now()));
  await expect.poll(async () => (await lines()).join('\n')).toContain('✂ cut 12 s');
});

test('after a resize the screen is cleared within the update of the next frame', () => {
  const written: string[] = [];
  const screen = new Screen({rows: 3, writableNeedDrain: false, write: text => written.push(text) > 0});
  screen.show(['a', 'b']);
  screen.wipe();
  expect(written).toHaveLength(1);
  screen.show(['a', 'b']);
  screen.show(['a', 'c']);
  expect(written[1]).toMatch(/^\x1b\[\?2026h\x1b\[0m\x1b\[2J\x1b\[H.*a.*b.*\x1b\[\?2026l$/);
  expect(written[2]).not.toContain('\x1b[2J');
});

test('only rows that differ are written, each at its place', () => {
  expect(changedRows(['a', 'b', 'c'], ['a', 'x', 'c'])).toBe('\x1b[2;1H\x1b[0mx\x1b[0m\x1b[K');
  expect(changedRows(['a', 'b'], ['a'])).toBe('\x1b[2;1H\x1b[0m\x1b[0m\x1b[K');
  expect(changedRows(['a'], ['a'])).toBe('');
});

test('the cursor is set again after a character whose width differs between terminals', () => {
  expect(changedRows([], ['a漢\x1b[1mb\x1b[22m'])).toBe(
    '\x1b[1;1H\x1b[0m\x1b[2Ka漢\x1b[4G\x1b[1mb\x1b[22m\x1b[0m\x1b[K',
  );
});

test('without colour, no colour is written, but bold and dim are', () => {
  const line = [
    {text: 'us', tone: 'accent-0'},
    {text: 'cut', tone: 'bad'},
    {text: ' ', tone: 'plain', mark: 'cursor'},
  ] as const;
  const bare = painter({noColor: true, level: 3})(line);
  expect(bare).not.toMatch(/\x1b\[(3|4|9|10)\d/);
  expect(bare).toContain('\x1b[7m');
  expect(painter({noColor: false, level: 3})(line)).toContain('\x1b[38;2;');
});
