/**
 * `leaderlab quiz`: prints questions, reads answers from the input, and checks them with a cluster in virtual
 * time.
 */
import {type Command, Option} from 'commander';
import {succeed} from '../base/failure.ts';
import {parseNumber, parseSeed} from './arguments.ts';
import {linksOfLab} from './link-flags.ts';
import {quit} from './quit.ts';

interface QuizFlags {
  readonly questions: number;
  readonly seed?: number;
}

export function addQuiz(program: Command): void {
  program
    .command('quiz')
    .description('answer questions from the labs, with other names; the cluster gives the answer')
    .addOption(
      new Option('--questions <number>', 'the number of questions').argParser(parseNumber(1, 100)).default(5),
    )
    .addOption(new Option('--seed <number>', 'repeat the questions of that seed').argParser(parseSeed))
    .addHelpText('after', '\nExamples:\n  leaderlab quiz\n  leaderlab quiz --questions 10 --seed 7')
    .action(quiz);
}

/** Answers are lines of the input, which may be a pipe. */
async function quiz(flags: QuizFlags): Promise<void> {
  const [{runQuiz}, {labSources}, {Prng}, {startCluster}, {locateIn}, {createInterface}] = await Promise.all([
    import('../course/quiz-lab.ts'),
    import('../app/bundled-labs.ts'),
    import('../base/prng.ts'),
    import('../app/open-cluster.ts'),
    import('../files/custom-file.ts'),
    import('node:readline'),
  ]);
  const labs = await labSources();
  if (!labs.ok) quit(labs.failure);
  const seed = flags.seed ?? Date.now() % 1_000_000;
  const input = createInterface({input: process.stdin});
  const lines = input[Symbol.asyncIterator]();
  await runQuiz({
    labs: labs.value,
    questions: flags.questions,
    prng: new Prng(`quiz ${seed}`),
    write: line => console.log(line),
    width: process.stdout.columns ?? 80,
    read: async () => {
      if (process.stdout.isTTY) process.stdout.write('› ');
      const {done, value} = await lines.next();
      return done === true ? undefined : String(value);
    },
    locateIn,
    startCluster: async ({leaders, topology, resolver, links: far}) => {
      const links = linksOfLab(far);
      const started = await startCluster({
        engine: 'sim',
        leaders,
        topology,
        resolver,
        links,
        data: undefined,
        seed,
      });
      return started.ok ? succeed(started.value.cluster) : started;
    },
  });
  input.close();
}
