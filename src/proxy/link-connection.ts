/**
 * One connection over a link: the socket of the leader that dialled, the socket to its peer, and a queue in
 * each direction between them. It makes no difference whether the sockets read frames or pieces of a stream.
 *
 * The proxy dials the peer once the leader has greeted and messages can pass. A leader that connects over a
 * cut link is accepted but gets no answer. Memory is bounded: a full queue pauses the socket that feeds it,
 * and messages for a slow socket stay in the queue.
 */
import type {Result} from '../base/failure.ts';
import type {SocketEnd} from '../net/socket-end.ts';
import type {Packet} from './in-flight-messages.ts';
import type {MessageQueue} from './message-queue.ts';
import type {Link, QueuePair} from './proxied-link.ts';
import {nowMs} from './proxy-clock.ts';

/** A socket at one end of a link. */
export type End = SocketEnd<Packet>;

/** A queue with more bytes than this pauses its socket until half of them are gone. */
export const QUEUE_LIMIT_BYTES = 8 * 1024 * 1024;
/** How many bytes may wait in the socket of a slow receiver. */
const SOCKET_WINDOW_BYTES = 1024 * 1024;

/** How the two ends of a connection prove who they are. */
export interface Introduction {
  /** True if this first packet is a valid greeting of the dialling side. */
  greets(first: Packet): boolean;
  /** True if this answer shows that the peer has accepted the dialling side. */
  isAdmitted(answer: Packet): boolean;
}

export interface ConnectionOwner {
  readonly link: Link;
  readonly introduction: Introduction;
  dial(): Promise<Result<End>>;
  /** The queues have changed: to be pumped again. */
  changed(): void;
  /** What came is not valid; the connection is closed. */
  refused(): void;
  greeted(connection: Connection): void;
  /** Both ends have closed. */
  gone(connection: Connection): void;
}

export class Connection {
  readonly #client: End;
  #target: End | undefined;
  readonly #owner: ConnectionOwner;
  readonly #queues: QueuePair;
  #dialling = false;
  #clientGone = false;
  #targetGone = false;
  #hasGreeted = false;
  #isAdmitted = false;

  constructor(client: End, owner: ConnectionOwner) {
    this.#client = client;
    this.#owner = owner;
    this.#queues = owner.link.open();
    this.#listen(client, this.#queues.fromClient, this.#queues.fromTarget, {
      accepts: packet => this.#hasGreeted || this.#greet(packet),
      gone: () => {
        this.#clientGone = true;
      },
    });
  }

  get hasGreeted(): boolean {
    return this.#hasGreeted;
  }

  get isAdmitted(): boolean {
    return this.#isAdmitted;
  }

  /** `half`: one end is connected; the other is not dialled yet, or has closed behind a cut. */
  get status(): 'open' | 'half' {
    return this.#target !== undefined && !this.#clientGone && !this.#targetGone ? 'open' : 'half';
  }

  dialIfPossible(): void {
    if (
      !this.#hasGreeted ||
      this.#dialling ||
      this.#target !== undefined ||
      this.#clientGone ||
      !this.#owner.link.passes
    )
      return;
    this.#dialling = true;
    void this.#owner.dial().then(dialled => this.#dialled(dialled));
  }

  /** Sends everything that is due. */
  pump(): void {
    this.#pumpQueue(this.#queues.fromClient, this.#client, this.#target);
    this.#pumpQueue(this.#queues.fromTarget, this.#target, this.#client);
  }

  /** When the next message is due for a socket that has room. */
  nextDueMs(): number | undefined {
    const toTarget = hasRoom(this.#target) ? this.#queues.fromClient.nextDueMs() : undefined;
    const toClient = hasRoom(this.#client) ? this.#queues.fromTarget.nextDueMs() : undefined;
    return toTarget === undefined ? toClient : Math.min(toTarget, toClient ?? toTarget);
  }

  destroy(reason: string): void {
    this.#client.destroy(reason);
    this.#target?.destroy(reason);
  }

  /** Resets both sockets, as a router does that has lost the connection. Nothing in flight arrives. */
  reset(): void {
    this.#client.reset('the link was reset');
    this.#target?.reset('the link was reset');
  }

  #dialled(dialled: Result<End>): void {
    this.#dialling = false;
    if (!dialled.ok) {
      this.#client.close('the peer does not answer');
      return;
    }
    if (!this.#client.isOpen) {
      dialled.value.destroy('the leader that dialled is gone');
      return;
    }
    this.#target = dialled.value;
    this.#listen(dialled.value, this.#queues.fromTarget, this.#queues.fromClient, {
      accepts: packet => {
        this.#isAdmitted ||= this.#owner.introduction.isAdmitted(packet);
        return true;
      },
      gone: () => {
        this.#targetGone = true;
      },
    });
    this.#owner.changed();
  }

  #greet(first: Packet): boolean {
    if (!this.#owner.introduction.greets(first)) {
      this.#owner.refused();
      this.destroy('the first message is not a greeting');
      return false;
    }
    this.#hasGreeted = true;
    this.#owner.greeted(this);
    this.dialIfPossible();
    return true;
  }

  #listen(
    socket: End,
    from: MessageQueue,
    to: MessageQueue,
    {accepts, gone}: {accepts(packet: Packet): boolean; gone(): void},
  ): void {
    socket.listen({
      frame: packet => {
        if (!accepts(packet)) return;
        from.push(packet, nowMs());
        this.#owner.changed();
      },
      closed: () => {
        gone();
        from.close(nowMs());
        to.discard();
        if (this.#clientGone && (this.#target === undefined || this.#targetGone)) this.#end();
        this.#owner.changed();
      },
      drained: () => this.#owner.changed(),
      refused: reason => {
        this.#owner.refused();
        this.destroy(reason);
      },
    });
  }

  #pumpQueue(queue: MessageQueue, source: End | undefined, destination: End | undefined): void {
    const now = nowMs();
    while (destination !== undefined && hasRoom(destination)) {
      const next = queue.take(now);
      if (next === undefined) break;
      if (next === 'close') destination.close('the other end of the link closed');
      else destination.pass(next.raw);
    }
    if (queue.bytes > QUEUE_LIMIT_BYTES) source?.pause();
    else if (queue.bytes <= QUEUE_LIMIT_BYTES / 2) source?.resume();
  }

  #end(): void {
    this.#owner.link.close(this.#queues);
    this.#owner.gone(this);
  }
}

const hasRoom = (socket: End | undefined): boolean =>
  socket !== undefined && socket.bufferedBytes < SOCKET_WINDOW_BYTES;
