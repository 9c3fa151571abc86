/**
 * Sessions and checks of histories under virtual time: what `back` does to the state of a session, and what
 * the checkers of histories find.
 */
import {afterEach, describe, expect, it} from 'vitest';
import {wan} from '../../src/faults/wan.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {createSession} from '../../src/session/session.ts';
import {startTestCluster} from '../support/cluster.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

const start = async (): Promise<void> => {
  cluster = await startTestCluster({engine: 'sim', links: wan});
};
const elapsedMs = (): number => cluster.clock.nowMs() - cluster.view().startedAtMs;

describe('the knowledge of a session', () => {
  const start1 = async () => {
    await start();
    return createSession(cluster, {locate: locateIn('.'), loadsInBackground: false});
  };
  const seen = async (session: Awaited<ReturnType<typeof start1>>, text: string): Promise<string> => {
    const {result, failure} = await session.run(text);
    return result?.type === 'check'
      ? result.holds
        ? 'holds'
        : result.seen
      : (failure?.message ?? JSON.stringify(result));
  };

  it('is restored by back: undone writes are not judged', async () => {
    const session = await start1();
    for (const text of ['set a 1 @us', 'back', 'set a 2 @eu']) await session.run(text);
    expect(await seen(session, 'expect history session')).toBe('holds');
    expect(await seen(session, 'expect history no-lost-acked-write')).toBe('holds');
  });

  it('is restored by back: an undone `undo` is possible again', async () => {
    const session = await start1();
    for (const text of ['cut us-eu', 'undo', 'back']) await session.run(text);
    expect(session.undoable).toBe('restore us-eu');
    expect(await seen(session, 'undo')).toContain('us>eu eu>us healed');
  });

  it('includes a load that had ended and runs again', async () => {
    const session = await start1();
    for (const text of ['load 50/s for 2s keys=2 @us &', 'sleep 3s', 'back', 'wait load'])
      await session.run(text);
    expect(elapsedMs()).toBeGreaterThanOrEqual(1900);
    expect(cluster.view().leaders[0]?.opCount).toBe(100);
  });

  it('has a mark for a command that failed in part, and for each wait', async () => {
    const session = await start1();
    for (const text of ['kill eu', 'set y 1 @us,eu']) await session.run(text);
    expect(await seen(session, 'back')).toContain('before set y 1 @us,eu');
    for (const text of ['sleep 1s', 'sleep 2s', 'back']) await session.run(text);
    expect(elapsedMs()).toBe(1000);
  });

  it('includes the writes of a load that a leader acknowledged', async () => {
    const session = await start1();
    for (const text of ['hold us>eu us>ap', 'load 100/s for 1s keys=5 @us', 'kill us'])
      await session.run(text);
    expect(await seen(session, 'expect history no-lost-acked-write')).toBe('no live leader has us:1-100');
  });
});

describe('a history', () => {
  const verdict = async (...texts: string[]): Promise<string> => {
    const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: false});
    const entries = [];
    for (const text of texts) entries.push(await session.run(text));
    const result = entries.at(-1)?.result;
    if (result?.type !== 'check') throw new Error('no check');
    return result.holds ? 'holds' : result.seen;
  };

  it('keeps the session guarantees at one leader, and may break them at another', async () => {
    await start();
    expect(
      await verdict('set title A @us', 'get title @us', 'set title B @us', 'expect history session'),
    ).toBe('holds');
    expect(await verdict('set title C @us', 'get title @eu', 'expect history session')).toBe(
      'read your writes: title was read at eu, which had not applied us:3, written before',
    );
    expect(
      await verdict('set title D @us', 'wait converged', 'get title @eu', 'expect history session'),
    ).toBe('holds');
  });

  it('is causal under causal delivery, but not always under fifo', async () => {
    const steps = [
      'cut us>ap',
      'set q 1 @us',
      'sleep 100ms',
      'set answer 1 @eu',
      'sleep 200ms',
      'expect history causal',
    ];
    await start();
    expect(await verdict(...steps)).toBe(
      'ap applied eu:1 before us:1, which eu had applied when it accepted it',
    );
    await cluster.close();
    await start();
    expect(await verdict('delivery causal', ...steps)).toBe('holds');
  });

  it('has lost what a resolver discarded unseen, and what only a dead leader has', async () => {
    await start();
    expect(await verdict('set n 1 @us', 'kill us', 'expect history no-lost-acked-write')).toBe(
      'no live leader has us:1',
    );
    expect(await verdict('restart us', 'wait converged', 'expect history no-lost-acked-write')).toBe('holds');
    expect(
      await verdict('set a 1 @us || set a 2 @eu', 'wait converged', 'expect history no-lost-acked-write'),
    ).toBe('eu:1 acknowledged, and lost to a resolver');
  });
});
