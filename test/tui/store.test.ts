/**
 * When the screen draws: as time passes while it runs, and not at all while virtual time stands.
 */
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {Store} from '../../src/tui/store.ts';
import {FakeCluster, FakeSession} from './fake-session.ts';
import {simView, WRITTEN_MS} from './worlds.ts';

/** Drawing takes no time: how much rest it is given does not depend on the machine. */
beforeEach(() => void vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance']}));
afterEach(() => void vi.useRealTimers());

/**
 * How many frames are drawn and given out in ten seconds of the room, while virtual time goes on by so much a
 * millisecond.
 */
function framesIn10s(afterMs: number, runs: boolean): {drawn: number; given: number} {
  const startMs = Date.now();
  let given = 0;
  const nowMs = (): number => WRITTEN_MS + afterMs + (runs ? Date.now() - startMs : 0);
  const cluster = new FakeCluster(simView(afterMs, runs), {nowMs, sleep: async () => undefined});
  const size = {columns: 80, rows: 24};
  const store = new Store({
    cluster,
    session: new FakeSession(cluster),
    keepsData: false,
    size,
    onQuit: () => undefined,
    onSuspend: () => undefined,
  });
  const view = vi.spyOn(cluster, 'view');
  store.subscribe(() => given++);
  vi.advanceTimersByTime(10_000);
  // A drawing looks twice: to notice what is new, and to draw.
  const drawn = view.mock.calls.length / 2;
  store.stop();
  return {drawn, given};
}

test('while virtual time runs, every frame shows another time', () => {
  const {given} = framesIn10s(30, true);
  expect(given).toBeGreaterThan(140);
  expect(given).toBeLessThanOrEqual(151);
});

test('while virtual time is stopped, no frame is shown and almost none is drawn, at any millisecond', () => {
  for (const afterMs of [0, 30, 879.9, 880]) {
    const {drawn, given} = framesIn10s(afterMs, false);
    expect(given).toBe(0);
    expect(drawn).toBeLessThanOrEqual(11);
  }
});
