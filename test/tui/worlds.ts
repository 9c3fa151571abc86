/**
 * Busy worlds: many leaders that all change at once, for measuring.
 */
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import type {ClusterView} from '../../src/cluster/port.ts';
import {conflict, manyView} from './fake-cluster.ts';

/** What `n` leaders show in the `frame`th frame of a load: every leader has new values, every link a message under way. */
export function busyView(n: number, nowMs: number, frame: number): ClusterView {
  const base = manyView(n, 'mesh', nowMs);
  const leaders = base.leaders.map((leader, i) => ({
    ...leader,
    opCount: frame * 133 + i,
    vv: Object.fromEntries(base.leaders.map(({id}, k) => [id, frame * 17 + k])),
    hlc: {wallMs: nowMs, logical: frame % 7},
    keys: Array.from({length: 20}, (_, k) => ({
      key: key(`load:${k + 1}`),
      reading: {type: 'value' as const, value: frame * 20 + k + (i % 2)},
      frontierSize: (frame + k) % 9 === 0 ? 2 : 1,
      dot: {origin: leaderId('us'), seq: frame * 17 + k},
      changedAtMs: nowMs - ((frame * 7 + k * 130) % 2500),
    })),
    keyCount: 20,
  }));
  const links = base.links.map((link, i) => ({
    ...link,
    id: linkId(link.from, link.to),
    delivered: frame * 9 + i,
    inFlight: [{direction: 'forth' as const, sentAtMs: nowMs - ((frame * 5 + i * 3) % 40), dueAtMs: nowMs + 20, faults: []}],
  }));
  const conflicts = Array.from({length: 30}, (_, i) => conflict(frame + i + 1, `load:${(frame + i) % 20}`));
  return {...base, leaders, links, conflicts, conflictCount: frame + 30, lostCount: frame, opsPerSecond: 2000 + (frame % 50)};
}
