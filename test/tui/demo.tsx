/**
 * The screen on a cluster that is not there, for looking at: `node dist/demo.js
 * [empty|troubled|rich|busy|hostile|many|ring] [LEADERS]`, or `sim [MS]` and `sim-runs [MS]`: so long after
 * two concurrent writes in virtual time.
 */
import process from 'node:process';
import type {ClusterView} from '../../src/port/view.ts';
import {runTui} from '../../src/tui/main.tsx';
import {FakeCluster, FakeSession} from './fake-session.ts';
import {hostileView} from './hostile-view.ts';
import {manyView} from './many-leaders.ts';
import {emptyView, troubledView} from './views.ts';
import {busyView, COMPARISON, richView, STORY, simView, WRITTEN_MS} from './worlds.ts';

const [scene = 'troubled', n = '9'] = process.argv.slice(2);

const views: {[scene: string]: () => ClusterView} = {
  empty: () => ({...emptyView(), startedAtMs: Date.now()}),
  troubled: () => troubledView(Date.now()),
  rich: () => richView(Date.now()),
  busy: () => busyView(Number(n), Date.now(), 1),
  hostile: () => ({...hostileView(Date.now()), startedAtMs: Date.now()}),
  many: () => manyView(Number(n), 'mesh', Date.now()),
  ring: () => manyView(Number(n), 'ring', Date.now()),
};

const isSim = scene.startsWith('sim');
const afterMs = Number(n);
const cluster = isSim
  ? new FakeCluster(simView(afterMs, scene === 'sim-runs'), {
      nowMs: () => WRITTEN_MS + afterMs,
      sleep: async () => undefined,
    })
  : new FakeCluster((views[scene] ?? emptyView)());
if (scene === 'busy') {
  let frame = 1;
  setInterval(() => cluster.show(busyView(Number(n), Date.now(), ++frame)), 66).unref();
}
const session = new FakeSession(cluster, {story: STORY, comparison: COMPARISON});
await runTui({
  cluster,
  session,
  keepsData: false,
  isAscii: false,
  over: new Promise<void>(() => {}),
  end: () => process.exit(),
});
process.exit();
