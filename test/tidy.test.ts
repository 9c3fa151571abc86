/**
 * The house rules of ARCHITECTURE.md that a machine can check: who may import whom, and what has no place in
 * the pure middle.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/**
 * What each room may import besides itself. `cluster/port.ts` and the action types, with what a topology
 * means, are the two contracts between the rooms, so they count as rooms of their own.
 */
const MAY_IMPORT: {readonly [room: string]: readonly string[]} = {
  base: [],
  core: ['base'],
  faults: ['base'],
  wire: ['base', 'core'],
  net: ['base', 'wire'],
  store: ['base', 'core'],
  history: ['base', 'core', 'action'],
  sim: ['base', 'core', 'faults', 'history', 'action'],
  leader: ['base', 'core', 'wire', 'net', 'store'],
  proxy: ['base', 'faults', 'wire', 'net'],
  action: ['base', 'core', 'faults'],
  port: ['base', 'core', 'faults', 'history', 'action'],
  command: ['base', 'core', 'faults', 'action'],
  cluster: [
    'base',
    'core',
    'faults',
    'wire',
    'net',
    'store',
    'history',
    'leader',
    'proxy',
    'action',
    'port',
    'sim',
    'command',
    'cluster/sim',
  ],
  'cluster/sim': [
    'base',
    'core',
    'faults',
    'history',
    'leader',
    'sim',
    'action',
    'port',
    'command',
    'cluster',
  ],
  lab: ['base', 'core', 'faults', 'history', 'action', 'port', 'command'],
  fuzz: ['base', 'core', 'faults', 'history', 'action', 'command', 'sim', 'lab'],
  'tui/model': ['base', 'core', 'faults', 'history', 'action', 'port', 'command', 'lab'],
  tui: ['base', 'core', 'faults', 'history', 'action', 'port', 'command', 'lab', 'tui/model'],
};

/**
 * The composition, `cli/` and the files beside it, may import everything, and nothing below may import it.
 */
const COMPOSITION = ['', 'cli'];

/** Rooms without a clock, chance, I/O or a screen. */
const PURE = [
  'base',
  'core',
  'wire',
  'faults',
  'history',
  'sim',
  'command',
  'action',
  'port',
  'cluster/sim',
  'tui/model',
];
/**
 * Of the sim engine what knows real time and files; all else there can be done again, and comes out the same.
 */
const SIM_EDGE = ['sim.ts', 'running-time.ts', 'modules.ts'].map(file => `cluster/sim/${file}`);

const IMPURE: readonly (readonly [string, RegExp])[] = [
  ['Date.now', /\bDate\.now\b|\bnew Date\(\)/],
  ['Math.random', /\bMath\.random\b/],
  ['performance.now', /\bperformance\.now\b/],
  ['a timer', /\bset(Timeout|Interval|Immediate)\b/],
  ['process', /(?<![\w.'-])process\./],
  ['a module of Node', /from 'node:/],
  ['React', /from '(react|ink)'/],
];

interface Source {
  /** From src/, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = readdirSync(SRC, {recursive: true, encoding: 'utf8'})
  // Types of packages that bring none are found by their name.
  .filter(path => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) =>
      relative(SRC, resolve(SRC, dirname(path), target)),
    );
    return {path, text, code, imports};
  });

function roomOf(path: string): string {
  if (path === 'command/action.ts' || path === 'command/topology.ts') return 'action';
  if (path === 'cluster/port.ts') return 'port';
  if (path.startsWith('tui/model/')) return 'tui/model';
  if (path.startsWith('cluster/sim/')) return SIM_EDGE.includes(path) ? 'cluster' : 'cluster/sim';
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

describe('the house', () => {
  it('is there to be looked at', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.some(({imports}) => imports.length > 3)).toBe(true);
  });

  it.each(
    sources
      .filter(({path}) => !COMPOSITION.includes(roomOf(path)))
      .map(source => [source.path, source] as const),
  )('%s imports only what its room may', (path, {imports}) => {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room];
    expect(allowed, `a room nobody has described: ${room}`).toBeDefined();
    const wrong = imports.filter(target => roomOf(target) !== room && !allowed?.includes(roomOf(target)));
    expect(wrong).toEqual([]);
  });

  it.each(
    sources.filter(({path}) => PURE.includes(roomOf(path))).map(source => [source.path, source] as const),
  )('%s has no clock, no chance and no I/O', (_path, {code}) => {
    const found = IMPURE.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
    expect(found).toEqual([]);
  });

  it('prints to the console in cli.ts and cli/ alone', () => {
    const mayPrint = (path: string): boolean => path === 'cli.ts' || roomOf(path) === 'cli';
    const printing = sources
      .filter(({path, code}) => !mayPrint(path) && /\bconsole\./.test(code))
      .map(({path}) => path);
    expect(printing).toEqual([]);
  });

  it('has no file that nothing imports', () => {
    const entries = [
      'cli.ts',
      'leader/main.ts',
      'leader/custom-worker.ts',
      'proxy/main.ts',
      'cluster/postgres/janitor.ts',
    ];
    const imported = new Set(sources.flatMap(({imports}) => imports));
    const alone = sources
      .map(({path}) => path)
      .filter(path => !imported.has(path) && !entries.includes(path));
    expect(alone).toEqual([]);
  });

  it('says at the top of every file what it is and why', () => {
    const silent = sources.filter(({text}) => !text.startsWith('/**')).map(({path}) => path);
    expect(silent).toEqual([]);
  });

  it('names no registry and no machine', () => {
    const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    expect(lock.includes('"resolved"')).toBe(false);
    const texts = sources.filter(({text}) => /\/(home|Users|work|root)\//.test(text)).map(({path}) => path);
    expect(texts).toEqual([]);
  });
});
