/**
 * How long a frame takes, from the cluster's picture to the bytes for the terminal: eight leaders that change
 * all the time, messages on every link, and a key pressed every third frame. Prints the median and the 95th
 * percentile. `npm run bench -- frame`
 */
import {EventEmitter} from 'node:events';
import process from 'node:process';
import {leaderId} from '../../src/base/ids.ts';
import type {ClusterView} from '../../src/port/view.ts';
import {drawFrame} from '../../src/tui/model/screen-frame.ts';
import {INITIAL_STATE} from '../../src/tui/model/state/state.ts';
import {mount} from '../../src/tui/mount.tsx';
import {Screen} from '../../src/tui/screen.ts';
import {Store} from '../../src/tui/store.ts';
import {FakeCluster, FakeSession} from '../tui/fake-session.ts';
import {busyView} from '../tui/worlds.ts';

class NoKeys extends EventEmitter {
  readonly isTTY = true;
  setRawMode(): void {}
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

const percentile = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);

function report(name: string, times: number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  process.stdout.write(
    `${name.padEnd(34)} p50 ${percentile(sorted, 0.5)} ms   p95 ${percentile(sorted, 0.95)} ms\n`,
  );
}

const FRAMES = 300;

async function measure(columns: number, rows: number, leaders: number): Promise<void> {
  let bytes = 0;
  const terminal = {
    columns,
    rows,
    writableNeedDrain: false,
    write(text: string) {
      bytes += text.length;
      return true;
    },
  };
  const view = (i: number): ClusterView => busyView(leaders, Date.now(), i);
  const cluster = new FakeCluster(view(0));
  const screen = new Screen(terminal);
  const size = {columns, rows};
  const store = new Store({
    cluster,
    session: new FakeSession(cluster),
    keepsData: false,
    size,
    onQuit: () => undefined,
    onSuspend: () => undefined,
  });
  const mounted = mount({store, screen, stdin: new NoKeys() as unknown as NodeJS.ReadStream});
  const whole: number[] = [];
  const keys: number[] = [];
  const model: number[] = [];
  for (let i = 1; i <= FRAMES + 50; i++) {
    const next = view(i);
    cluster.show(next);
    const world = {
      view: next,
      nowMs: Date.now(),
      focused: leaderId('us'),
      undoable: undefined,
      keepsData: false,
      columns,
      rows,
    };
    const modelled = performance.now();
    drawFrame(INITIAL_STATE, world);
    const modelMs = performance.now() - modelled;
    const pressed = i % 3 === 0;
    const begun = performance.now();
    const before = bytes;
    store.press(pressed ? [{name: 'a', text: 'a'}] : []);
    for (let turn = 0; bytes === before && turn < 1000; turn++)
      await new Promise<void>(resolve => setImmediate(resolve));
    if (i <= 50) continue;
    (pressed ? keys : whole).push(performance.now() - begun);
    model.push(modelMs);
  }
  process.stdout.write(
    `${leaders} leaders, ${columns}×${rows}, ${Math.round(bytes / (FRAMES + 50))} bytes a frame\n`,
  );
  report('  the model alone', model);
  report('  picture to bytes', whole);
  report('  key and picture to bytes', keys);
  screen.close();
  store.stop();
  mounted.unmount();
}

for (const [columns, rows] of [
  [80, 24],
  [120, 36],
  [200, 60],
] as const)
  await measure(columns, rows, 8);
process.exit();
