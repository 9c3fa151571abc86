/**
 * The program remembers the labs that a person finished. If the file is damaged, nothing else is lost. The
 * list of labs shows the results.
 */
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {showCatalog} from '../../src/course/show-catalog.ts';
import {noteDone, progressFile, readProgress} from '../../src/files/finished-labs.ts';
import {findLab, labBehind, readCatalog} from '../../src/files/lab-catalog.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'progress-'));
  onTestFinished(() => rmSync(made, {recursive: true}));
  return made;
}

describe('progress', () => {
  test('is in the folder that XDG_DATA_HOME names, or in the home folder', () => {
    expect(progressFile({XDG_DATA_HOME: '/data'}, '/home/ada')).toBe('/data/leaderlab/progress.json');
    expect(progressFile({}, '/home/ada')).toBe('/home/ada/.local/share/leaderlab/progress.json');
    expect(progressFile({XDG_DATA_HOME: 'relative'}, '/home/ada')).toBe(
      '/home/ada/.local/share/leaderlab/progress.json',
    );
  });

  test('keeps the best result of each lab', async () => {
    const file = progressFile({XDG_DATA_HOME: folder()}, '');
    expect(await readProgress(file)).toEqual({ok: true, progress: {}});
    expect(await noteDone(file, '01-one', {right: 2, of: 3})).toBeUndefined();
    expect(await noteDone(file, '02-two', {right: 1, of: 1})).toBeUndefined();
    expect(await noteDone(file, '01-one', {right: 1, of: 3})).toBeUndefined();
    expect(await readProgress(file)).toEqual({
      ok: true,
      progress: {'01-one': {right: 2, of: 3}, '02-two': {right: 1, of: 1}},
    });
    expect(readdirSync(dirname(file))).toEqual(['progress.json']);
  });

  test('of a lab whose questions have changed is the last result', async () => {
    const file = join(folder(), 'progress.json');
    await noteDone(file, '01-one', {right: 3, of: 3});
    await noteDone(file, '01-one', {right: 1, of: 4});
    expect(await readProgress(file)).toEqual({ok: true, progress: {'01-one': {right: 1, of: 4}}});
  });

  test.each([
    ['damaged', '{"version": 1, "la'],
    ['of another version', '{"version": 2, "labs": {}}'],
    ['something else', '{"version": 1, "labs": {"01-one": {"right": "many", "of": 3}}}'],
    ['hostile', '{"version": 1, "labs": {"01-one": {"right": -1, "of": 1e999}}}'],
  ])('that is %s is reported, and the file does not change', async (_, text) => {
    const file = join(folder(), 'progress.json');
    writeFileSync(file, text);
    expect((await readProgress(file)).ok).toBe(false);
    expect(await noteDone(file, '01-one', {right: 1, of: 1})).toMatch(
      /^not remembered: .*progress\.json is /,
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('that cannot be written is reported', async () => {
    const place = folder();
    writeFileSync(join(place, 'leaderlab'), 'a file where a folder should be');
    expect(await noteDone(progressFile({XDG_DATA_HOME: place}, ''), '01-one', {right: 1, of: 1})).toMatch(
      /^not remembered: .* cannot be written$/,
    );
  });

  test('cannot be written outside its folder by a name of a lab', async () => {
    const file = join(folder(), 'progress.json');
    await noteDone(file, '__proto__', {right: 1, of: 1});
    expect(existsSync(file)).toBe(true);
    expect(({} as {right?: number}).right).toBeUndefined();
  });
});

const about = (title: string, minutes: number) =>
  `---\ntitle: ${title}\nteaches: a, b\nminutes: ${minutes}\n---\n\n## One\n\n\`\`\`lab\nset a 1\n\`\`\`\n`;

function catalog(): string {
  const place = folder();
  writeFileSync(join(place, '01-first-lab.md'), about('First', 5));
  writeFileSync(join(place, '02-second-lab.md'), about('The second', 12));
  writeFileSync(join(place, '03-broken.md'), '## nothing');
  writeFileSync(join(place, 'README.md'), '# Labs');
  mkdirSync(join(place, '04-folder.md'));
  return place;
}

describe('the next lab', () => {
  test('is named by the command that opens it and its title', async () => {
    const labs = await readCatalog(catalog());
    expect(labBehind('01-first-lab', labs)).toEqual({command: 'leaderlab lab 2', title: 'The second'});
    expect(labBehind('02-second-lab', labs)).toEqual({command: 'leaderlab lab 3', title: '03-broken'});
  });

  test('does not exist after the last lab, or after a file of the user', async () => {
    const labs = (await readCatalog(catalog())).slice(0, 2);
    expect(labBehind('02-second-lab', labs)).toBeUndefined();
    expect(labBehind('my-own', labs)).toBeUndefined();
  });
});

describe('the list of labs', () => {
  test('says what each lab is about, how long it takes, and what was done', async () => {
    const place = catalog();
    rmSync(join(place, '04-folder.md'), {recursive: true});
    expect(
      showCatalog(
        await readCatalog(place),
        {'02-second-lab': {right: 3, of: 4}, '01-first-lab': {right: 0, of: 0}},
        64,
      ).join('\n'),
    ).toBe(`\
 1  ✔      First        5 min
           a, b
 2  ✔ 3/4  The second  12 min
           a, b
 3         03-broken: its file has errors; leaderlab lab 3 lists them

To open a lab: leaderlab lab 2, or a part of its name. ✔ 3/4: done, 3 of 4 predictions right.`);
  });

  test('has one row for each lab if there is room, and for programs', async () => {
    expect(
      showCatalog((await readCatalog(catalog())).slice(0, 2), {'02-second-lab': {right: 3, of: 4}}).slice(
        0,
        3,
      ),
    ).toEqual([' 1         First        5 min  a, b', ' 2  ✔ 3/4  The second  12 min  a, b', '']);
  });

  test(
    'names the engines of a lab if they are not the two ' + 'usual ones, and never cuts their names',
    async () => {
      const place = folder();
      const on = (file: string, engines: string): void =>
        writeFileSync(
          join(place, file),
          about('A lab', 5).replace('teaches: a, b', `teaches: ${'word '.repeat(9).trim()}\n${engines}`),
        );
      on('01-usual.md', 'engines: native, sim');
      on('02-more.md', 'engines: native, sim, postgres, pglogical');
      on('03-others.md', 'engines: postgres, pglogical');
      on('04-one.md', 'engine: pglogical');
      expect(showCatalog(await readCatalog(place), {}, 72).slice(0, 4)).toEqual([
        ' 1         A lab   5 min  word word word word word word word word word',
        ' 2         A lab   5 min  word word wo… · also on postgres and pglogical',
        ' 3         A lab   5 min  word word word wor… · on postgres or pglogical',
        ' 4         A lab   5 min  word word word word word word … · on pglogical',
      ]);
      expect(showCatalog(await readCatalog(place), {}, 50).slice(6, 8)).toEqual([
        ' 4         A lab   5 min',
        '           word word word word word word word word word · on pglogical',
      ]);
    },
  );

  test('says that there are no labs', async () => {
    expect(showCatalog(await readCatalog(join(folder(), 'nowhere')), {})).toEqual(['there are no labs here']);
  });

  test.each([
    ['2', '02-second-lab.md'],
    ['02', '02-second-lab.md'],
    ['02-second-lab', '02-second-lab.md'],
    ['Second', '02-second-lab.md'],
    ['first', '01-first-lab.md'],
  ])('finds the lab that %s means', async (wanted, file) => {
    const place = catalog();
    expect(await findLab(wanted, place)).toEqual({ok: true, value: join(place, file)});
  });

  test('uses a path as it is', async () => {
    expect(await findLab('./mine/own.md', catalog())).toEqual({ok: true, value: './mine/own.md'});
  });

  test('reports a name that no lab has', async () => {
    const place = catalog();
    expect(await findLab('lab', place)).toMatchObject({
      ok: false,
      failure: {message: expect.stringContaining('01-first-lab, 02-second-lab')},
    });
    expect(await findLab('03-borken', place)).toMatchObject({
      ok: false,
      failure: {message: 'no lab "03-borken"; did you mean 03-broken?'},
    });
  });
});
