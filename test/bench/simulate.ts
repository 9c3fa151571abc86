/**
 * How fast the simulator is: events of a cluster of three leaders in a second, as its history grows, and
 * random histories in a second. `npm run bench -- simulate`; prints a table, asserts nothing, for machines
 * differ. The first run of all is cold: most of its time goes to compiling. So it stands beside the best of a
 * few more, as a search of many seeds has them.
 */
import {key, leaderId} from '../../src/base/ids.ts';
import {wan} from '../../src/faults/wan.ts';
import {checkAll} from '../../src/history/checkers/all-checkers.ts';
import type {Plan} from '../../src/sim/plan.ts';
import {type Run, runPlan} from '../../src/sim/run-plan.ts';
import {fuzz} from '../../src/sim/search.ts';

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
  return {
    seed: 1,
    leaders: LEADERS,
    topology: {name: 'mesh'},
    resolver: {name: 'hlc'},
    delivery: 'fifo',
    steps,
  };
}

const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const thousands = (events: number, took: number): string => `${Math.round(events / took / 1000)} k/s`;

/** How long each of some runs of the plan takes, and what came out. */
function timed(plan: Plan, runs: number): {readonly run: Run; readonly took: readonly number[]} {
  const took: number[] = [];
  for (;;) {
    const startMs = performance.now();
    const run = runPlan(plan, wan);
    took.push(seconds(startMs));
    if (took.length >= runs) return {run, took};
  }
}

for (const {writes, runs} of [
  {writes: 1000, runs: 20},
  {writes: 10_000, runs: 5},
  {writes: 100_000, runs: 2},
]) {
  const plan = planOf(writes);
  const {run, took} = timed(plan, runs);
  const [first = 0] = took;
  const best = Math.min(...took);
  const checkMs = performance.now();
  const found = checkAll(run.trace, plan).length;
  print(
    `${writes} writes: ${run.steps} events, first run ${first.toFixed(2)} s, ` +
      `${thousands(run.steps, first)}; best of ${runs} ${best.toFixed(2)} s, ` +
      `${thousands(run.steps, best)}; checked in ${seconds(checkMs).toFixed(2)} s, ${found} found`,
  );
}

for (const name of ['lww', 'crdt'] as const) {
  const startMs = performance.now();
  let last = {seeds: 0, steps: 0};
  for (const progress of fuzz({resolver: {name}, leaders: [...LEADERS, leaderId('sa')]}, wan, 1, 5000))
    last = progress;
  const took = seconds(startMs);
  print(
    `fuzz ${name}: ${last.seeds} seeds in ${took.toFixed(1)} s, ${Math.round(last.seeds / took)}/s, ` +
      `${Math.round(last.steps / took / 1000)} k events/s`,
  );
}
