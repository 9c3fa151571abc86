/**
 * What a person installs: the packed program with the packages that an installation brings, and nothing of
 * the checkout.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, readFileSync, rmSync} from 'node:fs';
import {join, posix} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {sharedFolder} from '../support/folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the packed program', () => {
  const folder = sharedFolder('installation-test-');
  const modules = join(folder, 'lib', 'node_modules');
  const installed = join(modules, 'leaderlab');
  const packages = runtimePackages();

  beforeAll(() => {
    const npm = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
    const tarball = execFileSync('npm', npm, {cwd: ROOT, encoding: 'utf8'}).trim();
    mkdirSync(modules, {recursive: true});
    execFileSync('tar', ['xzf', join(folder, tarball), '-C', modules]);
    execFileSync('mv', [join(modules, 'package'), installed]);
    for (const name of packages)
      cpSync(join(ROOT, 'node_modules', name), join(modules, name), {recursive: true});
  });
  afterAll(() => rmSync(folder, {recursive: true, force: true}));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(installed, 'bin', 'leaderlab.js'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 25_000,
    });

  test('needs lmdb and the dependencies of lmdb, and no other package', () => {
    expect(packages).toContain('lmdb');
    const needs = JSON.parse(read('node_modules/lmdb/package.json')) as {dependencies: object};
    for (const name of Object.keys(needs.dependencies)) expect(packages).toContain(name);
    expect(packages.filter(name => /^(ink|react|commander|chalk|execa|zod|pg)$/.test(name))).toEqual([]);
  });

  test('starts real leaders from another folder', () => {
    const {status, stdout, stderr} = run('run', '--lan', join(installed, 'labs', 'first-steps.lab'));
    expect({status, stderr}).toEqual({status: 0, stderr: ''});
    expect(stdout).toMatch(/[1-9]\d* passed, 0 failed/);
  });

  test('shows help and lists the labs', () => {
    expect(run('--help').stdout).toContain('leaderlab');
    expect(run('lab').stdout).toContain('Two leaders, one key');
  });

  test('contains every file that its documents link to', () => {
    const documents = execFileSync('find', ['.', '-name', '*.md'], {cwd: installed, encoding: 'utf8'})
      .trim()
      .split('\n');
    expect(documents.length).toBeGreaterThan(20);
    const dead = documents.flatMap(document =>
      linksIn(readFileSync(join(installed, document), 'utf8'))
        .map(link => posix.join(posix.dirname(document), link))
        .filter(path => !existsSync(join(installed, path)))
        .map(path => `${document}: ${path}`),
    );
    expect(dead).toEqual([]);
  });
});

describe('bin/leaderlab.js', () => {
  test.each(['10.24.1', '18.20.8', '20.18.3'])(
    'tells Node %s which Node is needed, with status 3',
    version => {
      const pretend =
        `Object.defineProperty(process.versions, 'node', {value: '${version}'}); ` +
        `import('./bin/leaderlab.js')`;
      const {status, stderr} = spawnSync(process.execPath, ['-e', pretend], {cwd: ROOT, encoding: 'utf8'});
      expect(stderr).toBe(
        `leaderlab needs Node 20.19 or later, and this is Node ${version}: install Node 22 or 24 from ` +
          'nodejs.org\n',
      );
      expect(status).toBe(3);
    },
  );

  test('requires the version of Node that package.json names', () => {
    const [, major, minor] = /LEAST = \[(\d+), (\d+)\]/.exec(read('bin/leaderlab.js')) ?? [];
    expect((JSON.parse(read('package.json')) as {engines: {node: string}}).engines.node).toBe(
      `>=${major}.${minor}`,
    );
  });
});

test('package-lock.json names no registry', () => {
  expect(read('package-lock.json')).not.toContain('"resolved"');
});

/**
 * The packages of package-lock.json that an installation without development packages brings to this machine.
 */
function runtimePackages(): string[] {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: {[path: string]: {dev?: boolean; devOptional?: boolean; peer?: boolean}};
  };
  return Object.entries(lock.packages)
    .filter(
      ([path, {dev, devOptional, peer}]) =>
        path !== '' && !dev && !devOptional && !peer && existsSync(join(ROOT, path)),
    )
    .map(([path]) => path.replace(/^node_modules\//, ''));
}

/** The relative links of a Markdown text, without their fragments. */
function linksIn(markdown: string): string[] {
  const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link.replace(/#.*/, ''));
  return links.filter(link => link !== '' && !/^[a-z]+:/.test(link));
}
