/**
 * How fast the simulator is: events of a cluster of three leaders in a second, as its history grows, and random histories in a second.
 * `npm run bench -- simulate`; prints a table, asserts nothing, for machines differ.
 */
import {key, leaderId} from '../../src/base/ids.ts';
import {wan} from '../../src/faults/wan.ts';
import {checkAll} from '../../src/history/checkers/index.ts';
import {fuzz} from '../../src/sim/fuzz.ts';
import type {Plan} from '../../src/sim/plan.ts';
import {runPlan} from '../../src/sim/run-plan.ts';

const LEADERS = ['us', 'eu', 'ap'].map(leaderId);

/** So many writes, one a millisecond, at each leader in turn, to 100 keys. */
function planOf(writes: number): Plan {
  const steps = Array.from({length: writes}, (_, i) => ({
    atMs: i,
    action: {
      type: 'write',
      key: key(`key:${i % 100}`),
      intent: {type: 'set', value: i},
      at: {type: 'leaders', leaders: [LEADERS[i % LEADERS.length] ?? leaderId('us')]},
    } as const,
  }));
  return {seed: 1, leaders: LEADERS, topology: {name: 'mesh'}, resolver: {name: 'hlc'}, delivery: 'fifo', steps};
}

const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

for (const writes of [1000, 10_000, 100_000]) {
  const plan = planOf(writes);
  const startMs = performance.now();
  const run = runPlan(plan, wan);
  const ran = seconds(startMs);
  const checkMs = performance.now();
  const found = checkAll(run.trace, plan).length;
  print(
    `${writes} writes: ${run.steps} events in ${ran.toFixed(2)} s, ${Math.round(run.steps / ran / 1000)} k/s; checked in ${seconds(checkMs).toFixed(2)} s, ${found} found`,
  );
}

for (const name of ['lww', 'crdt'] as const) {
  const startMs = performance.now();
  let last = {seeds: 0, steps: 0};
  for (const progress of fuzz({resolver: {name}, leaders: [...LEADERS, leaderId('sa')]}, wan, 1, 5000)) last = progress;
  const took = seconds(startMs);
  print(
    `fuzz ${name}: ${last.seeds} seeds in ${took.toFixed(1)} s, ${Math.round(last.seeds / took)}/s, ${Math.round(last.steps / took / 1000)} k events/s`,
  );
}
