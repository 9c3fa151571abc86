/**
 * Links that carry the stream between two PostgreSQL servers, over real sockets: what both ends notice of
 * faults.
 */
import {createServer, type Socket} from 'node:net';
import {afterEach, beforeAll, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Result} from '../../src/base/failure.ts';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import {StreamSocket} from '../../src/net/stream-socket.ts';
import {ProxyClient} from '../../src/proxy/proxy-client.ts';
import type {LinkTraffic} from '../../src/proxy/proxy-protocol.ts';
import {packet, REPLICATING, STARTUP, statusUpdate, xlogData} from '../support/pg-messages.ts';
import {buildProxy, type ProxyProcess, ping, SILENCE, startProxy} from '../support/proxy-process.ts';
import {dialStream, type StreamPeer, StreamPort} from '../support/stream-peer.ts';
import {waitFor} from '../support/wait.ts';

const TOKEN = 'a cluster of tests';
const us = leaderId('us');
const eu = leaderId('eu');
const link = linkId(us, eu);
const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});

let entry: string;
let proxy: ProxyProcess;
let client: ProxyClient;
let traffic: LinkTraffic;
/** At `us`, whose operations `eu` fetches. */
let target: StreamPort;
/** Where `eu` dials. */
let port: number;

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
};

const suffer = async (change: Partial<LinkRule>): Promise<void> => {
  must(await client.setRule(link, rule(change)));
};

/** A connection over the link: `near` is `eu`, which dialled it, `far` is `us`. */
async function connected(): Promise<{near: StreamPeer; far: StreamPeer}> {
  const before = target.peers.length;
  const near = await dialStream(port);
  const login = packet(STARTUP, 'user\0me\0\0');
  near.send(login);
  const far = await target.peer(before);
  await far.received(login.length);
  far.forget();
  return {near, far};
}

beforeAll(async () => {
  entry = await buildProxy();
});

beforeEach(async () => {
  proxy = await startProxy(entry, TOKEN);
  traffic = SILENCE;
  client = must(
    await ProxyClient.open({
      port: proxy.port,
      token: TOKEN,
      onTraffic: links => {
        traffic = links[link] ?? traffic;
      },
      onClosed: () => {},
    }),
  );
  target = new StreamPort();
  must(await client.setTarget(us, await target.listen()));
  port = must(await client.openLink(link, {carries: 'stream', rule: CLEAR_RULE, seed: 1}));
});

afterEach(() => {
  proxy.child.stdin?.end();
  target.close();
  expect(proxy.complaints()).toBe('');
});

/** So many bytes of what a server that replicates says: transactions, rows of them small and large. */
function replication(bytes: number, random: Prng): {parts: Buffer[]; commits: number} {
  const parts: Buffer[] = [];
  let [size, commits] = [0, 0];
  while (size < bytes) {
    const row = Buffer.alloc(random.chance(0.02) ? 150_000 : random.int(0, 2000), parts.length);
    const transaction = [xlogData('B'), xlogData('I', row), xlogData('C')];
    parts.push(...transaction);
    commits++;
    size += Buffer.concat(transaction).length;
  }
  return {parts, commits};
}

const updates = (bytes: number): Buffer[] =>
  Array.from({length: Math.ceil(bytes / statusUpdate().length)}, statusUpdate);

describe('a stream of megabytes in both directions', () => {
  const PHASE_BYTES = 1_000_000;

  /** Sends a fifth of it before each change; `speak` makes that. */
  async function sufferAll(
    near: StreamPeer,
    far: StreamPeer,
    speak: () => {forth: Buffer[]; back: Buffer[]},
  ) {
    const [forth, back]: [Buffer[], Buffer[]] = [[], []];
    const phases: Partial<LinkRule>[] = [
      {latencyMs: 20, jitterMs: 20},
      {cut: true, latencyMs: 20},
      {latencyMs: 10, jitterMs: 10, bandwidthBytesPerS: 5_000_000},
      {hold: true},
      {jitterMs: 30, lossShare: 0.5, dupShare: 0.5, reorderShare: 0.5},
    ];
    for (const phase of phases) {
      await suffer(phase);
      // What had left the proxy before still arrives.
      if (phase.cut || phase.hold) for (const peer of [near, far]) await peer.still(() => peer.bytes);
      const [before, said] = [[near.bytes, far.bytes], speak()];
      far.send(...said.forth);
      near.send(...said.back);
      forth.push(...said.forth);
      back.push(...said.back);
      if (phase.cut || phase.hold) {
        for (const {socket} of [far, near])
          await waitFor('the proxy has it', () => socket.writableLength === 0);
        must(await ping(client));
        expect([near.bytes, far.bytes]).toEqual(before);
      } else {
        await waitFor(
          'some of it arrives',
          () => near.bytes > (before[0] ?? 0) && far.bytes > (before[1] ?? 0),
        );
      }
    }
    await suffer({});
    return {forth: Buffer.concat(forth), back: Buffer.concat(back)};
  }

  async function expectAll(
    near: StreamPeer,
    far: StreamPeer,
    sent: {forth: Buffer; back: Buffer},
  ): Promise<void> {
    expect((await near.received(sent.forth.length)).equals(sent.forth)).toBe(true);
    expect((await far.received(sent.back.length)).equals(sent.back)).toBe(true);
  }

  test('arrives unchanged under every fault, and every commit counts once', async () => {
    const {near, far} = await connected();
    const random = new Prng('a replication');
    let commits = 0;
    const speak = () => {
      const spoken = replication(PHASE_BYTES, random);
      const login = commits === 0 ? REPLICATING : [];
      commits += spoken.commits;
      return {forth: [...login, ...spoken.parts], back: updates(PHASE_BYTES)};
    };
    const sent = await sufferAll(near, far, speak);
    expect(sent.forth.length).toBeGreaterThan(5_000_000);
    await expectAll(near, far, sent);
    await waitFor('all commits are counted', () => traffic.delivered === commits);
    expect(traffic).toMatchObject({dropped: 0, droppedBytes: 0, refused: 0, held: 0, connection: 'open'});
    expect(traffic.byFault).toMatchObject({cut: expect.any(Number), hold: expect.any(Number)});
    for (const never of ['loss', 'dup', 'reorder']) expect(traffic.byFault).not.toHaveProperty(never);
  });

  test('arrives unchanged even if the proxy cannot read it', async () => {
    const {near, far} = await connected();
    const random = new Prng('noise');
    const noise = () => [Buffer.from(Array.from({length: PHASE_BYTES / 4}, () => random.int(0, 255)))];
    const sent = await sufferAll(near, far, () => ({forth: noise(), back: noise()}));
    await expectAll(near, far, sent);
    expect(traffic).toMatchObject({delivered: 0, refused: 0, connection: 'open'});
  });
});

describe('a cut', () => {
  test('holds commits back and counts them, and after the heal they count as delayed by it', async () => {
    const {near, far} = await connected();
    far.send(...REPLICATING);
    await near.received(Buffer.concat(REPLICATING).length);
    await suffer({cut: true});
    far.send(xlogData('B'), xlogData('C'), xlogData('C'));
    await waitFor('two commits wait', () => traffic.held === 2);
    expect(traffic).toMatchObject({delivered: 0, inFlight: [], connection: 'open'});
    await suffer({});
    await waitFor('both are delivered', () => traffic.delivered === 2);
    expect(traffic).toMatchObject({held: 0, dropped: 0, byFault: {cut: 2}});
    const mark = {direction: 'forth', did: 'delayed', faults: ['cut'], delayMs: expect.any(Number)};
    expect(traffic.marks).toMatchObject([mark, mark]);
  });

  test('makes the sender wait, and memory does not grow and no waiting message is lost', async () => {
    const {near, far} = await connected();
    await suffer({cut: true});
    const [part, count] = [Buffer.alloc(1_000_000, 'some bytes'), 48];
    for (const peer of [far, near]) peer.send(...Array.from({length: count}, () => part));
    // What left them is in the kernel or in a queue of 8 MiB.
    for (const peer of [far, near])
      expect(await peer.still(() => peer.socket.writableLength)).toBeGreaterThan(20_000_000);
    await suffer({});
    const whole = Buffer.concat(Array.from({length: count}, () => part));
    for (const peer of [near, far]) expect((await peer.received(whole.length)).equals(whole)).toBe(true);
  });

  test(
    'lets a new connection wait: the server is contacted after the heal, and receives what ' +
      'was sent meanwhile',
    async () => {
      await suffer({cut: true});
      const near = await dialStream(port);
      near.send('hello');
      await waitFor('the connection is there', () => traffic.connection === 'half');
      expect(target.peers).toHaveLength(0);
      await suffer({});
      const far = await target.peer(0);
      await far.text('hello');
      far.send('welcome');
      await near.text('welcome');
    },
  );

  test('hides until the heal that one end has closed', async () => {
    const {near, far} = await connected();
    await suffer({cut: true});
    far.send('farewell');
    far.socket.end();
    await waitFor('the proxy has seen the close', () => traffic.connection === 'half');
    expect(near.closed).toBeUndefined();
    await suffer({latencyMs: 20});
    expect(await near.ended()).toBe('ended');
    await near.text('farewell');
  });
});

describe('a close', () => {
  test('comes after everything that was sent, including an incomplete message', async () => {
    await suffer({latencyMs: 50});
    const {near, far} = await connected();
    const whole = Buffer.concat([
      ...REPLICATING,
      ...replication(3_000_000, new Prng('last')).parts,
      xlogData('C').subarray(0, 20),
    ]);
    far.send(whole);
    far.socket.end();
    expect(await near.ended()).toBe('ended');
    expect((await near.received(whole.length)).equals(whole)).toBe(true);
    await waitFor('the link has no connection', () => traffic.connection === 'none');
  });

  test('waits for a slow receiver', async () => {
    const accepted = new Promise<Socket>(resolve => {
      const server = createServer(socket => resolve(socket)).listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null)
          void dialStream(address.port).then(peer => reader.push(peer));
      });
      server.unref();
    });
    const reader: StreamPeer[] = [];
    const socket = new StreamSocket(await accepted, 'client');
    const peer = await waitFor('the reader is connected', () => reader[0]);
    peer.socket.pause();
    vi.useFakeTimers({toFake: ['setTimeout']});
    const sent = Buffer.alloc(20_000_000, 'last words');
    socket.pass(sent);
    socket.close();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    peer.socket.resume();
    expect((await peer.received(sent.length)).equals(sent)).toBe(true);
    await peer.ended();
  });
});

describe('a reset', () => {
  test(
    'breaks the connection at both ends, loses what is in ' + 'flight, and lets the receiver connect again',
    async () => {
      const {near, far} = await connected();
      far.send(...REPLICATING);
      await near.received(Buffer.concat(REPLICATING).length);
      await suffer({latencyMs: 60_000});
      far.send(xlogData('C'));
      await waitFor('a commit is under way', () => traffic.inFlight.length === 1);
      await suffer({cut: true});
      must(await client.resetLink(link));
      for (const peer of [near, far]) expect(await peer.ended()).toContain('ECONNRESET');
      await waitFor('the loss is told', () => traffic.dropped === 1 && traffic.connection === 'none');
      expect(traffic.byFault).toMatchObject({reset: 1});
      await suffer({});
      const again = await connected();
      again.far.send('again');
      await again.near.text('again');
    },
  );
});

describe('the server', () => {
  test('that the stream is fetched from is the beginning of the link', async () => {
    const other = new StreamPort();
    must(await client.setTarget(eu, await other.listen()));
    const {near, far} = await connected();
    near.send('to us');
    await far.text('to us');
    expect(other.peers).toHaveLength(0);
    other.close();
  });

  test('that is down makes the proxy close the connection of the leader that connects', async () => {
    must(await client.setTarget(us, null));
    const near = await dialStream(port);
    near.send('hello');
    expect(await near.ended()).toBe('ended');
    await waitFor('the link has no connection', () => traffic.connection === 'none');
  });
});
