/**
 * The rules of the house that a machine can check: who may import whom (`import-rules.ts`), what has no place
 * in the pure middle, and how large things may be. biome.json limits the length of functions.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {basename, dirname, join, relative, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import {COMPOSITION, CONTRACTS, FOLDERS} from './import-rules.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

const COLUMNS = 110;
const FILE_LINES = 350;
/** Files that may be longer, at most three; the header of each says why. */
const LONG_FILES: readonly string[] = [];
/** Fixed names of entries: what they mean is told by their folder. */
const SHARED_NAMES: readonly string[] = ['main.ts'];

const IMPURE: readonly (readonly [string, RegExp])[] = [
  ['Date.now', /\bDate\.now\b|\bnew Date\(\)/],
  ['Math.random', /\bMath\.random\b/],
  ['performance.now', /\bperformance\.now\b/],
  ['a timer', /\bset(Timeout|Interval|Immediate)\b/],
  ['process', /(?<![\w.'-])process\./],
  ['a module of Node', /from 'node:/],
  ['React', /from '(react|ink)'/],
];
/** Allowed in the folders that may wait, and in no other pure folder. */
const WAITING: readonly [string, RegExp] = ['a promise', /\basync\b|\bawait\b|\bnew Promise\b|\bPromise\./];
/** These packages only calculate. A pure file imports no other. */
const PURE_PACKAGES: readonly string[] = [
  'fastest-levenshtein',
  'fuzzysort',
  'marked',
  'string-width',
  'yaml',
  'zod',
];

interface Source {
  /** From src/, with slashes. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** The code without imports of types, which leave nothing in the program. */
  readonly run: string;
  readonly imports: readonly string[];
  /** The imports that are left in the program. */
  readonly valueImports: readonly string[];
}

const sources = filesIn(SRC)
  // Types of packages that bring none are found by their name.
  .filter(path => !path.endsWith('.d.ts'))
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const run = code.replace(/^(?:import|export) type [^;=]*? from '[^']+';$/gm, '');
    const folder = folderOf(path);
    return {path, folder, text, code, run, imports: filesOf(path, code), valueImports: filesOf(path, run)};
  });
const sourceOf = new Map(sources.map(source => [source.path, source]));

function filesOf(path: string, code: string): string[] {
  return modulesOf(code)
    .filter(name => name.startsWith('.'))
    .map(name => relative(SRC, resolve(SRC, dirname(path), name)));
}

function modulesOf(code: string): string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'([.@\w][^'\n]*)'/g)].map(([, name = '']) => name);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(path => /\.tsx?$/.test(path));
}

function folderOf(path: string): string {
  return CONTRACTS.includes(path) ? 'contracts' : dirname(path);
}

const isWithin = (folder: string, allowed: string): boolean =>
  folder === allowed || folder.startsWith(`${allowed}/`);

/** The imports of a file outside its own folder that its rule does not allow. */
function forbidden({folder, imports}: Source): string[] {
  const allowed = FOLDERS[folder]?.mayImport ?? [];
  return imports.filter(target => {
    const to = folderOf(target);
    return to !== folder && !allowed.some(one => isWithin(to, one));
  });
}

/** The first circle of imports that goes through this file, as the files on it. */
const circleThrough = (start: string): string[] | undefined =>
  wayFrom(
    start,
    ({imports}) => imports,
    path => path === start,
  )?.slice(0, -1);

/** The shortest way over imports from the file to one at which it ends, as the files on it. */
function wayFrom(
  start: string,
  importsOf: (source: Source) => readonly string[],
  isEnd: (path: string) => boolean,
): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (const path of open) {
    const source = sourceOf.get(path);
    for (const target of source === undefined ? [] : importsOf(source)) {
      if (isEnd(target)) return [...pathTo(path, cameFrom), target];
      if (target === start || cameFrom.has(target)) continue;
      cameFrom.set(target, path);
      open.push(target);
    }
  }
  return undefined;
}

function pathTo(path: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const before = cameFrom.get(path);
  return before === undefined ? [path] : [...pathTo(before, cameFrom), path];
}

describe('imports', () => {
  it('are found by the scan of the source files', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.some(({imports}) => imports.length > 3)).toBe(true);
  });

  it('have a rule for every folder, and every rule has a folder', () => {
    const described = [...Object.keys(FOLDERS), ...Object.keys(COMPOSITION)].sort();
    expect([...new Set(sources.map(({folder}) => folder))].sort()).toEqual(described);
  });

  it('lead only from a folder to folders above it in the table', () => {
    const order = Object.keys(FOLDERS);
    for (const [i, [folder, {mayImport}]] of Object.entries(FOLDERS).entries()) {
      const below = order.slice(0, i);
      const upward = mayImport.filter(one => !below.some(other => isWithin(other, one)));
      expect(upward, folder).toEqual([]);
    }
  });

  it.each(sources.filter(({folder}) => folder in FOLDERS).map(source => [source.path, source] as const))(
    'into %s come only from folders that its rule allows',
    (_path, source) => {
      expect(forbidden(source)).toEqual([]);
    },
  );

  it('form no circles', () => {
    expect(sources.map(({path}) => circleThrough(path)).filter(circle => circle !== undefined)).toEqual([]);
  });

  it('are found in every file', () => {
    const entries = [
      'cli.ts',
      'leader/main.ts',
      'leader/custom-worker.ts',
      'proxy/main.ts',
      'engines/postgres/server/cleanup-process.ts',
    ];
    const imported = new Set(sources.flatMap(({imports}) => imports));
    const alone = sources
      .map(({path}) => path)
      .filter(path => !imported.has(path) && !entries.includes(path));
    expect(alone).toEqual([]);
  });

  it('are in docs/design/imports.md', async () => {
    await expect(importsDocument()).toMatchFileSnapshot(join(ROOT, 'docs', 'design', 'imports.md'));
  });
});

/** What makes the file impure, as far as it stands in its own code. */
function impuritiesIn(code: string, mayWait: boolean): string[] {
  const patterns = mayWait ? IMPURE : [...IMPURE, WAITING];
  const packages = modulesOf(code).filter(name => !/^(\.|node:|react$|ink$)/.test(name));
  return [
    ...patterns.filter(([, pattern]) => pattern.test(code)).map(([name]) => name),
    ...packages.filter(name => !PURE_PACKAGES.includes(name)).map(name => `the package ${name}`),
  ];
}

/** The way from the file over the values that it imports to an impure file, such as `a → b: a timer`. */
function impureWay({path: start, folder}: Source): string | undefined {
  const mayWait = FOLDERS[folder]?.mayWait === true;
  const impurities = (path: string): string[] => impuritiesIn(sourceOf.get(path)?.run ?? '', mayWait);
  const way = wayFrom(
    start,
    ({valueImports}) => valueImports,
    path => impurities(path).length > 0,
  );
  return way && `${way.join(' → ')}: ${impurities(way.at(-1) ?? start).join(', ')}`;
}

const isPure = (folder: string): boolean => FOLDERS[folder]?.isPure === true;

describe('the pure middle', () => {
  const pure = sources.filter(({folder}) => isPure(folder)).map(source => [source.path, source] as const);

  it.each(pure)('%s has no clock, no randomness and no I/O', (_path, {code, folder}) => {
    expect(impuritiesIn(code, FOLDERS[folder]?.mayWait === true)).toEqual([]);
  });

  it.each(pure)('%s reaches no clock, no randomness and no I/O', (_path, source) => {
    expect(impureWay(source)).toBeUndefined();
  });

  it.each(pure)('%s imports values from pure folders alone', (_path, {valueImports}) => {
    expect(valueImports.filter(target => !isPure(folderOf(target)))).toEqual([]);
  });

  it('does not print: only cli.ts and cli/ use the console', () => {
    const mayPrint = ({folder}: Source): boolean => folder === '.' || folder === 'cli';
    const printing = sources.filter(source => !mayPrint(source) && /\bconsole\./.test(source.code));
    expect(printing.map(({path}) => path)).toEqual([]);
  });
});

describe('signs', () => {
  it('are named in one table, so that each means the same everywhere', () => {
    // The table of ASCII signs names those that it replaces.
    const tables = ['report/words/glyphs.ts', 'base/ascii.ts'];
    const others = sources.filter(({path, code}) => !tables.includes(path) && /[✔✘◌●○≠▸½⏸]/.test(code));
    expect(others.map(({path}) => path)).toEqual([]);
  });
});

describe('files', () => {
  it('begin with a comment that says what they are and why', () => {
    expect(sources.filter(({text}) => !text.startsWith('/**')).map(({path}) => path)).toEqual([]);
  });

  it('have a docstring for each class and function that another folder uses', () => {
    expect(sources.flatMap(undocumented)).toEqual([]);
  });

  it('have unique names', () => {
    const names = sources.map(({path}) => basename(path)).filter(name => !SHARED_NAMES.includes(name));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it(`have at most ${FILE_LINES} lines`, () => {
    const long = sources.filter(({text}) => text.split('\n').length - 1 > FILE_LINES).map(({path}) => path);
    expect(long.sort()).toEqual([...LONG_FILES].sort());
  });

  it(`have lines of at most ${COLUMNS} columns`, () => {
    const tests = filesIn(join(ROOT, 'test')).map(path => join('test', path));
    const files = [...sources.map(({path}) => join('src', path)), ...tests];
    expect(files.flatMap(longLines)).toEqual([]);
  });

  it('name no registry and no path of one machine', () => {
    const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
    expect(lock.includes('"resolved"')).toBe(false);
    const texts = sources.filter(({text}) => /\/(home|Users|work|root)\//.test(text)).map(({path}) => path);
    expect(texts).toEqual([]);
  });
});

const EXPORTED = /^export (?:async )?(?:(?:abstract )?class|function\*?|const) (\w+)(.*(?:\n {2}.*)*)/gm;

/** The classes and functions of a file that another folder imports, and that have no comment above them. */
function undocumented({path, folder, text}: Source): string[] {
  return [...text.matchAll(EXPORTED)].flatMap(({0: whole, 1: name = '', 2: rest = '', index}) => {
    const isValue = whole.startsWith('export const') && !rest.includes('=>');
    if (isValue || text.slice(0, index).trimEnd().endsWith('*/')) return [];
    const word = new RegExp(`\\b${name}\\b`);
    const isUsed = sources.some(
      other => other.folder !== folder && other.imports.includes(path) && word.test(other.code),
    );
    return isUsed ? [`${path}: ${name}`] : [];
  });
}

function longLines(file: string): string[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line, i) => ([...line].length > COLUMNS ? [`${file}:${i + 1}`] : []));
}

function importsDocument(): string {
  const rows = Object.entries(FOLDERS).map(([folder, {holds, mayImport, mayWait}]) => {
    const targets = mayImport.length === 0 ? 'nothing' : mayImport.map(one => `\`${one}\``).join(' ');
    const purity = isPure(folder) ? (mayWait === true ? 'waits' : 'yes') : '';
    return `| \`${folder}\` | ${holds} | ${purity} | ${targets} |`;
  });
  const composition = Object.entries(COMPOSITION).map(
    ([folder, holds]) => `| \`${folder}\` | ${holds} | | everything |`,
  );
  return `# Who may import whom

<!-- Made from test/import-rules.ts: change it there, then run npx vitest run test/tidy.test.ts -u -->

A folder may import the folders in its last column, and the folders below those. A folder imports only what
stands above it in this table.

A pure folder has no clock, no randomness, no I/O, no timers, no React and no promises, and it reaches none:
it imports values from pure folders alone, and types from every folder in its last column. A folder that
\`waits\` is pure too, but it awaits what it is given, such as a cluster, and starts no timer of its own.

\`contracts\` are ${CONTRACTS.map(path => `\`${path}\``).join(' and ')}.

| folder | holds | pure | may import |
| --- | --- | --- | --- |
${[...rows, ...composition].join('\n')}
`;
}
