/**
 * Stand-ins for leaders at both ends of a link: they only send and record frames.
 */
import {createServer, type Server} from 'node:net';
import {leaderId} from '../../src/base/ids.ts';
import {PROTOCOL} from '../../src/core/io/message.ts';
import {connectFrames, FrameSocket} from '../../src/net/frame-socket.ts';
import {clusterIdOf} from '../../src/net/secret.ts';
import type {Frame} from '../../src/wire/frame.ts';
import {encodeMessage} from '../../src/wire/message-schema.ts';
import {waitFor} from './wait.ts';

/** One connection that records the frames that it receives. */
export class Peer {
  readonly socket: FrameSocket;
  readonly frames: {readonly kind: Frame['kind']; readonly text: string; readonly atMs: number}[] = [];
  closed: string | undefined;
  bytes = 0;

  constructor(socket: FrameSocket) {
    this.socket = socket;
    socket.listen({
      frame: frame => {
        this.bytes += frame.raw.length;
        const text =
          frame.payload.length > 1000
            ? `${frame.payload.length} bytes`
            : new TextDecoder().decode(frame.payload);
        this.frames.push({kind: frame.kind, text, atMs: performance.timeOrigin + performance.now()});
      },
      closed: reason => {
        this.closed = reason;
      },
    });
  }

  get texts(): string[] {
    return this.frames.map(frame => frame.text);
  }

  received(count: number): Promise<string[]> {
    return waitFor(
      `${count} frames received, there are ${this.frames.length}`,
      () => this.frames.length >= count && this.texts,
    );
  }

  ended(): Promise<string> {
    return waitFor('the connection closed', () => this.closed);
  }
}

/** The first frame of a leader of this cluster. */
export const helloOf = (cluster: string): string =>
  encodeMessage({type: 'hello', protocol: PROTOCOL, leader: leaderId('eu'), cluster, have: {}});

/** Connects, and greets as a leader of this cluster. */
export async function dialAndGreet(port: number, token: string): Promise<Peer> {
  const peer = await dial(port);
  peer.socket.send('hello', helloOf(clusterIdOf(token)));
  return peer;
}

export async function dial(port: number): Promise<Peer> {
  const connected = await connectFrames(port, 1000);
  if (!connected.ok) throw new Error(connected.failure.message);
  return new Peer(connected.value);
}

/** A listening port that keeps every connection made to it. */
export class PeerPort {
  readonly peers: Peer[] = [];
  readonly server: Server;
  port = 0;
  readonly #wrap: boolean;
  /** With `reading: false` nothing is ever read from the connections. */
  constructor({reading}: {reading: boolean} = {reading: true}) {
    this.#wrap = reading;
    this.server = createServer(socket => {
      if (this.#wrap) this.peers.push(new Peer(new FrameSocket(socket)));
      else socket.pause().on('error', () => {});
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
    return this;
  }

  peer(index: number): Promise<Peer> {
    return waitFor(`connection ${index} accepted`, () => this.peers[index]);
  }
}
