/**
 * A lab of PostgreSQL servers leaves nothing behind, however it ends: no process, no folder, no socket, no
 * shared memory.
 */
import {existsSync, readdirSync, rmSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {startCluster} from '../../../src/app/open-cluster.ts';
import {lan} from '../../../src/faults/wan.ts';
import {EU, ok, startTestCluster, US} from '../../support/cluster.ts';
import {sharedFolder} from '../../support/folder.ts';
import {descendantsOf, killAll, untilGone} from '../../support/processes.ts';
import {Workplace} from '../../support/program.ts';
import {waitFor} from '../../support/wait.ts';

/** The segments of shared memory that PostgreSQL servers of this machine have outside their folders. */
const segments = (): string[] =>
  existsSync('/dev/shm') ? readdirSync('/dev/shm').filter(name => name.startsWith('PostgreSQL.')) : [];

const FILE = 'set a 1 @us\nwait converged\nsleep 60s\n';

describe('a lab of PostgreSQL servers', () => {
  let place: Workplace;
  beforeEach(() => {
    place = new Workplace();
  });
  afterEach(() => place.close());

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process and no file when it is ended by %s',
    async signal => {
      const segmentsBefore = segments();
      const running = place.start(
        'run',
        '--engine',
        'postgres',
        '--lan',
        '--leaders',
        'us,eu',
        place.file('wait.lab', FILE),
      );
      await running.until('wait converged');
      const children = running.children();
      expect(children.filter(({command}) => command.includes('postgres')).length).toBeGreaterThan(10);
      await running.end(signal);
      await untilGone(children);
      await waitFor('no folder', () => place.leftovers().length === 0);
      // Segments of an `initdb` that runs elsewhere disappear by themselves.
      const newSegments = segments().filter(name => !segmentsBefore.includes(name));
      await waitFor('no shared memory', () => !segments().some(name => newSegments.includes(name)));
    },
  );

  it('leaves no process and no file when it is killed while its servers are being created', async () => {
    const running = place.start('run', '--engine', 'postgres', '--lan', place.file('wait.lab', FILE));
    await waitFor('initdb', () => running.children().some(({command}) => command.includes('initdb')));
    const children = running.children();
    await running.end('SIGKILL');
    await untilGone(children);
    await waitFor('no folder', () => place.leftovers().length === 0);
  });

  it('leaves no process and no file of paused, killed or starting leaders', async () => {
    const folder = sharedFolder('postgres-test-');
    vi.stubEnv('TMPDIR', folder);
    try {
      const cluster = await startTestCluster({engine: 'postgres', leaders: [US, EU]});
      await ok(cluster, 'pause us');
      await ok(cluster, 'kill eu');
      const children = descendantsOf(process.pid).filter(({command}) => command.includes('postgres'));
      expect(children.length).toBeGreaterThan(3);
      await cluster.close();
      await untilGone(children, 3000);
      expect(readdirSync(folder)).toEqual([]);

      const options = {
        topology: undefined,
        resolver: undefined,
        links: lan,
        data: undefined,
        seed: 1,
      } as const;
      const started = await startCluster({engine: 'postgres', leaders: [US, EU], ...options});
      if (!started.ok) throw new Error(started.failure.message);
      await waitFor('a server to start', () =>
        descendantsOf(process.pid).some(({command}) => command.includes('postgres -D')),
      );
      await started.value.cluster.close();
      expect(await started.value.ready).toMatchObject({ok: false, failure: {code: 'closed'}});
      const left = descendantsOf(process.pid).filter(({command}) => /postgres -D|initdb/.test(command));
      killAll(left);
      expect(left).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, {recursive: true, force: true});
    }
  });

  it('continues from a data folder, and refuses a folder of another engine', async () => {
    const data = `${place.folder}-data`;
    try {
      const run = (file: string, ...args: string[]) =>
        place.run('run', '--lan', '--leaders', 'us,eu', '--data', data, ...args, place.file('x.lab', file));
      expect(await run('set a 1 @us\nwait converged\n', '--engine', 'postgres')).toMatchObject({status: 0});
      expect(
        await run(
          'wait converged\nexpect get a @all = 1\nset b 1 @eu\nwait converged\nstate\n',
          '--engine',
          'postgres',
        ),
      ).toMatchObject({status: 0});
      const other = await run('state\n');
      expect(other.status).toBe(2);
      expect(other.err).toContain(
        'holds leaders of the postgres engine\nuse --engine postgres, or another data folder',
      );
    } finally {
      rmSync(data, {recursive: true, force: true});
    }
  });
});
