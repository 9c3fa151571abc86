/**
 * Reading labs: the contents of a file, and the errors in it with their lines.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import type {Prediction, Task} from '../../src/course/lab-types.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {Workplace} from '../support/program.ts';

const HEAD = '---\ntitle: A lab\nteaches: conflicts, loss\nminutes: 5\n---\n';

function read(source: string) {
  const found = readLab('mine', source);
  if (!found.ok) throw new Error(JSON.stringify(found.errors));
  return found.lab;
}

function errorsOf(source: string): string[] {
  const found = readLab('mine', source);
  return found.ok
    ? []
    : found.errors.map(
        ({line, message, hint}) => `${line}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
      );
}

const fence = (name: string, ...lines: string[]): string => [`\`\`\`${name}`, ...lines, '```', ''].join('\n');

describe('a lab', () => {
  test('has a front matter with defaults', () => {
    expect(read(`${HEAD}\n## One\n`).about).toEqual({
      title: 'A lab',
      teaches: ['conflicts', 'loss'],
      minutes: 5,
      leaders: ['us', 'eu', 'ap'],
      topology: {name: 'mesh'},
      resolver: {name: 'lww'},
      engines: ['native', 'sim'],
      links: {type: 'wan'},
    });
    const head = HEAD.replace(
      'minutes: 5',
      'minutes: 5\nleaders: sa, af\ntopology: star af\nresolver: priority af sa\nengine: sim\nlinks: ' +
        'slow 2.5',
    );
    expect(read(`${head}\n## One\n`).about).toMatchObject({
      leaders: ['sa', 'af'],
      topology: {name: 'star', hub: 'af'},
      resolver: {name: 'priority', order: ['af', 'sa']},
      engines: ['sim'],
      links: {type: 'slow', factor: 2.5},
    });
  });

  test('can name several engines, on one line or as a list', () => {
    const engines = (text: string): unknown =>
      read(`${HEAD.replace('minutes', `engines: ${text}\nminutes`)}\n## One\n`).about.engines;
    expect(engines('native, sim, pglogical')).toEqual(['native', 'sim', 'pglogical']);
    expect(engines('[postgres, pglogical]')).toEqual(['postgres', 'pglogical']);
    expect(engines('pglogical')).toEqual(['pglogical']);
  });

  test('has steps of prose, commands, checks, predictions and tasks', () => {
    const lab = read(
      [
        HEAD,
        'Hello *there*.',
        '## Write',
        'First **this**,',
        'then `that`.',
        fence(
          'predict',
          'Which one?',
          '- A | get x = A',
          '- B | get x = B && lost = 1',
          '- neither | otherwise',
        ),
        fence('lab', 'set x A @us', '# a remark', 'wait converged'),
        fence('check', 'get x = A', 'expect lost = 0'),
        '## Do',
        fence('task', 'Make it B,', 'soon.', 'check: get x = B', 'hint: use set', 'solution: set x B @us'),
        fence('sql', 'SELECT 1'),
      ].join('\n'),
    );
    expect(lab.intro).toEqual([
      {
        type: 'paragraph',
        spans: [
          {text: 'Hello ', style: 'plain'},
          {text: 'there', style: 'em'},
          {text: '.', style: 'plain'},
        ],
      },
    ]);
    const [write, act] = lab.steps;
    expect(write?.parts.map(({type}) => type)).toEqual(['prose', 'predict', 'commands', 'checks']);
    const prediction = write?.parts[1] as Prediction;
    expect(prediction).toMatchObject({
      question: 'Which one?',
      choices: [{text: 'A'}, {text: 'B'}, {text: 'neither', holds: 'otherwise'}],
    });
    expect(prediction.choices[1]?.holds).toHaveLength(2);
    expect(write?.parts[3]).toMatchObject({checks: [{text: 'get x = A'}, {text: 'lost = 0'}]});
    const task = act?.parts[0] as Task;
    expect(task).toMatchObject({
      goal: 'Make it B, soon.',
      hints: ['use set'],
      solution: [{text: 'set x B @us'}],
    });
    expect(act?.parts[1]).toEqual({type: 'prose', prose: [{type: 'code', lines: ['SELECT 1']}]});
  });

  test('has correct line numbers for every kind of line break', () => {
    const source = `${HEAD}\n## One\n\n${fence('lab', 'set x A @us', 'wait converged')}`;
    for (const text of [source, source.replaceAll('\n', '\r\n'), `\ufeff${source}`]) {
      const lab = read(text);
      expect(lab.steps[0]?.line).toBe(7);
      expect(lab.steps[0]?.parts[0]).toMatchObject({commands: [{line: 10}, {line: 11}]});
    }
  });

  test('may contain blocks that are not read: in a comment, and as code within code', () => {
    const shown = '````\n```check\nup us\n```\n````\n';
    const lab = read(
      `${HEAD}\n## One\n<!--\n\`\`\`check\nup us\n\`\`\`\n-->\n\n- so:\n  \`\`\`sh\n  ls\n  ` +
        `\`\`\`\n\n${shown}`,
    );
    expect(lab.steps[0]?.parts.map(({type}) => type)).toEqual(['prose']);
  });

  test('has choices whose values may contain the separators of choices', () => {
    const lab = read(
      `${HEAD}\n## One\n${fence(
        'predict',
        'Which?',
        '- it\'s "A | B" | get x = "A | B" && get y = \'C && D\'',
        '- 5" | get x = {"a": "E | \\" && F"}',
      )}`,
    );
    const prediction = lab.steps[0]?.parts[0] as Prediction;
    expect(
      prediction.choices.map(({text, holds}) => [
        text,
        holds === 'otherwise' ? holds : holds.map(one => one.text),
      ]),
    ).toEqual([
      ['it\'s "A | B"', ['get x = "A | B"', "get y = 'C && D'"]],
      ['5"', ['get x = {"a": "E | \\" && F"}']],
    ]);
  });

  test('tracks the leaders that join and leave', () => {
    expect(
      errorsOf(
        `${HEAD}\n## One\n${fence('lab', 'join sa', 'set x 1 @sa')}\n${fence('check', 'get x @sa = 1')}`,
      ),
    ).toEqual([]);
    expect(errorsOf(`${HEAD}\n## One\n${fence('check', 'get x @sa = 1')}`)).toEqual([
      '9: no leader "sa": get x @sa = 1 (there are us, eu, ap)',
    ]);
  });
});

describe('an error is reported with its line', () => {
  test.each<[string, string, string[]]>([
    [
      'no front matter',
      '# Hello\n',
      [
        '1: a lab begins with its front matter (begin the file with ---, then title: The last write ' +
          'wins, teaches: last write wins, lost writes, minutes: 5, then ---)',
      ],
    ],
    [
      'a missing field',
      HEAD.replace('minutes: 5\n', ''),
      ['1: the front matter lacks minutes (write, for example, minutes: 5)'],
    ],
    [
      'a field of another kind',
      HEAD.replace('5', 'five'),
      ['4: minutes is invalid: a whole number from 1 to 60 (write, for example, minutes: 5)'],
    ],
    [
      'too many leaders',
      HEAD.replace('minutes', 'leaders: 99\nminutes'),
      [
        '4: leaders is invalid: a number from 1 to 32, or names (write, for example, ' +
          'leaders: us, eu, ap)',
      ],
    ],
    [
      'no leader',
      HEAD.replace('minutes', 'leaders: ","\nminutes'),
      ['4: a lab has from 1 to 32 leaders (leaders: us, eu, ap)'],
    ],
    [
      'an unknown engine',
      HEAD.replace('minutes', 'engine: foo\nminutes'),
      ['4: engine is invalid: native, sim, postgres or pglogical, if the lab needs it'],
    ],
    [
      'unknown engines',
      HEAD.replace('minutes', 'engines: native, foo\nminutes'),
      [
        '4: engines is invalid: one or more of native, sim, postgres or pglogical, separated by ' +
          'commas (default: native and sim)',
      ],
    ],
    [
      'the same engine twice',
      HEAD.replace('minutes', 'engines: sim, sim\nminutes'),
      ['4: engines is invalid'],
    ],
    [
      'engine and engines together',
      HEAD.replace('minutes', 'engine: sim\nengines: native, sim\nminutes'),
      ['5: engine names one engine, engines several (keep one of the two fields)'],
    ],
    [
      'links without a factor',
      HEAD.replace('minutes', 'links: slow\nminutes'),
      ['4: links is invalid: wan, lan, or slow and a number from 0.1 to 100, such as slow 10 (write'],
    ],
    [
      'links with the factor 0',
      HEAD.replace('minutes', 'links: slow 0\nminutes'),
      ['4: links is invalid: wan, lan, or slow'],
    ],
    [
      'a lab that quits',
      `${HEAD}\n## A\n${fence('lab', 'set x 1', 'quit')}`,
      ['10: quit: a lab ends by itself (leave it out)'],
    ],
    ['a field given twice', HEAD.replace('minutes', 'title: B\nminutes'), ['4: Map keys must be unique']],
    [
      'an unknown field',
      HEAD.replace('minutes', 'leader: us\nminutes'),
      [
        '4: a lab\'s front matter has no "leader"; did you mean leaders? (it can have title, teaches, ' +
          'minutes, leaders, topology, resolver, engine, engines, links)',
      ],
    ],
    [
      'an unknown resolver',
      HEAD.replace('minutes', 'resolver: lwww\nminutes'),
      ['4: resolver: no resolver "lwww"; did you mean lww?'],
    ],
    [
      'an invalid name of a leader',
      HEAD.replace('minutes', 'leaders: us, EU\nminutes'),
      ['4: "EU" is not a name for a leader (leaders: us, eu, ap)'],
    ],
    ['no step', `${HEAD}\nHello.\n`, ['6: a lab without a step (begin one with: ## What happens)']],
    [
      'a block before any step',
      `${HEAD}\n${fence('lab', 'set x 1')}`,
      ['7: a block before the first step (begin the step with: ## What happens)'],
    ],
    [
      'an unknown block',
      `${HEAD}\n## A\n${fence('labb', 'set x 1')}`,
      ['8: no block "labb"; did you mean lab? (there are lab, check, predict, task)'],
    ],
    [
      'a block in a list',
      `${HEAD}\n## A\n- one\n\n  \`\`\`check\n  up us\n  \`\`\`\n`,
      ['10: a check block inside a list (begin it at the left margin'],
    ],
    [
      'blocks in lists in a list, beside an illustration',
      `${HEAD}\n## A\n1. one\n   - two\n     \`\`\`js\n     1\n     \`\`\`\n   - \`\`\`lab\n     set x ` +
        `1\n     \`\`\`\n\n     ~~~labb\n     ~~~\n`,
      ['13: a lab block inside a list', '17: no block "labb"; did you mean lab?'],
    ],
    [
      'a block in a quote',
      `${HEAD}\n## A\n> why\n> \`\`\`predict\n> x\n> \`\`\`\n`,
      ['9: a predict block inside a quote'],
    ],
    [
      'a block in HTML',
      `${HEAD}\n## A\n<details>\n\`\`\`check\nup us\n\`\`\`\n</details>\n`,
      ['9: a check block inside HTML'],
    ],
    [
      'an indented block',
      `${HEAD}\n## A\n\n    ~~~ task\n    x\n    ~~~\n`,
      ['9: a task block inside indented code'],
    ],
    [
      'an empty block',
      `${HEAD}\n## A\n${fence('check')}`,
      ['8: an empty check block (one check per line, such as: get title @all = A)'],
    ],
    [
      'a bad command',
      `${HEAD}\n## A\n${fence('lab', 'set x 1', 'kil us')}`,
      ['10: no command "kil"; did you mean kill?: kil us (help lists the commands)'],
    ],
    [
      'a choice without a check',
      `${HEAD}\n## A\n${fence('predict', 'Which?', '- A', '- B | get x = B')}`,
      [
        '10: a choice must say after a bar when it is right (a question, and choices such as: - A wins | ' +
          'get title @all = A)',
      ],
    ],
    [
      'a task without a check or a solution',
      `${HEAD}\n## A\n${fence('task', 'Do it.')}`,
      [
        '8: a task without a check: the lab cannot tell when it is done (a goal, and lines such as: check: ' +
          'converged, hint: look at the clocks, solution: clock eu reset)',
        '8: a task without a solution: a run without a person cannot do it (a goal, and lines such as: ' +
          'check: converged, hint: look at the clocks, solution: clock eu reset)',
      ],
    ],
  ])('%s', (_what, source, told) => {
    const errors = errorsOf(source);
    expect(
      errors.map((error, i) => (told[i] !== undefined && error.startsWith(told[i]) ? told[i] : error)),
    ).toEqual(told);
  });

  const aliases = ['b', 'c', 'd', 'e', 'f', 'g'].map(
    (name, i, all) => `${name}: &${name} [${Array(9).fill(`*${all[i - 1] ?? 'a'}`)}]`,
  );

  test.each<[string, string, string]>([
    [
      'text without end',
      `${HEAD}\n## A\n${'a word\n\n'.repeat(500_000)}`,
      '1: a lab of 3907 KiB is too long: 256 KiB at most (make several',
    ],
    [
      'a front matter without end',
      HEAD.replace('minutes', `${'a: 1\n'.repeat(5000)}minutes`),
      '1: a front matter of 25 KiB is too long',
    ],
    [
      'quotes within quotes',
      `${HEAD}\n## A\n${'>'.repeat(20_000)}\n`,
      '8: this line is nested too deeply (at most 100 characters of',
    ],
    [
      'lists within lists',
      `${HEAD}\n## A\n${Array.from({length: 200}, (_, i) => `${'  '.repeat(i)}- x\n`).join('')}`,
      '58: this line is nested too deeply',
    ],
    [
      'emphasis within emphasis',
      `${HEAD}\n## A\n${'*a _b '.repeat(1500)}a${' b_ a*'.repeat(1500)}\n`,
      '7: this paragraph has more than 500 marks of emphasis',
    ],
    [
      'emphasis that never ends',
      `${HEAD}\n## A\n\nfine *so* far\n\n> ${'_*a'.repeat(10_000)}\n`,
      '11: this paragraph has more than 500',
    ],
    [
      'aliases of aliases',
      HEAD.replace('minutes', ['a: &a x', ...aliases, 'minutes'].join('\n')),
      '1: an alias cannot be followed',
    ],
    ['an alias of nothing', HEAD.replace('A lab', '*lab'), '1: an alias cannot be followed'],
    ['brackets within brackets', HEAD.replace('A lab', '['.repeat(4000)), '2: '],
  ])('%s: one error, at once', (_what, source, told) => {
    const startedMs = performance.now();
    expect(errorsOf(source)[0]?.slice(0, told.length)).toBe(told);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test(
    'is reported with all others, by line, before anything ' + 'starts, and the program ends with status 2',
    async () => {
      const place = new Workplace();
      onTestFinished(() => place.close());
      const file = place.file('mine.md', `${HEAD}\n## A\n${fence('labb', 'x')}\n${fence('lab', 'kil us')}`);
      const {status, out, err} = await place.run('run', file);
      expect([status, out]).toEqual([2, '']);
      expect(err.replaceAll(`${place.folder}/`, '').split('\n')).toEqual([
        'mine.md:8: no block "labb"; did you mean lab?',
        '  there are lab, check, predict, task',
        'mine.md:13: no command "kil"; did you mean kill?: kil us',
        '  help lists the commands',
      ]);
    },
  );
});

describe('nothing is started', () => {
  const ok = `${HEAD}\n## A\n${fence('check', 'up us')}`;
  const placed = (): Workplace => {
    const place = new Workplace();
    onTestFinished(() => place.close());
    return place;
  };

  test('if any lab names a module that does not exist', async () => {
    const place = placed();
    const bad = place.file('bad.md', ok.replace('minutes', 'resolver: custom ./nope.mjs\nminutes'));
    const {status, out, err} = await place.run('run', '--engine', 'sim', place.file('ok.md', ok), bad);
    expect([status, out]).toEqual([2, '']);
    expect(err.replaceAll(`${place.folder}/`, '')).toBe('bad.md:4: nope.mjs: there is no such file');
  });

  test('from an endless file after it was read up to the limit', async () => {
    const {status, out, err} = await placed().run('run', '--engine', 'sim', '/dev/zero');
    expect([status, out, err]).toEqual([2, '', '/dev/zero: the file is too long: the limit is 16 MiB']);
  });

  test('if the report cannot be written', async () => {
    const place = placed();
    const file = place.file('ok.md', ok);
    for (const junit of [place.path('none/out.xml'), place.folder]) {
      const {status, out, err} = await place.run('run', '--engine', 'sim', '--junit', junit, file);
      expect([status, out]).toEqual([2, '']);
      expect(err).toMatch(/^leaderlab: --junit: /);
    }
  });
});

describe('labs that are run', () => {
  const place = (): Workplace => {
    const made = new Workplace();
    onTestFinished(() => made.close());
    return made;
  };
  const lab = (choice: string): string =>
    [
      HEAD,
      '## A',
      fence('predict', 'Which?', `- A | ${choice}`, '- B | get x @us = B'),
      fence('lab', 'set x A @us'),
      fence('check', 'get x @us = A'),
    ].join('\n');

  test('fail, and the run fails, if a prediction has not exactly one right answer', async () => {
    const work = place();
    const {status, out} = await work.run(
      'run',
      '--engine',
      'sim',
      work.file('none.md', lab('get x @us = C')),
    );
    expect(status).toBe(1);
    expect(out).toContain('✘ predict Which?\n    no choice is right\n    A: seen "A"\n    B: seen "A"');
    const two = await work.run(
      'run',
      '--engine',
      'sim',
      work.file('two.md', lab('get x @us = A').replace('B | get x @us = B', 'B | get x @us = A')),
    );
    expect(two.out).toContain('2 choices are right: A; B');
  });

  test('may have a last command that fails as the next block of checks expects', async () => {
    const work = place();
    const failing = (...checks: string[]): string =>
      `${HEAD}\n## A\n${fence('lab', 'kill ap', 'get x @ap')}\nIt does not ` +
      `answer.\n\n${fence('check', ...checks)}`;
    const {status, out} = await work.run(
      'run',
      '--engine',
      'sim',
      work.file('ok.md', failing('outcome fail', 'down ap')),
    );
    expect([status, out]).toEqual([0, expect.stringContaining('2 passed, 0 failed')]);
    const other = await work.run(
      'run',
      '--engine',
      'sim',
      work.file('other.md', failing('down ap', 'outcome fail')),
    );
    expect([other.status, other.out]).toEqual([1, expect.stringContaining('2 passed, 1 failed')]);
  });

  test('are reported as JUnit, too', async () => {
    const work = place();
    const junit = work.path('out.xml');
    const {status} = await work.run(
      'run',
      '--engine',
      'sim',
      '--junit',
      junit,
      work.file('ok.md', lab('get x @us = A')),
      work.file('bad.md', lab('get x @us = C')),
      work.file('command.md', lab('get x @us = A').replace('set x A @us', 'set x A @us\nkill ap\nget x @ap')),
    );
    expect(status).toBe(1);
    const xml = readFileSync(junit, 'utf8');
    expect(xml).toMatch(/<testsuite name="[^"]*ok\.md" tests="2" failures="0"/);
    expect(xml).toMatch(/<testsuite name="[^"]*bad\.md" tests="2" failures="1"/);
    expect(xml).toMatch(/<testsuite name="[^"]*command\.md" tests="3" failures="1"/);
    expect(xml).toContain(
      '<failure message="no choice is right; A: seen &quot;A&quot;; B: seen &quot;A&quot;"/>',
    );
  });

  test('are skipped if they are for another engine, and so is a README beside them', async () => {
    const work = place();
    const native = work.file(
      'real.md',
      lab('get x @us = A').replace('minutes: 5', 'minutes: 5\nengine: native'),
    );
    const {status, out} = await work.run(
      'run',
      '--engine',
      'sim',
      native,
      work.file('README.md', '# Labs\n'),
    );
    expect([status, out.trim().split('/').at(-1)]).toEqual([
      0,
      'real.md: not run: it is for the native engine alone',
    ]);
    const json = await work.run(
      'run',
      '--engine',
      'sim',
      '--json',
      native,
      work.file('ok.md', lab('get x @us = A')),
    );
    expect([
      json.status,
      json.out.split('\n').flatMap(line => (line === '' ? [] : (JSON.parse(line).summary ?? []))),
    ]).toEqual([
      0,
      [
        {version: 1, file: native, skipped: 'only on native'},
        {version: 1, file: work.path('ok.md'), passed: 2, failed: 0, seed: 1},
      ],
    ]);
    expect((await work.run('run', join(work.folder, 'README.md'))).status).toBe(2);
  });

  test(
    'are refused on another engine if there is only ' + 'one, and the hint names the right engine',
    async () => {
      const work = place();
      const usual = work.file('usual.md', lab('get x @us = A'));
      const {status, out, err} = await work.run('run', '--engine', 'pglogical', usual);
      expect([status, out, err]).toEqual([
        2,
        '',
        `${usual}: this lab is for the native and sim engines\nuse --engine native; its front matter ` +
          'names the engines that it works on',
      ]);
      const several = work.file(
        'several.md',
        lab('get x @us = A').replace('minutes: 5', 'minutes: 5\nengines: postgres, pglogical'),
      );
      expect(await work.run('run', several)).toMatchObject({
        status: 2,
        err: expect.stringContaining('for the postgres and pglogical engines\nuse --engine postgres;'),
      });
      const screen = await work.run('lab', '--engine', 'sim', several);
      expect([screen.status, screen.err]).toEqual([
        2,
        'leaderlab: this lab is for the postgres and pglogical engines; use --engine postgres; its front ' +
          'matter names the engines that it works on',
      ]);
      expect((await work.run('lab', several)).err).toContain(
        `use: leaderlab run --engine postgres ${several}`,
      );
    },
  );
});
