/**
 * `npm run mutants`: plants each fault into a copy of the sources, searches, and prints with how many seeds
 * it was found; `--docs` writes the table to docs/mutants.md. Ends with 1 if one survives.
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build, type Plugin} from 'esbuild';
import {MUTANTS, type Mutant} from './mutants.ts';
import {replaced, timesFound} from './place.ts';

const ROOT = process.cwd();
const CACHE = join(ROOT, 'node_modules', '.cache', 'leaderlab-mutants');
const SEEDS = 2000;
/** What loops for ever is found out, too. */
const LIMIT_MS = 300_000;

interface Found {
  readonly took: number;
  readonly checker: string;
  readonly text: string;
  readonly steps: number;
}

const planting = ({name, file, original, mutated}: Mutant): Plugin => ({
  name: 'mutant',
  setup(bundle) {
    bundle.onLoad({filter: /\.ts$/}, ({path}) => {
      if (path !== join(ROOT, 'src', file)) return undefined;
      const source = readFileSync(path, 'utf8');
      if (timesFound(source, original) !== 1)
        throw new Error(`${name}: ${file} does not hold exactly one "${original}"`);
      return {contents: replaced(source, original, mutated), loader: 'ts'};
    });
  },
});

async function search(mutant: Mutant, index: number): Promise<Found | undefined> {
  const outfile = join(CACHE, `${index}.mjs`);
  const entryPoints = [join(ROOT, 'test', 'mutants', 'search.ts')];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [planting(mutant)],
  });
  const printed = execFileSync(process.execPath, [outfile, mutant.resolver, String(SEEDS)], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  return printed === '' ? undefined : JSON.parse(printed);
}

/** Only the faults whose name holds this, where it is given; the table then stays as it is. */
const ONLY = process.env.LEADERLAB_MUTANT;
const rows: (readonly string[])[] = [['fault', 'where', 'resolver', 'seeds', 'checker', 'steps']];
let survivors = 0;
mkdirSync(CACHE, {recursive: true});
for (const [index, mutant] of MUTANTS.entries()) {
  if (ONLY !== undefined && !mutant.name.includes(ONLY)) continue;
  const found = await search(mutant, index);
  if (found === undefined) survivors += 1;
  const seeds = found === undefined ? `none of ${SEEDS}` : String(found.took);
  rows.push([
    mutant.name,
    `\`${mutant.file}\``,
    mutant.resolver,
    seeds,
    found?.checker ?? 'survives',
    String(found?.steps ?? ''),
  ]);
  const result = found === undefined ? '' : `, ${found.checker}: ${found.text}`;
  process.stdout.write(`${found === undefined ? '✘' : '✔'} ${mutant.name}: ${seeds}${result}\n`);
}
if (process.argv.includes('--docs') && ONLY === undefined) {
  const head = [
    '# Planted faults',
    '',
    'Each row is a fault that was planted into the core or the conflict log. It says how many random ' +
      'histories `leaderlab fuzz`',
    `needed to find the fault (of at most ${SEEDS}), which checker found it, and how many steps the ` +
      'shrunk history has.',
    '`npm run mutants -- --docs` writes this page.',
    '',
  ];
  writeFileSync(join(ROOT, 'docs', 'mutants.md'), `${[...head, ...table(rows)].join('\n')}\n`);
}
process.exitCode = survivors === 0 ? 0 : 1;

/** Markdown in columns, as the formatter wants it. The first row is the heading. */
function table(cells: readonly (readonly string[])[]): string[] {
  const [heading = []] = cells;
  const widths = heading.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  const [first, ...others] = cells.map(line);
  return [first ?? '', rule, ...others];
}
