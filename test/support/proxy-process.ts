/**
 * The proxy as a process of its own, for tests that talk to it over real sockets.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import type {ProxyClient} from '../../src/proxy/proxy-client.ts';
import type {LinkTraffic} from '../../src/proxy/proxy-protocol.ts';
import {buildEntry} from './build.ts';
import {waitFor} from './wait.ts';

export interface ProxyProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** The text that it wrote to standard error; empty if all is well. */
  complaints(): string;
}

/** The traffic of a link on which nothing has happened. */
export const SILENCE: LinkTraffic = {
  held: 0,
  delivered: 0,
  dropped: 0,
  droppedBytes: 0,
  refused: 0,
  connection: 'none',
  inFlight: [],
  byFault: {},
  marks: [],
};

export const buildProxy = (): Promise<string> => buildEntry('src/proxy/main.ts');

/** Starts a built proxy, and resolves once it is ready. */
export async function startProxy(entry: string, token: string): Promise<ProxyProcess> {
  const child = spawn(process.execPath, [entry], {
    stdio: 'pipe',
    env: {...process.env, LEADERLAB_TOKEN: token},
  });
  let [out, complaints] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const line = await waitFor('the proxy is ready', () => out.includes('\n') && out);
  const {ready, port} = JSON.parse(line) as {ready: boolean; port: number};
  if (!ready) throw new Error(`the proxy says ${line}`);
  return {child, port, complaints: () => complaints};
}

export const ping = (client: ProxyClient) => client.ping(5000);
