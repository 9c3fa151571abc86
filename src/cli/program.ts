/**
 * The program as commander knows it: each command of this folder adds itself. A command loads its modules
 * when it runs, so that the program starts at once.
 */
import {Command} from 'commander';
import about from '../../package.json' with {type: 'json'};
import {printable} from '../base/printable.ts';
import {addCompletion} from './completion.ts';
import {addDoctor} from './doctor-command.ts';
import {addFuzz} from './fuzz-command.ts';
import {addLab} from './lab-command.ts';
import {addLeader} from './leader-command.ts';
import {addQuiz} from './quiz-command.ts';
import {addRun} from './run-command.ts';
import {addStart} from './start-command.ts';

const EXAMPLES = `
Examples:
  leaderlab                              three leaders, as far apart as us, eu and ap
  leaderlab --leaders 5 --topology ring  the options of start work without its name
  leaderlab run first-steps              the same without a screen
  leaderlab run -e "set a 1 @us"         one command
  leaderlab lab 2                        a guided lab
  leaderlab help start                   what can be chosen`;

/** Every command with its arguments and flags, as commander takes them. */
export function createProgram(): Command {
  // Commands inherit these settings when they are added. Help lists them in that order.
  const program = new Command('leaderlab')
    .description('An interactive lab for multi-leader replication: real leaders, real links, live conflicts.')
    .version(about.version, '-v, --version', 'print the version')
    .enablePositionalOptions()
    // Commander's messages quote the arguments without escaping them.
    .configureOutput({writeErr: text => process.stderr.write(text.split('\n').map(printable).join('\n'))})
    .configureHelp({showGlobalOptions: false})
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  for (const add of [addStart, addRun, addLab, addFuzz, addQuiz, addDoctor, addLeader, addCompletion])
    add(program);
  return program;
}
