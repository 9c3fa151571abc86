/**
 * The network between simulated leaders: which links there are, their rules and connections, and the messages
 * that arrive over them. What a link does to one message is in `simulated-link.ts`.
 */
import {must} from '../base/assert.ts';
import {type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import type {Forward, Input} from '../core/io/input-effect.ts';
import type {Message} from '../core/io/message.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import type {Disturbances} from './disturbances.ts';
import type {EventQueue} from './event-queue.ts';
import {type LinkMessage, type MessageInFlight, SimLink} from './simulated-link.ts';

/** A leader whose connection broke dials again after this. */
const REDIAL_MS = 50;

interface NetworkOptions {
  readonly seed: number;
  /** The rule that each link starts with. */
  readonly defaults: LinkDefaults;
  readonly time: EventQueue;
  readonly disturbances: Disturbances;
  /** The members whose process runs or is paused: a paused process keeps its connections. */
  readonly running: () => readonly LeaderId[];
  readonly isRunning: (id: LeaderId) => boolean;
  /** Gives the input to the leader, if it is a member whose process runs or is paused. */
  readonly input: (id: LeaderId, input: Input) => void;
  /** A message has reached the end of its link, and its receiver has taken it in if it could. */
  readonly arrived: (link: SimLink, message: LinkMessage) => void;
}

export class SimulatedNetwork {
  readonly #links = new Map<LinkId, SimLink>();
  readonly #options: NetworkOptions;
  /**
   * The rules of links that are not in the topology now. They return with their links. No id is in `#links`.
   */
  readonly #savedRules = new Map<LinkId, LinkRule>();
  #forwardOver: (link: LinkId) => Forward = () => 'own';

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  get links(): ReadonlyMap<LinkId, SimLink> {
    return this.#links;
  }

  /** The leaders that this leader has a link to. */
  peersOf(id: LeaderId): LeaderId[] {
    return this.#linksFrom(id).map(({to}) => to);
  }

  /**
   * From now on there are these links, and this is sent over them. A link that stays or returns keeps its
   * rule.
   */
  arrange(links: readonly LinkId[], forwardOver: (link: LinkId) => Forward): void {
    const {seed, defaults, running} = this.#options;
    this.#forwardOver = forwardOver;
    for (const [id, link] of this.#links) {
      if (links.includes(id)) continue;
      this.#break(link);
      this.#savedRules.set(id, link.rule);
      this.#links.delete(id);
    }
    for (const id of links) {
      if (this.#links.has(id)) continue;
      const {from, to} = linkEnds(id);
      const base = defaults(from, to);
      this.#links.set(id, new SimLink(id, base, this.#savedRules.get(id) ?? base, seed));
      this.#savedRules.delete(id);
    }
    for (const id of running()) this.announcePeers(id);
    for (const link of this.#links.values()) this.#dialSoon(link);
  }

  /** Links that are not in the topology now return without faults. */
  forgetSavedRules(): void {
    this.#savedRules.clear();
  }

  setRule(id: LinkId, rule: LinkRule): void {
    const link = must(this.#links.get(id), `the link ${id}`);
    this.#schedule(link, link.setRule(rule, this.#options.time.nowMs));
    this.#passesAgain(link);
  }

  /** Nothing leaves over these links until they are released. This makes writes concurrent. */
  holdBack(links: readonly LinkId[], isHeldBack: boolean): void {
    for (const id of links) {
      const link = this.#links.get(id);
      if (link === undefined) continue;
      this.#schedule(link, link.holdBack(isHeldBack, this.#options.time.nowMs));
      this.#passesAgain(link);
    }
  }

  /** Breaks the connection of the link. Its sender dials again soon. */
  reset(id: LinkId): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#break(link);
    this.#dialSoon(link);
  }

  /** Resets the link for a user: its tally counts the messages that are lost by it. */
  resetByUser(id: LinkId): void {
    this.#links.get(id)?.countLostByReset(this.#options.time.nowMs);
    this.reset(id);
  }

  /** A user delivers this message now, whatever the rule of its link is. */
  deliver(link: SimLink, message: LinkMessage): void {
    link.takeForDelivery(message);
    this.#arrive(link, message);
  }

  send(from: LeaderId, id: LinkId, message: Message): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#schedule(link, link.send(message, link.from === from ? 'forth' : 'back', this.#options.time.nowMs));
  }

  /** The process of this leader has ended, and its connections with it. */
  leaderEnded(id: LeaderId): void {
    for (const link of this.#links.values())
      if (link.from === id || link.to === id) this.#break(link, link.from === id);
  }

  /** The process of this leader has started. */
  leaderStarted(id: LeaderId): void {
    this.announcePeers(id);
    for (const link of this.#links.values()) if (link.from === id || link.to === id) this.#dialSoon(link);
  }

  /** Tells the leader which links start from it. */
  announcePeers(id: LeaderId): void {
    const value = this.#linksFrom(id).map(link => ({leader: link.to, forward: this.#forwardOver(link.id)}));
    this.#options.input(id, {type: 'setting-changed', setting: {name: 'peers', value}});
  }

  #passesAgain(link: SimLink): void {
    this.#options.disturbances.note(link.id);
    if (link.passes) this.#dialSoon(link);
  }

  #schedule(link: SimLink, messages: readonly MessageInFlight[]): void {
    const {time} = this.#options;
    for (const message of messages) {
      time.at(message.dueAtMs, () => {
        if (link.arrives(message, time.nowMs)) this.#arrive(link, message);
      });
    }
  }

  #arrive(link: SimLink, onLink: LinkMessage): void {
    const {message, direction} = onLink;
    this.#options.input(link.receiver(direction), {type: 'message-received', link: link.id, message});
    this.#options.arrived(link, onLink);
  }

  #break(link: SimLink, isSenderDead = false): void {
    const wasOpen = link.isOpen;
    link.break(isSenderDead);
    this.#options.disturbances.note(link.id);
    if (wasOpen) this.#options.input(link.from, {type: 'link-closed', link: link.id});
  }

  #dialSoon(link: SimLink): void {
    this.#options.time.after(REDIAL_MS, () => this.#dial(link));
  }

  #dial(link: SimLink): void {
    const {isRunning, disturbances, input} = this.#options;
    const isCurrent = this.#links.get(link.id) === link;
    if (link.isOpen || !isCurrent || !link.passes || !isRunning(link.from) || !isRunning(link.to)) return;
    link.isOpen = true;
    disturbances.note(link.id);
    input(link.from, {type: 'link-opened', link: link.id});
  }

  #linksFrom(id: LeaderId): SimLink[] {
    return [...this.#links.values()].filter(({from}) => from === id);
  }
}
