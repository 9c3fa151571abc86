/**
 * A leader's resolver as the lab changes it. Uses the built program of the module's thread.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, it} from 'vitest';
import type {ResolverSpec} from '../../src/core/resolvers/spec.ts';
import {ResolverSlot} from '../../src/leader/resolver-slot.ts';
import {waitFor} from '../support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'leaderlab-slot-'));
const file = join(folder, 'merge.mjs');
const CUSTOM: ResolverSpec = {name: 'custom', file};
let slot: ResolverSlot | undefined;

afterEach(() => {
  slot?.close();
  rmSync(folder, {recursive: true, force: true});
});

it(
  'keeps the old resolver while the module does not load, ' + 'takes it when it loads, and follows the file',
  async () => {
    const changes: [string, string | undefined][] = [];
    const notices: string[] = [];
    const opened = await ResolverSlot.open(
      {name: 'lww'},
      {
        takesModules: true,
        changed: (spec, custom) => changes.push([spec.name, custom?.form]),
        notice: text => notices.push(text),
      },
    );
    if (!opened.ok) throw new Error(opened.failure.message);
    slot = opened.value;
    expect(await slot.change(CUSTOM)).toMatchObject({
      ok: false,
      failure: {message: `there is no file ${file}`},
    });
    expect(changes).toEqual([]);

    writeFileSync(file, 'export const merge = mine => mine');
    // Given at once, they are carried out in their order; the one that changes nothing is none.
    const results = await Promise.all([
      slot.change(CUSTOM),
      slot.change({name: 'crdt'}),
      slot.change(CUSTOM),
      slot.change(CUSTOM),
    ]);
    expect(results.every(({ok}) => ok)).toBe(true);
    expect(changes.splice(0)).toEqual([
      ['custom', 'merge'],
      ['crdt', undefined],
      ['custom', 'merge'],
    ]);

    writeFileSync(file, 'export const resolve = () => null');
    await waitFor('the new version', () => changes.length > 0);
    expect(changes).toEqual([['custom', 'resolve']]);
    expect(notices).toEqual(['custom merge.mjs was loaded again']);
  },
);
