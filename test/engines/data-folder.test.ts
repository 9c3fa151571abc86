/**
 * Data folders on a machine that other users share: what the lab removes, what it never touches, and who may
 * read what it keeps.
 */
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {type DataFolder, openDataFolder} from '../../src/engines/shared/data-folder.ts';
import {INITIAL} from '../../src/engines/shared/model/cluster-settings.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
/** The id of a process that ended long ago. */
const DEAD = JSON.stringify({pid: 2 ** 22 + 1, started: '1'});

let shared: string;
let before: string | undefined;
beforeEach(() => {
  before = process.env.TMPDIR;
  shared = mkdtempSync(join(tmpdir(), 'data-folder-'));
  chmodSync(shared, 0o1777);
  process.env.TMPDIR = shared;
});
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(shared, {recursive: true, force: true});
});

function opened(path?: string): DataFolder {
  const folder = openDataFolder(path);
  if (!folder.ok) throw new Error(folder.failure.message);
  return folder.value;
}

/** Leaves the folder as a killed lab would. */
function abandon({path}: DataFolder): string {
  writeFileSync(join(path, 'owner.lock'), DEAD);
  return path;
}

const save = (folder: DataFolder): void => {
  const {forward: _forward, pastClocks: _clocks, ...settings} = INITIAL;
  folder.save({leaders: [leaderId('us')], ...settings});
};

const modeOf = (...path: readonly string[]): string => (lstatSync(join(...path)).mode & 0o777).toString(8);

describe('a temporary folder', () => {
  test('is removed at the end, or by the next lab if its own lab was killed', () => {
    const folder = opened();
    expect(basename(folder.path)).toMatch(/^leaderlab-/);
    abandon(folder);
    const next = opened();
    expect(readdirSync(shared)).toEqual([basename(next.path)]);
    next.close();
    expect(readdirSync(shared)).toEqual([]);
  });

  test('is removed if a killed lab had started to remove it', () => {
    const {path} = opened();
    rmSync(join(path, 'owner.lock'));
    opened().close();
    expect(existsSync(path)).toBe(false);
  });

  test('is not removed while its lab runs', () => {
    const folder = opened();
    opened().close();
    expect(existsSync(folder.path)).toBe(true);
    folder.close();
  });

  test('is kept after a user names it as data, and so is a copy or a renamed folder', () => {
    const path = abandon(opened());
    cpSync(path, `${path}-copy`, {recursive: true});
    const named = opened(path);
    abandon(named);
    opened().close();
    renameSync(path, `${path}-kept`);
    opened().close();
    expect(readdirSync(shared).sort()).toEqual([`${basename(path)}-copy`, `${basename(path)}-kept`]);
  });

  test('does not include a folder that a user named leaderlab-mine', () => {
    const path = join(shared, 'leaderlab-mine');
    abandon(opened(path));
    opened().close();
    expect(existsSync(join(path, 'owner.lock'))).toBe(true);
  });

  test('does not include a link to a folder, whatever its name', () => {
    const path = abandon(opened());
    renameSync(path, join(shared, 'moved'));
    symlinkSync(join(shared, 'moved'), path);
    opened().close();
    expect(existsSync(join(shared, 'moved', 'owner.lock'))).toBe(true);
  });
});

describe('a data folder that is opened again', () => {
  test.each(['leaders', 'leaders/us'])(
    'is refused by name if its %s is a link, and nothing is written through the link',
    name => {
      const [path, elsewhere] = [join(shared, 'data'), join(shared, 'elsewhere')];
      opened(path).close();
      mkdirSync(elsewhere);
      rmSync(join(path, name), {recursive: true, force: true});
      symlinkSync(elsewhere, join(path, name));
      expect(openDataFolder(path)).toMatchObject({
        ok: false,
        failure: {code: 'not-yours', message: expect.stringContaining(name)},
      });
      expect(readdirSync(elsewhere)).toEqual([]);
    },
  );

  test('loses the drafts of files that killed labs left, and no file of the user', () => {
    const path = join(shared, 'data');
    opened(path).close();
    const hourAgo = new Date(Date.now() - 3_600_000);
    const names = [
      'cluster.json.0123456789abcdef',
      'owner.lock.0123456789abcdef',
      'notes.0123456789abcdef',
      'cluster.json.fedcba9876543210',
    ];
    for (const name of names) {
      writeFileSync(join(path, name), '');
      if (!name.includes('fedc')) utimesSync(join(path, name), hourAgo, hourAgo);
    }
    opened(path).close();
    expect(readdirSync(path).filter(name => names.includes(name))).toEqual([
      'cluster.json.fedcba9876543210',
      'notes.0123456789abcdef',
    ]);
  });
});

describe.runIf(isRoot)('a folder of another user (needs root to make one)', () => {
  /** Makes a folder as a hostile user would. */
  function evil(name: string, ...files: readonly ((folder: string) => void)[]): string {
    const folder = join(shared, name);
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    for (const make of files) make(folder);
    for (const made of readdirSync(folder))
      if (!lstatSync(join(folder, made)).isSymbolicLink()) chownSync(join(folder, made), NOBODY, NOBODY);
    chownSync(folder, NOBODY, NOBODY);
    return folder;
  }
  const file = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);
  const fifo = (name: string) => (folder: string) => void execFileSync('mkfifo', [join(folder, name)]);
  const marker = (folder: string): void => {
    const sample = opened();
    const text = readFileSync(join(sample.path, 'temporary'), 'utf8').replace(sample.path, folder);
    sample.close();
    writeFileSync(join(folder, 'temporary'), text);
  };

  test('with links in place of lock drafts makes no lab write through them', () => {
    const precious = join(shared, 'precious');
    writeFileSync(precious, 'precious');
    const links = (folder: string): void => {
      const names = [process.pid, 'takeover', `takeover.${process.pid}`];
      for (const name of names) symlinkSync(precious, join(folder, `owner.lock.${name}`));
    };
    evil('leaderlab-evil', file('owner.lock', DEAD), links, marker);
    opened().close();
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(existsSync(join(shared, 'leaderlab-evil', 'owner.lock'))).toBe(true);
  });

  test.each(['owner.lock', 'temporary'])('with a FIFO as %s makes no lab wait', name => {
    evil('leaderlab-fifo', fifo(name));
    evil('leaderlab-fifo-2', fifo(name), file(name === 'temporary' ? 'owner.lock' : 'temporary', DEAD));
    opened().close();
  });

  test(
    'is refused by name as a data folder, and so is a link ' + 'of that user to a folder of the lab’s user',
    () => {
      const path = evil('data', file('owner.lock', DEAD));
      expect(openDataFolder(path)).toMatchObject({
        ok: false,
        failure: {code: 'not-yours', message: `${path} belongs to another user (uid ${NOBODY})`},
      });
      const own = join(shared, 'own');
      mkdirSync(own);
      const link = join(shared, 'link');
      symlinkSync(own, link);
      execFileSync('chown', ['-h', String(NOBODY), link]);
      expect(openDataFolder(link)).toMatchObject({ok: false, failure: {code: 'not-yours'}});
      expect(readdirSync(own)).toEqual([]);
    },
  );

  test('is refused by name if it is the leaders folder in a data folder', () => {
    const path = join(shared, 'data');
    opened(path).close();
    chownSync(join(path, 'leaders'), NOBODY, NOBODY);
    expect(openDataFolder(path)).toMatchObject({
      ok: false,
      failure: {code: 'not-yours', message: expect.stringContaining('leaders')},
    });
  });

  test('is refused by name if it contains a file of another user', () => {
    const path = join(shared, 'data');
    const folder = opened(path);
    save(folder);
    folder.close();
    chownSync(join(path, 'cluster.json'), NOBODY, NOBODY);
    expect(openDataFolder(path)).toMatchObject({
      ok: false,
      failure: {code: 'not-yours', message: expect.stringContaining('cluster.json')},
    });
  });
});

describe('a data folder', () => {
  test('can be read only by its owner, with everything in it, for any umask', () => {
    const umask = process.umask(0);
    try {
      const folder = opened(join(shared, 'above', 'data'));
      save(folder);
      expect([
        modeOf(folder.path),
        modeOf(folder.path, 'cluster.json'),
        modeOf(folder.path, 'owner.lock'),
      ]).toEqual(['700', '600', '600']);
      expect(modeOf(shared, 'above')).toBe('777');
      folder.close();
    } finally {
      process.umask(umask);
    }
  });

  test('that was open to other users becomes private, with the files of every leader, and opens', () => {
    const path = join(shared, 'old');
    mkdirSync(join(path, 'leaders', 'us'), {recursive: true});
    const files = [
      'cluster.json',
      'history.jsonl',
      'history.1.jsonl',
      'conflicts.jsonl',
      'leaders/us/data.mdb',
      'leaders/us/lock.mdb',
    ];
    const folder = opened(path);
    save(folder);
    folder.close();
    for (const name of files)
      writeFileSync(join(path, name), name === 'cluster.json' ? readFileSync(join(path, name)) : '');
    for (const name of files) chmodSync(join(path, name), 0o644);
    for (const name of ['', 'leaders', 'leaders/us']) chmodSync(join(path, name), 0o755);
    const again = opened(path);
    expect(again.saved?.leaders).toEqual(['us']);
    expect(['', 'leaders', 'leaders/us'].map(name => modeOf(path, name))).toEqual(['700', '700', '700']);
    expect(files.map(name => modeOf(path, name))).toEqual(files.map(() => '600'));
    again.close();
  });

  test('with files of the user keeps its mode, but the files of the lab become private', () => {
    const path = join(shared, 'project');
    mkdirSync(path, {mode: 0o755});
    writeFileSync(join(path, 'notes.md'), '', {mode: 0o644});
    const folder = opened(path);
    save(folder);
    expect([modeOf(path), modeOf(path, 'notes.md'), modeOf(path, 'cluster.json')]).toEqual([
      '755',
      '644',
      '600',
    ]);
    folder.close();
  });

  test.each([
    ['a link', (path: string) => symlinkSync('/etc/hostname', path), /is a symbolic link/],
    ['a FIFO', (path: string) => void execFileSync('mkfifo', [path]), /is not a regular file/],
    ['a folder', (path: string) => mkdirSync(path), /is not a regular file/],
  ])('with %s as cluster.json is refused by name', (_what, make, says) => {
    const path = join(shared, 'odd');
    mkdirSync(path);
    make(join(path, 'cluster.json'));
    expect(openDataFolder(path)).toMatchObject({
      ok: false,
      failure: {code: 'not-yours', message: expect.stringMatching(says)},
    });
    expect(existsSync(join(path, 'owner.lock'))).toBe(false);
  });

  test.each([
    ['leaders', (path: string) => writeFileSync(path, '')],
    ['temporary', (path: string) => mkdirSync(path)],
  ])('in which something else is called %s is refused, and is not left locked', (name, make) => {
    const path = join(shared, 'odd');
    mkdirSync(path);
    make(join(path, name));
    expect(openDataFolder(path)).toMatchObject({ok: false});
    expect(readdirSync(path)).toEqual([name]);
  });
});

test.runIf(isRoot && process.platform === 'linux')(
  'nothing of a refused temporary folder remains on a full disk (needs root)',
  () => {
    const disk = join(shared, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    process.env.TMPDIR = disk;
    try {
      for (let freePages = 0, isOpen = false; !isOpen; freePages++) {
        writeFileSync(join(disk, 'ballast'), Buffer.alloc((16 - freePages) * 4096));
        const folder = openDataFolder(undefined);
        isOpen = folder.ok;
        if (folder.ok) folder.value.close();
        else expect(folder.failure.code).toBe('disk-full');
        expect(readdirSync(disk)).toEqual(['ballast']);
      }
    } finally {
      execFileSync('umount', [disk]);
    }
  },
);
