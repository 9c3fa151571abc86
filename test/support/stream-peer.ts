/**
 * Stand-ins for PostgreSQL servers at both ends of a link that carries a stream: they send and keep bytes.
 */
import {connect, createServer, type Socket} from 'node:net';
import {waitFor} from './wait.ts';

/** One connection that keeps every byte that it receives. */
export class StreamPeer {
  readonly socket: Socket;
  /** Why the connection closed, once it has. */
  closed: string | undefined;
  bytes = 0;
  readonly #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    let reason = 'ended';
    socket
      .on('data', (chunk: Buffer) => {
        this.bytes += chunk.length;
        this.#chunks.push(chunk);
      })
      .on('error', error => {
        reason = error.message;
      })
      .on('close', () => {
        this.closed = reason;
      });
  }

  /** Sends bytes. Does not wait until they have left. */
  send(...parts: readonly (Uint8Array | string)[]): void {
    for (const part of parts) this.socket.write(part);
  }

  /** Resolves to everything received, once it has this size. */
  async received(bytes: number): Promise<Buffer> {
    await waitFor(`${bytes} bytes received`, () => this.bytes >= bytes, 20_000);
    return Buffer.concat(this.#chunks);
  }

  /** Forgets everything received until now. */
  forget(): void {
    this.bytes = 0;
    this.#chunks.length = 0;
  }

  async text(expected: string): Promise<void> {
    await waitFor(`"${expected}" received`, () => Buffer.concat(this.#chunks).toString() === expected);
  }

  ended(): Promise<string> {
    return waitFor('the connection closed', () => this.closed);
  }

  /** Resolves to a figure once it has not changed for a while. */
  still(figure: () => number): Promise<number> {
    let [last, since] = [-1, Date.now()];
    return waitFor('all stands still', () => {
      const now = figure();
      if (now !== last) [last, since] = [now, Date.now()];
      return Date.now() - since > 100 ? now : undefined;
    });
  }
}

export const dialStream = (port: number): Promise<StreamPeer> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(new StreamPeer(socket))).on('error', reject);
  });

/** A listening port that keeps every connection made to it. */
export class StreamPort {
  readonly peers: StreamPeer[] = [];
  readonly #server = createServer(socket => this.peers.push(new StreamPeer(socket)));

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port was given');
    return address.port;
  }

  peer(index: number): Promise<StreamPeer> {
    return waitFor(`connection ${index} accepted`, () => this.peers[index]);
  }

  close(): void {
    this.#server.close();
    for (const {socket} of this.peers) socket.destroy();
  }
}
