/**
 * `leaderlab start`, which is what `leaderlab` alone does: the lab on a terminal.
 */
import type {Command} from 'commander';
import {noScreen} from '../app/screen-terminal.ts';
import {type ClusterFlags, engineOf, execOption, startOptions, withClusterFlags} from './cluster-flags.ts';
import {quit} from './quit.ts';

interface StartFlags extends ClusterFlags {
  readonly exec?: readonly string[];
}

export function addStart(program: Command): void {
  withClusterFlags(program.command('start', {isDefault: true}))
    .description('open the lab (what leaderlab alone does)')
    .addOption(execOption('run this command at the start; may be repeated'))
    .addHelpText(
      'after',
      '\nExamples:\n  leaderlab\n  leaderlab --leaders 5 --topology ring --slow 10\n  leaderlab --lan ' +
        '--exec "set title A @us || set title B @eu"\n  leaderlab --engine sim                 virtual ' +
        'time: message by message, and back',
    )
    .action(start);
}

async function start(flags: StartFlags): Promise<void> {
  // In virtual time the same seed gives the same run, so the default seed is fixed.
  const {options} = await startOptions(
    flags,
    flags.seed ?? (engineOf(flags) === 'sim' ? 1 : Date.now() % 1_000_000),
  );
  const unable = noScreen('leaderlab run FILE');
  if (unable !== undefined) quit(unable);
  const {startScreen} = await import('../app/lab-screen.ts');
  const failure = await startScreen(options, flags.exec ?? []);
  if (failure) quit(failure);
}
