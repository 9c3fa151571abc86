/**
 * How long a log takes to become visible state: applied from the start, as when a leader restarts, and folded again under another
 * resolver, both with the digest. `npm run bench`; prints a table, asserts nothing, for machines differ.
 */
import {type Key, key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import {Fold} from '../../src/core/fold.ts';
import type {KeyWrite, Op} from '../../src/core/op.ts';
import {RESOLVER_NAMES, type ResolverName, type ResolverSpec, resolverOf} from '../../src/core/resolvers/index.ts';
import {covers, type Dot, seqOf} from '../../src/core/version-vector.ts';

const LEADERS = ['us', 'eu', 'ap'].map(leaderId);
/** An origin has not yet seen about so many of the latest operations: what makes writes concurrent. */
const BEHIND_OPS = 6;

/** Three leaders that write in turn, each a little behind the others: of 8 writes 7 are `set`s and one is an `incr` of a counter. */
function makeLog(count: number, keyCount: number): Op[] {
  const prng = new Prng(7);
  const keys = Array.from({length: keyCount}, (_, i) => key(`key:${i}`));
  const latest = new Map<Key, Dot[]>();
  const seqs: {[origin: LeaderId]: number} = {};
  const ops: Op[] = [];
  for (let i = 0; i < count; i++) {
    const origin = LEADERS[i % LEADERS.length] as LeaderId;
    const seq = seqOf(seqs, origin) + 1;
    seqs[origin] = seq;
    const after: {[origin: LeaderId]: number} = {};
    for (const leader of LEADERS) {
      const seen = leader === origin ? seq - 1 : seqOf(seqs, leader) - prng.int(0, BEHIND_OPS / 2);
      if (seen > 0) after[leader] = seen;
    }
    const isCounter = i % 8 === 0;
    const of = isCounter ? key(`counter:${prng.int(0, keyCount - 1)}`) : (keys[prng.int(0, keyCount - 1)] as Key);
    const before = (latest.get(of) ?? []).filter(dot => covers(after, dot)).slice(-1);
    const dot = {origin, seq};
    latest.set(of, [...(latest.get(of) ?? []).slice(-8), dot]);
    const common = {key: of, generation: i + 1, saw: before};
    const write: KeyWrite = isCounter ? {...common, type: 'incr', by: 1, effect: i} : {...common, type: 'set', value: `value ${i}`};
    const wallMs = 1_700_000_000_000 + i;
    ops.push({dot, after, hlc: {wallMs, logical: 0}, wallMs, writes: [write]});
  }
  return ops;
}

const specOf = (name: ResolverName): ResolverSpec | undefined =>
  name === 'custom' ? undefined : name === 'priority' ? {name, order: LEADERS} : {name};

/** Those that the registry has, without the person's own. */
const SPECS = RESOLVER_NAMES.flatMap(name => specOf(name) ?? []).filter(spec => resolverOf(spec).name === spec.name);

/** The best of several runs: what the machine does meanwhile only makes it slower. */
function timed(run: () => unknown): string {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now();
    run();
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  return `${bestMs.toFixed(0)} ms`.padStart(9);
}

const heapMiB = (): number => process.memoryUsage().heapUsed / 2 ** 20;

function print(...cells: readonly string[]): void {
  process.stdout.write(`${cells.join('  ')}\n`);
}

function main(): void {
  print('      ops     keys  resolver      from the log     refold   fold on the heap');
  const [onlyOps, onlyKeys] = process.argv.slice(2).map(Number);
  for (const count of onlyOps ? [onlyOps] : [10_000, 100_000, 1_000_000]) {
    for (const keyCount of onlyKeys ? [onlyKeys] : [1, 1000, 100_000]) {
      const ops = makeLog(count, keyCount);
      for (const spec of SPECS) {
        const resolver = resolverOf(spec);
        const beforeMiB = heapMiB();
        const other = new Fold(resolverOf({name: spec.name === 'lww' ? 'siblings' : 'lww'}), ops);
        other.digest();
        const heap = `${(heapMiB() - beforeMiB).toFixed(0)} MiB`.padStart(17);
        const fromLog = timed(() => new Fold(resolver, ops).digest());
        const refold = timed(() => other.refold(resolver, ops).digest());
        print(
          String(count).padStart(9),
          String(keyCount).padStart(7),
          spec.name.padEnd(12),
          fromLog.padStart(13),
          refold.padStart(9),
          heap,
        );
      }
    }
  }
}

main();
