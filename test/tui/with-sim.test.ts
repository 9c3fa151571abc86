/**
 * The screen on the real simulated cluster: the way that it suggests is walked to its end, by enter, tab and
 * keys.
 */
import {afterEach, expect, test} from 'vitest';
import {startCluster} from '../../src/app/open-cluster.ts';
import {wan} from '../../src/faults/wan.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import type {Cluster} from '../../src/port/cluster.ts';
import {createSession} from '../../src/session/session.ts';
import {keyPresses} from '../../src/tui/model/input/keypress.ts';
import {Store} from '../../src/tui/store.ts';
import {textOf} from './pictures.ts';
import {ENTER, ESC, TAB} from './scenes.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Opened {
  readonly cluster: Cluster;
  press(...inputs: string[]): void;
  /** The lines of one area, or the first of them. */
  area(id: string): string;
}

async function open(): Promise<Opened> {
  const unnamed = {leaders: undefined, topology: undefined, resolver: undefined, data: undefined};
  const started = await startCluster({...unnamed, engine: 'sim', links: wan, seed: 1});
  if (!started.ok) throw new Error(started.failure.message);
  const {cluster} = started.value;
  const session = createSession(cluster, {locate: locateIn('.'), loadsInBackground: true});
  const store = new Store({
    cluster,
    session,
    keepsData: false,
    size: {columns: 120, rows: 36},
    onQuit: () => undefined,
    onSuspend: () => undefined,
  });
  ends.push(async () => {
    store.stop();
    await cluster.close();
  });
  return {
    cluster,
    press: (...inputs) => store.press(inputs.flatMap(keyPresses)),
    area: id => (store.frame().areas.find(area => area.id === id)?.lines ?? []).map(textOf).join('\n'),
  };
}

test('the suggestions of virtual time lead from two writes to convergence, and back again', async () => {
  const {press, area} = await open();
  const suggests = (command: string) => expect.poll(() => area('note')).toContain(`try: ${command} `);
  await suggests('set title A @us || set title B @eu');
  press(TAB, ENTER);
  await suggests('step');
  expect(area('topology')).toMatch(/next: (us>eu|eu>us) in 4\d ms/);
  expect(area('header')).toMatch(/≠ diverged · 2 ops under way .*⏸ stands 00:00\.000$/);
  press(ENTER);
  await suggests('step   and the next');
  expect(area('under')).toMatch(
    /✔ step {2}(us>eu: us:1 arrived at eu|eu>us: eu:1 arrived at us) after 4\d ms/,
  );
  expect(area('conflicts')).toMatch(/#1 00:00\.04\d title/);
  press(ENTER);
  await suggests('explain 1');
  const before = area('conflicts');
  press(TAB, ENTER);
  await suggests('back');
  expect(area('overlay')).toContain('conflict #1');
  press(TAB, ENTER);
  await suggests('deliver');
  await expect.poll(() => area('conflicts')).not.toBe(before);
  press(TAB, ENTER);
  await suggests('resume');
  expect(area('under')).toMatch(/✔ deliver (\w\w>\w\w) {2}\w\w:1 delivered to ap/);
  press(ESC, ' ');
  await expect.poll(() => area('header')).toMatch(/= converged .*▶ runs/);
  press(' ');
  await expect.poll(() => area('header')).toMatch(/⏸ stands/);
});

test('back undoes the writes to the beginning, and the screen forgets them', async () => {
  const {press, area} = await open();
  const blank = area('leaders-0');
  press(`set title A @us || set title B @eu`, ENTER);
  press('sleep 1s', ENTER);
  await expect.poll(() => area('header')).toMatch(/= converged .*00:01\.\d\d\d$/);
  expect(area('conflicts')).toContain('#1');
  press(ESC, 'b', 'b');
  await expect.poll(() => area('header')).toMatch(/= converged .*00:00\.000$/);
  expect(area('conflicts')).toContain('no conflicts yet');
  expect(area('leaders-0')).toBe(blank);
  press('b');
  await expect.poll(() => area('under')).toContain('this is the beginning');
});

test('a person drops a message of a link, and the next step delivers another', async () => {
  const {press, area} = await open();
  press('set title A @us', ENTER);
  await expect.poll(() => area('topology')).toMatch(/next: us>eu in/);
  press(ESC, 'lll', 'D');
  await expect.poll(() => area('under')).toContain('✔ drop us>eu  us:1 lost');
  expect(area('topology')).toMatch(/next: us>ap in/);
  expect(area('keys')).not.toMatch(/ D drop/);
});

test('a step takes the announced time, in its answer and by the clock', async () => {
  const {press, area} = await open();
  const clock = (): number => Number(/00:00\.(\d\d\d)/.exec(area('header'))?.[1]);
  press('set q 1 @us || set r 1 @eu', ENTER);
  for (let step = 1; step <= 6; step++) {
    await expect.poll(() => area('topology')).toMatch(/next: /);
    const [before, announced] = [clock(), Number(/next: .*? in (\d+) ms/.exec(area('topology'))?.[1] ?? 0)];
    press(`step`, ENTER);
    await expect.poll(() => area('timeline').split('step').length - 1).toBeGreaterThanOrEqual(step);
    await expect.poll(() => area('under')).toMatch(/✔ step .*arrived/);
    expect([step, clock()]).toEqual([step, before + announced]);
  }
});

test('a lost operation that is on no link is not called under way', async () => {
  const {press, area} = await open();
  press('set q 1 @us', ENTER);
  await expect.poll(() => area('header')).toContain('1 op under way');
  press('deliver us>eu', ENTER, 'drop us>ap', ENTER);
  await expect.poll(() => area('under')).toContain('✔ drop us>ap');
  expect(area('header')).toContain('1 op to be sent');
});
