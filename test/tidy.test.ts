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

interface Source {
  /** From src/, with slashes. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = filesIn(SRC)
  // Types of packages that bring none are found by their name.
  .filter(path => !path.endsWith('.d.ts'))
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) =>
      relative(SRC, resolve(SRC, dirname(path), target)),
    );
    return {path, folder: folderOf(path), text, code, imports};
  });

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
function circleThrough(start: string): string[] | undefined {
  const importsOf = new Map(sources.map(({path, imports}) => [path, imports]));
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (const path of open) {
    for (const target of importsOf.get(path) ?? []) {
      if (target === start) return pathTo(path, cameFrom);
      if (cameFrom.has(target)) continue;
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
  it('are found at all', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.some(({imports}) => imports.length > 3)).toBe(true);
  });

  it('have a rule for every folder, and every rule has a folder', () => {
    const described = [...Object.keys(FOLDERS), ...Object.keys(COMPOSITION)].sort();
    expect([...new Set(sources.map(({folder}) => folder))].sort()).toEqual(described);
  });

  it('go from the top of the table to its bottom', () => {
    const order = Object.keys(FOLDERS);
    for (const [i, [folder, {mayImport}]] of Object.entries(FOLDERS).entries()) {
      const below = order.slice(0, i);
      const upward = mayImport.filter(one => !below.some(other => isWithin(other, one)));
      expect(upward, folder).toEqual([]);
    }
  });

  it.each(sources.filter(({folder}) => folder in FOLDERS).map(source => [source.path, source] as const))(
    'of %s are allowed to its folder',
    (_path, source) => {
      expect(forbidden(source)).toEqual([]);
    },
  );

  it('form no circle', () => {
    expect(sources.map(({path}) => circleThrough(path)).filter(circle => circle !== undefined)).toEqual([]);
  });

  it('reach every file', () => {
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

describe('the pure middle', () => {
  it.each(
    sources.filter(({folder}) => FOLDERS[folder]?.isPure).map(source => [source.path, source] as const),
  )('%s has no clock, no randomness and no I/O', (_path, {code}) => {
    const found = IMPURE.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
    expect(found).toEqual([]);
  });

  it('leaves the console to cli.ts and cli/', () => {
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
  it('say at their top what they are and why', () => {
    expect(sources.filter(({text}) => !text.startsWith('/**')).map(({path}) => path)).toEqual([]);
  });

  it('say what their classes and functions do, if another folder uses these', () => {
    expect(sources.flatMap(undocumented)).toEqual([]);
  });

  it('have a name that no other file has', () => {
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

  it('name no registry and no machine', () => {
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
  const rows = Object.entries(FOLDERS).map(([folder, {holds, mayImport, isPure}]) => {
    const targets = mayImport.length === 0 ? 'nothing' : mayImport.map(one => `\`${one}\``).join(' ');
    return `| \`${folder}\` | ${holds} | ${isPure === true ? 'yes' : ''} | ${targets} |`;
  });
  const composition = Object.entries(COMPOSITION).map(
    ([folder, holds]) => `| \`${folder}\` | ${holds} | | everything |`,
  );
  return `# Who may import whom

<!-- Made from test/import-rules.ts: change it there, then run npx vitest run test/tidy.test.ts -u -->

A folder may import the folders in its last column, and the folders below those. A folder imports only what
stands above it in this table. A pure folder has no clock, no randomness, no I/O, no timers and no React.
\`contracts\` are ${CONTRACTS.map(path => `\`${path}\``).join(' and ')}.

| folder | holds | pure | may import |
| --- | --- | --- | --- |
${[...rows, ...composition].join('\n')}
`;
}
