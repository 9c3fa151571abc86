/**
 * The built program on a machine with a hostile local user: what that one can read, write, guess and send.
 * Another user needs root to be played; where the test runs as somebody else, those tests are skipped by
 * name.
 */
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Key} from '../../src/base/ids.ts';
import {leaderId} from '../../src/base/ids.ts';
import {Channel} from '../../src/net/channel.ts';
import {doneSchema, type LeaderSettings, readSchema, writtenSchema} from '../../src/wire/leader-control.ts';
import {type Running, Workplace} from '../support/program.ts';
import {waitFor} from '../support/wait.ts';

const LIMIT = {timeout: 90_000};
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.close());

const settingsWith = (resolver: LeaderSettings['resolver']): LeaderSettings => ({
  resolver,
  delivery: 'fifo',
  ack: 'local',
  loopguard: true,
  members: ['us', 'eu'].map(leaderId),
  clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
});

async function control(port: number, token: string): Promise<Channel> {
  const opened = await Channel.open({port, token, onEvent: () => {}, onClosed: () => {}});
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
}

/** What the leader's ready line says. */
async function ready(leader: Running): Promise<{port: number; token: string | undefined}> {
  const line = await leader.line(/listens on .*/);
  const [, port, token] = /127\.0\.0\.1:(\d+)(?:, token ([0-9a-f]{32})$)?/.exec(line) ?? [];
  return {port: Number(port), token};
}

describe.runIf(isRoot)(
  'a folder of another user in the temporary folder (needs root to make one)',
  LIMIT,
  () => {
    test('does not change, makes no lab write through its links, and makes no lab wait', async () => {
      chmodSync(work.folder, 0o1777);
      const evil = join(work.folder, 'leaderlab-evil');
      const precious = work.file('precious', 'precious');
      mkdirSync(evil);
      writeFileSync(join(evil, 'owner.lock'), '{"pid":4194303,"started":"1"}');
      for (let n = 0; n < 3000; n++) symlinkSync(precious, join(evil, `owner.lock.${process.pid + n}`));
      const fifo = join(work.folder, 'leaderlab-fifo');
      mkdirSync(fifo);
      for (const name of ['owner.lock', 'temporary', 'cluster.json'])
        execFileSync('mkfifo', [join(fifo, name)]);
      for (const folder of [evil, fifo]) {
        chmodSync(folder, 0o777);
        chownSync(folder, NOBODY, NOBODY);
      }
      const {status, err} = await work.run('run', '--lan', work.file('one.lab', 'set a 1 @us\n'));
      expect([status, err]).toEqual([0, '']);
      expect(readFileSync(precious, 'utf8')).toBe('precious');
      expect(existsSync(join(evil, 'owner.lock'))).toBe(true);
      const refused = await work.run('run', '--lan', '--data', fifo, work.path('one.lab'));
      expect([refused.status, refused.err]).toEqual([
        2,
        expect.stringContaining(`${fifo} belongs to another user`),
      ]);
    });
  },
);

describe('data in a folder that the user named', LIMIT, () => {
  test(
    'survives in the temporary folder under the name of a ' + 'temporary one, after its lab was killed',
    async () => {
      const mine = work.path('leaderlab-mine');
      const running = work.start(
        'run',
        '--lan',
        '--data',
        mine,
        work.file('long.lab', 'set a 1 @us\nsleep 60s\n'),
      );
      await running.until('✔ set a 1');
      await running.end('SIGKILL');
      expect((await work.run('run', '--lan', work.file('next.lab', 'state\n'))).status).toBe(0);
      const again = await work.run(
        'run',
        '--lan',
        '--data',
        mine,
        work.file('again.lab', 'expect get a @us = 1\n'),
      );
      expect([again.status, again.err]).toEqual([0, '']);
    },
  );

  test('is readable only by that user', async () => {
    const data = work.path('data');
    const {status} = await work.run(
      'run',
      '--lan',
      '--data',
      data,
      work.file('one.lab', 'set a 1 @us || set a 2 @eu\nwait converged\n'),
    );
    expect(status).toBe(0);
    const open = execFileSync('find', [data, '-perm', '/077'], {encoding: 'utf8'});
    expect(open).toBe('');
    expect(existsSync(join(data, 'leaders', 'us', 'data.mdb'))).toBe(true);
  });

  test('is reported by file name if it is damaged, with what to do', async () => {
    const data = work.path('data');
    const file = work.file('load.lab', 'load 500/s for 2s keys=20\nwait converged\n');
    expect((await work.run('run', '--lan', '--data', data, file)).status).toBe(0);
    const log = join(data, 'leaders', 'us', 'data.mdb');
    // Room that is kept in reserve makes up most of the file: the cut has to reach the pages of the log.
    truncateSync(log, 4 * 4096);
    const lab = await work.run('run', '--lan', '--data', data, file);
    expect([lab.status, lab.err]).toEqual([
      2,
      expect.stringMatching(/data\.mdb is damaged: .*[;\n] ?restore the folder/),
    ]);
    const leader = await work.run('leader', 'us', '--data', join(data, 'leaders', 'us'));
    expect([leader.status, leader.err]).toEqual([
      2,
      expect.stringMatching(/data\.mdb is damaged: .*[;\n] ?restore the folder/),
    ]);
  });
});

describe('a leader started by hand', LIMIT, () => {
  test(
    'is controlled only with its token, which cannot be guessed or listed, and loads no ' +
      'module over the network',
    async () => {
      const leader = work.start('leader', 'us', '--data', 'us');
      const {port, token = ''} = await ready(leader);
      expect(readFileSync(`/proc/${leader.pid}/cmdline`, 'utf8')).not.toContain(token);
      const guess = await control(port, 'leaderlab');
      expect(await guess.request({type: 'keys'}, doneSchema)).toMatchObject({
        ok: false,
        failure: {code: 'wrong-cluster'},
      });
      const channel = await control(port, token);
      const key = 'a' as Key;
      expect(
        await channel.request(
          {type: 'write', writes: [{key, intent: {type: 'set', value: 1}}]},
          writtenSchema,
        ),
      ).toMatchObject({
        ok: true,
      });
      const proof = work.path('ran');
      const module = work.file(
        'evil.mjs',
        `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(proof)}, ''); export const merge = a ` +
          '=> a;\n',
      );
      const settings = settingsWith({name: 'custom', file: module});
      expect(await channel.request({type: 'configure', settings, peers: []}, doneSchema)).toMatchObject({
        ok: false,
        failure: {message: 'a leader started by hand loads no module over the network'},
      });
      expect(existsSync(proof)).toBe(false);
      channel.close();
      guess.close();
    },
  );

  test('talks to a peer with the same token file, and to no other', async () => {
    const us = work.start('leader', 'us', '--data', 'us', '--token-file', 'token');
    const {port} = await ready(us);
    expect((lstatSync(work.path('token')).mode & 0o777).toString(8)).toBe('600');
    const eu = work.start('leader', 'eu', '--data', 'eu', '--token-file', 'token', '--peer', `us=${port}`);
    const stranger = work.start('leader', 'ap', '--data', 'ap', '--peer', `us=${port}`);
    const token = readFileSync(work.path('token'), 'utf8').trim();
    const [atUs, atEu] = [await control(port, token), await control((await ready(eu)).port, token)];
    const {port: strangerPort, token: another = ''} = await ready(stranger);
    const atStranger = await control(strangerPort, another);
    const key = 'a' as Key;
    for (const [channel, value] of [
      [atStranger, 'of a stranger'],
      [atEu, 'of a peer'],
    ] as const)
      await channel.request({type: 'write', writes: [{key, intent: {type: 'set', value}}]}, writtenSchema);
    await waitFor(
      'the peer’s write',
      async () => {
        const read = await atUs.request({type: 'read', key}, readSchema);
        return read.ok && read.value.reading.type === 'value' && read.value.reading.value === 'of a peer';
      },
      20_000,
    );
    const {value} = (await atUs.request({type: 'read', key}, readSchema)) as {value: {vv: object}};
    expect(value.vv).toEqual({eu: 1});
    for (const channel of [atUs, atEu, atStranger]) channel.close();
  });

  test.each([
    [
      'that others can read',
      (place: Workplace) => chmodSync(place.file('token', 'x'.repeat(32)), 0o644),
      /others can read the token in token[;\n] ?run chmod 600 token/,
    ],
    [
      'that is a link',
      (place: Workplace) => symlinkSync('/etc/hostname', place.path('token')),
      /token is a symbolic link, and links are not followed here; name another file/,
    ],
    [
      'with a token that is easy to guess',
      (place: Workplace) => chmodSync(place.file('token', 'leaderlab'), 0o600),
      /fewer than 16 characters/,
    ],
  ])('refuses a token file %s', async (_what, make, says) => {
    make(work);
    const {status, out, err} = await work.run('leader', 'us', '--data', 'us', '--token-file', 'token');
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });
});
