/**
 * The words after `leaderlab`: one row a line, with the words that commander then gets, or with the error and
 * the example.
 */
import {describe, expect, test} from 'vitest';
import {readCommandLine} from '../../src/cli/command-line.ts';
import {FLAG_VALUES} from '../../src/cli/flag-facts.ts';
import {createProgram} from '../../src/cli/program.ts';

const FILES = ['x.lab', 'first-steps', '2', 'eu.lab', 'causal'];
const read = (line: string) => readCommandLine(createProgram(), split(line), word => FILES.includes(word));

/** Splits at spaces; a text in quotes is one word. */
const split = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, text, bare]) => text ?? bare ?? '');

function answerTo(line: string): string {
  const answer = read(line);
  if (answer.ok) return answer.words.join(' ');
  return `${answer.where === '' ? '' : `${answer.where}: `}${answer.message} | ${answer.example}`;
}

const NO_ENGINE = 'There are native, sim, postgres, pglogical';

describe('valid arguments', () => {
  test.each([
    ['', 'start'],
    ['--leaders 5 --topology ring', 'start --leaders=5 --topology=ring'],
    ['start --lan', 'start --lan'],
    ['-v', '-v'],
    ['-V', '-v'],
    ['--version', '--version'],
    ['--help', '--help'],
    ['help', '--help'],
    ['help run', 'run --help'],
    ['help --help', '--help'],
    ['help -h', '--help'],
    ['help help', '--help'],
    ['run --json --help', 'run --help'],
    ['run -', 'run -- -'],
    ['run -e "set a 1 @us" -e "get a"', 'run --exec=set a 1 @us --exec=get a'],
    ['run first-steps', 'run -- first-steps'],
    ['run 2 --engine sim', 'run --engine=sim -- 2'],
    ['run --engine native,sim x.lab', 'run --engine=native,sim -- x.lab'],
    ['run --resolver custom ./m.mjs x.lab', 'run --resolver=custom ./m.mjs -- x.lab'],
    ['run --resolver custom "./my m.mjs" x.lab', 'run --resolver=custom "./my m.mjs" -- x.lab'],
    ['run --resolver "custom ./m.mjs" x.lab', 'run --resolver=custom ./m.mjs -- x.lab'],
    ['run --resolver=custom ./m.mjs x.lab', 'run --resolver=custom ./m.mjs -- x.lab'],
    ['run --resolver lww x.lab', 'run --resolver=lww -- x.lab'],
    ['run --resolver priority ap us eu first-steps', 'run --resolver=priority ap us eu -- first-steps'],
    ['run --topology star eu x.lab', 'run --topology=star eu -- x.lab'],
    ['run --topology star x.lab', 'run --topology=star -- x.lab'],
    ['run --topology star causal', 'run --topology=star -- causal'],
    ['run --topology custom us>eu, eu-ap x.lab', 'run --topology=custom us>eu, eu-ap -- x.lab'],
    ['--topology star eu --lan', 'start --topology=star eu --lan'],
    ['--leaders a,b --topology star b', 'start --leaders=a,b --topology=star b'],
    ['fuzz ./m.mjs', 'fuzz -- ./m.mjs'],
    ['fuzz crdt --seeds 5', 'fuzz --seeds=5 -- crdt'],
    ['fuzz --resolver custom ./m.mjs', 'fuzz --resolver=custom ./m.mjs'],
    ['lab list', 'lab -- list'],
    ['lab 2 --lan', 'lab --lan -- 2'],
    ['completion zsh', 'completion -- zsh'],
    ['leader us --data=./a= --peer=eu=7002', 'leader --data=./a= --peer=eu=7002 -- us'],
    [
      'leader us --data ./us --peer eu=7002 --peer ap=7003',
      'leader --data=./us --peer=eu=7002 --peer=ap=7003 -- us',
    ],
    ['run -- -x.lab', 'run -- -x.lab'],
  ])('%s', (line, words) => expect(answerTo(line)).toBe(words));
});

describe('an error says what is wrong, where, what was probably meant, and gives an example', () => {
  test.each([
    [
      '--engine pg',
      `--engine: no engine "pg"; did you mean postgres? ${NO_ENGINE} | leaderlab --engine postgres`,
    ],
    [
      'run --engine natve x.lab',
      `run: --engine: no engine "natve"; did you mean native? ${NO_ENGINE} | leaderlab run --engine ` +
        'native first-steps',
    ],
    [
      'lab 2 --engine mysql',
      'lab: --engine: no engine "mysql"; there are native, sim, postgres, pglogical | leaderlab lab ' +
        '--engine sim 2',
    ],
    [
      '--engine native,sim',
      '--engine: one engine at a time; only run compares several | leaderlab --engine sim',
    ],
    [
      '--leaders us eu ap',
      '--leaders: separate leaders with commas, without spaces | leaderlab --leaders us,eu,ap',
    ],
    [
      'run --leaders us, eu x.lab',
      'run: --leaders: separate leaders with commas, without spaces | leaderlab run --leaders us,eu ' +
        'first-steps',
    ],
    ['--leaders 33', '--leaders: from 1 to 32 leaders, not 33 | leaderlab --leaders us,eu,ap'],
    [
      '--format json',
      'no flag --format; its flags are --leaders --engine --leader --topology --resolver --wan --lan ' +
        '--slow --data --seed --exec | leaderlab',
    ],
    [
      'run --format json x.lab',
      'run: no flag --format; did you mean --json? | leaderlab run --json first-steps',
    ],
    ['--leders 3', 'no flag --leders; did you mean --leaders? | leaderlab --leaders us,eu,ap'],
    [
      'run -x',
      'run: no flag -x; its flags are --leaders --engine --leader --topology --resolver --wan --lan ' +
        '--slow --data --seed --exec --json --junit | leaderlab run first-steps',
    ],
    ['doctor --jsn', 'doctor: no flag --jsn; did you mean --json? | leaderlab doctor --json'],
    [
      'run',
      'run: expected labs, command files with one command per line, or - for the standard input | ' +
        'leaderlab run first-steps',
    ],
    ['leader', 'leader: expected its name: us, eu, ap, … | leaderlab leader us --data ./us'],
    ['leader us', 'leader: expected --data: the folder of its log | leaderlab leader us --data ./us'],
    ['lab 2 3', 'lab: unexpected argument "3" | leaderlab lab 2'],
    ['quiz 3', 'quiz: unexpected argument "3" | leaderlab quiz'],
    ['start x.lab', 'unexpected argument "x.lab"; to run a file, use run | leaderlab'],
    ['x.lab', 'no command "x.lab"; to run a file or a lab, use run | leaderlab run x.lab'],
    ['rnu x.lab', 'no command "rnu"; did you mean run? | leaderlab run first-steps'],
    ['help rnu', 'no command "rnu"; did you mean run? | leaderlab run first-steps'],
    ['version', 'no command "version" | leaderlab -v'],
    ['--seed', '--seed needs a value: the seed of every random decision | leaderlab --seed 7'],
    ['--seed --lan', '--seed needs a value: the seed of every random decision | leaderlab --seed 7'],
    ['--seed x', '--seed: expected a number from 0 to 9007199254740991, not "x" | leaderlab --seed 7'],
    ['--seed 1 --seed 2', '--seed is given twice | leaderlab --seed 7'],
    ['--lan=3', '--lan takes no value, not "3" | leaderlab --lan'],
    ['--lan --slow 3', '--lan and --slow cannot be combined | leaderlab --lan'],
    ['--leader us=postgres://me@localhost/x --leaders 3', /^--leader and --leaders cannot be combined/],
    ['fuzz --for 5x', /^fuzz: --for: expected a unit after 5.* \| leaderlab fuzz --for 5m$/],
    ['completion', 'completion: expected bash, zsh or fish | leaderlab completion bash'],
  ])('%s', (line, answer) => {
    if (typeof answer === 'string') expect(answerTo(line)).toBe(answer);
    else expect(answerTo(line)).toMatch(answer);
  });
});

test('every flag that takes a value has an example value', () => {
  const flags = createProgram().commands.flatMap(({options}) => options.filter(({required}) => required));
  for (const {long = ''} of flags) expect(FLAG_VALUES).toHaveProperty([long]);
});

test('the help of every command has examples, and each is valid', () => {
  for (const command of createProgram().commands) {
    const written: string[] = [];
    command.configureOutput({writeOut: text => void written.push(text)});
    command.outputHelp();
    const help = written.join('');
    const examples = help
      .slice(help.indexOf('Examples:'))
      .split('\n')
      .filter(line => line.startsWith('  leaderlab'));
    if (command.name() !== 'completion') expect(examples, command.name()).not.toEqual([]);
    for (const example of examples) {
      // Two or more spaces separate a command from its explanation.
      const [line = ''] = example
        .trim()
        .replace(/^leaderlab ?/, '')
        .split(/ {2,}| > /);
      expect(read(line), line).toMatchObject({ok: true});
    }
  }
});
