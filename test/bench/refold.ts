/**
 * How long a log takes to become visible state: applied from the start, as when a leader restarts, and folded
 * again under another resolver, both with the digest. `npm run bench -- refold [OPERATIONS [RESOLVER...]]`;
 * prints a table, asserts nothing, for machines differ.
 */
import {type Key, key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {KeyWrite, Op} from '../../src/core/log/op.ts';
import {covers, type Dot, seqOf} from '../../src/core/log/version-vector.ts';
import {
  RESOLVER_NAMES,
  type ResolverName,
  type ResolverSpec,
  resolverOf,
} from '../../src/core/resolvers/registry.ts';

const LEADERS = ['us', 'eu', 'ap'].map(leaderId);

interface Shape {
  readonly name: string;
  readonly keys: number;
  /**
   * An origin has not yet seen up to so many of the latest operations of each other: what makes writes
   * concurrent.
   */
  readonly behindOps: number;
}

const SHAPES: readonly Shape[] = [
  {name: 'in sequence', keys: 1000, behindOps: 3},
  {name: 'conflicts', keys: 20, behindOps: 20},
  {name: 'one hot key', keys: 1, behindOps: 3},
];

/**
 * Leaders that write in turn, each a little behind the others: of 8 writes 6 are `set`s, one an `incr`, one
 * an `hset`, by kind of key.
 */
function makeLog(count: number, {keys, behindOps}: Shape): Op[] {
  const prng = new Prng(7);
  const latest = new Map<Key, Dot[]>();
  const seqs: {[origin: LeaderId]: number} = {};
  const ops: Op[] = [];
  for (let i = 0; i < count; i++) {
    const origin = LEADERS[i % LEADERS.length] as LeaderId;
    const seq = seqOf(seqs, origin) + 1;
    seqs[origin] = seq;
    const after: {[origin: LeaderId]: number} = {};
    for (const leader of LEADERS) {
      const seen = leader === origin ? seq - 1 : seqOf(seqs, leader) - prng.int(0, behindOps);
      if (seen > 0) after[leader] = seen;
    }
    const kind = i % 8 === 0 ? 'counter' : i % 8 === 4 ? 'document' : 'key';
    const of = key(`${kind}:${prng.int(0, keys - 1)}`);
    const saw = (latest.get(of) ?? []).filter(dot => covers(after, dot)).slice(-1);
    const dot = {origin, seq};
    latest.set(of, [...(latest.get(of) ?? []).slice(-8), dot]);
    const wallMs = 1_700_000_000_000 + i;
    ops.push({
      dot,
      after,
      hlc: {wallMs, logical: 0},
      wallMs,
      writes: [changeOf(kind, {key: of, generation: i + 1, saw}, i)],
    });
  }
  return ops;
}

function changeOf(kind: string, common: Pick<KeyWrite, 'key' | 'generation' | 'saw'>, i: number): KeyWrite {
  if (kind === 'counter') return {...common, type: 'incr', by: 1, effect: i};
  if (kind === 'key') return {...common, type: 'set', value: `value ${i}`};
  const field = `field${i % 7}`;
  return {...common, type: 'hset', field, value: i, effect: {[field]: i}};
}

const specOf = (name: ResolverName): ResolverSpec | undefined =>
  name === 'custom' ? undefined : name === 'priority' ? {name, order: LEADERS} : {name};

/** Those that the registry has, without the person's own. */
const SPECS = RESOLVER_NAMES.flatMap(name => specOf(name) ?? []).filter(
  spec => resolverOf(spec).name === spec.name,
);

/**
 * Wall clock and processor, least and median of several runs: what the machine does meanwhile only makes them
 * slower.
 */
function timed(run: () => unknown): string {
  const runs = Array.from({length: 3}, () => {
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    run();
    const {user, system} = process.cpuUsage(cpu);
    return {wallMs: performance.now() - startMs, cpuMs: (user + system) / 1000};
  });
  const [leastMs = 0, medianMs = 0] = runs.map(({wallMs}) => wallMs).sort((a, b) => a - b);
  const cpuMs = Math.min(...runs.map(one => one.cpuMs));
  return `${leastMs.toFixed(0)} / ${medianMs.toFixed(0)} / ${cpuMs.toFixed(0)}`.padStart(20);
}

const heapMiB = (): number => process.memoryUsage().heapUsed / 2 ** 20;

function print(...cells: readonly string[]): void {
  process.stdout.write(`${cells.join('  ')}\n`);
}

function main(): void {
  const [ops = '200000', ...only] = process.argv.slice(2);
  print('ms: least / median / least of the processor');
  print('shape        ', 'resolver    ', '        from the log', '              refold', '  on the heap');
  for (const shape of SHAPES) {
    const log = makeLog(Number(ops), shape);
    for (const spec of SPECS.filter(({name}) => only.length === 0 || only.includes(name))) {
      const resolver = resolverOf(spec);
      const beforeMiB = heapMiB();
      const other = new Fold(resolverOf({name: spec.name === 'lww' ? 'siblings' : 'lww'}), log);
      other.digest();
      const heap = `${(heapMiB() - beforeMiB).toFixed(0)} MiB`.padStart(12);
      const fromLog = timed(() => new Fold(resolver, log).digest());
      const refold = timed(() => other.refold(resolver).digest());
      print(shape.name.padEnd(13), spec.name.padEnd(12), fromLog, refold, heap);
    }
  }
}

main();
