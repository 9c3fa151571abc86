import {existsSync, statfsSync} from 'node:fs';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Tests create and delete thousands of files. A file system in memory does that faster, where one has room. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const {bavail, bsize} = statfsSync(folder);
  return bavail * bsize > ROOM_BYTES;
}

/** These files take minutes each. They begin first, so that none of them still runs alone at the end. */
const LONG = [
  'test/engines/conformance/',
  'test/labs/',
  'test/engines/postgres/',
  'test/engines/',
  'test/e2e/',
  'test/sim/',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification): number => {
      const at = LONG.findIndex(folder => moduleId.includes(`/${folder}`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** In these folders nothing starts a process or changes what other files see. So files share a worker, and load their imports once. */
const PURE = ['base', 'command', 'core', 'faults', 'history', 'net', 'tui', 'wire'].map(
  folder => `test/${folder}/**/*.test.{ts,tsx}`,
);

const limits = {testTimeout: 30_000, hookTimeout: 30_000};

export default defineConfig({
  test: {
    env: process.env.TMPDIR === undefined && hasRoom(MEMORY) ? {TMPDIR: MEMORY} : {},
    // Tests of real processes start a dozen each; more files at once measure the machine instead of the program.
    maxWorkers: 3,
    sequence: {sequencer: LongFirst},
    projects: [
      {
        extends: true,
        test: {name: 'processes', include: ['test/**/*.test.{ts,tsx}'], exclude: PURE, ...limits},
      },
      {extends: true, test: {name: 'pure', include: PURE, isolate: false, ...limits}},
    ],
  },
});
