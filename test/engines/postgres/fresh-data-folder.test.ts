/**
 * The data folder of a new server never takes the place of other files.
 */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {FreshDataFolder} from '../../../src/engines/postgres/server/fresh-data-folder.ts';

test('a folder that holds other files stays as it is', async () => {
  const place = mkdtempSync(join(tmpdir(), 'blank-test-'));
  onTestFinished(() => rmSync(place, {recursive: true, force: true}));
  // A stub of `initdb` that creates nothing and reports success.
  writeFileSync(join(place, 'initdb'), '#!/bin/sh\n', {mode: 0o755});
  const folder = join(place, 'us');
  mkdirSync(folder);
  writeFileSync(join(folder, 'data.mdb'), 'precious');
  const programs = {folder: place, version: {major: 18, minor: 0}, hasPglogical: false};
  const blank = new FreshDataFolder({
    programs,
    account: undefined,
    folder: join(place, 'blank'),
    temporary: undefined,
  });
  expect(await blank.copyTo(folder)).toMatchObject({ok: false, failure: {code: 'not-started'}});
  expect(readFileSync(join(folder, 'data.mdb'), 'utf8')).toBe('precious');
});
