/**
 * The entry point: checks the arguments, then runs the command.
 */
import {existsSync} from 'node:fs';
import {CommanderError} from 'commander';
import {bundledFile} from './app/bundled-labs.ts';
import {charset, writeAscii} from './app/charset.ts';
import {endWithOutput} from './app/ending.ts';
import {printable} from './base/printable.ts';
import {readCommandLine} from './cli/command-line.ts';
import {createProgram} from './cli/program.ts';

endWithOutput();
if (!charset().isUnicode) for (const output of [process.stdout, process.stderr]) writeAscii(output);

const program = createProgram();
const line = readCommandLine(
  program,
  process.argv.slice(2),
  word => existsSync(word) || bundledFile(word) !== undefined,
);
if (!line.ok) {
  console.error(printable(`leaderlab${line.where === '' ? '' : ` ${line.where}`}: ${line.message}`));
  console.error(printable(`for example: ${line.example}`));
  process.exit(2);
}

try {
  await program.parseAsync(line.words, {from: 'user'});
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
