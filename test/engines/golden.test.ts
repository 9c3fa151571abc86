/**
 * One golden file per resolver, the same for every engine: the same commands on real processes and under
 * virtual time, what readers then see at every leader, and which writes are lost. Clocks are set apart and
 * one link is held, so that every winner is decided by the commands and nothing by chance.
 *
 * After an intended change: `npx vitest run test/engines/golden.test.ts -u`, and read the difference.
 */
import {join} from 'node:path';
import {afterEach, describe, expect, it} from 'vitest';
import {type LeaderId, leaderId} from '../../src/base/ids.ts';
import {seqOf, showDot} from '../../src/core/log/version-vector.ts';
import {RESOLVER_NAMES, type ResolverName} from '../../src/core/resolvers/spec.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {showReading} from '../../src/report/words/show-value.ts';
import {createSession} from '../../src/session/session.ts';
import type {Session} from '../../src/session/session-result.ts';
import {startTestCluster, until} from '../support/cluster.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const LEADERS = ['us', 'eu', 'ap'].map(leaderId);
const [, EU = leaderId('eu'), AP = leaderId('ap')] = LEADERS;

const COMMAND: {readonly [name in ResolverName]?: string} = {
  priority: 'resolver priority ap us eu',
  custom: 'resolver custom ./merge.mjs',
};

/** Commands that run before any concurrent write. */
const BEFORE = ['set gone 1 @us', 'set stock 10 @us', 'sadd cart milk @us', 'set user {"name": "Ada"} @us'];
/** Concurrent writes while nothing passes from eu to ap, so that ap always receives the write of us first. */
const CONCURRENT = [
  'set title A @us || set title B @eu',
  'del gone @us || set gone 2 @eu',
  'incr stock 5 @us || incr stock 3 @eu',
  'sadd cart eggs @us || srem cart milk @eu',
  'hset user name Bob @us || hset user city Rome @eu',
  'txn set from 1, set to 1 @us || set to 2 @eu',
];
const KEYS = ['title', 'gone', 'stock', 'cart', 'user', 'from', 'to'];

/**
 * Waits until every leader has what the others have, except operations that it halted on and links that
 * `unless` names.
 */
function isSettled(
  cluster: Cluster,
  unless: (leader: LeaderId, origin: LeaderId) => boolean = () => false,
): boolean {
  const {leaders} = cluster.view();
  return leaders.every(({id, vv, halted, buffered}) =>
    LEADERS.every(origin => {
      const most = Math.max(...leaders.map(other => seqOf(other.vv, origin)));
      return (
        seqOf(vv, origin) === most ||
        halted.some(halt => halt.origin === origin) ||
        buffered > 0 ||
        unless(id, origin)
      );
    }),
  );
}

class Transcript {
  readonly lines: string[] = [];
  readonly #cluster: Cluster;
  readonly #session: Session;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#session = createSession(cluster, {locate: locateIn(FOLDER), loadsInBackground: false});
  }

  async run(text: string): Promise<void> {
    const {status, failure} = await this.#session.run(text);
    this.lines.push(`> ${text}`);
    if (status !== 'ok') this.lines.push(`  ${status}: ${failure?.message}`);
  }

  async settle(unless?: (leader: LeaderId, origin: LeaderId) => boolean): Promise<void> {
    await until(this.#cluster, 'everything is where it can be', async () => {
      // Leaders report before they answer, so the view now includes what was just acknowledged.
      await this.#cluster.measure();
      return isSettled(this.#cluster, unless);
    });
  }

  /** What each leader shows for the key, and which of its writes are lost. */
  async show(key: string): Promise<void> {
    const {result} = await this.#session.run(`get ${key} @all`);
    if (result?.type !== 'values') throw new Error(`no values of ${key}`);
    const {values} = result;
    const readings = LEADERS.map(id => {
      const reading = values[id];
      return (
        `${id} ` + `${reading === undefined || reading.type === 'error' ? 'no answer' : showReading(reading)}`
      );
    });
    const entries = this.#cluster
      .view()
      .conflicts.filter(conflict => conflict.key === key && conflict.relation !== 'stale');
    const lost = entries.flatMap(conflict => conflict.lost.map(showDot));
    const torn = entries.flatMap(conflict => conflict.torn.map(showDot));
    const how = entries.map(({relation, kind}) => `${relation} ${kind}`);
    const parts = [
      `${key.padEnd(6)} ${readings.join('   ')}`,
      ...how,
      ...(lost.length > 0 ? [`lost ${lost.join(' ')}`] : []),
      ...(torn.length > 0 ? [`torn ${[...new Set(torn)].join(' ')}`] : []),
    ];
    this.lines.push(`  ${parts.join('   · ')}`);
  }
}

describe.each(['native', 'sim'] as const)('golden files of the %s engine', {timeout: 60_000}, engine => {
  let cluster: Cluster | undefined;
  afterEach(() => cluster?.close());

  it.each(RESOLVER_NAMES)('%s', async name => {
    cluster = await startTestCluster({engine});
    const told = new Transcript(cluster);
    for (const command of [COMMAND[name] ?? `resolver ${name}`, 'clock eu +10s', 'clock ap +20s', ...BEFORE])
      await told.run(command);
    await told.settle();
    await told.run('hold eu>ap');
    for (const command of CONCURRENT) await told.run(command);
    await told.settle((leader, origin) => leader === AP && origin === EU);
    await told.run('release eu>ap');
    await told.settle();
    for (const key of KEYS) await told.show(key);
    if (name === 'halt') {
      await told.run('skip eu @us');
      await told.settle();
      await told.show('title');
      await told.show('gone');
      await told.run('resolver lww');
      const going = cluster;
      await until(going, 'nobody halts', () => going.view().leaders.every(({halted}) => halted.length === 0));
      await told.settle();
      for (const key of KEYS) await told.show(key);
    }
    for (const command of ['set slow 1 @ap', 'set slow 2 @us', 'set title C @us']) {
      await told.run(command);
      await told.settle();
    }
    await told.show('slow');
    await told.show('title');
    await expect(`${told.lines.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
  });
});
