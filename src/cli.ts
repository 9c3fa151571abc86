/**
 * The program: commander reads the words, and each command of `cli/` adds itself. What a command needs is loaded when it runs, so that the
 * program starts at once.
 */
import {Command, CommanderError} from 'commander';
import about from '../package.json' with {type: 'json'};
import {printable} from './base/printable.ts';
import {charset, writeAscii} from './charset.ts';
import {addDoctor} from './cli/doctor.ts';
import {addFuzz} from './cli/fuzz.ts';
import {addLab} from './cli/lab.ts';
import {addLeader} from './cli/leader.ts';
import {quit} from './cli/quit.ts';
import {addQuiz} from './cli/quiz.ts';
import {addRun} from './cli/run.ts';
import {addStart} from './cli/start.ts';
import {didYouMean} from './command/suggest.ts';
import {endWithOutput} from './ending.ts';

endWithOutput();
if (!charset().isUnicode) for (const output of [process.stdout, process.stderr]) writeAscii(output);

// Commands take over what is set here when they are added, and help lists them in that order.
const program = new Command('leaderlab')
  .description('An interactive lab for multi-leader replication: real leaders, real links, live conflicts.')
  .version(about.version)
  .enablePositionalOptions()
  .showSuggestionAfterError()
  // Commander's messages hold what was typed, as it was typed.
  .configureOutput({writeErr: text => process.stderr.write(text.split('\n').map(printable).join('\n'))})
  .configureHelp({showGlobalOptions: false})
  .exitOverride()
  .addHelpText(
    'after',
    '\nExamples:\n  leaderlab                              three leaders, as far apart as us, eu and ap\n  leaderlab --leaders 5 --topology ring  the options of start work without its name\n  leaderlab run labs/first-steps.lab     the same without a screen\n  leaderlab help start                   what can be chosen',
  );

for (const add of [addStart, addRun, addLab, addFuzz, addQuiz, addDoctor, addLeader]) add(program);

// A first word that is no command would be taken for an argument of the default one.
const [word = ''] = process.argv.slice(2);
const commandNames = [...program.commands.map(command => command.name()), 'help'];
if (/^[^-]/.test(word) && !commandNames.includes(word))
  quit({code: 'syntax', message: `no command "${word}"${didYouMean(word, commandNames)}`, hint: 'leaderlab --help lists them'});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
