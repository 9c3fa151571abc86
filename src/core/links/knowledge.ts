/**
 * What every leader is known to have on disk: one version vector for each leader, that is, a matrix clock
 * (Wuu and Bernstein, "Efficient Solutions to the Replicated Log and Dictionary Problems", 1984). Direct
 * peers report it in acknowledgements. While writes wait for other leaders, `known` messages spread it
 * further, in both directions of every link.
 */
import type {LeaderId, LinkId} from '../../base/ids.ts';
import type {Message} from '../io/message.ts';
import {covers, type Dot, EMPTY, merge, type VersionVector} from '../log/version-vector.ts';

/** The least time between two `known` messages on a link: many changes make one message. */
const PERIOD_MS = 5;

export type Known = Extract<Message, {type: 'known'}>['persisted'];

/** A link on which this leader can send, and the peer at its other end. */
export interface Route {
  readonly link: LinkId;
  readonly peer: LeaderId;
}

interface Listener {
  readonly peer: LeaderId;
  /** The leaders whose row has changed since it was last sent to this peer. */
  stale: Set<LeaderId>;
  sentAtMs: number;
}

/**
 * What each leader is known to have on disk: a matrix clock (Wuu and Bernstein, 1984). A row never shrinks,
 * only members have one, and it may be behind the truth. `messagesDue` returns the `known` messages that
 * spread it, at most one for each link in 5 ms.
 */
export class Knowledge {
  #members: ReadonlySet<LeaderId>;
  #rows = new Map<LeaderId, VersionVector>();
  #listeners = new Map<LinkId, Listener>();

  constructor(members: readonly LeaderId[]) {
    this.#members = new Set(members);
  }

  /** Rows are kept of members only, so that nobody can fill the memory with names. */
  set members(members: readonly LeaderId[]) {
    this.#members = new Set(members);
    for (const leader of this.#rows.keys()) if (!this.#members.has(leader)) this.#rows.delete(leader);
  }

  has(leader: LeaderId, dot: Dot): boolean {
    return covers(this.#rows.get(leader) ?? EMPTY, dot);
  }

  /** Takes in what a leader has on disk. `from`: the leader that reported it; it gets no message about it. */
  learn(leader: LeaderId, persisted: VersionVector, from: LeaderId): void {
    if (!this.#members.has(leader)) return;
    const before = this.#rows.get(leader) ?? EMPTY;
    const after = merge(before, this.#ofMembers(persisted));
    if (after === before) return;
    this.#rows.set(leader, after);
    for (const {peer, stale} of this.#listeners.values())
      if (peer !== from && peer !== leader) stale.add(leader);
  }

  learnAll(known: Known, from: LeaderId): void {
    for (const leader of Object.keys(known) as LeaderId[]) this.learn(leader, known[leader] ?? EMPTY, from);
  }

  /** Sends everything again on this link, because earlier messages may be lost. */
  repeat(link: LinkId): void {
    const listener = this.#listeners.get(link);
    if (listener !== undefined) listener.stale = this.#allBut(listener.peer);
  }

  /** Stops sending: no write waits for other leaders any more. */
  stopSpreading(): void {
    this.#listeners.clear();
  }

  /**
   * The messages to send now. `routes` are all links on which this leader can send; a new one gets
   * everything.
   */
  messagesDue(routes: readonly Route[], nowMs: number): {link: LinkId; message: Message}[] {
    this.#setRoutes(routes);
    const messages: {link: LinkId; message: Message}[] = [];
    for (const [link, listener] of this.#listeners) {
      if (listener.stale.size === 0 || nowMs < listener.sentAtMs + PERIOD_MS) continue;
      const rows = [...listener.stale].map(leader => [leader, this.#rows.get(leader) ?? EMPTY]);
      messages.push({link, message: {type: 'known', persisted: Object.fromEntries(rows)}});
      listener.stale.clear();
      listener.sentAtMs = nowMs;
    }
    return messages;
  }

  /** Usually the routes are those of the last call. */
  #setRoutes(routes: readonly Route[]): void {
    const before = this.#listeners;
    if (routes.length === before.size && routes.every(({link}) => before.has(link))) return;
    this.#listeners = new Map(
      routes.map(({link, peer}) => [
        link,
        before.get(link) ?? {peer, stale: this.#allBut(peer), sentAtMs: Number.NEGATIVE_INFINITY},
      ]),
    );
  }

  /** When to call `messagesDue` again. */
  get dueAtMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const {stale, sentAtMs} of this.#listeners.values())
      if (stale.size > 0) atMs = Math.min(atMs, sentAtMs + PERIOD_MS);
    return atMs;
  }

  #allBut(peer: LeaderId): Set<LeaderId> {
    return new Set([...this.#rows.keys()].filter(leader => leader !== peer));
  }

  #ofMembers(vv: VersionVector): VersionVector {
    for (const origin in vv) if (!this.#members.has(origin as LeaderId)) return this.#onlyMembers(vv);
    return vv;
  }

  #onlyMembers(vv: VersionVector): VersionVector {
    return Object.fromEntries(Object.entries(vv).filter(([origin]) => this.#members.has(origin as LeaderId)));
  }
}
