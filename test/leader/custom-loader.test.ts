/**
 * The person's module on real files, in real threads.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {CustomModule} from '../../src/core/resolvers/custom-module.ts';
import {type CustomChange, CustomLoader} from '../../src/leader/custom-loader.ts';
import {LIVE_LIMITS} from '../../src/leader/custom-version.ts';
import {buildEntry} from '../support/build.ts';
import {waitFor} from '../support/wait.ts';

const KEY = key('cart');
const folder = mkdtempSync(join(tmpdir(), 'leaderlab-custom-'));
const open: CustomLoader[] = [];
let program = '';
let files = 0;

beforeAll(async () => {
  program = await buildEntry('src/leader/custom-worker.ts');
});
afterEach(() => {
  for (const loader of open.splice(0)) loader.close();
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function file(text: string): string {
  files += 1;
  const path = join(folder, `module-${files}.mjs`);
  writeFileSync(path, text);
  return path;
}

async function load(text: string) {
  const path = file(text);
  const changes: CustomChange[] = [];
  const opened = await CustomLoader.open(path, change => changes.push(change), LIVE_LIMITS, program);
  if (!opened.ok) throw new Error(opened.failure.message);
  open.push(opened.value);
  return {path, changes, loader: opened.value, module: opened.value.module};
}

async function refusal(path: string): Promise<string> {
  const opened = await CustomLoader.open(path, () => {}, LIVE_LIMITS, program);
  if (opened.ok) opened.value.close();
  return opened.ok ? 'loaded' : opened.failure.message;
}

const merged = (module: CustomModule) => module.merge(1, 2, KEY);
const reasonOf = (module: CustomModule): string => {
  const result = merged(module);
  return result.ok ? `value ${JSON.stringify(result.value)}` : result.failure.message;
};

describe('a module', () => {
  it('merges two values, of which a deleted one is undefined, and receives the key', async () => {
    const {module} = await load(
      'export const merge = (mine, theirs, {key}) => [mine ?? "gone", theirs, key]',
    );
    expect(module.form).toBe('merge');
    expect(module.merge(undefined, {a: [1]}, KEY)).toEqual({ok: true, value: ['gone', {a: [1]}, 'cart']});
  });

  it('resolves the whole frontier', async () => {
    const {module} = await load('export function resolve(siblings, {key}) { return [key, ...siblings] }');
    const common = {seq: 1, wallMs: 5, hlc: {wallMs: 5, logical: 0}};
    const siblings = [
      {...common, origin: leaderId('eu'), deleted: true as const},
      {...common, origin: leaderId('us'), value: 'A'},
    ];
    expect(module.form).toBe('resolve');
    expect(module.resolve(siblings, KEY)).toEqual({ok: true, value: ['cart', ...siblings]});
  });

  it('may be a default export', async () => {
    expect(merged((await load('export default {merge: (a, b) => a + b}')).module)).toEqual({
      ok: true,
      value: 3,
    });
  });

  it('cannot change the values that it was given', async () => {
    const {module} = await load('export const merge = mine => { mine.a = 2; return mine }');
    const mine = {a: 1};
    expect(module.merge(mine, null, KEY)).toEqual({ok: true, value: {a: 2}});
    expect(mine).toEqual({a: 1});
  });
});

describe('a call fails with a plain reason', () => {
  it.each([
    ['throw new Error("no idea")', 'merge() threw: no idea'],
    ['throw null', 'merge() threw: null'],
    ['throw {toString() { throw 1 }}', 'merge() threw: something that cannot be shown'],
    ['return Object.defineProperty({}, "toJSON", {value: () => undefined})', 'merge() returned no JSON'],
    ['return undefined', 'merge() returned no JSON: undefined'],
    ['return () => 1', 'merge() returned no JSON: a function'],
    ['return {list: [1, NaN]}', 'merge() returned no JSON: NaN at .list[1]'],
    ['return {a: undefined}', 'merge() returned no JSON: undefined at .a'],
    ['return 1n', 'merge() returned no JSON: a bigint'],
    ['return new Map()', 'merge() returned no JSON: a Map'],
    ['const a = []; a.push(a); return a', 'merge() returned no JSON: nested deeper than 64, or in a circle'],
    ['return "x".repeat(2 ** 20)', 'its result takes 1048578 bytes, and a value at most 1048576'],
  ])('%s', async (body, reason) => {
    const {module} = await load(`export function merge() { ${body} }`);
    expect(reasonOf(module)).toBe(reason);
  });

  it('of an async function, because its promise is not JSON', async () => {
    expect(reasonOf((await load('export async function merge() { return 1 }')).module)).toBe(
      'merge() returned no JSON: a Promise',
    );
  });

  it('and the next call is a new one', async () => {
    const {module} = await load(
      'let n = 0; export function merge() { n += 1; if (n === 1) throw new Error("once"); return n }',
    );
    expect(reasonOf(module)).toBe('merge() threw: once');
    expect(reasonOf(module)).toBe('value 2');
  });
});

describe('a module that does not return', () => {
  const LOOPS_ON_ONE = 'export function merge(mine) { while (mine === 1); return mine }';

  it('is stopped, and answers other calls', async () => {
    const {module} = await load(LOOPS_ON_ONE);
    expect(reasonOf(module)).toBe('it did not answer within 50 ms');
    await waitFor('another answer', () => module.merge(7, 2, KEY).ok);
    expect(module.merge(7, 2, KEY)).toEqual({ok: true, value: 7});
  });

  it('is disabled after three timeouts, even with answers in between, until the file changes', async () => {
    const {module, changes, path} = await load(LOOPS_ON_ONE);
    // On a busy machine its thread takes a while to start again, and meanwhile it is not asked.
    for (const nth of [1, 2, 3]) {
      await waitFor('an answer between', () => module.merge(7, 2, KEY).ok);
      const reason = await waitFor('a call that is broken off', () =>
        [reasonOf(module)].find(text => !text.includes('not asked')),
      );
      expect(reason).toBe(
        `it did not answer within 50 ms${nth < 3 ? '' : ', 3 times: set aside until the file changes'}`,
      );
    }
    expect(module.merge(7, 2, KEY)).toMatchObject({
      ok: false,
      failure: {message: expect.stringContaining('set aside until the file changes')},
    });
    writeFileSync(path, 'export const merge = () => "fixed"');
    const change = await waitFor('the new version', () => changes[0]);
    expect(change.type === 'reloaded' && reasonOf(change.module)).toBe('value "fixed"');
  });

  it('may end its own thread without harm', async () => {
    const {module} = await load(
      'export function merge(mine) { if (mine === 1) process.exit(1); return mine }',
    );
    expect(reasonOf(module)).toBe('its thread ended while it was asked');
    await waitFor('another answer', () => module.merge(7, 2, KEY).ok);
    expect(module.merge(7, 2, KEY)).toEqual({ok: true, value: 7});
  });
});

it("a module whose calls are all slow gets only a part of the leader's time", async () => {
  const {module} = await load(
    'export function merge(a) { const end = Date.now() + 30; while (Date.now() < end); return a }',
  );
  const results = Array.from({length: 80}, () => reasonOf(module));
  const answered = results.indexOf(
    "it was not asked: its slow calls took more than a fifth of the leader's time",
  );
  expect(answered).toBeGreaterThan(3);
  expect(answered).toBeLessThan(30);
  await waitFor('another answer', () => reasonOf(module) === 'value 1');
});

describe('a file', () => {
  it('is loaded again when it changes', async () => {
    const {path, changes, loader} = await load('export const merge = () => "old"');
    writeFileSync(path, 'export const resolve = () => "new"');
    const change = await waitFor('the new version', () => changes[0]);
    expect(change.type === 'reloaded' && change.module.form).toBe('resolve');
    expect(loader.module.resolve([], KEY)).toEqual({ok: true, value: 'new'});
  });

  it('that is half written keeps the previous version active, and the leader says so', async () => {
    const {path, changes, module, loader} = await load('export const merge = () => "old"');
    writeFileSync(path, 'export const merge = () => {');
    expect(await waitFor('the refusal', () => changes[0])).toMatchObject({
      type: 'kept',
      reason: expect.stringContaining('it does not load'),
    });
    expect(loader.module).toBe(module);
    expect(reasonOf(module)).toBe('value "old"');
    writeFileSync(path, 'export const merge = () => "whole"');
    await waitFor('the whole file', () => changes[1]?.type === 'reloaded');
    expect(reasonOf(loader.module)).toBe('value "whole"');
  });

  it('that is deleted keeps the previous version active, and the leader says so', async () => {
    const {path, changes, module} = await load('export const merge = () => "old"');
    rmSync(path);
    expect(await waitFor('the notice', () => changes[0])).toEqual({type: 'kept', reason: 'the file is gone'});
    expect(reasonOf(module)).toBe('value "old"');
  });

  it('is refused with what is wrong in it', async () => {
    expect(await refusal(join(folder, 'nothing.mjs'))).toBe(
      `there is no file ${join(folder, 'nothing.mjs')}`,
    );
    expect(await refusal(folder)).toBe(`${folder} is a folder, not a file`);
    expect(await refusal('/dev/null')).toBe('/dev/null is a device, not a file');
    expect(await refusal(file('export const other = 1'))).toContain('it exports neither merge nor resolve');
    expect(await refusal(file('\nexport const merge = () => {'))).toContain(
      'it does not load: Unexpected end of input',
    );
    expect(await refusal(file('throw new Error("on purpose")'))).toContain('it does not load: on purpose');
    expect(await refusal(file('process.exit(0)'))).toContain('its thread ended while it was loaded');
    expect(await refusal(file('import "./no-such-file.mjs"'))).toContain('no-such-file.mjs');
  });
});
