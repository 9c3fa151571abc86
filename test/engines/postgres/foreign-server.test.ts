/**
 * Servers that run already: the lab uses a database of its own there, drops it at the end, and touches
 * nothing else. No password is visible anywhere.
 */
import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, it, vi} from 'vitest';
import {linkId} from '../../../src/base/ids.ts';
import {findServer} from '../../../src/engines/postgres/server/binaries.ts';
import {FreshDataFolder} from '../../../src/engines/postgres/server/fresh-data-folder.ts';
import {serverUser} from '../../../src/engines/postgres/server/os-user.ts';
import {Server} from '../../../src/engines/postgres/server/postgres-server.ts';
import type {Address, ForeignServer} from '../../../src/engines/postgres/sql/address.ts';
import {SqlConnection} from '../../../src/engines/postgres/sql/sql.ts';
import type {Cluster} from '../../../src/port/cluster.ts';
import {converged, EU, ok, startTestCluster, US, until, values} from '../../support/cluster.ts';
import {sharedFolder} from '../../support/folder.ts';
import {runningProcesses, untilGone} from '../../support/processes.ts';
import {Workplace} from '../../support/program.ts';
import {waitFor} from '../../support/wait.ts';

const value = (text: unknown) => ({type: 'value', value: text});

describe('the user’s own servers', () => {
  const root = sharedFolder('foreign-test-');
  const started: Server[] = [];
  let logged = '';

  const startServer = async (name: string, settings = {}): Promise<Server> => {
    const [programs, account] = [await findServer('postgres'), serverUser()];
    if (!programs.ok || !account.ok) throw new Error('no server');
    mkdirSync(root, {recursive: true});
    const own = {programs: programs.value, account: account.value, temporary: undefined};
    const made = await Server.start({
      ...own,
      fresh: new FreshDataFolder({...own, folder: join(root, `${name}.fresh`)}),
      folder: join(root, name),
      settings,
      onLog: text => {
        logged += text;
      },
    });
    if (!made.ok) throw new Error(made.failure.message);
    started.push(made.value);
    return made.value;
  };
  const addressOf = ({address}: Server): Address => ({...address, database: 'postgres'});
  const ask = async (server: Server, text: string) => {
    const opened = await SqlConnection.open(addressOf(server), 'test');
    if (!opened.ok) throw new Error(opened.failure.message);
    const rows = await opened.value.query(text);
    await opened.value.close();
    return rows;
  };
  const traces = async (server: Server) => [
    ...(await ask(server, "select datname as name from pg_database where datname like 'leaderlab%'")),
    ...(await ask(server, 'select slot_name as name from pg_replication_slots')),
    ...(await ask(server, 'select roname as name from pg_replication_origin')),
  ];
  const foreign = (): readonly ForeignServer[] =>
    [US, EU].map((leader, n) => ({leader, address: addressOf(started[n] as Server)}));
  const flag = ({leader, address: {port, user, password}}: ForeignServer): string =>
    `${leader}=postgres://${user}:${password}@localhost:${port}/postgres`;

  beforeAll(async () => {
    await Promise.all([startServer('a'), startServer('b')]);
    await ask(started[0] as Server, 'create database mine');
  }, 30_000);
  /** The lab of a test ends, even if the test fails, before the next test looks for traces. */
  const clusters: Cluster[] = [];
  const startLab = async (servers: readonly ForeignServer[]): Promise<Cluster> => {
    const cluster = await startTestCluster({engine: 'postgres', leaders: [US, EU], servers});
    clusters.push(cluster);
    return cluster;
  };
  afterEach(() => Promise.all(clusters.map(cluster => cluster.close())));
  afterAll(async () => {
    await Promise.all(started.map(server => server.stop()));
    rmSync(root, {recursive: true, force: true});
  });

  it('replicate through the links, cannot be killed or paused, and are restored at the end', async () => {
    const cluster = await startLab(foreign());
    await ok(cluster, 'set a 1 @us');
    await converged(cluster, 2);
    await ok(cluster, 'cut us-eu');
    await ok(cluster, 'set a 2 @us');
    expect(await values(cluster, 'a')).toEqual({us: value(2), eu: value(1)});
    await ok(cluster, 'heal');
    await until(
      cluster,
      'the update',
      async () => JSON.stringify((await values(cluster, 'a')).eu) === JSON.stringify(value(2)),
    );
    for (const fault of ['kill', 'pause', 'restart', 'resume'] as const)
      expect(cluster.capabilities.has(fault)).toBe(false);
    expect(JSON.stringify(cluster.view())).not.toContain(foreign()[0]?.address.password);
    expect(await traces(started[0] as Server)).toHaveLength(3);
    await cluster.close();
    for (const server of started.slice(0, 2)) expect(await traces(server)).toEqual([]);
    expect(await ask(started[0] as Server, "select 1 from pg_database where datname = 'mine'")).toHaveLength(
      1,
    );
  });

  it('show by their counters that they stopped a link, and skip lets it continue', async () => {
    const cluster = await startLab(foreign());
    await ok(cluster, 'set k A @us || set k B @eu');
    const link = () => cluster.view().links.find(({id}) => id === linkId(US, EU));
    await until(cluster, 'the link to stop', () => link()?.stopped !== undefined, 15_000);
    expect(link()?.stopped?.error).toBe('the server counted insert_exists; the details are in its own log');
    expect(link()?.counted).toMatchObject({insert_exists: expect.any(Number)});
    await ok(cluster, 'set n 1 @us');
    await ok(cluster, 'skip us @eu');
    await until(
      cluster,
      'what came behind it',
      async () => JSON.stringify((await values(cluster, 'n')).eu) === JSON.stringify(value(1)),
      15_000,
    );
    expect((await values(cluster, 'k')).eu).toEqual(value('B'));
    await cluster.close();
    expect(await traces(started[0] as Server)).toEqual([]);
  }, 60_000);

  it('may be in use by two labs at once', async () => {
    const [one, other] = [await startLab(foreign()), await startLab(foreign())];
    await ok(one, 'set a 1 @us');
    await ok(other, 'set a 2 @us');
    await Promise.all([converged(one, 2), converged(other, 2)]);
    expect([(await values(one, 'a')).eu, (await values(other, 'a')).eu]).toEqual([value(1), value(2)]);
    await one.close();
    await ok(other, 'set a 3 @us');
    await until(
      other,
      'the write',
      async () => JSON.stringify((await values(other, 'a')).eu) === JSON.stringify(value(3)),
    );
    await other.close();
    expect(await traces(started[0] as Server)).toEqual([]);
  }, 30_000);

  it('may have their passwords in ~/.pgpass', async () => {
    const file = join(root, 'pgpass');
    const line = ({address: {host, port, user, password}}: ForeignServer) =>
      `${host}:${port}:*:${user}:${password}\n`;
    writeFileSync(file, foreign().map(line).join(''), {mode: 0o600});
    vi.stubEnv('PGPASSFILE', file);
    const servers = foreign().map(({leader, address}) => ({
      leader,
      address: {...address, password: undefined},
    }));
    const cluster = await startLab(servers).finally(() => vi.unstubAllEnvs());
    await ok(cluster, 'set a 1 @us');
    await converged(cluster, 2);
    await cluster.close();
    expect(await traces(started[0] as Server)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'are restored after a lab was ended by %s, and no password was visible',
    async signal => {
      const place = new Workplace();
      try {
        const file = place.file(
          'wait.lab',
          'set a 1 @us\nwait converged\nset a 2 @us || set a 3 @eu\nsleep 60s\n',
        );
        const running = place.start(
          'run',
          '--lan',
          ...foreign().flatMap(server => ['--leader', flag(server)]),
          file,
        );
        await running.until('||');
        const {password = '?'} = foreign()[0]?.address ?? {};
        const seen = runningProcesses().filter(
          ({pid, command: line}) => pid !== process.pid && line.includes(password),
        );
        expect(seen).toEqual([]);
        const children = running.children();
        expect(children.some(({command: line}) => line.includes('cleanup.js'))).toBe(true);
        const {out, err} = await running.end(signal);
        await untilGone(children, 15_000);
        for (const server of started.slice(0, 2))
          await waitFor('no trace', async () => (await traces(server)).length === 0);
        expect(`${out}${err}${logged}`).not.toContain(password);
        expect(place.leftovers()).toEqual(signal === 'SIGKILL' ? [expect.any(String)] : []);
        for (const left of place.leftovers())
          expect(readFileSync(join(place.folder, left, 'history.jsonl'), 'utf8')).not.toContain(password);
      } finally {
        await place.close();
      }
    },
    60_000,
  );

  it('are refused if they cannot take part, with what to change', async () => {
    const plain = await startServer('c', {wal_level: 'replica', track_commit_timestamp: 'off'});
    const unfit = startTestCluster({
      engine: 'postgres',
      leaders: [US, EU],
      servers: [foreign()[0] as ForeignServer, {leader: EU, address: addressOf(plain)}],
    });
    await expect(unfit).rejects.toThrow('eu cannot take part: its wal_level is replica');
    const nowhere = {
      host: '127.0.0.1',
      port: 1,
      database: 'postgres',
      user: 'x',
      password: randomBytes(4).toString('hex'),
    };
    const silent = startTestCluster({
      engine: 'postgres',
      leaders: [US, EU],
      servers: [foreign()[0] as ForeignServer, {leader: EU, address: nowhere}],
    });
    await expect(silent).rejects.toThrow('eu: connect ECONNREFUSED 127.0.0.1:1');
    expect(await traces(started[0] as Server)).toEqual([]);
    const same = startTestCluster({
      engine: 'postgres',
      leaders: [US, EU],
      servers: [foreign()[0] as ForeignServer, {leader: EU, address: addressOf(started[0] as Server)}],
    });
    await expect(same).rejects.toThrow('us and eu are the same server');
  });
});
