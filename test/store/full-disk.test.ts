/**
 * Leaders and labs on a disk that is full or read-only. A small disk can only be made by root.
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import type {Op} from '../../src/core/log/op.ts';
import {openLmdbStore} from '../../src/store/lmdb-store.ts';
import type {LogEntry} from '../../src/store/log-store.ts';
import {createOwnFile, replaceOwnFile} from '../../src/store/own-file.ts';

const US = leaderId('us');
const DISK_BYTES = 4 * 1024 * 1024;

const isRoot = process.getuid?.() === 0 && process.platform === 'linux';

let disk: string;

const mount = (...options: string[]): void =>
  void execFileSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', disk]);

beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'full-disk-'));
  if (isRoot) mount('-o', `size=${DISK_BYTES}`);
});

afterEach(() => {
  if (isRoot) execFileSync('umount', [disk]);
  rmdirSync(disk);
});

const entry = (seq: number, value: string): LogEntry => {
  const op: Op = {
    dot: {origin: US, seq},
    after: seq === 1 ? {} : {[US]: seq - 1},
    hlc: {wallMs: seq, logical: 0},
    wallMs: seq,
    writes: [{key: key(`k${seq}`), generation: 1, saw: [], type: 'set', value}],
  };
  return {arrival: seq, op};
};

/** All that the disk still takes. */
function fill(path: string): void {
  for (const bytes of [64 * 1024, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), {flag: 'a'});
    } catch {
      // It is full.
    }
  }
}

describe.skipIf(!isRoot)('a store on a small disk (only if the test runs as root)', () => {
  it(
    'refuses a write that does not fit, keeps what it ' + 'had, and accepts more when there is room',
    async () => {
      const folder = join(disk, 'us');
      let store = openLmdbStore(folder);
      store.load();
      const ballast = join(disk, 'ballast');
      fill(ballast);
      let kept = 0;
      let refusal: unknown;
      while (refusal === undefined && kept < 100_000) {
        await store.append([entry(kept + 1, 'x'.repeat(2000))]).then(
          () => {
            kept += 1;
          },
          error => {
            refusal = error;
          },
        );
      }
      expect(refusal).toMatchObject({failure: {code: 'disk-full'}});
      for (let i = 0; i < 20; i++)
        await expect(store.append([entry(kept + 1, 'y'.repeat(50_000))])).rejects.toThrow('the disk is full');
      await store.close();
      store = openLmdbStore(folder);
      expect(store.load()).toHaveLength(kept);
      await expect(store.append([entry(kept + 1, 'x'.repeat(2000))])).rejects.toThrow('the disk is full');
      rmSync(ballast);
      await store.append([entry(kept + 1, 'z'.repeat(50_000))]);
      await store.close();
      store = openLmdbStore(folder);
      expect(store.load().at(-1)).toEqual(entry(kept + 1, 'z'.repeat(50_000)));
      await store.close();
    },
  );

  it('several stores that compete for the last room are refused, each with its complete log', async () => {
    const stores = ['us', 'eu', 'ap'].map(name => ({
      name,
      store: openLmdbStore(join(disk, name)),
      kept: 0,
      isFull: false,
    }));
    for (const {store} of stores) store.load();
    while (stores.some(({isFull}) => !isFull)) {
      await Promise.all(
        stores.map(one =>
          one.store.append([entry(one.kept + 1, 'x'.repeat(3000))]).then(
            () => {
              one.kept += 1;
            },
            () => {
              one.isFull = true;
            },
          ),
        ),
      );
    }
    for (const {name, store, kept} of stores) {
      await store.close();
      const again = openLmdbStore(join(disk, name));
      expect(again.load()).toHaveLength(kept);
      await again.close();
    }
  });

  it('a new store on a full disk is refused with that reason', () => {
    fill(join(disk, 'ballast'));
    mkdirSync(join(disk, 'us'), {recursive: true});
    expect(() => openLmdbStore(join(disk, 'us'))).toThrow('the disk is full');
  });

  it('a file that could not be rewritten is unchanged, and no draft of it remains', () => {
    const path = join(disk, 'cluster.json');
    writeFileSync(path, 'before');
    fill(join(disk, 'ballast'));
    const text = 'x'.repeat(DISK_BYTES);
    for (const write of [() => replaceOwnFile(path, text), () => createOwnFile(`${path}.damaged`, text)])
      expect(write).toThrow('ENOSPC');
    expect(readdirSync(disk).sort()).toEqual(['ballast', 'cluster.json']);
    expect(readFileSync(path, 'utf8')).toBe('before');
  });

  it('a store on a read-only disk is refused with that reason', async () => {
    const store = openLmdbStore(join(disk, 'us'));
    store.load();
    await store.append([entry(1, 'x')]);
    await store.close();
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    expect(() => openLmdbStore(join(disk, 'us'))).toThrow('the disk is read-only');
  });
});
