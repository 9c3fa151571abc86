/**
 * The completion scripts in the shells that they are for; a shell that is not installed here is passed over.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {sharedFolder} from '../support/folder.ts';
import {PROGRAM} from '../support/terminal.ts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const script = (shell: string): string =>
  execFileSync(process.execPath, [PROGRAM, 'completion', shell], {encoding: 'utf8'});

/** What stands in the folder besides: x.lab, merge.mjs, "my notes.lab" and the folder data. */
const ROWS: readonly (readonly [string, readonly string[]])[] = [
  ['leaderlab ru', ['run']],
  ['leaderlab run --eng', ['--engine']],
  ['leaderlab run --engine ', ['native', 'pglogical', 'postgres', 'sim']],
  ['leaderlab --resolver cu', ['custom']],
  ['leaderlab --topology st', ['star']],
  ['leaderlab run first', ['first-steps']],
  ['leaderlab run x', ['x.lab']],
  ['leaderlab lab 02', ['02-last-write-wins']],
  ['leaderlab fuzz keep', ['keep-local']],
  ['leaderlab fuzz mer', ['merge.mjs']],
  ['leaderlab --data ', ['data']],
  ['leaderlab completion f', ['fish']],
  ['leaderlab help do', ['doctor']],
];

let folder: string;
beforeAll(() => {
  folder = sharedFolder('completion-test-');
  for (const name of ['x.lab', 'merge.mjs', 'my notes.lab']) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'data'));
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(folder, `.${shell}-completion`), script(shell));
});

const run = (shell: string, args: readonly string[]): string => {
  const {stdout, stderr} = spawnSync(shell, [...args], {cwd: folder, encoding: 'utf8', timeout: 60_000});
  return `${stdout}${stderr}`;
};

describe.skipIf(!has('bash'))('bash', () => {
  test('has the completion function', () =>
    expect(run('bash', ['--norc', '-c', 'source .bash-completion; complete -p leaderlab'])).toBe(
      'complete -F _leaderlab leaderlab\n',
    ));

  test.each([...ROWS, ['leaderlab run my', ['my notes.lab']] as const])('%s', (line, words) => {
    const each = line.split(' ').map(word => `'${word}'`);
    const asks =
      `COMP_WORDS=(${each.join(' ')}); COMP_CWORD=${each.length - 1}; _leaderlab; printf '%s\\n' ` +
      `"\${COMPREPLY[@]}"`;
    const answer = run('bash', ['--norc', '-c', `source .bash-completion; ${asks}`]);
    expect(answer.trim().split('\n').sort()).toEqual([...words].sort());
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  test.each(ROWS)('%s', (line, words) => {
    const answer = run('fish', ['--no-config', '-c', `source .fish-completion; complete -C '${line}'`]);
    const offered = answer
      .trim()
      .split('\n')
      .map(row => row.split('\t')[0]?.replace(/[=/]$/, ''));
    expect(offered.sort()).toEqual([...words].sort());
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  test('has the completion function after compinit', () =>
    expect(
      run('zsh', [
        '-f',
        '-c',
        'autoload -Uz compinit; compinit -u -D; source ./.zsh-completion; print $_comps[leaderlab]',
      ]),
    ).toBe('_leaderlab\n'));

  // One word only: what zsh writes for several is a picture of them.
  test.each(ROWS.filter(([, words]) => words.length === 1))('%s', {timeout: 60_000}, (line, [word = '']) => {
    const typed = [
      'zmodload zsh/zpty',
      'zpty shell zsh -f -i',
      `zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source ./.zsh-completion; print REA''DY'`,
      'until [[ $got == *READY* ]]; do zpty -r shell part; got+=$part; done',
      `zpty -w -n shell '${line}'$'\\t'`,
      'shown=; for i in {1..100}; do while zpty -r -t shell part; do shown+=$part; done; [[ $shown == ' +
        `*'${word}'* ]] && break; sleep 0.1; done`,
      'print -r -- $shown; zpty -d shell',
    ];
    expect(run('zsh', ['-f', '-c', typed.join('\n')])).toContain(word);
  });
});
