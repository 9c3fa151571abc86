/**
 * docs/postgres-resolvers.md: native resolvers beside the PostgreSQL resolvers that they imitate, measured on
 * real servers. By default the test checks that the document agrees with a run, for the engines on this
 * machine; with LEADERLAB_WRITE_DOCS=1, and all engines, it writes the document:
 *
 * LEADERLAB_WRITE_DOCS=1 npx vitest run test/engines/postgres-resolvers.test.ts
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {LeaderId} from '../../src/base/ids.ts';
import {listed} from '../../src/base/list.ts';
import {sameDot, seqOf} from '../../src/core/log/version-vector.ts';
import {sameReading} from '../../src/core/state/reading.ts';
import {findServer} from '../../src/engines/postgres/server/binaries.ts';
import {isConcurrent} from '../../src/history/conflict.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import type {EngineName} from '../../src/port/engine-name.ts';
import {showReading} from '../../src/report/words/show-value.ts';
import {EU, ok, startTestCluster, US, until} from '../support/cluster.ts';
import {type CellOf, REFUSED, readDocument, showDocument} from './postgres-resolvers/document.ts';
import {
  type Imitated,
  REAL,
  RESOLVERS,
  SCRIPTS,
  type Script,
  type Step,
} from './postgres-resolvers/scripts.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'postgres-resolvers.md');
const LEADERS: readonly LeaderId[] = [US, EU];
const WRITES = process.env.LEADERLAB_WRITE_DOCS === '1';
/** Longer than two commits need to get different times. */
const LATER_MS = 3;

const ENGINES: readonly {
  readonly engine: EngineName;
  readonly resolvers: readonly Imitated[];
  readonly isHere: boolean;
}[] = [
  {engine: 'native', resolvers: RESOLVERS, isHere: true},
  {engine: 'pglogical', resolvers: RESOLVERS, isHere: (await findServer('pglogical')).ok},
  {engine: 'postgres', resolvers: ['apply-remote'], isHere: (await findServer('postgres')).ok},
];

/** Runs all scripts at one cluster, each with another key. */
class Bench {
  readonly #cluster: Cluster;
  readonly #resolvers: readonly Imitated[];
  #key = '';

  constructor(cluster: Cluster, resolvers: readonly Imitated[]) {
    this.#cluster = cluster;
    this.#resolvers = resolvers;
  }

  async measure(script: Script, resolver: Imitated): Promise<string> {
    this.#key = `${resolver}:${SCRIPTS.indexOf(script)}`;
    for (const step of script.steps) if (!(await this.#carryOut(step))) return REFUSED;
    if (script.isConcurrent)
      await until(this.#cluster, `the decisions on ${this.#key}`, () => this.#areDecided());
    const cell = await this.#inWords();
    await this.#free(resolver);
    return cell;
  }

  /** True if this engine supports the action. */
  async #carryOut(step: Step): Promise<boolean> {
    if (step === 'later') {
      const fromMs = Date.now();
      await until(this.#cluster, 'a later time', () => Date.now() > fromMs + LATER_MS);
      return true;
    }
    if (step === 'arrives') {
      await until(this.#cluster, `everything of ${this.#key} everywhere`, () => this.#hasArrived());
      return true;
    }
    const text = step.run.replace('KEY', this.#key);
    if (text.startsWith('clock') && !this.#cluster.capabilities.has('clock')) return false;
    await ok(this.#cluster, text);
    return true;
  }

  async #hasArrived(): Promise<boolean> {
    await this.#cluster.measure();
    const {leaders} = this.#cluster.view();
    return leaders.every(({vv, halted}) =>
      LEADERS.every(origin => {
        const last = Math.max(...leaders.map(other => seqOf(other.vv, origin)));
        return seqOf(vv, origin) === last || halted.some(halt => halt.origin === origin);
      }),
    );
  }

  #conflicts() {
    return this.#cluster.view().conflicts.filter(({key}) => key === this.#key);
  }

  #areDecided(): boolean {
    return this.#conflicts().some(
      conflict => isConcurrent(conflict) && LEADERS.every(id => conflict.decisions[id] !== undefined),
    );
  }

  /** `both "B", "A" lost`, `us "A", eu "B", halted at us`. */
  async #inWords(): Promise<string> {
    const {result} = await ok(this.#cluster, `get ${this.#key} @us,eu`);
    if (result?.type !== 'values') throw new Error('no values');
    const [us, eu] = LEADERS.map(id => result.values[id]);
    if (us === undefined || eu === undefined || us.type === 'error' || eu.type === 'error')
      throw new Error('no answer');
    const shown = sameReading(us, eu)
      ? `both ${showReading(us)}`
      : `us ${showReading(us)}, eu ${showReading(eu)}`;
    const halted = this.#cluster.view().leaders.filter(leader => leader.halted.length > 0);
    return [
      shown.replaceAll('"', ''),
      ...this.#lost().map(write => `${write} lost`),
      ...(halted.length === 0 ? [] : [`halted at ${listed(halted.map(({id}) => id))}`]),
    ].join('; ');
  }

  #lost(): readonly string[] {
    return this.#conflicts().flatMap(({lost, writes}) =>
      writes
        .filter(({dot}) => lost.some(one => sameDot(one, dot)))
        .map(({value}) => (value === undefined ? 'the delete' : String(value))),
    );
  }

  /**
   * Ends every halt: applies or skips the operations on which leaders halted, so that the next script starts
   * without one.
   */
  async #free(resolver: Imitated): Promise<void> {
    if (this.#cluster.view().leaders.every(({halted}) => halted.length === 0)) return;
    const other = this.#resolvers.find(name => name !== 'halt' && name !== resolver);
    await ok(this.#cluster, other === undefined ? 'skip @all' : `resolver ${other}`);
    const areFree = async () =>
      (await this.#hasArrived()) && this.#cluster.view().leaders.every(({halted}) => halted.length === 0);
    await until(this.#cluster, `nobody halted after ${this.#key}`, areFree);
    if (other !== undefined) await ok(this.#cluster, `resolver ${resolver}`);
  }
}

describe('native resolvers and those of PostgreSQL', () => {
  const measured = new Map<string, string>();
  const nameOf: CellOf = ({title}, resolver, engine) => `${title} ${resolver} ${engine}`;
  const documented = WRITES ? undefined : readDocument(readFileSync(DOCUMENT, 'utf8'));
  /** Cells of engines that this machine lacks come from the document. */
  const cellOf: CellOf = (...of) => measured.get(nameOf(...of)) ?? documented?.(...of) ?? '';

  for (const {engine, resolvers, isHere} of ENGINES) {
    it.skipIf(!isHere)(`on the ${engine} engine`, {timeout: 60_000}, async () => {
      const cluster = await startTestCluster({
        engine,
        leaders: LEADERS,
        resolver: {name: resolvers[0] ?? 'lww'},
      });
      const bench = new Bench(cluster, resolvers);
      try {
        for (const resolver of resolvers) {
          await ok(cluster, `resolver ${resolver}`);
          for (const script of SCRIPTS)
            measured.set(nameOf(script, resolver, engine), await bench.measure(script, resolver));
        }
      } finally {
        await cluster.close();
      }
    });
  }

  it('disagree only where the reason is known', () => {
    const disagreeing = SCRIPTS.flatMap(script =>
      REAL.filter(
        ({resolver, engine}) => cellOf(script, resolver, 'native') !== cellOf(script, resolver, engine),
      ).map(({resolver, engine}) => `${script.title}: ${resolver} ${engine}`),
    );
    const known = SCRIPTS.flatMap(script =>
      REAL.filter(({resolver, engine}) => script.disagreements[engine]?.[resolver] !== undefined).map(
        ({resolver, engine}) => `${script.title}: ${resolver} ${engine}`,
      ),
    );
    expect(disagreeing).toEqual(known);
  });

  it('are in the document as they were measured', () => {
    const text = showDocument(cellOf);
    if (!WRITES) return expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
    expect(
      ENGINES.filter(({isHere}) => !isHere).map(({engine}) => `${engine} is not on this machine`),
    ).toEqual([]);
    writeFileSync(DOCUMENT, text);
  });
});
