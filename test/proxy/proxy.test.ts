/**
 * The proxy as a process, over real sockets: what leaders at both ends of a link notice.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {connect} from 'node:net';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import type {Result} from '../../src/base/failure.ts';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {CLEAR_RULE, type LinkRule} from '../../src/faults/rule.ts';
import {connectFrames} from '../../src/net/frame-socket.ts';
import {ProxyClient} from '../../src/proxy/proxy-client.ts';
import type {LinkTraffic} from '../../src/proxy/proxy-protocol.ts';
import {dial, dialAndGreet, type Peer, PeerPort} from '../support/frame-peer.ts';
import {buildProxy, type ProxyProcess, ping, SILENCE, startProxy} from '../support/proxy-process.ts';
import {waitFor} from '../support/wait.ts';

const TOKEN = 'a cluster of tests';
const us = leaderId('us');
const eu = leaderId('eu');
const link = linkId(us, eu);
const rule = (change: Partial<LinkRule>): LinkRule => ({...CLEAR_RULE, ...change});

let entry: string;
let started: ProxyProcess;
let proxy: ChildProcess;
let proxyPort: number;
let client: ProxyClient;
let clientClosed: string | undefined;
let events: LinkTraffic[];
let target: PeerPort;
let port: number;

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
};

/** The last state that was received. */
const traffic = (): LinkTraffic => events.at(-1) ?? SILENCE;

/** A connection over the link, greeted at both ends. */
async function connected(): Promise<{near: Peer; far: Peer}> {
  const before = target.peers.length;
  const near = await dialAndGreet(port, TOKEN);
  const far = await target.peer(before);
  await far.received(1);
  far.frames.length = 0;
  return {near, far};
}

beforeAll(async () => {
  entry = await buildProxy();
});

beforeEach(async () => {
  started = await startProxy(entry, TOKEN);
  ({child: proxy, port: proxyPort} = started);
  events = [];
  clientClosed = undefined;
  const options = {
    port: proxyPort,
    token: TOKEN,
    onTraffic: (links: {readonly [id: string]: LinkTraffic}) => {
      const of = links[link];
      if (of !== undefined) events.push(of);
    },
    onClosed: (reason: string) => {
      clientClosed = reason;
    },
  };
  client = must(await ProxyClient.open(options));
  target = await new PeerPort().listen();
  must(await client.setTarget(eu, target.port));
  port = must(await client.openLink(link, {carries: 'frames', rule: CLEAR_RULE, seed: 1}));
});

afterEach(() => {
  proxy.stdin?.end();
  target.server.close();
  for (const peer of target.peers) peer.socket.destroy('the test is over');
  expect(started.complaints()).toBe('');
});

afterAll(() => {
  if (proxy.exitCode === null) proxy.kill('SIGKILL');
});

describe('a clear link', () => {
  test('carries frames in both directions, in order, and counts them', async () => {
    const {near, far} = await connected();
    for (const text of ['a', 'b', 'c']) near.socket.send('ops', text);
    expect(await far.received(3)).toEqual(['a', 'b', 'c']);
    far.socket.send('have', 'h');
    expect(await near.received(1)).toEqual(['h']);
    await waitFor('4 messages counted', () => traffic().delivered === 4);
    expect(traffic()).toMatchObject({held: 0, dropped: 0, connection: 'open'});
  });

  test('carries a frame of several megabytes unchanged', async () => {
    const {near, far} = await connected();
    near.socket.send('hello', 'hello');
    near.socket.send('ops', new Uint8Array(6_000_000));
    expect(await far.received(2)).toEqual(['hello', '6000000 bytes']);
  });

  test('forwards the close of one end to the other, after everything that was sent', async () => {
    must(await client.setRule(link, rule({latencyMs: 80})));
    const {near, far} = await connected();
    near.socket.send('ops', 'last');
    near.socket.close();
    await far.ended();
    expect(far.texts).toEqual(['last']);
    await waitFor('the link has no connection', () => traffic().connection === 'none');
  });

  test('sends no event when only heartbeats pass', async () => {
    const {near, far} = await connected();
    await waitFor('the connection is seen', () => traffic().connection === 'open');
    const before = events.length;
    for (let i = 0; i < 10; i++) near.socket.send('ping', `${i}`);
    await far.received(10);
    near.socket.send('ops', 'something to tell');
    await waitFor('the operation is told', () => traffic().delivered === 1);
    expect(events.length - before).toBeLessThanOrEqual(2);
  });
});

describe('a slow link', () => {
  test('delivers after the latency, and shows the messages in flight', async () => {
    must(await client.setRule(link, rule({latencyMs: 300})));
    const {near, far} = await connected();
    near.socket.send('ops', 'a');
    const flying = await waitFor('the message is seen under way', () => traffic().inFlight[0]);
    expect(flying.direction).toBe('forth');
    expect(flying.dueAtMs - flying.sentAtMs).toBeCloseTo(300, 3);
    await far.received(1);
    expect(far.frames[0]?.atMs).toBeGreaterThanOrEqual(flying.dueAtMs - 1);
    await waitFor('it has landed', () => traffic().inFlight.length === 0);
  });
});

describe('a cut', () => {
  test(
    'drops what is sent and in flight, keeps the connection ' + 'open, and after the heal new messages pass',
    async () => {
      must(await client.setRule(link, rule({latencyMs: 500})));
      const {near, far} = await connected();
      near.socket.send('ops', 'under way');
      await waitFor('it is under way', () => traffic().inFlight.length === 1);
      must(await client.setRule(link, rule({cut: true})));
      near.socket.send('ops', 'during');
      far.socket.send('have', 'during, back');
      await waitFor('three are counted as dropped', () => traffic().dropped === 3);
      expect(traffic().connection).toBe('open');
      must(await client.setRule(link, CLEAR_RULE));
      near.socket.send('ops', 'after');
      expect(await far.received(1)).toEqual(['after']);
      expect(near.closed ?? far.closed).toBeUndefined();
      expect(target.peers).toHaveLength(1);
    },
  );

  test('hides from one end until the heal that the other has closed', async () => {
    const {near, far} = await connected();
    near.socket.send('ops', 'a');
    await far.received(1);
    must(await client.setRule(link, rule({cut: true})));
    near.socket.close();
    await waitFor('the proxy has seen the close', () => traffic().connection === 'half');
    expect(far.closed).toBeUndefined();
    must(await client.setRule(link, CLEAR_RULE));
    await far.ended();
  });

  test('accepts a new connection and dials the far end only after the heal', async () => {
    must(await client.setRule(link, rule({cut: true})));
    const near = await dialAndGreet(port, TOKEN);
    near.socket.send('ops', 'lost');
    await waitFor('the loss is counted', () => traffic().dropped === 1);
    expect(traffic().connection).toBe('half');
    expect(target.peers).toHaveLength(0);
    must(await client.setRule(link, CLEAR_RULE));
    const far = await target.peer(0);
    near.socket.send('ops', 'passes');
    expect(await far.received(1)).toEqual(['passes']);
  });
});

describe('a hold', () => {
  test('keeps messages back in order, counts them, and forwards them on release', async () => {
    const {near, far} = await connected();
    must(await client.setRule(link, rule({hold: true})));
    for (let i = 0; i < 20; i++) near.socket.send('ops', `${i}`);
    await waitFor('20 are held', () => traffic().held === 20);
    expect(far.frames).toHaveLength(0);
    must(await client.setRule(link, CLEAR_RULE));
    expect(await far.received(20)).toEqual(Array.from({length: 20}, (_, i) => `${i}`));
    await waitFor('none is held', () => traffic().held === 0);
  });

  test(
    'reads no more from a leader than its limit, loses no ' + 'waiting message, and forwards all on release',
    async () => {
      const {near, far} = await connected();
      near.socket.send('hello', 'hello');
      await far.received(1);
      must(await client.setRule(link, rule({hold: true})));
      const [frame, count] = [new Uint8Array(500_000), 60];
      for (let i = 0; i < count; i++) near.socket.send('ops', frame);
      await waitFor('the limit is reached', () => traffic().held >= 16);
      await waitFor('the sender has to wait', () => near.socket.bufferedBytes > 5_000_000);
      expect(traffic().held * frame.length).toBeLessThan(12 * 1024 * 1024);
      must(await client.setRule(link, CLEAR_RULE));
      await far.received(1 + count);
      expect(near.socket.bufferedBytes).toBe(0);
    },
  );
});

describe('a faulty link', () => {
  const COUNT = 200;
  const numbers = Array.from({length: COUNT}, (_, i) => i);
  const arrived = ({frames}: Peer): number[] =>
    frames.filter(({kind}) => kind === 'ops').map(({text}) => Number(text));
  const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

  /** So many messages over a link that lost none of the greetings, because the fault began after them. */
  async function sendAll(change: Partial<LinkRule>): Promise<{near: Peer; far: Peer}> {
    const {near, far} = await connected();
    near.socket.send('hello', 'hello');
    await far.received(1);
    must(await client.setRule(link, rule(change)));
    for (const i of numbers) near.socket.send('ops', `${i}`);
    return {near, far};
  }

  test('loses some of the messages, delivers the others in order, and names the fault', async () => {
    const {far} = await sendAll({lossShare: 0.3});
    await waitFor('all are accounted for', () => traffic().delivered + traffic().dropped === COUNT);
    const {delivered, dropped, byFault, marks} = traffic();
    await far.received(1 + delivered);
    expect(arrived(far)).toEqual(sorted([...new Set(arrived(far))]));
    expect(dropped).toBeGreaterThan(20);
    expect(byFault).toEqual({loss: dropped});
    expect(marks).toHaveLength(8);
    for (const mark of marks)
      expect(mark).toMatchObject({direction: 'forth', did: 'dropped', faults: ['loss']});
  });

  test('duplicates messages', async () => {
    const {far} = await sendAll({dupShare: 1});
    await far.received(1 + 2 * COUNT);
    expect(sorted(arrived(far))).toEqual(numbers.flatMap(i => [i, i]));
    await waitFor('all are counted', () => traffic().delivered === 2 * COUNT);
    expect(traffic()).toMatchObject({dropped: 0, byFault: {dup: COUNT}});
    expect(traffic().marks.at(-1)).toMatchObject({did: 'doubled', faults: ['dup']});
  });

  test('reorders messages, in both directions, and delivers each once', async () => {
    const {near, far} = await sendAll({reorderShare: 0.3});
    await far.received(1 + COUNT);
    expect(arrived(far)).not.toEqual(numbers);
    expect(sorted(arrived(far))).toEqual(numbers);
    for (const i of numbers) far.socket.send('have', `${i}`);
    const back = (await near.received(COUNT)).map(Number);
    expect(back).not.toEqual(numbers);
    expect(sorted(back)).toEqual(numbers);
    await waitFor('all are counted', () => traffic().delivered === 2 * COUNT);
    expect(traffic().byFault.reorder).toBeGreaterThan(40);
    expect(traffic().marks.at(-1)).toMatchObject({direction: 'back', did: 'overtaken', faults: ['reorder']});
  });

  test(
    'lets messages leave at its bandwidth, reads no more from a leader than its limit, and ' +
      'continues when it gets more',
    async () => {
      const {near, far} = await connected();
      near.socket.send('hello', 'hello');
      await far.received(1);
      must(await client.setRule(link, rule({bandwidthBytesPerS: 1_000_000})));
      const [frame, count] = [new Uint8Array(500_000), 60];
      for (let i = 0; i < count; i++) near.socket.send('ops', frame);
      const waiting = await waitFor('messages wait for the line', () =>
        traffic().inFlight.find(({faults}) => faults.includes('bandwidth')),
      );
      expect(waiting.dueAtMs - waiting.sentAtMs).toBeGreaterThan(499);
      expect(traffic().marks.at(-1)).toMatchObject({
        did: 'delayed',
        faults: ['bandwidth'],
        delayMs: expect.any(Number),
      });
      await waitFor('the sender has to wait', () => near.socket.bufferedBytes > 5_000_000);
      must(await client.setRule(link, CLEAR_RULE));
      await far.received(1 + count);
      expect(near.socket.bufferedBytes).toBe(0);
    },
  );

  test('waits for a message that takes a month to send', async () => {
    const {near, far} = await connected();
    near.socket.send('hello', 'hello');
    await far.received(1);
    must(await client.setRule(link, rule({bandwidthBytesPerS: 1})));
    near.socket.send('ops', new Uint8Array(3_000_000));
    await waitFor('it waits for the line', () => traffic().inFlight.length === 1);
    must(await client.setRule(link, CLEAR_RULE));
    expect(await far.received(2)).toEqual(['hello', '3000000 bytes']);
  });

  test('delivers everything once and in order after the faults end', async () => {
    const {near, far} = await sendAll({
      lossShare: 0.5,
      dupShare: 0.5,
      reorderShare: 0.5,
      bandwidthBytesPerS: 10_000,
    });
    must(await client.setRule(link, CLEAR_RULE));
    near.socket.send('ping', 'the faults are over');
    await waitFor('the last message', () => far.frames.some(({kind}) => kind === 'ping'));
    const before = far.frames.length;
    for (const i of numbers) near.socket.send('ops', `${i}`);
    expect((await far.received(before + COUNT)).slice(before).map(Number)).toEqual(numbers);
  });
});

describe('a reset', () => {
  test(
    'closes the connection at both ends, loses what is in ' + 'flight, and lets the leader connect again',
    async () => {
      const {near, far} = await connected();
      must(await client.setRule(link, rule({latencyMs: 60_000})));
      near.socket.send('ops', 'under way');
      far.socket.send('have', 'under way');
      await waitFor('both are under way', () => traffic().inFlight.length === 2);
      must(await client.resetLink(link));
      expect(await near.ended()).toContain('ECONNRESET');
      expect(await far.ended()).toContain('ECONNRESET');
      await waitFor('the loss is told', () => traffic().dropped === 2 && traffic().connection === 'none');
      expect(traffic()).toMatchObject({inFlight: [], byFault: {reset: 2}});
      expect(traffic().marks.map(({did, faults}) => [did, ...faults])).toEqual(
        Array(2).fill(['dropped', 'reset']),
      );
      must(await client.setRule(link, CLEAR_RULE));
      const again = await connected();
      again.near.socket.send('ops', 'again');
      expect(await again.far.received(1)).toEqual(['again']);
    },
  );

  test('passes a cut: both ends notice it at once, and receive nothing after it', async () => {
    const {near, far} = await connected();
    must(await client.setRule(link, rule({cut: true})));
    must(await client.resetLink(link));
    expect(await near.ended()).toContain('ECONNRESET');
    expect(await far.ended()).toContain('ECONNRESET');
    const behind = await dialAndGreet(port, TOKEN);
    await waitFor('the new connection is there', () => traffic().connection === 'half');
    must(await client.resetLink(link));
    expect(await behind.ended()).toContain('ECONNRESET');
    expect(target.peers).toHaveLength(1);
  });

  test('of a link that does not exist fails by name', async () => {
    expect(await client.resetLink(linkId(eu, us))).toMatchObject({
      ok: false,
      failure: {code: 'no-such-link'},
    });
  });
});

describe('the far end', () => {
  test('without a port, or not listening, closes the connection of the leader that connects', async () => {
    must(await client.setTarget(eu, null));
    await (await dialAndGreet(port, TOKEN)).ended();
    const dead = await new PeerPort().listen();
    await new Promise(resolve => dead.server.close(resolve));
    must(await client.setTarget(eu, dead.port));
    await (await dialAndGreet(port, TOKEN)).ended();
    must(await client.setTarget(eu, target.port));
    const {near, far} = await connected();
    near.socket.send('ops', 'back again');
    expect(await far.received(1)).toEqual(['back again']);
  });

  test('that does not read makes the sender wait, and memory does not grow', async () => {
    const deaf = await new PeerPort({reading: false}).listen();
    must(await client.setTarget(eu, deaf.port));
    const near = await dialAndGreet(port, TOKEN);
    near.socket.send('hello', 'hello');
    for (let i = 0; i < 110; i++) near.socket.send('ops', new Uint8Array(500_000));
    await waitFor('the link is full', () => traffic().delivered > 0 && near.socket.bufferedBytes > 0);
    let last = -1;
    let sameReadings = 0;
    await waitFor('the sender stands still', async () => {
      const now = near.socket.bufferedBytes;
      sameReadings = now === last ? sameReadings + 1 : 0;
      last = now;
      await must(await ping(client));
      return sameReadings === 3;
    });
    expect(last).toBeGreaterThan(25_000_000);
    near.socket.destroy('the test is over');
    deaf.server.close();
  });
});

describe('hostile bytes', () => {
  test('on a link close that connection, are counted, and affect no other connection', async () => {
    const {near, far} = await connected();
    const hostile = connect(port, '127.0.0.1');
    let closed = false;
    hostile
      .on('error', () => {})
      .on('close', () => {
        closed = true;
      });
    hostile.write('GET / HTTP/1.1\r\n\r\n');
    await waitFor('it is closed', () => closed);
    near.socket.send('ops', 'unharmed');
    expect(await far.received(1)).toEqual(['unharmed']);
    await waitFor('the refusal is counted', () => traffic().refused === 1);
  });

  test('on the control port are refused: no token, a wrong token, noise', async () => {
    const wrong = await ProxyClient.open({
      port: proxyPort,
      token: 'another',
      onTraffic: () => {},
      onClosed: () => {},
    });
    expect(wrong).toMatchObject({ok: false, failure: {code: 'wrong-cluster'}});
    const rude = await dial(proxyPort);
    rude.socket.send('control', JSON.stringify({id: 1, request: {type: 'subscribe'}}));
    await rude.ended();
    expect(rude.texts.join()).toContain('refused');
    const noise = connect(proxyPort, '127.0.0.1');
    let closed = false;
    noise
      .on('error', () => {})
      .on('close', () => {
        closed = true;
      });
    noise.write(Buffer.alloc(1000, 0xff));
    await waitFor('noise is closed', () => closed);
    must(await ping(client));
  });
});

describe('requests', () => {
  test('about a link that does not exist, or exists already, fail by name', async () => {
    const other = linkId(eu, us);
    expect(await client.setRule(other, CLEAR_RULE)).toMatchObject({
      ok: false,
      failure: {code: 'no-such-link', message: 'there is no link eu>us'},
    });
    expect(await client.openLink(link, {carries: 'frames', rule: CLEAR_RULE, seed: 1})).toMatchObject({
      ok: false,
      failure: {code: 'link-exists'},
    });
  });

  test('that are malformed are answered, and the connection stays open', async () => {
    for (const nonsense of [
      {latencyMs: -1},
      {lossShare: 1.1},
      {bandwidthBytesPerS: -1},
      {dupShare: Number.NaN},
      {reorderShare: -0.1},
    ]) {
      expect(await client.setRule(link, rule(nonsense))).toMatchObject({
        ok: false,
        failure: {code: 'malformed'},
      });
    }
    must(await ping(client));
  });

  test('to close a link close its connections and its port', async () => {
    const {near, far} = await connected();
    must(await client.closeLink(link));
    await Promise.all([near.ended(), far.ended()]);
    expect(await connectFrames(port, 1000)).toMatchObject({ok: false});
    must(await client.openLink(link, {carries: 'frames', rule: CLEAR_RULE, seed: 1}));
  });
});

describe('the process', () => {
  test('ends when its standard input ends, and its client notices', async () => {
    proxy.stdin?.end();
    await waitFor('it has exited', () => proxy.exitCode === 0);
    await waitFor('the client knows', () => clientClosed);
    expect(await ping(client)).toMatchObject({ok: false, failure: {code: 'closed'}});
  });

  test('ignores Ctrl-C, and ends on SIGTERM', async () => {
    proxy.kill('SIGINT');
    must(await ping(client));
    proxy.kill('SIGTERM');
    await waitFor('it has exited', () => proxy.exitCode === 0);
  });

  test('does not start without a token', async () => {
    const {LEADERLAB_TOKEN: _, ...env} = process.env;
    const child = spawn(process.execPath, [entry], {stdio: ['pipe', 'pipe', 'pipe'], env});
    await waitFor('it has exited', () => child.exitCode !== null);
    expect(child.exitCode).toBe(2);
  });
});
