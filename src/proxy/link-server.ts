/**
 * The port of one directed link. It accepts the leader's connections, dials the leader's peer, and sends each
 * message when it is due. One timer serves all messages of the link.
 */
import {createServer, type Server, type Socket} from 'node:net';
import {type Failure, fail, type Result, succeed} from '../base/failure.ts';
import type {LinkRule} from '../faults/rule.ts';
import {connectFrames, FrameSocket} from '../net/frame-socket.ts';
import {namesCluster} from '../net/secret.ts';
import {LOOPBACK} from '../net/socket-end.ts';
import {connectStream, StreamSocket} from '../net/stream-socket.ts';
import {UngreetedConnections} from '../net/ungreeted-connections.ts';
import {frameOf} from '../wire/frame.ts';
import {parseFrame} from '../wire/message-schema.ts';
import {isLogin} from '../wire/pg-stream.ts';
import type {Packet} from './in-flight-messages.ts';
import {Connection, type ConnectionOwner, type End, type Introduction} from './link-connection.ts';
import {type Carries, Link, type LinkOptions} from './proxied-link.ts';
import {nowMs} from './proxy-clock.ts';
import type {LinkTraffic} from './proxy-protocol.ts';

/**
 * A leader needs one connection. A few more may be old ones whose close waits behind a cut. Beyond this limit
 * a connection is closed: one that its peer has not admitted, or else the oldest.
 */
const CONNECTION_LIMIT = 16;
const DIAL_TIMEOUT_MS = 2000;
/** The longest delay of a Node timer. For a longer wait the timer fires early and is set again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The two ends of a link: the dialling side and the dialled side. */
interface Ends extends Introduction {
  accept(socket: Socket): End;
  dial(port: number): Promise<Result<End>>;
}

/**
 * On a link of frames a leader greets with its cluster's token. On a stream, the server at the other end
 * checks the login of the side that dials.
 */
const ENDS: {readonly [carries in Carries]: (token: string) => Ends} = {
  frames: token => ({
    accept: socket => new FrameSocket(socket),
    dial: port => connectFrames(port, DIAL_TIMEOUT_MS),
    greets: packet => isHello(packet, token),
    isAdmitted: () => true,
  }),
  stream: () => ({
    accept: socket => new StreamSocket(socket, 'client'),
    dial: port => connectStream(port, DIAL_TIMEOUT_MS),
    greets: () => true,
    isAdmitted: packet => isLogin(packet.raw),
  }),
};

function isHello(packet: Packet, token: string): boolean {
  const parsed = parseFrame(frameOf(packet.raw));
  return parsed.ok && parsed.value.type === 'hello' && namesCluster(parsed.value.cluster, token);
}

export interface LinkServerOptions extends LinkOptions {
  /** The token of the cluster that both leaders belong to. */
  readonly token: string;
  /** The port of the leader at the far end, while it has one. */
  target(): number | undefined;
  /** The traffic may have changed. */
  changed(): void;
}

export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #link: Link;
  readonly #server: Server;
  readonly #ends: Ends;
  readonly #connections = new Set<Connection>();
  /** Connections that have not received anything yet. */
  readonly #ungreeted = new UngreetedConnections(CONNECTION_LIMIT);
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #refused = 0;

  constructor(options: LinkServerOptions) {
    this.#options = options;
    this.#link = new Link(options);
    this.#ends = ENDS[options.carries](options.token);
    this.#server = createServer(socket => this.#accept(socket));
  }

  /** Listens on this port, or on a free one if it is 0. Returns the port. */
  listen(port = 0): Promise<Result<number>> {
    return new Promise(resolve => {
      this.#server.on('error', error => resolve({ok: false, failure: cannotListen(error)}));
      this.#server.listen(port, LOOPBACK, () => {
        const address = this.#server.address();
        resolve(
          typeof address === 'object' && address !== null
            ? succeed(address.port)
            : fail('cannot-listen', 'no port was given'),
        );
      });
    });
  }

  setRule(rule: LinkRule): void {
    this.#link.setRule(rule, nowMs());
    for (const connection of this.#connections) connection.dialIfPossible();
    this.#pump();
  }

  /** Resets every connection at both ends at once, also during a cut. */
  reset(): void {
    this.#link.reset(nowMs());
    for (const connection of this.#connections) connection.reset();
    this.#options.changed();
  }

  traffic(): LinkTraffic {
    const {delivered, dropped, droppedBytes, byFault, marks} = this.#link.tally;
    const statuses = [...this.#connections].flatMap(({hasGreeted, status}) => (hasGreeted ? [status] : []));
    return {
      delivered,
      dropped,
      droppedBytes,
      byFault: {...byFault},
      marks: [...marks],
      held: this.#link.held(),
      refused: this.#refused,
      connection: statuses.includes('open') ? 'open' : statuses.length > 0 ? 'half' : 'none',
      inFlight: this.#link.inFlight(),
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#server.close();
    for (const connection of this.#connections) connection.destroy('the link is closed');
  }

  #accept(socket: Socket): void {
    const connection = new Connection(this.#ends.accept(socket), this.#connectionOwner());
    this.#connections.add(connection);
    this.#ungreeted.add(connection);
  }

  #greeted(connection: Connection): void {
    this.#ungreeted.remove(connection);
    const others = [...this.#connections].filter(other => other.hasGreeted && other !== connection);
    if (others.length < CONNECTION_LIMIT) return;
    const leaves = others.find(({isAdmitted}) => !isAdmitted) ?? others[0];
    leaves?.destroy('too many connections on this link');
  }

  #connectionOwner(): ConnectionOwner {
    return {
      link: this.#link,
      introduction: this.#ends,
      dial: async () => {
        const port = this.#options.target();
        return port === undefined
          ? fail('unreachable', 'the leader at the far end has no port')
          : this.#ends.dial(port);
      },
      changed: () => this.#pump(),
      refused: () => {
        this.#refused++;
      },
      greeted: connection => this.#greeted(connection),
      gone: connection => {
        this.#ungreeted.remove(connection);
        this.#connections.delete(connection);
      },
    };
  }

  #pump(): void {
    for (const connection of this.#connections) connection.pump();
    this.#arm();
    this.#options.changed();
  }

  #arm(): void {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const connection of this.#connections) dueMs = Math.min(dueMs, connection.nextDueMs() ?? dueMs);
    if (dueMs === this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.#timerDueMs = Number.POSITIVE_INFINITY;
        this.#pump();
      },
      Math.min(Math.ceil(Math.max(0, dueMs - nowMs())), LONGEST_TIMER_MS),
    );
  }
}

const cannotListen = (error: Error): Failure =>
  fail('cannot-listen', `no port on ${LOOPBACK}: ${error.message}`).failure;
