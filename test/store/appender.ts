/**
 * A process that appends operations one by one and tells each on stdout once it is acknowledged. It never
 * ends by itself.
 */
import {key, leaderId} from '../../src/base/ids.ts';
import {openLmdbStore} from '../../src/store/lmdb-store.ts';

const store = openLmdbStore(process.argv[2] ?? '');
const [us, k] = [leaderId('us'), key('k')];
store.load();
for (let seq = 1; ; seq++) {
  const writes = [{key: k, generation: seq, saw: [], type: 'set', value: seq} as const];
  await store.append([
    {
      arrival: seq,
      op: {
        dot: {origin: us, seq},
        after: {[us]: seq - 1},
        hlc: {wallMs: seq, logical: 0},
        wallMs: seq,
        writes,
      },
    },
  ]);
  process.stdout.write(`${seq}\n`);
  if (seq % 50 === 0) await new Promise(resolve => setImmediate(resolve));
}
