/**
 * A leader's port. The first frame of a connection says who it is: another leader (`hello`) or the lab (`control`). Whoever says
 * neither in time, or anything that does not parse, is sent away, counted, and changes nothing else.
 */
import {createServer, type Server, type Socket} from 'node:net';
import {fail, type Result, succeed} from '../base/failure.ts';
import {FrameSocket} from '../net/frame-socket.ts';
import {RequestServer} from '../net/request-server.ts';
import {LOOPBACK} from '../net/socket-end.ts';
import type {Frame} from '../wire/frame.ts';
import {type LeaderRequest, leaderRequestSchema} from '../wire/leader-control.ts';
import {answer} from './control.ts';
import type {Host} from './host.ts';
import type {Newsdesk} from './newsdesk.ts';
import type {Peers} from './peers.ts';
import type {ResolverSlot} from './resolver-slot.ts';

const FIRST_FRAME_LIMIT_MS = 10_000;
const CONNECTION_LIMIT = 256;

interface Talker {
  frame(frame: Frame): void;
  closed(): void;
}

export interface LeaderParts {
  readonly token: string;
  readonly host: Host;
  readonly peers: Peers;
  readonly newsdesk: Newsdesk;
  readonly resolver: ResolverSlot;
}

/** Listens on this machine only. Port 0 lets the system choose. */
export function serve(parts: LeaderParts, port: number): Promise<Result<{readonly port: number; readonly server: Server}>> {
  const server = createServer(socket => welcome(socket, parts));
  server.maxConnections = CONNECTION_LIMIT;
  return new Promise(resolve => {
    server.once('error', error => resolve(refusedToListen(error, port)));
    server.listen({host: LOOPBACK, port}, () => {
      const address = server.address();
      resolve(succeed({port: typeof address === 'object' && address !== null ? address.port : port, server}));
    });
  });
}

function refusedToListen(error: NodeJS.ErrnoException, port: number): Result<never> {
  if (error.code === 'EADDRINUSE')
    return fail('port-taken', `port ${port} is taken by another process`, 'choose another, or 0 to let the system choose');
  if (error.code === 'EACCES') return fail('port-denied', `port ${port} is not for this user`, 'choose one above 1023');
  return fail('listen', `cannot listen on port ${port}: ${error.message}`);
}

function welcome(raw: Socket, parts: LeaderParts): void {
  const socket = new FrameSocket(raw);
  let talker: Talker | undefined;
  const deadline = setTimeout(() => socket.destroy('it said nothing'), FIRST_FRAME_LIMIT_MS);
  socket.listen({
    frame: frame => {
      if (talker !== undefined) return talker.frame(frame);
      clearTimeout(deadline);
      talker = frame.kind === 'control' ? controlTalker(socket, parts) : parts.peers.accept(socket, frame);
      if (frame.kind === 'control') talker?.frame(frame);
    },
    closed: () => {
      clearTimeout(deadline);
      talker?.closed();
    },
    refused: reason => parts.newsdesk.refused(reason),
  });
}

function controlTalker(socket: FrameSocket, parts: LeaderParts): Talker {
  const server = new RequestServer<LeaderRequest>(socket, {
    token: parts.token,
    schema: leaderRequestSchema,
    handle: (request, client) => answer(request, client, parts),
    onRefused: reason => parts.newsdesk.refused(reason),
  });
  return {
    frame: frame => server.receive(frame),
    closed: () => parts.newsdesk.unsubscribe(server),
  };
}
