/**
 * The receiving side of replication: the links that lead to here, and what their senders are told of how this
 * leader stands. What it says of its disk is as late as possible: an acknowledgement that was held back tells
 * of the disk as it is when it leaves.
 */
import {type LinkId, linkEnds} from '../../base/ids.ts';
import type {Effect} from '../io/input-effect.ts';
import type {Holdings, Message} from '../io/message.ts';
import type {OpLog} from '../log/log.ts';
import type {Inbox} from './inbox.ts';
import type {Route} from './knowledge.ts';
import type {PendingPersist} from './pending-persist.ts';

/** Links to here that are remembered: more than a cluster has. */
const INCOMING_LIMIT = 256;

interface Parts {
  readonly log: OpLog;
  readonly inbox: Inbox;
  readonly pendingPersist: PendingPersist;
  hello(): Message;
  emit(effect: Effect): void;
}

export class InboundLinks {
  readonly #parts: Parts;
  /** Those that have spoken, the latest to greet last. */
  readonly #links = new Set<LinkId>();
  #isReopened = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Where each of them comes from. */
  routes(): Route[] {
    return [...this.#links].map(link => ({link, peer: linkEnds(link).from}));
  }

  greetBack(link: LinkId): void {
    this.#links.delete(link);
    this.#links.add(link);
    const [oldest] = this.#links;
    if (oldest !== undefined && this.#links.size > INCOMING_LIMIT) this.#links.delete(oldest);
    this.#parts.pendingPersist.whenPersisted({type: 'send', link, message: this.#parts.hello()});
  }

  pong(link: LinkId, sentAtMs: number): void {
    const {log} = this.#parts;
    const pong = {type: 'pong', sentAtMs, have: {}, sums: log.sumsOf(log.persistedVv)} as const;
    this.#parts.emit({type: 'send', link, message: this.#holding(pong)});
  }

  /** Says what is persisted here, once what has just been received is. */
  acknowledge(link: LinkId, gapAt: number | undefined): void {
    const message: Message = gapAt === undefined ? {type: 'have', have: {}} : {type: 'have', have: {}, gapAt};
    this.#parts.pendingPersist.whenPersisted({type: 'send', link, message});
  }

  /** The effect, once nothing holds it back, with what it says of this leader as that is now. */
  release(effect: Effect): void {
    const {hello, emit} = this.#parts;
    if (effect.type === 'send' && effect.message.type === 'have')
      emit({...effect, message: this.#holding(effect.message)});
    else if (effect.type === 'send' && effect.message.type === 'hello') emit({...effect, message: hello()});
    else emit(effect);
  }

  /** More is taken than senders were told: they hear of it at the end of the step. */
  reopen(): void {
    this.#isReopened = true;
  }

  settle(): void {
    if (this.#isReopened) for (const link of this.#links) this.acknowledge(link, undefined);
    this.#isReopened = false;
  }

  /**
   * The message, with what it says of this leader as that is now: mostly that nothing waits and nothing is
   * refused.
   */
  #holding<Said extends Holdings>(message: Said): Said {
    const {log, inbox} = this.#parts;
    const {buffered, refuses} = inbox;
    const current = {...message, have: log.persistedVv};
    if (buffered === undefined && refuses === undefined) return current;
    return {...current, ...(buffered ? {buffered} : {}), ...(refuses ? {refuses} : {})};
  }
}
