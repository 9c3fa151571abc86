/**
 * The proxy among hostile clients: at its control port, and at the port of a link.
 */
import {afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import {leaderId, linkId} from '../../src/base/ids.ts';
import {CLEAR_RULE} from '../../src/faults/rule.ts';
import {ProxyClient} from '../../src/proxy/proxy-client.ts';
import type {LinkTraffic} from '../../src/proxy/proxy-protocol.ts';
import {encodeFrame} from '../../src/wire/frame.ts';
import {dialAndGreet, helloOf, PeerPort} from '../support/frame-peer.ts';
import {HostileClient, isClosedAfter, residentBytes} from '../support/hostile-client.ts';
import {message, packet, STARTUP} from '../support/pg-messages.ts';
import {buildProxy, type ProxyProcess, ping, SILENCE, startProxy} from '../support/proxy-process.ts';
import {dialStream, StreamPort} from '../support/stream-peer.ts';
import {waitFor} from '../support/wait.ts';

const TOKEN = 'the-token-of-this-test';
const [us, eu] = [leaderId('us'), leaderId('eu')];
const link = linkId(us, eu);

let entry: string;
let proxy: ProxyProcess;
let client: ProxyClient;
let traffic: LinkTraffic;
const hostile: HostileClient[] = [];

const openClient = async (): Promise<ProxyClient> => {
  const onTraffic = (links: {readonly [id: string]: LinkTraffic}): void => {
    traffic = links[link] ?? traffic;
  };
  const opened = await ProxyClient.open({port: proxy.port, token: TOKEN, onTraffic, onClosed: () => {}});
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
};

const openLink = async (carries: 'frames' | 'stream'): Promise<number> => {
  const opened = await client.openLink(link, {carries, rule: CLEAR_RULE, seed: 1});
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
};

const attack = (): HostileClient => {
  const one = new HostileClient();
  hostile.push(one);
  return one;
};

beforeAll(async () => {
  entry = await buildProxy();
});

beforeEach(async () => {
  proxy = await startProxy(entry, TOKEN);
  traffic = SILENCE;
  client = await openClient();
});

afterEach(() => {
  for (const one of hostile.splice(0)) one.end();
  proxy.child.stdin?.end();
  expect(proxy.complaints()).toBe('');
});

test('thousands of silent connections take little memory, and do not keep a lab out', async () => {
  const beforeBytes = residentBytes(proxy.child.pid ?? 0);
  const silent = attack();
  await silent.open(proxy.port, 2000);
  await waitFor('those beyond its limit are closed', () => silent.closed >= 1700);
  expect(await ping(client)).toMatchObject({ok: true});
  const another = await openClient();
  expect(await ping(another)).toMatchObject({ok: true});
  another.close();
  expect(residentBytes(proxy.child.pid ?? 0) - beforeBytes).toBeLessThan(64 * 1024 * 1024);
});

test.each([
  ['a frame of another kind', encodeFrame('ping', '{}')],
  ['a greeting without the token', encodeFrame('hello', helloOf('another cluster'))],
  ['noise', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
])(
  'a link closes a connection that begins with %s, and its leader receives nothing of it',
  async (_what, bytes) => {
    const target = await new PeerPort().listen();
    await client.setTarget(eu, target.port);
    const port = await openLink('frames');
    expect(await isClosedAfter(port, bytes)).toBe(true);
    await waitFor('it is counted', () => traffic.refused === 1);
    expect(target.peers).toHaveLength(0);
    target.server.close();
  },
);

test(
  'connections of strangers to a link do not close connections of its leader, and do not ' +
    'appear on a screen',
  async () => {
    const target = await new PeerPort().listen();
    await client.setTarget(eu, target.port);
    const port = await openLink('frames');
    const near = await dialAndGreet(port, TOKEN);
    const far = await target.peer(0);
    const silent = attack();
    await silent.open(port, 100);
    await waitFor('those beyond its limit are closed', () => silent.closed >= 80);
    near.socket.send('ops', 'still here');
    expect((await far.received(2))[1]).toBe('still here');
    near.socket.close();
    await far.ended();
    await waitFor('the link shows no connection', () => traffic.connection === 'none');
    expect(target.peers).toHaveLength(1);
    target.server.close();
  },
);

test(
  'strangers that connect for a stream reach no server before they send a greeting, and do ' +
    'not close other connections',
  async () => {
    const target = new StreamPort();
    await client.setTarget(us, await target.listen());
    const port = await openLink('stream');
    await attack().open(port, 100);
    expect(target.peers).toHaveLength(0);
    const login = packet(STARTUP, 'user\0me\0\0');
    const near = await dialStream(port);
    near.send(login);
    const far = await target.peer(0);
    const admitted = message('R', new Uint8Array(4));
    far.send(admitted);
    await near.received(admitted.length);
    await attack().open(port, 40, login);
    await waitFor('the server is dialled for strangers too', () => target.peers.length > 16);
    const more = message('Z', 'I');
    far.send(more);
    await near.received(admitted.length + more.length);
    target.close();
  },
);
