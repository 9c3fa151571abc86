import {execFileSync, spawn} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {open} from 'lmdb';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type Failure, FailureError} from '../../src/base/failure.ts';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {lockFolder} from '../../src/store/folder-lock.ts';
import {openLmdbStore} from '../../src/store/lmdb-store.ts';
import type {LogEntry, OpLogStore} from '../../src/store/log-store.ts';
import {buildEntry} from '../support/build.ts';
import {waitFor} from '../support/wait.ts';

const [us, eu] = [leaderId('us'), leaderId('eu')];

const entry = (arrival: number, origin = us, seq = arrival, value: Json = `value ${arrival}`): LogEntry => ({
  arrival,
  op: {
    dot: {origin, seq},
    after: seq === 1 ? {} : {[origin]: seq - 1},
    hlc: {wallMs: 1000 + arrival, logical: 2},
    wallMs: 990 + arrival,
    writes: [
      {key: key('k'), generation: arrival, saw: [], type: 'set', value},
      {
        key: key('n'),
        generation: 1,
        saw: [],
        type: 'srem',
        element: 'e',
        observed: [{origin: eu, seq: 1}],
        effect: null,
      },
    ],
  },
});

/** The failure that the act throws. */
function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('it did not fail');
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaderlab-store-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

describe('a log in LMDB', () => {
  const make = (): OpLogStore => openLmdbStore(folder);

  test('returns what was appended in the order of arrival, across origins', async () => {
    const store = make();
    expect(store.load()).toEqual([]);
    const entries = [entry(1, us, 1), entry(2, eu, 1), entry(3, us, 2), entry(4, eu, 2)];
    await store.append(entries.slice(0, 3));
    await store.append(entries.slice(3));
    expect(store.load()).toEqual(entries);
    await store.close();
  });

  test('refuses an entry that leaves a gap in the arrivals or in an origin', async () => {
    const store = make();
    store.load();
    await store.append([entry(1)]);
    await expect(store.append([entry(3, us, 2)])).rejects.toThrow('entry 2 is missing');
    await expect(store.append([entry(2, us, 3)])).rejects.toThrow('us:3 follows us:1');
    await expect(store.append([entry(2, eu, 1), entry(3, eu, 3)])).rejects.toThrow('eu:3 follows eu:1');
    expect(store.load()).toEqual([entry(1)]);
    await store.close();
  });

  test('keeps facts', async () => {
    const store = make();
    expect(store.getMeta('resolver')).toBeUndefined();
    await store.setMeta('resolver', {name: 'lww'});
    expect(store.getMeta('resolver')).toEqual({name: 'lww'});
    await store.close();
  });
});

describe('a log in LMDB, closed and opened again,', () => {
  test('is complete after it was closed and opened again, with any JSON value unchanged', async () => {
    const store = openLmdbStore(folder);
    store.load();
    const odd = JSON.parse('{"__proto__":{"a":1},"é":"\\ud800","":[null,1e21,-0.5]}') as Json;
    const entries = [entry(1, us, 1, odd), entry(2, us, 2, 'x'.repeat(1024 * 1024))];
    await store.append(entries);
    await store.setMeta('fact', odd);
    await store.close();
    const again = openLmdbStore(folder);
    expect(JSON.stringify(again.load())).toBe(JSON.stringify(entries));
    expect(JSON.stringify(again.getMeta('fact'))).toBe(JSON.stringify(odd));
    await again.append([entry(3)]);
    await again.close();
  });

  test('has every acknowledged operation after SIGKILL, and another process can open it', async () => {
    const bundle = await buildEntry('test/store/appender.ts');
    const child = spawn(process.execPath, [bundle, folder], {stdio: ['ignore', 'pipe', 'inherit']});
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await waitFor('500 are acknowledged', () => out.split('\n').length > 500);
    child.kill('SIGKILL');
    await waitFor(
      'it is dead, and all it said was read',
      () => child.signalCode !== null && child.stdout.destroyed,
    );
    const acknowledged = Number(out.slice(0, out.lastIndexOf('\n')).split('\n').at(-1));
    const store = openLmdbStore(folder);
    const kept = store.load();
    expect(acknowledged).toBeGreaterThanOrEqual(500);
    expect(kept.length).toBeGreaterThanOrEqual(acknowledged);
    expect(kept.map(({op}) => op.dot.seq)).toEqual(kept.map((_, i) => i + 1));
    await store.append([entry(kept.length + 1)]);
    await store.close();
  });

  test('reports an operation that is missing, unreadable or misplaced', async () => {
    const store = openLmdbStore(folder);
    store.load();
    await store.append([1, 2, 3].map(arrival => entry(arrival)));
    await store.close();
    const spoil = async (
      act: (log: {put(k: unknown[], v: string): unknown; remove(k: unknown[]): unknown}) => void,
    ): Promise<Failure> => {
      const root = open({path: folder, maxDbs: 2});
      act(root.openDB<string, (string | number)[]>({name: 'log', encoding: 'string'}) as never);
      await root.close();
      const spoilt = openLmdbStore(folder);
      const failure = failureOf(() => spoilt.load());
      await spoilt.close();
      return failure;
    };
    expect(await spoil(log => log.put(['us', 2], 'no JSON'))).toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('us:2 cannot be read'),
    });
    // It has seen itself.
    expect(await spoil(log => log.put(['us', 2], '[2,1,1,1,{"us":2},[]]'))).toMatchObject({
      message: expect.stringContaining('us:2 cannot be read'),
    });
    expect(await spoil(log => log.put(['us', 2], '[3,1,1,1,{},[]]'))).toMatchObject({
      message: expect.stringContaining('two operations are number 3'),
    });
    expect(await spoil(log => log.put(['us', 2], '[9,1,1,1,{},[]]'))).toMatchObject({
      message: expect.stringContaining('one of them has number 9'),
    });
    expect(await spoil(log => log.remove(['us', 2]))).toMatchObject({
      message: expect.stringContaining('one of them has number 3'),
    });
    expect(await spoil(log => log.put(['us', 4], '[2,1,1,1,{},[]]'))).toMatchObject({
      message: expect.stringContaining('us:4 follows us:1'),
    });
  });

  test('is refused without a crash if its file is damaged or of another kind', () => {
    writeFileSync(join(folder, 'data.mdb'), 'hello');
    expect(failureOf(() => openLmdbStore(folder))).toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('not an LMDB file'),
    });
    truncateSync(join(folder, 'data.mdb'));
    expect(failureOf(() => openLmdbStore(folder)).code).toBe('damaged');
    expect(existsSync(join(folder, 'owner.lock'))).toBe(false);
  });

  test('of another format is refused by name', async () => {
    const store = openLmdbStore(folder);
    await store.setMeta('format', 99);
    await store.close();
    expect(failureOf(() => openLmdbStore(folder))).toMatchObject({
      code: 'format',
      message: expect.stringContaining('format 99'),
    });
  });

  test('refuses a folder that is a file or cannot be created', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(failureOf(() => openLmdbStore(file))).toMatchObject({
      code: 'not-a-folder',
      message: expect.stringContaining(`cannot create ${file}`),
    });
    expect(failureOf(() => openLmdbStore(join(file, 'deeper'))).code).toBe('not-a-folder');
    const failure = failureOf(() => openLmdbStore('/proc/leaderlab'));
    expect(failure.message).toContain('cannot create /proc/leaderlab');
    expect(failure.hint).toContain('another data folder');
  });
});

describe('a folder that others can write to', () => {
  const precious = (): string => join(folder, '..', `${basename(folder)}-precious`);
  afterEach(() => rmSync(precious(), {force: true}));

  test('contains no link that a new store writes through', async () => {
    writeFileSync(precious(), 'precious');
    for (const name of ['trial.tmp', 'trial']) symlinkSync(precious(), join(folder, name));
    await openLmdbStore(folder).close();
    expect(readFileSync(precious(), 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toContain('trial');
  });

  test.each(['lock.mdb', 'data.mdb'])('is refused with a link as %s, or a FIFO', name => {
    writeFileSync(precious(), 'precious');
    symlinkSync(precious(), join(folder, name));
    expect(failureOf(() => openLmdbStore(folder))).toMatchObject({
      code: 'not-yours',
      message: expect.stringContaining(name),
    });
    rmSync(join(folder, name));
    execFileSync('mkfifo', [join(folder, name)]);
    expect(failureOf(() => openLmdbStore(folder))).toMatchObject({
      code: 'not-yours',
      message: expect.stringContaining(name),
    });
    expect(readFileSync(precious(), 'utf8')).toBe('precious');
  });

  test('becomes private when a store is in it, with all files of the store', async () => {
    await openLmdbStore(folder).close();
    const names = readdirSync(folder);
    expect(names).toEqual(['data.mdb', 'lock.mdb', 'spare']);
    writeFileSync(join(folder, 'trial.0123456789abcdef'), '');
    for (const name of [...names, 'trial.0123456789abcdef', '']) chmodSync(join(folder, name), 0o755);
    await openLmdbStore(folder).close();
    const modes = ['', ...readdirSync(folder)].map(name =>
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['700', '600', '600', '600', '600']);
  });
});

describe('a data folder', () => {
  const lockPath = (): string => join(folder, 'owner.lock');

  test('belongs to one process; a second one gets its pid', () => {
    const lock = lockFolder(folder);
    expect(failureOf(() => lockFolder(folder))).toMatchObject({
      code: 'folder-taken',
      message: `${folder} is in use by process ${process.pid}`,
      hint: 'end that process, or use another data folder',
    });
    lock.release();
    lock.release();
    lockFolder(folder).release();
    expect(existsSync(lockPath())).toBe(false);
  });

  test('is taken over from a process that no longer exists', async () => {
    const child = spawn(process.execPath, ['-e', ''], {stdio: 'ignore'});
    await waitFor('it has exited', () => child.exitCode !== null);
    writeFileSync(lockPath(), JSON.stringify({pid: child.pid, started: '1'}));
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(lockPath(), 'utf8'))).toMatchObject({pid: process.pid});
    lock.release();
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'is taken over if the pid now belongs to a process that started later',
    () => {
      writeFileSync(lockPath(), JSON.stringify({pid: process.pid, started: '1'}));
      lockFolder(folder).release();
    },
  );

  test('is taken over even if a process died while it took over', () => {
    const gone = JSON.stringify({pid: 2 ** 22 + 1, started: '1'});
    writeFileSync(lockPath(), gone);
    writeFileSync(`${lockPath()}.takeover`, gone);
    lockFolder(folder).release();
    expect(existsSync(`${lockPath()}.takeover`)).toBe(false);
  });

  test('is not taken if its lock cannot be read, and the file is named', () => {
    writeFileSync(lockPath(), 'nobody');
    expect(failureOf(() => lockFolder(folder)).message).toContain(lockPath());
  });

  test('is taken by exactly one of many processes that find a stale lock', async () => {
    const bundle = await buildEntry('test/store/locker.ts');
    mkdirSync(folder, {recursive: true});
    writeFileSync(lockPath(), JSON.stringify({pid: 2 ** 22 + 1, started: '1'}));
    const children = Array.from({length: 4}, () =>
      spawn(process.execPath, [bundle, folder], {stdio: ['pipe', 'pipe', 'inherit']}),
    );
    const outs = children.map(() => '');
    children.forEach((child, i) => {
      child.stdout.on('data', (chunk: Buffer) => {
        outs[i] += chunk.toString();
      });
    });
    await waitFor('all have tried', () => outs.every(out => out.includes('\n')));
    for (const child of children) child.stdin.end();
    await waitFor('all have ended', () => children.every(child => child.exitCode !== null));
    expect(outs.map(out => out.trim()).sort()).toEqual([
      'folder-taken',
      'folder-taken',
      'folder-taken',
      'mine',
    ]);
  });
});
