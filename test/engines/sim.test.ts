/**
 * Virtual time behind the Cluster port: it passes only when somebody lets it pass, one seed decides
 * everything, and `back` restores the earlier state exactly.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {type StartOptions, startCluster} from '../../src/app/open-cluster.ts';
import {leaderId, linkId} from '../../src/base/ids.ts';
import type {EngineAction} from '../../src/command/action.ts';
import {lan, wan} from '../../src/faults/wan.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Cluster, Outcome} from '../../src/port/cluster.ts';
import {createSession} from '../../src/session/session.ts';
import {planFrom} from '../../src/sim/nemesis.ts';
import {AP, command, EU, ok, startTestCluster, US, values} from '../support/cluster.ts';
import {runs} from '../support/runs.ts';
import {waitFor} from '../support/wait.ts';

const NEVER = new AbortController().signal;
const BACKGROUND_LOAD: EngineAction = {
  type: 'load',
  perSecond: 100,
  forMs: 1000,
  keys: 5,
  mix: {},
  at: {type: 'leaders', leaders: [US]},
  background: true,
};
const value = (of: unknown) => ({type: 'value', value: of});

let cluster: Cluster;
afterEach(async () => {
  vi.useRealTimers();
  await cluster.close();
});

/** Real time passes only by `vi.advanceTimersByTime` from now on. */
const holdRealTime = (): void => {
  vi.useFakeTimers({toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance']});
};

const start = async (options: Partial<StartOptions> = {}): Promise<void> => {
  cluster = await startTestCluster({engine: 'sim', links: wan, ...options});
};
const summary = (outcome: Outcome): string =>
  outcome.result?.type === 'changed' ? outcome.result.summary : JSON.stringify(outcome);
const elapsedMs = (): number => cluster.clock.nowMs() - cluster.view().startedAtMs;
const depthOf = (): number => cluster.view().virtualTime?.depth ?? 0;
const inFlight = () =>
  cluster.view().links.flatMap(({id, inFlight}) => inFlight.map(({direction}) => `${id} ${direction}`));

describe('stopped time', () => {
  it('does not pass while nobody waits', async () => {
    holdRealTime();
    await start();
    const before = cluster.clock.nowMs();
    vi.advanceTimersByTime(60_000);
    expect(cluster.clock.nowMs()).toBe(before);
    expect(cluster.view().virtualTime).toEqual({runs: false, depth: 0});
  });

  it('does not pass for a write, whose messages stay in flight, even without latency', async () => {
    await start({links: lan});
    await ok(cluster, 'set a 1 @us');
    expect(elapsedMs()).toBe(0);
    expect(inFlight()).toEqual(['us>eu forth', 'us>ap forth']);
  });

  it('passes at once for a sleep', async () => {
    await start();
    const realMs = performance.now();
    await cluster.clock.sleep(60_000, NEVER);
    expect(elapsedMs()).toBe(60_000);
    expect(performance.now() - realMs).toBeLessThan(20_000);
  });

  it('passes to the next message for a step', async () => {
    await start();
    await ok(cluster, 'set a 1 @us');
    const told = [];
    for (let n = 0; n < 4; n++) told.push(summary(await ok(cluster, 'step')));
    expect(told.map(text => text.replace(/\d+ ms/, 'N ms'))).toEqual([
      'us>eu: us:1 arrived at eu after N ms',
      'us>ap: us:1 arrived at ap after N ms',
      "us>eu: eu's acknowledgement (us:1) arrived at us after N ms",
      "us>ap: ap's acknowledgement (us:1) arrived at us after N ms",
    ]);
    expect(await values(cluster, 'a')).toEqual({us: value(1), eu: value(1), ap: value(1)});
  });

  it('does not pass for a step if no message would arrive', async () => {
    await start();
    expect(await command(cluster, 'step')).toMatchObject({status: 'fail', failure: {code: 'quiet'}});
    expect(elapsedMs()).toBe(0);
  });

  it('passes by the duration of a step', async () => {
    await start();
    await ok(cluster, 'set a 1 @us');
    expect(summary(await ok(cluster, 'step 60ms'))).toBe('60 ms passed, 1 message arrived');
    expect(elapsedMs()).toBe(60);
  });

  it('does not pass for a load in the background until somebody waits for the load', async () => {
    await start();
    const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: false});
    await session.run('load 100/s for 2s keys=5 @us &');
    expect(elapsedMs()).toBe(0);
    await session.run('kill ap');
    expect(await session.run('wait load')).toMatchObject({status: 'ok'});
    expect(elapsedMs()).toBeGreaterThanOrEqual(1990);
    expect(session.entries.find(({ends}) => ends !== undefined)).toMatchObject({
      result: {load: {planned: 200, ok: 200}},
    });
  });
});

describe('running time', () => {
  it('passes at the speed of real time until the user stops it', async () => {
    holdRealTime();
    await start();
    await ok(cluster, 'resume');
    await ok(cluster, 'set a 1 @us');
    vi.advanceTimersByTime(200);
    expect(cluster.view().leaders.find(({id}) => id === AP)?.opCount).toBe(1);
    expect(elapsedMs()).toBe(200);
    expect(summary(await ok(cluster, 'pause'))).toMatch(/^time stands still at \d\d:\d\d\.\d{3}$/);
    const before = elapsedMs();
    vi.advanceTimersByTime(60_000);
    expect(elapsedMs()).toBe(before);
    expect(await command(cluster, 'pause')).toMatchObject({
      status: 'fail',
      failure: {message: 'time already stands still'},
    });
  });

  it('is undone as a whole by back', async () => {
    await start();
    await ok(cluster, 'set a 1 @us');
    const before = JSON.stringify(cluster.view());
    await ok(cluster, 'resume');
    await waitFor('half a second', () => elapsedMs() > 500);
    await ok(cluster, 'back');
    expect(JSON.stringify(cluster.view())).toBe(before);
  });
});

describe('messages that the user moves', () => {
  it('arrive now or are lost, and the protocol sends lost ones again', async () => {
    await start();
    await ok(cluster, 'set a 1 @us');
    expect(summary(await ok(cluster, 'deliver us>eu'))).toBe('us>eu: us:1 delivered to eu');
    expect(summary(await ok(cluster, 'drop us>ap'))).toBe('us>ap: us:1 lost');
    expect(elapsedMs()).toBe(0);
    expect(await values(cluster, 'a')).toMatchObject({eu: value(1), ap: {type: 'absent'}});
    expect(cluster.view().links.find(({id}) => id === linkId(US, AP))).toMatchObject({
      dropped: 1,
      byFault: {loss: 1},
    });
    await cluster.clock.sleep(10_000, NEVER);
    expect(await values(cluster, 'a')).toMatchObject({ap: value(1)});
  });

  it('arrive although their link holds them', async () => {
    await start();
    await ok(cluster, 'hold us>eu');
    await ok(cluster, 'set a 1 @us');
    await ok(cluster, 'deliver us>eu');
    expect(await values(cluster, 'a')).toMatchObject({eu: value(1)});
  });

  it('cannot be moved if there are none', async () => {
    await start();
    expect(await command(cluster, 'deliver us>eu')).toMatchObject({
      status: 'fail',
      failure: {message: 'no message is on us>eu now'},
    });
    await ok(cluster, 'topology ring');
    expect(await command(cluster, 'drop eu>us')).toMatchObject({status: 'fail', failure: {code: 'no-link'}});
  });
});

describe('the past', () => {
  it('is identical to the byte for the same seed', async () => {
    const run = async (): Promise<string> => {
      await start({seed: 7, resolver: {name: 'crdt'}});
      await ok(cluster, 'link us-eu loss 30% dup 20% reorder 20%');
      const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: false});
      await session.run('load 200/s for 1s keys=5 mix=set:3,incr:1 @us,eu');
      await cluster.clock.sleep(2000, NEVER);
      const seen = JSON.stringify(cluster.view());
      await cluster.close();
      return seen;
    };
    const first = await run();
    expect(first).toContain('"dropped"');
    expect(await run()).toBe(first);
  });

  it.each(Array.from({length: runs(25)}, (_, i) => i + 1))(
    'is restored exactly, command by command: seed %i',
    async seed => {
      const {leaders, resolver, steps} = planFrom(seed, {
        leaders: ['us', 'eu', 'ap', 'sa'].map(leaderId),
        resolver: {name: 'lww'},
      });
      await start({seed, leaders, resolver});
      const seen: string[] = [];
      for (const {action} of steps.slice(0, 30)) {
        if (action.type === 'disk' || action.type === 'disk-lost') continue;
        const [before, depth] = [JSON.stringify(cluster.view()), depthOf()];
        await cluster.execute(action, leaders[0] ?? US);
        // A command without an effect leaves no mark.
        if (depthOf() > depth) seen.push(before);
        if (seen.length % 3 !== 1) continue;
        seen.push(JSON.stringify(cluster.view()));
        await cluster.execute({type: 'step', by: {ms: 37}}, US);
      }
      expect(seen.length).toBeGreaterThan(3);
      for (const before of seen.reverse()) {
        await ok(cluster, 'back');
        expect(JSON.stringify(cluster.view())).toBe(before);
      }
      expect(await command(cluster, 'back')).toMatchObject({
        status: 'fail',
        failure: {message: 'this is the beginning'},
      });
    },
  );

  it('names the time that it returns to, and reports to loads that they were undone', async () => {
    await start();
    await ok(cluster, 'step 100ms');
    const load = cluster.execute(BACKGROUND_LOAD, US);
    await ok(cluster, 'step 200ms');
    expect(summary(await ok(cluster, 'back'))).toBe('back at 00:00.100, before step 200ms');
    expect(summary(await ok(cluster, 'back'))).toBe(
      'back at 00:00.100, before load 100/s for 1s keys=5 mix= @us &',
    );
    expect(await load).toMatchObject({status: 'info', failure: {code: 'taken-back'}});
  });

  it('continues a load that was running', async () => {
    await start();
    const load = cluster.execute(BACKGROUND_LOAD, US);
    await ok(cluster, 'step 500ms');
    await ok(cluster, 'kill us');
    await ok(cluster, 'back');
    await cluster.clock.sleep(2000, NEVER);
    expect(await load).toMatchObject({status: 'ok', result: {load: {planned: 100, ok: 100}}});
  });
});

describe('a user’s module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sim-test-'));
  const file = join(folder, 'merge.mjs');
  afterEach(() => rmSync(folder, {recursive: true, force: true}));

  it('resolves conflicts, and is loaded again when it changes', async () => {
    writeFileSync(file, 'export const merge = (a, b) => Math.max(a, b);\n');
    await start({resolver: {name: 'custom', file}});
    await ok(cluster, 'set n 3 @us || set n 5 @eu');
    await cluster.clock.sleep(1000, NEVER);
    expect(await values(cluster, 'n')).toEqual({us: value(5), eu: value(5), ap: value(5)});
    writeFileSync(file, 'export const merge = (a, b) => Math.min(a, b); // the least\n');
    await waitFor('the new version', () =>
      cluster.view().notices.some(({text}) => text === 'merge.mjs was loaded again'),
    );
    expect(await values(cluster, 'n')).toEqual({us: value(3), eu: value(3), ap: value(3)});
    await ok(cluster, 'set other 1 @eu');
    await ok(cluster, 'back');
    expect(await values(cluster, 'n')).toEqual({us: value(3), eu: value(3), ap: value(3)});
  }, 20_000);
});

it('an operation that has arrived is kept in a crash', async () => {
  await start();
  await ok(cluster, 'set b 1 @ap');
  await ok(cluster, 'step');
  await ok(cluster, 'kill us');
  await ok(cluster, 'restart us');
  expect(await values(cluster, 'b')).toMatchObject({us: value(1)});
});

it('two writes one after the other have different stamps, and the later write wins', async () => {
  await start();
  for (const text of ['cut us-eu', 'set title A @us', 'set title B @eu', 'heal']) await ok(cluster, text);
  await cluster.clock.sleep(5000, NEVER);
  expect(await values(cluster, 'title')).toEqual({us: value('B'), eu: value('B'), ap: value('B')});
});

it('the sim engine refuses a data folder, because it keeps nothing on disk', async () => {
  await start();
  const options = {
    leaders: undefined,
    topology: undefined,
    resolver: undefined,
    links: wan,
    seed: 1,
  } as const;
  expect(await startCluster({engine: 'sim', ...options, data: './data'})).toMatchObject({
    ok: false,
    failure: {message: 'the sim engine keeps nothing on disk'},
  });
});

it('the sim engine answers every waiting command when the lab closes', async () => {
  await start();
  await ok(cluster, 'resume');
  await ok(cluster, 'cut ap>us ap>eu');
  await ok(cluster, 'set a 1 @ap');
  const leaving = cluster.execute({type: 'leave', leader: AP}, EU);
  await cluster.close();
  expect(await leaving).toMatchObject({status: 'fail', failure: {code: 'closing'}});
});
