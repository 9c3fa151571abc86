/**
 * The edge of a guided lab, in virtual time: a person can finish every lab, a step can start again on a new
 * cluster, and `keep` writes a command file that `run` repeats.
 */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {search} from '../../src/app/fuzz-search.ts';
import {startCluster} from '../../src/app/open-cluster.ts';
import {ReplaceableCluster} from '../../src/app/replaceable-cluster.ts';
import type {Failure} from '../../src/base/failure.ts';
import {type Offer, offerOf} from '../../src/course/guide-offer.ts';
import {recordOf} from '../../src/course/guide-state.ts';
import {GuidedLab} from '../../src/course/guided-lab.ts';
import {type Summary, summaryOf} from '../../src/course/lab-summary.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {REAL_CLOCK} from '../../src/engines/shared/real-clock.ts';
import {wan} from '../../src/faults/wan.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import {runFiles} from '../../src/runner/run-files.ts';
import {createSession} from '../../src/session/session.ts';
import {waitFor} from '../support/wait.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'labs');
const fileOf = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
/** The labs for virtual time. */
const LABS = readdirSync(FOLDER).filter(file => /^\d\d-.*\.md$/.test(file) && holdsInSim(file));

function holdsInSim(file: string): boolean {
  const read = readLab(file, fileOf(file));
  return read.ok && read.lab.about.engines.includes('sim');
}

async function open(name: string, source: string, refuses?: Failure) {
  const read = readLab(name, source);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  const {lab} = read;
  const {leaders, topology, resolver} = lab.about;
  const start = async () => {
    const started = await startCluster({
      engine: 'sim',
      leaders,
      topology,
      resolver,
      links: wan,
      data: undefined,
      seed: 1,
    });
    if (!started.ok) throw new Error(started.failure.message);
    return started.value.cluster;
  };
  const cluster = new ReplaceableCluster(await start());
  const kept = new Map<string, string>();
  const finished: Summary[] = [];
  const guide = new GuidedLab({
    lab,
    absolute: name => join(FOLDER, name),
    cluster,
    startOver: async (): Promise<Failure | undefined> =>
      refuses ?? void (await cluster.replace(await start())),
    keep: async (file, text): Promise<Failure | undefined> => void kept.set(file, text),
    finished: async (summary): Promise<string | undefined> => void finished.push(summary),
    clock: REAL_CLOCK,
  });
  const session = createSession(cluster, {locate: locateIn(FOLDER), loadsInBackground: false, guide, search});
  guide.attach(session);
  onTestFinished(async () => {
    guide.close();
    await cluster.close();
  });
  const offer = (): Offer => offerOf(guide.view().state);
  const settled = async (): Promise<Offer> => {
    await waitFor(
      'the guide to know',
      () => offer().type !== 'settling' && offer().type !== 'checks',
      20_000,
    );
    return offer();
  };
  /** Plays as a person who takes the first choice of each question and looks up every solution. */
  const onwards = async (): Promise<void> => {
    const next = await settled();
    const texts =
      next.type === 'choose'
        ? ['choose 1']
        : next.type === 'task'
          ? next.task.solution.map(({text}) => text)
          : ['next'];
    for (const text of texts) await session.run(text);
    if (next.type === 'task') await waitFor('the task to be done', () => offer().type !== 'task', 20_000);
  };
  const until = async (type: Offer['type']): Promise<void> => {
    while ((await settled()).type !== type) await onwards();
  };
  return {lab, cluster, guide, session, kept, finished, offer, settled, until};
}

test.each(LABS)('a user can finish %s', {timeout: 60_000}, async file => {
  const {guide, finished, until, lab} = await open(file.replace(/\.md$/, ''), fileOf(file));
  await until('over');
  const summary = summaryOf(guide.view().state);
  expect(finished).toEqual([summary]);
  expect(summary.predictions).toHaveLength(
    lab.steps.flatMap(({parts}) => parts.filter(({type}) => type === 'predict')).length,
  );
  for (const {outcomes, chosen} of guide.view().state.records)
    for (const [part, {right, reasons}] of Object.entries(outcomes)) {
      expect(right).toHaveLength(1);
      if (right[0] !== chosen[Number(part)]) expect(reasons.length).toBeGreaterThan(0);
    }
});

const SMALL = `---
title: Small
teaches: nothing
minutes: 1
resolver: hlc
---

## One

\`\`\`lab
set a 1 @us
wait converged
\`\`\`

\`\`\`task
Have b at eu.
check: get b @eu = 2
hint: write it
solution: set b 2 @eu
\`\`\`

## Two

\`\`\`predict
What is a?
- one | get a @us = 1
- two | get a @us = 2
\`\`\`

\`\`\`lab
set c 3 @ap
\`\`\`
`;

test(
  'redo brings a fresh cluster to the beginning of the ' + 'step, and leaves no entry of what it repeated',
  async () => {
    const {guide, session, cluster, settled, until, offer} = await open('small', SMALL);
    await until('task');
    await session.run('set mine 9 @eu');
    await session.run('set b 2 @eu');
    await until('choose');
    await session.run('choose 2');
    await session.run('next');
    expect((await settled()).type).toBe('finish');
    expect(recordOf(guide.view().state).outcomes[0]).toEqual({
      right: [0],
      reasons: ['expected get a @us = 2, seen 1 at us'],
    });
    await session.run('set late 1 @us');
    const before = session.entries.length;
    const entry = await session.run('back');
    expect(entry).toMatchObject({status: 'ok', result: {summary: expect.stringContaining('back')}});
    expect((await session.run('redo')).result).toEqual({type: 'changed', summary: 'step 2 starts again'});
    expect(session.entries.length).toBe(before + 2);
    expect(offer()).toEqual({type: 'choose', choices: 2});
    const keys = cluster.view().leaders.map(({id, keys: shown}) => [id, shown.map(({key}) => key).sort()]);
    expect(keys).toEqual([
      ['us', ['a']],
      ['eu', ['a', 'b', 'mine']],
      ['ap', ['a']],
    ]);
    expect(session.undoable).toBeUndefined();
  },
);

test('redo changes nothing if a new cluster cannot start', async () => {
  const refuses = {code: 'no-room', message: 'no room for another'};
  const {guide, session, until, cluster} = await open('small', SMALL, refuses);
  await until('task');
  await waitFor('its checks to be judged', () => recordOf(guide.view().state).ticks[1] !== undefined);
  const {state} = guide.view();
  expect(await session.run('redo')).toMatchObject({status: 'fail', failure: refuses});
  expect(guide.view()).toEqual({state});
  expect(cluster.view().leaders.every(({keys}) => keys.length === 1)).toBe(true);
});

test('the lab waits for its load before it continues', async () => {
  const source = SMALL.replace('set a 1 @us\nwait converged', 'load 100/s for 2s keys=5\nwait converged');
  const {session, until, guide} = await open('small', source);
  await until('task');
  expect(session.entries.map(({text, ends}) => [text, ends?.text])).toEqual([
    ['load 100/s for 2s keys=5', undefined],
    ['next', undefined],
    ['wait converged', undefined],
    ['next', undefined],
  ]);
  expect(guide.view().state.records).toHaveLength(1);
});

test('keep writes a command file that run can repeat', async () => {
  const {session, kept, until} = await open('small', SMALL);
  await until('task');
  await session.run('kill nobody');
  await session.run('set b 2 @eu if b = 7');
  await session.run('resolver custom ./no-such.mjs');
  await session.run('resolver custom ./cart-union.mjs');
  await until('over');
  await session.run('keep');
  expect(kept.get('small.lab')).toBe(`# Small
# leaderlab run --leaders us,eu,ap small.lab
resolver hlc

# One
set a 1 @us
wait converged
set b 2 @eu if b = 7
expect outcome fail
resolver custom ${join(FOLDER, 'cart-union.mjs')}
set b 2 @eu
# reached: get b @eu = 2

# Two
set c 3 @ap
`);
  const folder = mkdtempSync(join(tmpdir(), 'kept-'));
  onTestFinished(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'small.lab');
  writeFileSync(file, kept.get('small.lab') ?? '');
  const told: string[] = [];
  const leaders = readLab('small', SMALL);
  if (!leaders.ok) throw new Error('small');
  const write = (line: string): void => void told.push(line);
  const options = {
    engine: 'sim',
    leaders: leaders.lab.about.leaders,
    json: false,
    seed: 1,
    write,
    warn: write,
  } as const;
  const status = await runFiles([file], options, async () => {
    const started = await startCluster({
      ...options,
      topology: undefined,
      resolver: undefined,
      links: wan,
      data: undefined,
    });
    return started.ok ? {ok: true, value: started.value.cluster} : started;
  });
  expect(told.join('\n')).not.toContain('✘ get');
  expect(status).toBe(0);
});

test('a command of the guide that does not fit the present part is refused by name', async () => {
  const {session, until} = await open('small', SMALL);
  const refusal = async (text: string) => (await session.run(text)).failure?.message;
  expect(await refusal('choose 1')).toBe('no question is open');
  expect(await refusal('hint')).toBe('no task is open');
  await until('task');
  expect(await refusal('next')).toBe('the task is not done yet');
  await until('choose');
  expect(await refusal('next')).toBe('first choose 1–2');
  expect(await refusal('choose 3')).toBe('there are 2 answers');
});
