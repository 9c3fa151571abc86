/**
 * The connections to other leaders, one for each directed link. The leader at its start dials, and the leader
 * at its end accepts. Operations travel forward on it and acknowledgements back; every message is checked for
 * its direction before the core gets it.
 */
import {type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import type {Prng} from '../base/prng.ts';
import type {Input} from '../core/io/input-effect.ts';
import type {Message, MessageType} from '../core/io/message.ts';
import {connectFrames, type FrameSocket} from '../net/frame-socket.ts';
import {namesCluster} from '../net/secret.ts';
import type {Frame} from '../wire/frame.ts';
import {encodeMessage, parseFrame} from '../wire/message-schema.ts';

const FIRST_BACKOFF_MS = 50;
const LAST_BACKOFF_MS = 2000;
const DIAL_TIMEOUT_MS = 5000;

const FORTH: readonly MessageType[] = ['hello', 'ops', 'echo', 'known', 'ping', 'fetch', 'fetched'];
const BACK: readonly MessageType[] = ['hello', 'have', 'known', 'pong', 'fetch', 'fetched'];

export interface PeersOptions {
  readonly self: LeaderId;
  /** Greetings must name its cluster. */
  readonly token: string;
  /** Varies the times of dialling again. */
  readonly prng: Prng;
  input(input: Input): void;
  /** A message arrived that no leader of this cluster would send. The connection is being closed. */
  refused(reason: string): void;
}

interface Outgoing {
  readonly link: LinkId;
  port: number;
  socket: FrameSocket | undefined;
  backoffMs: number;
  timer: NodeJS.Timeout | undefined;
  /** Rises when the connection must be replaced. Messages of an older attempt are ignored. */
  attempt: number;
}

export class Peers {
  readonly #options: PeersOptions;
  readonly #outbound = new Map<LinkId, Outgoing>();
  readonly #inbound = new Map<LinkId, FrameSocket>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  send(link: LinkId, message: Message): void {
    const socket = this.#outbound.get(link)?.socket ?? this.#inbound.get(link);
    socket?.send(message.type, encodeMessage(message));
  }

  /**
   * Sets the links from here, and the port at which each begins. A link whose port changed is dialled again.
   */
  configure(peers: readonly {readonly leader: LeaderId; readonly port: number}[]): void {
    const wanted = new Map(peers.map(({leader, port}) => [linkId(this.#options.self, leader), port]));
    for (const [link, outgoing] of this.#outbound) {
      if (wanted.get(link) === outgoing.port) wanted.delete(link);
      else this.#forget(outgoing);
    }
    for (const [link, port] of wanted) {
      const outgoing: Outgoing = {
        link,
        port,
        socket: undefined,
        backoffMs: FIRST_BACKOFF_MS,
        timer: undefined,
        attempt: 0,
      };
      this.#outbound.set(link, outgoing);
      void this.#dial(outgoing);
    }
  }

  /** The peer is silent: close the connection and dial again. */
  drop(link: LinkId, reason: string): void {
    this.#outbound.get(link)?.socket?.destroy(reason);
  }

  /**
   * Takes over an accepted connection whose first frame is a hello, and closes any other. A newer one of the
   * same leader replaces the older. Where links lose or reorder messages, the hello of an honest leader may
   * not be the first to arrive; it dials again.
   */
  accept(
    socket: FrameSocket,
    first: Frame,
  ): {readonly frame: (frame: Frame) => void; readonly closed: () => void} | undefined {
    const hello = this.#parse(socket, first, FORTH);
    if (hello?.type !== 'hello') {
      socket.close('it has not greeted');
      return undefined;
    }
    const link = linkId(hello.leader, this.#options.self);
    this.#inbound.get(link)?.destroy('the same leader dialled again');
    this.#inbound.set(link, socket);
    this.#options.input({type: 'message-received', link, message: hello});
    return {
      frame: frame => this.#receive(socket, link, frame, FORTH),
      closed: () => {
        if (this.#inbound.get(link) === socket) this.#inbound.delete(link);
      },
    };
  }

  close(): void {
    for (const outgoing of this.#outbound.values()) this.#forget(outgoing);
    for (const socket of this.#inbound.values()) socket.destroy('this leader ends');
  }

  #forget(outgoing: Outgoing): void {
    outgoing.attempt += 1;
    clearTimeout(outgoing.timer);
    this.#outbound.delete(outgoing.link);
    if (outgoing.socket) this.#options.input({type: 'link-closed', link: outgoing.link});
    outgoing.socket?.destroy('the link is gone');
  }

  async #dial(outgoing: Outgoing): Promise<void> {
    const attempt = outgoing.attempt;
    const connected = await connectFrames(outgoing.port, DIAL_TIMEOUT_MS);
    if (attempt !== outgoing.attempt) {
      if (connected.ok) connected.value.destroy('the link is gone');
      return;
    }
    if (!connected.ok) return this.#dialLater(outgoing);
    const socket = connected.value;
    outgoing.socket = socket;
    socket.listen({
      frame: frame => {
        outgoing.backoffMs = FIRST_BACKOFF_MS;
        this.#receive(socket, outgoing.link, frame, BACK);
      },
      closed: () => this.#lost(outgoing, socket),
      refused: reason => this.#options.refused(reason),
    });
    this.#options.input({type: 'link-opened', link: outgoing.link});
  }

  #lost(outgoing: Outgoing, socket: FrameSocket): void {
    if (outgoing.socket !== socket || this.#outbound.get(outgoing.link) !== outgoing) return;
    outgoing.socket = undefined;
    this.#options.input({type: 'link-closed', link: outgoing.link});
    this.#dialLater(outgoing);
  }

  /**
   * Waits 50 ms, then longer each time up to 2 s. Half of it is random, so that leaders do not all dial at
   * the same time.
   */
  #dialLater(outgoing: Outgoing): void {
    const waitMs = outgoing.backoffMs * (0.5 + 0.5 * this.#options.prng.next());
    outgoing.backoffMs = Math.min(LAST_BACKOFF_MS, 2 * outgoing.backoffMs);
    outgoing.timer = setTimeout(() => void this.#dial(outgoing), waitMs);
  }

  #receive(socket: FrameSocket, link: LinkId, frame: Frame, allowed: readonly MessageType[]): void {
    const message = this.#parse(socket, frame, allowed, link);
    if (message !== undefined) this.#options.input({type: 'message-received', link, message});
  }

  /** Returns the message, or undefined after closing the connection. */
  #parse(
    socket: FrameSocket,
    frame: Frame,
    allowed: readonly MessageType[],
    link?: LinkId,
  ): Message | undefined {
    const parsed = parseFrame(frame);
    if (!parsed.ok) return this.#refuse(socket, parsed.failure.message);
    const message = parsed.value;
    if (!allowed.includes(message.type))
      return this.#refuse(socket, `a ${message.type} message in the wrong direction`);
    if (message.type !== 'hello') return message;
    if (!namesCluster(message.cluster, this.#options.token))
      return this.#refuse(socket, 'a hello of another cluster');
    if (message.leader === this.#options.self)
      return this.#refuse(socket, `a hello of another ${message.leader}`);
    if (link !== undefined && ![linkEnds(link).from, linkEnds(link).to].includes(message.leader)) {
      return this.#refuse(socket, `a hello of ${message.leader} on the link ${link}`);
    }
    return message;
  }

  #refuse(socket: FrameSocket, reason: string): undefined {
    socket.close(reason);
    this.#options.refused(reason);
  }
}
