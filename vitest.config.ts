import {existsSync, statfsSync} from 'node:fs';
import {defineConfig} from 'vitest/config';

/**
 * Tests create and delete thousands of files. A file system in memory does that faster, where one has room.
 */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const {bavail, bsize} = statfsSync(folder);
  return bavail * bsize > ROOM_BYTES;
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    env: process.env.TMPDIR === undefined && hasRoom(MEMORY) ? {TMPDIR: MEMORY} : {},
    // Two processors are busy with three: tests of real processes often wait. With more, limits pass that mean a fault elsewhere.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
