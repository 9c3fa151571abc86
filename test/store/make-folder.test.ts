import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {makeFolder} from '../../src/store/make-folder.ts';
import {buildEntry} from '../support/build.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-folder-'));
});
afterEach(() => rmSync(folder, {recursive: true}));

test('a folder is created with its parents, and may already exist', () => {
  const path = join(folder, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(existsSync(path)).toBe(true);
});

test('a file in place of the folder or of a parent is an error', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
  expect(() => makeFolder(join(folder, 'file', 'below'))).toThrow('ENOTDIR');
});

test('several folders that share parents can be created at the same time', async () => {
  const program = await buildEntry('src/store/make-folder.ts');
  // All wait at one place in shared memory, and are let go together.
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const source = `
    const {workerData: {program, folder, id, gate}} = require('node:worker_threads');
    import(program).then(({makeFolder}) => {
      for (let round = 1; round <= 100; round++) {
        if (Atomics.add(gate, 0, 1) + 1 === 3 * round) Atomics.store(gate, 1, round);
        while (Atomics.load(gate, 1) < round);
        makeFolder(folder + '/' + round + '/shared/' + id);
      }
    });`;
  const workers = [1, 2, 3].map(
    id => new Worker(source, {eval: true, workerData: {program, folder, id, gate}}),
  );
  const ends = workers.map(
    worker =>
      new Promise<unknown>(resolve => {
        worker.once('error', error => resolve(error));
        worker.once('exit', resolve);
      }),
  );
  const first = await Promise.race([
    Promise.all(ends),
    ...ends.map(async end => ((await end) === 0 ? new Promise<never>(() => {}) : end)),
  ]);
  await Promise.all(workers.map(worker => worker.terminate()));
  expect(first).toEqual([0, 0, 0]);
});
