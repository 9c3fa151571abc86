/**
 * labs/README.md: what there is, from the front matter of the labs. After a change that is meant: run this
 * with LEADERLAB_WRITE_DOCS=1, and format.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Lab} from '../../src/course/lab-types.ts';
import {readLab} from '../../src/course/read-lab.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'labs');

const labs = readdirSync(FOLDER)
  .filter(file => /^\d\d-.*\.md$/.test(file))
  .sort()
  .map((file): Lab => {
    const read = readLab(file.replace(/\.md$/, ''), readFileSync(join(FOLDER, file), 'utf8'));
    if (!read.ok) throw new Error(JSON.stringify(read.errors));
    return read.lab;
  });

const count = (lab: Lab, type: 'predict' | 'task'): number =>
  lab.steps.reduce((sum, {parts}) => sum + parts.filter(part => part.type === type).length, 0);

function page(): string {
  const rows = labs.map(lab => {
    const {title, teaches, minutes, engines} = lab.about;
    const number = Number(lab.name.slice(0, 2));
    return (
      `| ${number} | [${title}](${lab.name}.md) | ${teaches.join(', ')} | ${minutes} | ` +
      `${count(lab, 'predict')} | ${count(lab, 'task')} | ${engines.join(', ')} |`
    );
  });
  return `# Labs

These are guided labs. Each is about one surprise of multi-leader replication. You can read them here, and
run them in the terminal:

\`\`\`
leaderlab lab                               # the list, and what was done before
leaderlab lab 2                             # one of them, with a guide beside the cluster
leaderlab run labs/*.md                     # all labs for our own leaders, without a person
leaderlab run --engine pglogical labs/*.md  # all labs for PostgreSQL servers with pglogical
\`\`\`

|     | lab | teaches | minutes | predictions | tasks | engines |
| --- | --- | ------- | ------- | ----------- | ----- | ------- |
${rows.join('\n')}

[docs/writing-labs.md](../docs/writing-labs.md) says how to write one. \`first-steps.lab\` is a plain
list of commands.
`;
}

/** Without the width of columns, which the formatter decides. */
const plain = (text: string): string =>
  text.replace(/ +\|/g, ' |').replace(/\| +/g, '| ').replace(/-{3,}/g, '---');

test('labs/README.md matches the labs', async () => {
  const file = join(FOLDER, 'README.md');
  if (process.env.LEADERLAB_WRITE_DOCS === '1') {
    const {writeFileSync} = await import('node:fs');
    writeFileSync(file, page());
  }
  expect(plain(readFileSync(file, 'utf8'))).toBe(plain(page()));
});

test('choices begin in lower case or with a name in all labs, and have no full stop', () => {
  const choices = labs.flatMap(({steps}) =>
    steps.flatMap(({parts}) => parts.flatMap(part => (part.type === 'predict' ? part.choices : []))),
  );
  expect(choices.map(({text}) => text).filter(text => /\.$|^(?!Draft|Ada)[A-Z]/.test(text))).toEqual([]);
});
