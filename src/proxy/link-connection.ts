/**
 * One connection over a link: the socket that a leader dialled, the socket to its neighbour, and a queue each
 * way between them. What the sockets read, frames or pieces of a stream, makes no difference here.
 *
 * The neighbour is dialled once the leader has greeted and messages can pass. A leader that connects over a
 * cut link is accepted but gets no answer. Memory is bounded: a queue that fills up stops the reading of the
 * socket that feeds it, and a socket that does not take what it is sent leaves it in the queue.
 */
import type {Result} from '../base/failure.ts';
import type {SocketEnd} from '../net/socket-end.ts';
import type {MessageQueue} from './message-queue.ts';
import type {LanePair, Link} from './proxied-link.ts';
import {nowMs} from './proxy-clock.ts';
import type {Cargo} from './under-way.ts';

/** A socket at one end of a link. */
export type End = SocketEnd<Cargo>;

/** A queue with more than this stops being fed until half of it is gone. */
export const LANE_LIMIT_BYTES = 8 * 1024 * 1024;
/** What may wait in the kernel's stead for a slow receiver. */
const SOCKET_WINDOW_BYTES = 1024 * 1024;

/** How an end is known. */
export interface Introduction {
  /** Whether the dialling side must begin with a greeting. */
  greets(first: Cargo): boolean;
  /** Whether the neighbour's answer shows that it accepted the dialling side. */
  isAdmitted(answer: Cargo): boolean;
}

export interface ConnectionHost {
  readonly link: Link;
  readonly introduction: Introduction;
  dial(): Promise<Result<End>>;
  /** Something happened: pump, arm the timer, tell the lab. */
  changed(): void;
  refused(): void;
  greeted(connection: Connection): void;
  /** Both ends are closed. */
  gone(connection: Connection): void;
}

export class Connection {
  readonly #client: End;
  #target: End | undefined;
  readonly #host: ConnectionHost;
  readonly #queues: LanePair;
  #dialling = false;
  #clientGone = false;
  #targetGone = false;
  #hasGreeted = false;
  #isAdmitted = false;

  constructor(client: End, host: ConnectionHost) {
    this.#client = client;
    this.#host = host;
    this.#queues = host.link.open();
    this.#listen(client, this.#queues.fromClient, this.#queues.fromTarget, {
      isFit: cargo => this.#hasGreeted || this.#greet(cargo),
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

  /** `half` = one end only: the other is not dialled yet, or closed behind a cut. */
  get status(): 'open' | 'half' {
    return this.#target !== undefined && !this.#clientGone && !this.#targetGone ? 'open' : 'half';
  }

  dialIfPossible(): void {
    if (
      !this.#hasGreeted ||
      this.#dialling ||
      this.#target !== undefined ||
      this.#clientGone ||
      !this.#host.link.passes
    )
      return;
    this.#dialling = true;
    void this.#host.dial().then(dialled => this.#dialled(dialled));
  }

  /** Passes on what is due. */
  pump(): void {
    this.#pumpLane(this.#queues.fromClient, this.#client, this.#target);
    this.#pumpLane(this.#queues.fromTarget, this.#target, this.#client);
  }

  /** When there will be something to pass on, other than by an event of a socket. */
  nextDueMs(): number | undefined {
    const toTarget = hasRoom(this.#target) ? this.#queues.fromClient.nextDueMs() : undefined;
    const toClient = hasRoom(this.#client) ? this.#queues.fromTarget.nextDueMs() : undefined;
    return toTarget === undefined ? toClient : Math.min(toTarget, toClient ?? toTarget);
  }

  destroy(reason: string): void {
    this.#client.destroy(reason);
    this.#target?.destroy(reason);
  }

  /**
   * As if a router on the way had lost its memory: both ends are told so, and nothing that was under way
   * arrives.
   */
  reset(): void {
    this.#client.reset('the link was reset');
    this.#target?.reset('the link was reset');
  }

  #dialled(dialled: Result<End>): void {
    this.#dialling = false;
    if (!dialled.ok) {
      this.#client.close('the neighbour does not answer');
      return;
    }
    if (!this.#client.isOpen) {
      dialled.value.destroy('the leader that dialled is gone');
      return;
    }
    this.#target = dialled.value;
    this.#listen(dialled.value, this.#queues.fromTarget, this.#queues.fromClient, {
      isFit: cargo => {
        this.#isAdmitted ||= this.#host.introduction.isAdmitted(cargo);
        return true;
      },
      gone: () => {
        this.#targetGone = true;
      },
    });
    this.#host.changed();
  }

  #greet(first: Cargo): boolean {
    if (!this.#host.introduction.greets(first)) {
      this.#host.refused();
      this.destroy('it has not greeted');
      return false;
    }
    this.#hasGreeted = true;
    this.#host.greeted(this);
    this.dialIfPossible();
    return true;
  }

  #listen(
    socket: End,
    from: MessageQueue,
    to: MessageQueue,
    {isFit, gone}: {isFit(cargo: Cargo): boolean; gone(): void},
  ): void {
    socket.listen({
      frame: cargo => {
        if (!isFit(cargo)) return;
        from.push(cargo, nowMs());
        this.#host.changed();
      },
      closed: () => {
        gone();
        from.close(nowMs());
        to.discard();
        if (this.#clientGone && (this.#target === undefined || this.#targetGone)) this.#end();
        this.#host.changed();
      },
      drained: () => this.#host.changed(),
      refused: reason => {
        this.#host.refused();
        this.destroy(reason);
      },
    });
  }

  #pumpLane(queue: MessageQueue, source: End | undefined, destination: End | undefined): void {
    const now = nowMs();
    while (destination !== undefined && hasRoom(destination)) {
      const next = queue.take(now);
      if (next === undefined) break;
      if (next === 'close') destination.close('the other end of the link closed');
      else destination.pass(next.raw);
    }
    if (queue.bytes > LANE_LIMIT_BYTES) source?.pause();
    else if (queue.bytes <= LANE_LIMIT_BYTES / 2) source?.resume();
  }

  #end(): void {
    this.#host.link.close(this.#queues);
    this.#host.gone(this);
  }
}

const hasRoom = (socket: End | undefined): boolean =>
  socket !== undefined && socket.bufferedBytes < SOCKET_WINDOW_BYTES;
