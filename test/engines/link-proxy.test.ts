/**
 * The process that carries all links is killed from outside: the lab starts it again with the same links.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {afterEach, describe, expect, it} from 'vitest';
import type {Cluster} from '../../src/port/cluster.ts';
import {Alarms} from '../../src/session/alarms.ts';
import {command, converged, ok, startTestCluster, until, values} from '../support/cluster.ts';

let cluster: Cluster;
afterEach(() => cluster.close());

/** The proxy of this process's lab, found among the children of this process. */
function proxyPid(): number | undefined {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .find(pid => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return (
          Number(parent) === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dist/proxy.js')
        );
      } catch {
        return false;
      }
    });
}

async function killProxy(): Promise<void> {
  const pid = await until(cluster, 'the proxy runs', proxyPid);
  process.kill(pid, 'SIGKILL');
  await until(cluster, 'it is gone', () => proxyPid() !== pid);
}

const texts = () => cluster.view().notices.map(({text}) => text);

describe.skipIf(process.platform !== 'linux')(
  'a link proxy that is killed (only if /proc shows the parents of processes)',
  () => {
    it('is reported when it ends, and runs again with the same faults', async () => {
      cluster = await startTestCluster();
      await ok(cluster, 'cut us>ap');
      await ok(cluster, 'link us-eu latency 50ms');
      const links = cluster.view().links.map(({id, rule}) => [id, rule]);
      const alarms = new Alarms(cluster);
      await killProxy();
      await until(
        cluster,
        'it runs again',
        () => texts().some(text => text.startsWith('the link proxy runs again')),
        15_000,
      );
      expect(alarms.fresh()).toEqual([
        'the link proxy, which carries all links, ended (SIGKILL); the lab starts it again',
        expect.stringMatching(/^the link proxy runs again with the same faults; /),
      ]);
      expect(alarms.fresh()).toEqual([]);
      expect(cluster.view().links.map(({id, rule}) => [id, rule])).toEqual(links);
      await ok(cluster, 'set a 1 @us');
      await until(
        cluster,
        'eu has it',
        async () => JSON.stringify(await values(cluster, 'a')).includes('"eu":{"type":"value"'),
        15_000,
      );
      expect(await values(cluster, 'a')).toMatchObject({ap: {type: 'absent'}});
      await ok(cluster, 'heal');
      await converged(cluster, 3);
    });

    it('is ended and started again by the lab if it does not answer', async () => {
      cluster = await startTestCluster();
      process.kill(await until(cluster, 'the proxy runs', proxyPid), 'SIGSTOP');
      await until(
        cluster,
        'it runs again',
        () => texts().some(text => text.startsWith('the link proxy runs again')),
        30_000,
      );
      expect(texts()).toContain(
        'the link proxy, which carries all links, ended (it did not answer, so the lab ended it); the ' +
          'lab starts it again',
      );
      await ok(cluster, 'set a 1 @us');
      await converged(cluster, 3);
    }, 40_000);

    it('carries out requests made meanwhile as soon as it runs again', async () => {
      cluster = await startTestCluster();
      await killProxy();
      await ok(cluster, 'cut us>ap');
      await ok(cluster, 'set a 1 @us || set a 2 @eu');
      await ok(cluster, 'topology ring');
      await ok(cluster, 'heal');
      await converged(cluster, 3);
    });

    it('is not started again after too many ends, which is reported', async () => {
      cluster = await startTestCluster();
      for (let i = 0; i < 5; i++) {
        await until(cluster, 'it runs', () => cluster.view().linksEnded === undefined, 15_000);
        await killProxy();
      }
      await until(cluster, 'it is given up', () => cluster.view().linksEnded?.includes('no longer'), 15_000);
      expect(cluster.view().linksEnded).toBe(
        'the link proxy no longer runs, so no link carries messages: it ended 5 times within a minute, ' +
          'the last time by SIGKILL',
      );
      const outcome = await command(cluster, 'cut us>eu');
      expect(outcome).toMatchObject({
        status: 'fail',
        failure: {code: 'no-proxy', hint: 'end the lab and start it again'},
      });
      await ok(cluster, 'set a 1 @us');
    });
  },
);
