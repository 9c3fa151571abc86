/**
 * The quiz: new names everywhere, right answers from the cluster, and a score.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';
import {startCluster} from '../../src/app/open-cluster.ts';
import {succeed} from '../../src/base/failure.ts';
import {Prng} from '../../src/base/prng.ts';
import {type LabSource, runQuiz} from '../../src/course/quiz-lab.ts';
import {withNewNames} from '../../src/course/randomize-names.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {wan} from '../../src/faults/wan.ts';
import {locateIn} from '../../src/files/custom-file.ts';
import {PROGRAM} from '../support/terminal.ts';

const SOURCE = `---
title: Two writes
teaches: conflicts
minutes: 1
leaders: us, eu, ap
resolver: priority eu us ap
---

## One key

The title is written at us and at eu, with 5 in another key.

\`\`\`predict
What does ap read of title?
- first | get title @ap = first
- second | get title @ap = second
\`\`\`

\`\`\`lab
set count 5 @us
set title first @us || set title second @eu
wait converged
\`\`\`
`;

const LAB: LabSource = {name: 'two', folder: '.', source: SOURCE};

const read = (source: string) => {
  const found = readLab('two', source);
  if (!found.ok) throw new Error(JSON.stringify(found.errors));
  return found.lab;
};

/**
 * `first` and `second` stand for the number under which the value of the first and the second write is
 * offered.
 */
interface Asking {
  readonly seed?: string | number;
  readonly labs?: readonly LabSource[];
  readonly width?: number;
}

async function quiz(answers: readonly string[], {seed = 'test', labs = [LAB], width = 80}: Asking = {}) {
  const out: string[] = [];
  const lines = [...answers];
  const numberOf = (answer: string): string => {
    const [, first, second] = /set \w+ (\w+) @\w+ \|\| set \w+ (\w+) @/.exec(out.join('\n')) ?? [];
    const value = answer === 'first' ? first : answer === 'second' ? second : undefined;
    return value === undefined
      ? answer
      : (out
          .find(line => line.endsWith(`  ${value}`))
          ?.trim()
          .split(' ')[0] ?? 'not offered');
  };
  const score = await runQuiz({
    labs,
    questions: 1,
    prng: new Prng(seed),
    write: line => void out.push(line),
    width,
    read: async () => {
      const line = lines.shift();
      return line === undefined ? undefined : numberOf(line);
    },
    locateIn,
    startCluster: async ({leaders, topology, resolver}) => {
      const started = await startCluster({
        engine: 'sim',
        leaders,
        topology,
        resolver,
        links: wan,
        data: undefined,
        seed: 1,
      });
      return started.ok ? succeed(started.value.cluster) : started;
    },
  });
  return {score, out};
}

describe('new names', () => {
  test('replace all old ones, and the result is still a lab', () => {
    const fresh = withNewNames(SOURCE, read(SOURCE), new Prng(1));
    const lab = read(fresh);
    for (const name of ['title', 'first', 'second', 'count'])
      expect(fresh.replace(/^title:.*$/m, '')).not.toMatch(new RegExp(`\\b${name}\\b`));
    expect(fresh).toContain(' 5 @');
    expect(lab.about.leaders).toHaveLength(3);
    expect(lab.about.resolver).toEqual({
      name: 'priority',
      order: [lab.about.leaders[1], lab.about.leaders[0], lab.about.leaders[2]],
    });
  });

  test('differ for another seed, and are the same for the same seed', () => {
    const of = (seed: number) => withNewNames(SOURCE, read(SOURCE), new Prng(seed));
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });

  test('also replace the leaders in the names of links', () => {
    const source = SOURCE.replace('set count 5 @us', 'cut us-eu, us>ap\nset count 5 @us');
    const {leaders} = read(withNewNames(source, read(source), new Prng(1))).about;
    expect(withNewNames(source, read(source), new Prng(1))).toContain(
      `cut ${leaders[0]}-${leaders[1]}, ${leaders[0]}>${leaders[2]}`,
    );
  });

  test('keep the alphabetical order, in which sets are shown', () => {
    const source = SOURCE.replace(
      'set count 5 @us',
      'sadd list milk @us\nsadd list eggs @us\nsadd list beer @us',
    );
    for (let seed = 0; seed < 20; seed++) {
      const fresh = withNewNames(source, read(source), new Prng(seed));
      const [milk = '', eggs = '', beer = ''] = [...fresh.matchAll(/^sadd \w+ (\w+)/gm)].map(
        ([, word]) => word,
      );
      expect([beer, eggs, milk]).toEqual([milk, eggs, beer].sort());
    }
  });

  const folder = join(import.meta.dirname, '..', '..', 'labs');
  const labs = readdirSync(folder).filter(file => /^\d\d-.*\.md$/.test(file));

  test.each(labs)('leave labs/%s a lab', file => {
    const source = readFileSync(join(folder, file), 'utf8');
    for (let seed = 0; seed < 20; seed++)
      expect(() => read(withNewNames(source, read(source), new Prng(seed)))).not.toThrow();
  });
});

describe('a quiz', () => {
  test('knows the right answer and the reason', async () => {
    const {score, out} = await quiz(['second']);
    expect(score).toEqual({right: 1, asked: 1});
    expect(out.join('\n')).toMatch(/✔ right: \w+\n {2}\w+:1 wins: \w+ stands above \w+ in the order/);
    expect(out.at(-1)).toBe('1 of 1 right: nothing could surprise you');
  });

  test('asks no question about a lab that is not for virtual time', async () => {
    const elsewhere = {
      ...LAB,
      source: SOURCE.replace('minutes: 1', 'minutes: 1\nengines: native, pglogical'),
    };
    expect((await quiz(['1'], {labs: [elsewhere]})).score).toEqual({right: 0, asked: 0});
  });

  test('shows what was seen instead of a wrong answer', async () => {
    const {score, out} = await quiz(['first']);
    expect(score).toEqual({right: 0, asked: 1});
    expect(out.join('\n')).toMatch(/✘ no: \w+\n {2}seen: "\w+" at \w+/);
  });

  test('names no conflict on a key that the question is not about', async () => {
    const source = SOURCE.replace('get title @ap = first', 'get count @ap = 5').replace(
      'get title @ap = second',
      'get count @ap = absent',
    );
    const {out} = await quiz(['1'], {labs: [{...LAB, source}]});
    expect(out.join('\n')).toMatch(/right|no:/);
    expect(out.join('\n')).not.toContain(' wins');
  });

  test('breaks every line between words, at the width of the terminal', async () => {
    const wide = await quiz(['1'], {width: 400});
    for (const width of [40, 60]) {
      const {out} = await quiz(['1'], {width});
      expect(Math.max(...out.map(line => line.length))).toBeLessThanOrEqual(width);
      const words = (lines: readonly string[]): string[] => lines.join(' ').split(/\s+/);
      expect(words(out)).toEqual(words(wide.out));
    }
  });

  test('offers the choices in any order, and knows the right one in each order', async () => {
    const shown = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const {score, out} = await quiz(['second'], {seed});
      expect(score).toEqual({right: 1, asked: 1});
      const right = /right: (\w+)/.exec(out.join('\n'))?.[1] ?? '';
      shown.add(
        out
          .find(line => line.endsWith(`  ${right}`))
          ?.trim()
          .split(' ')[0] ?? '',
      );
    }
    expect(shown).toEqual(new Set(['1', '2']));
  });

  test('asks again after an invalid answer, and ends at the end of the input', async () => {
    const {score, out} = await quiz(['maybe', '9']);
    expect(score).toEqual({right: 0, asked: 0});
    expect(out.filter(line => line === 'a number from 1 to 2, or q')).toHaveLength(2);
  });

  test('reads answers from a pipe', async () => {
    const {stdout, exitCode} = await execa(
      process.execPath,
      [PROGRAM, 'quiz', '--questions', '2', '--seed', '4'],
      {input: '1\nq\n'},
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/question 1 of \d/);
    expect(stdout.split('\n').at(-1)).toMatch(/^[01] of 1 right/);
  });
});
