/**
 * `leaderlab lab`: the list of the guided labs, or one of them on the screen.
 */
import type {Command} from 'commander';
import {noScreen} from '../app/screen-terminal.ts';
import {engineMismatch, preferred} from '../course/lab-engines.ts';
import type {About} from '../course/lab-types.ts';
import type {EngineName} from '../port/engine-name.ts';
import {engineOption, forLab} from './cluster-flags.ts';
import {type LinkFlags, withLinkFlags} from './link-flags.ts';
import {quit} from './quit.ts';

interface LabFlags extends LinkFlags {
  readonly engine?: EngineName;
}

export function addLab(program: Command): void {
  const command = program
    .command('lab')
    .argument('[name]', 'a number or a part of the name of a lab, or your own file (.md)')
    .description('list the guided labs, or open one')
    .addOption(engineOption('what the leaders are (default: native, or what the lab needs)'));
  withLinkFlags(command, 'default: as the lab says')
    .addHelpText(
      'after',
      '\nExamples:\n  leaderlab lab\n  leaderlab lab list                   the same\n  leaderlab lab ' +
        '2\n  leaderlab lab ./my-own.md --engine sim',
    )
    .action(lab);
}

async function lab(name: string | undefined, flags: LabFlags): Promise<void> {
  const {listLabs, openLab, guideScreen} = await import('../app/guided-screen.ts');
  const warn = (line: string): void => console.error(line);
  // `lab list` does what `lab` does without a name.
  if (name === undefined || /^(?:list|ls)$/.test(name))
    return listLabs(process.stdout.columns, line => console.log(line), warn);
  const opened = await openLab(name, warn);
  if (opened === undefined) {
    process.exitCode = 2;
    return;
  }
  if (!opened.ok) quit(opened.failure);
  const {about} = opened.value.lab;
  const engine = engineFor(about, flags.engine);
  const unable = noScreen(runInstead(opened.value.file, engine));
  if (unable !== undefined) quit(unable);
  const failure = await guideScreen(opened.value, {
    engine,
    data: undefined,
    seed: 1,
    ...forLab(about, flags),
  });
  if (failure) quit(failure);
}

const runInstead = (file: string, engine: EngineName): string =>
  `leaderlab run ${engine === 'native' ? '' : `--engine ${engine} `}${file}`;

function engineFor({engines}: About, wanted: EngineName | undefined): EngineName {
  if (wanted !== undefined && !engines.includes(wanted)) quit(engineMismatch(engines));
  return wanted ?? preferred(engines);
}
