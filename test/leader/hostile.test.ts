import {mkdtempSync, rmSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {key, leaderId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import {type Message, PROTOCOL} from '../../src/core/io/message.ts';
import {type Child, startChild} from '../../src/engines/shared/child-process.ts';
import {findPrograms} from '../../src/engines/shared/programs.ts';
import {Channel} from '../../src/net/channel.ts';
import {clusterIdOf} from '../../src/net/secret.ts';
import {encodeFrame, FRAME_LIMIT_BYTES} from '../../src/wire/frame.ts';
import {
  doneSchema,
  keysSchema,
  type LeaderSettings,
  newsSchema,
  readSchema,
  writtenSchema,
} from '../../src/wire/leader-control.ts';
import {encodeMessage} from '../../src/wire/message-schema.ts';
import {dialAndGreet} from '../support/frame-peer.ts';
import {HostileClient, isClosedAfter, residentBytes} from '../support/hostile-client.ts';
import {waitFor} from '../support/wait.ts';

const TOKEN = 'the-token-of-this-test';
const FRAMES = 10_000;
const EU = leaderId('eu');

const hello: Extract<Message, {type: 'hello'}> = {
  type: 'hello',
  protocol: PROTOCOL,
  leader: EU,
  cluster: clusterIdOf(TOKEN),
  have: {},
};
const ops: Extract<Message, {type: 'ops'}> = {
  type: 'ops',
  batch: 1,
  ops: [
    {
      dot: {origin: EU, seq: 1},
      after: {},
      hlc: {wallMs: 1_700_000_000_000, logical: 0},
      wallMs: 1_700_000_000_000,
      writes: [{type: 'set', key: key('hostile'), generation: 1, saw: [], value: {deep: [1, 'two', null]}}],
    },
  ],
  hops: [1],
};
const MESSAGES: readonly Message[] = [
  hello,
  ops,
  {type: 'have', have: {[EU]: 3}},
  {type: 'have', have: {[EU]: 3}, gapAt: 1, buffered: {[EU]: 4}, refuses: [EU]},
  {type: 'ping', sentAtMs: 5},
  {type: 'pong', sentAtMs: 5, have: {[EU]: 3}, refuses: [EU]},
  {type: 'echo', ops: ops.ops, hops: [3]},
  {type: 'known', persisted: {[EU]: {[EU]: 3}}},
];

/** With all that listens to strangers switched on. */
const SETTINGS: LeaderSettings = {
  resolver: {name: 'lww'},
  delivery: 'causal',
  ack: 'local',
  loopguard: false,
  members: [leaderId('us'), EU],
  clock: {offsetMs: 0, driftPpm: 0, sinceMs: 0},
};

const frameOf = (message: Message): Uint8Array => encodeFrame(message.type, encodeMessage(message));

/**
 * A frame with something wrong: bytes flipped, cut short, its length or kind a lie, or JSON that is no
 * message.
 */
function mutate(prng: Prng): Uint8Array {
  const frame = frameOf(prng.pick(MESSAGES));
  const dice = prng.int(0, 6);
  if (dice === 0) return frame.subarray(0, prng.int(1, frame.length - 1));
  if (dice === 1)
    new DataView(frame.buffer).setUint32(0, prng.pick([0, 1, 5, 0xffffffff, 0x01000001, frame.length * 2]));
  else if (dice === 2) frame[4] = prng.int(0, 255);
  else if (dice === 3)
    return encodeFrame('ops', `{"type":"ops","batch":1,"ops":${'['.repeat(prng.int(1, 5000))}`);
  else if (dice === 4)
    return encodeFrame(
      prng.pick(['ops', 'hello', 'have', 'control']),
      swapNumbers(encodeMessage(prng.pick(MESSAGES)), prng),
    );
  else if (dice === 5)
    return encodeFrame(
      'control',
      JSON.stringify({hello: {cluster: prng.chance(0.5) ? TOKEN : 'another'}, x: 1}),
    );
  for (let i = prng.int(1, 8); i > 0; i--) frame[prng.int(0, frame.length - 1)] = prng.int(0, 255);
  return frame;
}

const swapNumbers = (text: string, prng: Prng): string =>
  text.replace(/\d+/g, digits =>
    prng.chance(0.5)
      ? digits
      : prng.pick(['-1', '1e308', '9007199254740993', '0.5', 'null', '"x"', '{}', '[]']),
  );

describe('a leader that receives 10,000 broken frames while a client works', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leaderlab-test-'));
  let child: Child;
  let client: Channel;
  let refused = 0;

  beforeAll(async () => {
    const programs = findPrograms();
    if (!programs.ok) throw new Error(programs.failure.message);
    const args = ['--id', 'us', '--folder', folder, '--settings', JSON.stringify(SETTINGS)];
    const started = await startChild(programs.value.leader, args, TOKEN);
    if (!started.ok) throw new Error(started.failure.message);
    child = started.value;
    const opened = await Channel.open({
      port: child.port,
      token: TOKEN,
      onEvent: event => {
        refused = Math.max(refused, newsSchema.parse(event).refused);
      },
      onClosed: () => {},
    });
    if (!opened.ok) throw new Error(opened.failure.message);
    client = opened.value;
    await client.request({type: 'subscribe'}, doneSchema);
  });

  afterAll(async () => {
    child.end();
    await child.ended;
    rmSync(folder, {recursive: true});
  });

  it('loses nothing, stays within its limits, and says how many it refused', async () => {
    const seed = Number(process.env.LEADERLAB_SEED ?? Math.floor(Math.random() * 1e9));
    const context = `repeat with LEADERLAB_SEED=${seed} npx vitest run test/leader/hostile.test.ts`;
    const prng = new Prng(seed);
    const beforeBytes = residentBytes(child.pid);
    let isDone = false;
    const written: string[] = [];
    const work = async (): Promise<void> => {
      for (let n = 0; !isDone || n < 50; n++) {
        const answer = await client.request(
          {type: 'write', writes: [{key: `client-${n}`, intent: {type: 'set', value: n}}]},
          writtenSchema,
        );
        expect(answer.ok, `write ${n}; ${context}`).toBe(true);
        written.push(`client-${n}`);
      }
    };
    const attack = async (): Promise<void> => {
      for (let sent = 0; sent < FRAMES; ) {
        const many = Math.min(FRAMES - sent, prng.int(1, 40));
        await attackOnce(
          child.port,
          prng.chance(0.5),
          Array.from({length: many}, () => mutate(prng)),
        );
        sent += many;
      }
      isDone = true;
    };
    await Promise.all([work(), attack()]);

    const listed = await client.request({type: 'keys'}, keysSchema);
    const keys = new Set<string>(listed.ok ? listed.value.keys : []);
    expect(
      written.filter(name => !keys.has(name)),
      context,
    ).toEqual([]);
    const last = await client.request({type: 'read', key: written.at(-1)}, readSchema);
    expect(last, context).toMatchObject({
      ok: true,
      value: {reading: {type: 'value', value: written.length - 1}},
    });
    await waitFor('the leader to say how many connections it refused', () => refused > 0);
    expect(residentBytes(child.pid) - beforeBytes, `memory; ${context}`).toBeLessThan(64 * 1024 * 1024);
  }, 120_000);

  it('closes a connection whose greeting claims to be large, before the greeting is sent', async () => {
    const frame = new Uint8Array(5);
    new DataView(frame.buffer).setUint32(0, 64 * 1024 + 1);
    await expect(isClosedAfter(child.port, frame)).resolves.toBe(true);
  });

  it.each(['ping', 'ops', 'known', 'echo', 'have', 'pong'] as const)(
    'closes a connection whose first frame is %s',
    async type => {
      const message = MESSAGES.find(one => one.type === type) ?? ops;
      await expect(isClosedAfter(child.port, frameOf(message))).resolves.toBe(true);
    },
  );

  it(
    'accepts leaders and clients while 300 connections are silent, and 300 are in the middle ' +
      'of a greeting',
    async () => {
      const silent = new HostileClient();
      await silent.open(child.port, 300);
      await silent.open(child.port, 300, frameOf(hello).subarray(0, 20));
      const peer = await dialAndGreet(child.port, TOKEN);
      await peer.received(1);
      const opened = await Channel.open({
        port: child.port,
        token: TOKEN,
        onEvent: () => {},
        onClosed: () => {},
      });
      if (!opened.ok) throw new Error(opened.failure.message);
      expect(await opened.value.request({type: 'keys'}, keysSchema)).toMatchObject({ok: true});
      await waitFor('the strangers beyond its limit are sent away', () => silent.closed >= 300);
      peer.socket.destroy('the test is over');
      opened.value.close();
      silent.end();
    },
  );

  it('does not keep 40 frames of 16 MiB that come before a greeting', async () => {
    const beforeBytes = residentBytes(child.pid);
    const large = new HostileClient();
    const half = encodeFrame('ops', new Uint8Array(FRAME_LIMIT_BYTES - 1)).subarray(0, FRAME_LIMIT_BYTES / 2);
    await large.open(child.port, 40, Buffer.concat([frameOf({type: 'ping', sentAtMs: 5}), half]));
    await waitFor('every one is closed', () => large.closed === 40);
    expect(residentBytes(child.pid) - beforeBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it('keeps little of 40 half frames of 16 MiB that come after a greeting', async () => {
    const beforeBytes = residentBytes(child.pid);
    const large = new HostileClient();
    for (let n = 0; n < 40; n++) {
      const greeting = frameOf({...hello, leader: leaderId(`x${n}`)});
      const half = encodeFrame('ops', new Uint8Array(FRAME_LIMIT_BYTES - 1)).subarray(
        0,
        FRAME_LIMIT_BYTES / 2,
      );
      await large.open(child.port, 1, Buffer.concat([greeting, half]));
    }
    await waitFor('what is too much is refused', () => large.closed >= 30);
    expect(residentBytes(child.pid) - beforeBytes).toBeLessThan(256 * 1024 * 1024);
    large.end();
    expect(await client.request({type: 'keys'}, keysSchema)).toMatchObject({ok: true});
  });

  it('closes the connection of a leader of another cluster', async () => {
    await expect(isClosedAfter(child.port, frameOf({...hello, cluster: TOKEN}))).resolves.toBe(true);
    await expect(isClosedAfter(child.port, frameOf({...hello, cluster: 'another'}))).resolves.toBe(true);
  });

  it('closes the connection of a client without the token', async () => {
    await expect(
      isClosedAfter(child.port, encodeFrame('control', JSON.stringify({hello: {cluster: 'guess'}}))),
    ).resolves.toBe(true);
  });
});

/** One connection that sends these and ends; refused or not, it is over when this resolves. */
function attackOnce(port: number, greets: boolean, frames: readonly Uint8Array[]): Promise<void> {
  return new Promise(resolve => {
    const socket: Socket = connect({host: '127.0.0.1', port});
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
    if (greets) socket.write(frameOf(hello));
    for (const frame of frames) socket.write(frame);
    socket.end();
  });
}
