import {existsSync, statfsSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';

/** Tests create and delete thousands of files. A file system in memory does that faster, if it has room. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 1024 ** 3;

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const {bavail, bsize} = statfsSync(folder);
  return bavail * bsize > ROOM_BYTES;
}

/** The built program in a real terminal. */
const E2E = ['test/e2e/**/*.test.ts'];
/** PostgreSQL servers. */
const POSTGRES = [
  'test/engines/conformance/{postgres,pglogical}.test.ts',
  'test/engines/postgres-resolvers.test.ts',
  'test/engines/postgres/{chaos,foreign-server,leaves-nothing,packaged-server,pglogical,postgres}.test.ts',
  'test/engines/postgres/rewiring/*.test.ts',
];
/** Leaders, proxies or other programs as processes, and the labs, which run on such leaders. */
const PROCESS = [
  'test/app/diagnose.test.ts',
  'test/course/{guided-lab,quiz-lab,read-lab}.test.ts',
  'test/engines/{chaos,conflict-file,custom,golden,history-file,large,leader-handle,link-faults,link-proxy,link-proxy-port,load}.test.ts',
  'test/engines/{membership,membership-faults,recovery,rewiring,serve-clients,stories,topologies}.test.ts',
  'test/engines/conformance/native.test.ts',
  'test/engines/postgres/{binaries,fresh-data-folder,os-user}.test.ts',
  'test/labs/*.test.ts',
  'test/leader/{custom-loader,custom-slot,hostile,protocol}.test.ts',
  'test/proxy/{hostile,proxy,stream}.test.ts',
  'test/store/*.test.ts',
];

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

const limits = {testTimeout: 30_000, hookTimeout: 30_000};

/** Tests of real processes start a dozen each. More files at once measure the machine instead of the program. */
const PROCESS_WORKERS = 3;

/** `--mode quick`: properties are tried with this share of their cases. */
const QUICK_SHARE = '0.05';

export default defineConfig(({mode}) => ({
  test: {
    env: {
      ...(process.env.TMPDIR === undefined && hasRoom(MEMORY) ? {TMPDIR: MEMORY} : {}),
      ...(mode === 'quick' ? {LEADERLAB_TEST_SHARE: QUICK_SHARE} : {}),
    },
    // All projects of one run must have the same number.
    maxWorkers: mode === 'quick' ? availableParallelism() : PROCESS_WORKERS,
    sequence: {sequencer: LongFirst},
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...E2E, ...POSTGRES, ...PROCESS],
          setupFiles: ['test/support/no-processes.ts'],
          // Nothing here starts a process or changes what other files see. So files share a worker, and their imports.
          isolate: false,
          ...limits,
        },
      },
      {extends: true, test: {name: 'process', include: PROCESS, ...limits}},
      {extends: true, test: {name: 'e2e', include: E2E, ...limits}},
      {extends: true, test: {name: 'postgres', include: POSTGRES, ...limits}},
    ],
  },
}));
