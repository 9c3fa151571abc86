/**
 * The port of a leader. The first frame of a connection says what it is: another leader (`hello`) or the lab
 * (`control`). A connection that says anything else, or nothing in time, is closed without any other effect.
 */
import {createServer, type Server} from 'node:net';
import {fail, type Result, succeed} from '../base/failure.ts';
import {FrameSocket} from '../net/frame-socket.ts';
import {RequestServer} from '../net/request-server.ts';
import {LOOPBACK} from '../net/socket-end.ts';
import {UngreetedConnections} from '../net/ungreeted-connections.ts';
import {type Frame, FrameBudget, GREETING_LIMIT_BYTES} from '../wire/frame.ts';
import {type LeaderRequest, leaderRequestSchema} from '../wire/leader-control.ts';
import {answer} from './control-requests.ts';
import type {EventPublisher} from './event-publisher.ts';
import type {Host} from './host.ts';
import type {Peers} from './peers.ts';
import type {ResolverSlot} from './resolver-slot.ts';

/** The size of all incomplete frames together. */
const ARRIVING_LIMIT_BYTES = 64 * 1024 * 1024;

interface Talker {
  frame(frame: Frame): void;
  closed(): void;
}

export interface LeaderParts {
  readonly token: string;
  readonly host: Host;
  readonly peers: Peers;
  readonly publisher: EventPublisher;
  readonly resolver: ResolverSlot;
}

/** Listens on this machine only. Port 0 lets the system choose. */
export function serve(
  parts: LeaderParts,
  port: number,
): Promise<Result<{readonly port: number; readonly server: Server}>> {
  const ungreeted = new UngreetedConnections();
  const budget = new FrameBudget(ARRIVING_LIMIT_BYTES);
  const server = createServer(socket =>
    welcome(new FrameSocket(socket, GREETING_LIMIT_BYTES, budget), ungreeted, parts),
  );
  return new Promise(resolve => {
    // A later error concerns a connection that cannot be accepted, for example because the process has too
    // many open files. The leader continues.
    server.on('error', error => resolve(refusedToListen(error, port)));
    server.listen({host: LOOPBACK, port}, () => {
      const address = server.address();
      resolve(succeed({port: typeof address === 'object' && address !== null ? address.port : port, server}));
    });
  });
}

function refusedToListen(error: NodeJS.ErrnoException, port: number): Result<never> {
  if (error.code === 'EADDRINUSE')
    return fail(
      'port-taken',
      `port ${port} is taken by another process`,
      'choose another port, or 0 to let the system choose',
    );
  if (error.code === 'EACCES')
    return fail('port-denied', `this user may not listen on port ${port}`, 'choose a port above 1023');
  return fail('listen', `cannot listen on port ${port}: ${error.message}`);
}

function welcome(socket: FrameSocket, ungreeted: UngreetedConnections, parts: LeaderParts): void {
  const greeted = (): void => ungreeted.remove(socket);
  let talker: Talker | undefined;
  ungreeted.add(socket);
  socket.listen({
    frame: frame => {
      if (talker !== undefined) return talker.frame(frame);
      talker =
        frame.kind === 'control' ? controlTalker(socket, greeted, parts) : parts.peers.accept(socket, frame);
      if (frame.kind === 'control') talker?.frame(frame);
      else if (talker !== undefined) greeted();
    },
    closed: () => {
      ungreeted.remove(socket);
      talker?.closed();
    },
    refused: reason => parts.publisher.refused(reason),
  });
}

function controlTalker(socket: FrameSocket, onGreeted: () => void, parts: LeaderParts): Talker {
  const server = new RequestServer<LeaderRequest>(socket, {
    token: parts.token,
    schema: leaderRequestSchema,
    handle: (request, client) => answer(request, client, parts),
    onGreeted,
    onRefused: reason => parts.publisher.refused(reason),
  });
  return {
    frame: frame => server.receive(frame),
    closed: () => parts.publisher.unsubscribe(server),
  };
}
