/**
 * `leaderlab fuzz`: starts a search in the simulator, and gives it the custom module, a clock and a file for
 * the find.
 */
import {type Command, Option} from 'commander';
import {endInOrder, endWithStatus} from '../app/ending.ts';
import {errorText} from '../base/failure.ts';
import type {LeaderId} from '../base/ids.ts';
import {printable} from '../base/printable.ts';
import {REGIONS} from '../command/grammar/leader-names.ts';
import {showPath} from '../command/grammar/quote.ts';
import {wan} from '../faults/wan.ts';
import {parseDuration, parseLeaders, parseNumber, parseSeed} from './arguments.ts';
import {quit} from './quit.ts';
import {resolverOf, resolverOption} from './setting-flags.ts';

interface FuzzFlags {
  readonly resolver?: string;
  readonly leaders?: readonly LeaderId[];
  readonly seeds?: number;
  readonly seed?: number;
  /** In ms. */
  readonly for?: number;
  readonly json?: boolean;
}

export function addFuzz(program: Command): void {
  program
    .command('fuzz')
    .argument('[resolver...]', 'a value of --resolver, or the file of your module')
    .description('look for a random history in the simulator that breaks something, and shrink it')
    .addOption(resolverOption())
    .addOption(
      new Option('--leaders <names>', 'the largest number of leaders, or their names')
        .argParser(parseLeaders)
        .default(undefined, '4'),
    )
    .addOption(new Option('--seeds <number>', 'the number of histories').argParser(parseNumber(1, 1e9)))
    .addOption(new Option('--for <duration>', 'search for this long: 30s, 5m').argParser(parseDuration))
    .addOption(
      new Option('--seed <number>', 'the first seed; without --seeds or --for, the only one').argParser(
        parseSeed,
      ),
    )
    .option('--json', 'one object per line, for programs')
    .addHelpText(
      'after',
      '\nEnds with 0 if nothing was found, 1 if something was.\n\nExamples:\n  leaderlab fuzz crdt ' +
        '--seeds 5000\n  leaderlab fuzz crdt --for 5m\n  leaderlab fuzz ./merge.mjs\n  leaderlab fuzz ' +
        '--resolver priority us eu\n  leaderlab fuzz --resolver keep-local --seed 17     that history ' +
        'again',
    )
    .action(fuzz);
}

/** `crdt`, `priority us eu`, `custom ./merge.mjs`, `./merge.mjs`: the flag's words, without the flag. */
function resolverWords(words: readonly string[], {resolver}: FuzzFlags): string | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return resolver;
  if (resolver !== undefined)
    quit({
      code: 'syntax',
      message: `fuzz: the resolver is given twice: "${words.join(' ')}" and --resolver "${resolver}"`,
    });
  const isFile = rest.length === 0 && /[./\\]/.test(first);
  return isFile ? `custom ${showPath(first)}` : [first, ...rest.map(showPath)].join(' ');
}

async function fuzz(words: readonly string[], flags: FuzzFlags): Promise<void> {
  const [{runFuzz}, {CustomLoader}, {PATIENT_LIMITS}] = await Promise.all([
    import('../fuzz/run-fuzz.ts'),
    import('../leader/custom-loader.ts'),
    import('../leader/custom-version.ts'),
  ]);
  const leaders = flags.leaders ?? REGIONS.slice(0, 4);
  if (leaders.length < 2)
    quit({
      code: 'syntax',
      message: '--leaders: one leader alone has no conflicts',
      hint: 'name at least two',
    });
  const resolver = resolverOf(resolverWords(words, flags), leaders) ?? {name: 'lww'};
  const module =
    resolver.name === 'custom' ? await CustomLoader.open(resolver.file, () => {}, PATIENT_LIMITS) : undefined;
  if (module?.ok === false) quit(module.failure);
  const status = await runFuzz({
    subject: {resolver, leaders, ...(module ? {custom: module.value.module} : {})},
    links: wan,
    firstSeed: flags.seed ?? 1,
    seeds: seedsOf(flags),
    forMs: flags.for,
    json: flags.json === true,
    write: line => console.log(line),
    progress: overwriteProgress,
    keep: keepFind,
    nowMs: () => performance.now(),
    signal: endInOrder().signal,
  });
  endWithStatus(status);
  overwriteProgress('');
  module?.value.close();
}

/**
 * The number of seeds. If no flag sets it: without limit under `--for`, 1 if `--seed` is given, otherwise
 * 2,000.
 */
const seedsOf = ({seeds, seed, for: forMs}: FuzzFlags): number =>
  seeds ?? (forMs !== undefined ? Number.POSITIVE_INFINITY : seed === undefined ? 2000 : 1);

/** Replaces one line on the terminal. A file or a pipe gets nothing. */
function overwriteProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
}

/**
 * Saves the find in the working folder. If the file cannot be written, reports that and returns undefined;
 * the search ends as usual.
 */
async function keepFind(name: string, text: (folder: string) => string): Promise<string | undefined> {
  const {writeFile} = await import('node:fs/promises');
  try {
    await writeFile(name, text(process.cwd()));
    return name;
  } catch (error) {
    console.error(`leaderlab: the find cannot be saved: ${printable(errorText(error))}`);
    return undefined;
  }
}
