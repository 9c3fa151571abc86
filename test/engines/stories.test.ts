/**
 * What the lab says of a conflict long afterwards, on every engine of our own leaders: the writes as they
 * were.
 */

import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {listed} from '../../src/base/list.ts';
import {showDot} from '../../src/core/log/version-vector.ts';
import {readingToJson} from '../../src/core/state/reading.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Comparison} from '../../src/history/comparison.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {showEntry} from '../../src/report/entry-document.ts';
import {createSession} from '../../src/session/session.ts';
import type {SessionResult} from '../../src/session/session-result.ts';
import {startTestCluster} from '../support/cluster.ts';

let folder: string;
let cluster: Cluster | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaderlab-test-'));
});

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
  rmSync(folder, {recursive: true, force: true});
});

type Explained = Extract<SessionResult, {type: 'explained'}>;

async function start(engine: 'native' | 'sim') {
  cluster = await startTestCluster({engine});
  const session = createSession(cluster, {locate: locateIn(folder), loadsInBackground: false});
  const run = async (...texts: string[]) => {
    let last = await session.run('state');
    for (const text of texts) {
      last = await session.run(text);
      if (last.status !== 'ok') throw new Error(showEntry(last).join('\n'));
    }
    return last;
  };
  const explain = async (id: number): Promise<Explained> => {
    const {result} = await run(`explain ${id}`);
    if (result?.type !== 'explained') throw new Error('not explained');
    return result;
  };
  return {session, run, explain};
}

/** `lww reads "B", lost us:1`, without what depends on who wrote first. */
const rows = ({resolvers}: Comparison) =>
  Object.fromEntries(
    resolvers.map(({name, inUse, reading, lost}) => [
      name,
      {inUse, reads: readingToJson(reading), lost: lost.map(showDot)},
    ]),
  );

describe.each(['native', 'sim'] as const)('an old conflict, %s', engine => {
  it('has the same comparison of its writes after the key changes', async () => {
    const {run, explain} = await start(engine);
    await run('set k base @us', 'wait converged 20s', 'set k A @us || set k B @eu', 'wait converged 20s');
    const before = rows((await explain(1)).comparison as Comparison);
    expect([before.lww?.lost.length, before.siblings?.reads]).toEqual([1, {siblings: ['B', 'A']}]);
    await run('set k C @us', 'wait converged 20s');
    expect(rows((await explain(1)).comparison as Comparison)).toEqual(before);
    await run('del k @eu', 'set k D @us || set k E @ap', 'wait converged 20s', 'resolver fww', 'kill us');
    // The order in which they arrived at a leader that is down is not known.
    const {'apply-remote': _, 'keep-local': __, halt: ___, ...convergent} = before;
    expect(rows((await explain(1)).comparison as Comparison)).toMatchObject(convergent);
    await run('restart us', 'wait converged 20s');
    expect(rows((await explain(1)).comparison as Comparison)).toEqual(before);
    // The second conflict is about its own writes. It does not include the writes that the first one lost.
    const second = rows((await explain(2)).comparison as Comparison);
    expect(second.siblings).toMatchObject({reads: {siblings: ['E', 'D']}, lost: []});
    expect(second.lww?.lost).toHaveLength(1);
  });

  it('has writes that are found behind more operations than one answer holds', async () => {
    const {run, explain} = await start(engine);
    await run('set k A @us || set k B @eu', 'wait converged 20s');
    await run('load 4000/s for 3s keys=1', 'wait converged 20s');
    await run(...Array.from({length: 3}, (_, n) => `set k ${n} @us`), 'wait converged 20s');
    expect(rows((await explain(1)).comparison as Comparison).siblings?.reads).toEqual({siblings: ['B', 'A']});
  });

  it('is reported as incomplete if no live leader has one of its writes', async () => {
    const {session, run, explain} = await start(engine);
    await run('cut us>ap, eu>ap, us>eu', 'set k A @us', 'set k B @eu', 'wait load');
    await cluster?.measure();
    await run('sleep 1s');
    expect((await session.run('explain 1')).status).toBe('ok');
    await run('kill us');
    const {notCompared, comparison} = await explain(1);
    expect([notCompared, comparison]).toEqual(['no live leader has us:1', undefined]);
    expect(
      showEntry(await run('explain 1'))
        .at(-1)
        ?.trim(),
    ).toBe('The resolvers cannot be compared on these writes: no live leader has us:1.');
  });
});

describe.each(['native', 'sim'] as const)('%s', engine => {
  it('shows a long value with its type', async () => {
    const {run} = await start(engine);
    const long = 'x'.repeat(6000);
    await run(
      `set s ${long} @us || set s 2 @eu`,
      `set o {"k":"${long}"} @us || set o [1,"${long}"] @eu`,
      'wait converged 20s',
    );
    const view = cluster?.view();
    const writes = view?.conflicts.flatMap(conflict => conflict.writes) ?? [];
    expect(writes.map(({dot, summary}) => `${showDot(dot)} ${summary.slice(0, 16)}`).sort()).toEqual([
      'eu:1 set 2',
      'eu:2 set [1,"xxxxxxxx',
      'us:1 set "xxxxxxxxxxx',
      'us:2 set {"k":"xxxxxx',
    ]);
    const cards =
      view?.leaders[0]?.keys.map(({reading}) => (reading.type === 'value' ? reading.value : undefined)) ?? [];
    expect(cards.every(value => typeof value !== 'string' || !value.startsWith('"'))).toBe(true);
  });

  it('counts the keys of a killed leader with the operations that it had acknowledged', async () => {
    const {run} = await start(engine);
    await run('cut us-ap, eu-ap', 'set only 1 @ap', 'set other 1 @ap', 'set only 2 @ap', 'kill ap');
    const ap = cluster?.view().leaders.find(({id}) => id === 'ap');
    expect([ap?.opCount, ap?.keyCount]).toEqual([3, 2]);
  });

  it('refuses a key that nobody wrote or that was only deleted', async () => {
    const {session, run} = await start(engine);
    await run('del gone @us', 'wait converged 20s');
    for (const [text, says] of [
      ['compare nothing', '"nothing" does not exist: no live leader has a write to it'],
      ['compare gone', '"gone" does not exist: it was only ever deleted'],
      ['why nothing', '"nothing" does not exist at us: it has no write to it'],
    ] as const) {
      expect((await session.run(text)).failure).toMatchObject({code: 'no-such-key', message: says});
    }
  });

  it('names the order of arrival at each leader under a custom merge', async () => {
    writeFileSync(
      join(folder, 'middle.mjs'),
      'export const merge = (mine, theirs) => (mine + theirs) / 2;\n',
    );
    const {session, run} = await start(engine);
    await run('resolver custom ./middle.mjs', 'set bid 0 @us || set bid 8 @eu || set bid 4 @ap', 'sleep 3s');
    for (const at of ['us', 'eu', 'ap']) {
      const log = (await session.run(`log ${at} bid`)).result;
      if (log?.type !== 'log') throw new Error('no log');
      const ops = log.ops[at as keyof typeof log.ops];
      if (ops === undefined || 'error' in ops) throw new Error('no log');
      const story = showEntry(await session.run(`why bid @${at}`)).join('\n');
      expect(story).toContain(`in the order of arrival here, ${listed(ops.map(({dot}) => showDot(dot)))}`);
    }
  });
});
