/**
 * The receiving side of replication: the links that lead to this leader, and what their senders learn about
 * it. An acknowledgement that waits for the disk says what is persisted when it leaves, not what was
 * persisted when it was made.
 */
import {type LinkId, linkEnds} from '../../base/ids.ts';
import type {Effect} from '../io/input-effect.ts';
import type {Holdings, Message} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import type {Inbox} from './inbox.ts';
import type {Route} from './knowledge.ts';
import type {PendingPersist} from './pending-persist.ts';

/** The number of links to remember, more than a cluster has. */
const LINK_LIMIT = 256;

interface Parts {
  readonly log: OpLog;
  readonly inbox: Inbox;
  readonly pendingPersist: PendingPersist;
  hello(): Message;
  emit(effect: Effect): void;
}

/**
 * The links that lead to this leader: answers the greetings and heartbeats of their senders, and acknowledges
 * operations once they are persisted. Effects that waited for the disk must come back through `release`,
 * which fills in the current state.
 */
export class InboundLinks {
  readonly #parts: Parts;
  /** The links whose sender has greeted, in the order of their last greeting. */
  readonly #links = new Set<LinkId>();
  #isReopened = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The links with the peer at the other end. */
  routes(): Route[] {
    return [...this.#links].map(link => ({link, peer: linkEnds(link).from}));
  }

  greetBack(link: LinkId): void {
    this.#links.delete(link);
    this.#links.add(link);
    const [oldest] = this.#links;
    if (oldest !== undefined && this.#links.size > LINK_LIMIT) this.#links.delete(oldest);
    this.#parts.pendingPersist.whenPersisted({type: 'send', link, message: this.#parts.hello()});
  }

  pong(link: LinkId, sentAtMs: number): void {
    const {log} = this.#parts;
    const pong = {type: 'pong', sentAtMs, have: {}, sums: log.sumsOf(log.persistedVv)} as const;
    this.#parts.emit({type: 'send', link, message: this.#holding(pong)});
  }

  /** Reports to the sender what is persisted here, once the operations just received are persisted. */
  acknowledge(link: LinkId, gapAt: number | undefined): void {
    const message: Message = gapAt === undefined ? {type: 'have', have: {}} : {type: 'have', have: {}, gapAt};
    this.#parts.pendingPersist.whenPersisted({type: 'send', link, message});
  }

  /** Emits the effect after its wait for the disk, with what the leader has by now. */
  release(effect: Effect): void {
    const {hello, emit} = this.#parts;
    if (effect.type === 'send' && effect.message.type === 'have')
      emit({...effect, message: this.#holding(effect.message)});
    else if (effect.type === 'send' && effect.message.type === 'hello') emit({...effect, message: hello()});
    else emit(effect);
  }

  /** This leader accepts operations again that it refused before. Senders learn it at the end of the step. */
  reopen(): void {
    this.#isReopened = true;
  }

  settle(): void {
    if (this.#isReopened) for (const link of this.#links) this.acknowledge(link, undefined);
    this.#isReopened = false;
  }

  /** The message with the current state of this leader. Usually nothing waits and nothing is refused. */
  #holding<M extends Holdings>(message: M): M {
    const {log, inbox} = this.#parts;
    const {buffered, refuses} = inbox;
    const current = {...message, have: log.persistedVv};
    if (buffered === undefined && refuses === undefined) return current;
    return {...current, ...(buffered ? {buffered} : {}), ...(refuses ? {refuses} : {})};
  }
}
