/**
 * Connections as a hostile client makes them: silent ones, and ones that send invalid data.
 */
import {readFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {waitFor} from './wait.ts';

export class HostileClient {
  readonly sockets: Socket[] = [];
  closed = 0;

  /** Opens this many connections, and sends this on each. Resolves once all are open or refused. */
  async open(port: number, count: number, bytes?: Uint8Array): Promise<void> {
    let settled = 0;
    for (let n = 0; n < count; n++) {
      const socket = connect({host: '127.0.0.1', port});
      let isSettled = false;
      const settle = (): void => {
        if (!isSettled) settled++;
        isSettled = true;
      };
      socket.on('connect', settle).on('error', settle);
      socket.on('close', () => {
        this.closed++;
      });
      socket.resume();
      if (bytes !== undefined) socket.write(bytes);
      this.sockets.push(socket);
      if (n % 100 === 99) await waitFor('the connections before', () => settled > n - 50);
    }
    await waitFor('all connections', () => settled === count);
  }

  end(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Resolves to whether the server closes a connection on which this was sent. */
export function isClosedAfter(port: number, bytes: Uint8Array, limitMs = 5000): Promise<boolean> {
  return new Promise(resolve => {
    const socket: Socket = connect({host: '127.0.0.1', port}, () => socket.write(bytes));
    socket.resume();
    socket.setTimeout(limitMs, () => {
      resolve(false);
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(true));
  });
}

/** The resident memory of a process. */
export const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
