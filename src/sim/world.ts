/**
 * A cluster under virtual time: the same replicas that leader processes run, and the same link rules that the
 * proxies carry out, on one queue of events. One seed decides everything that is random, so a run can be
 * repeated to the byte.
 *
 * The world knows nothing of plans, of commands, or of what ought to be true. Callers change it (`kill`,
 * `ask`, `network.setRule`, …) and let time pass; an observer learns what happens. `time` orders the events,
 * `network` carries messages, `SimulatedDisks` confirms writes, and `PendingRequests` waits for replies.
 */
import {assertNever, must} from '../base/assert.ts';
import {type LeaderId, linkEnds} from '../base/ids.ts';
import type {Effect, Input, Setting} from '../core/io/input-effect.ts';
import type {LeaderEvent} from '../core/io/leader-event.ts';
import type {Message} from '../core/io/message.ts';
import type {Op} from '../core/log/op.ts';
import {type Dot, seqOf, type VersionVector} from '../core/log/version-vector.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {Disturbances} from './disturbances.ts';
import {EventQueue} from './event-queue.ts';
import {type Answer, PendingRequests, type Request, type RequestObserver} from './pending-requests.ts';
import {SimulatedDisks} from './simulated-disks.ts';
import type {LinkMessage, SimLink} from './simulated-link.ts';
import {SimulatedNetwork} from './simulated-network.ts';
import {Site, type SiteSettings} from './site.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly links: LinkDefaults;
  /** A commit takes a random time of at most so long; 0 is no time at all. */
  readonly diskMs: number;
  /** Whether a leader that restarts or joins first asks its peers for own operations that its disk lacks. */
  readonly recovers: boolean;
  readonly observer: WorldObserver;
}

/** Learns of everything that happens in a world, at the moment when it happens. */
export interface WorldObserver {
  /** A leader reports an event. */
  reported(site: Site, event: LeaderEvent): void;
  /** A leader has taken an input in, and its state may have changed. */
  stepped(site: Site): void;
  /** The process of a leader has ended. */
  crashed(site: Site): void;
  /** The process of a leader runs again. */
  started(site: Site): void;
  /** A leader learns that `peer` has its operations up to `has`. */
  acknowledged(site: Site, peer: LeaderId, has: number, isGreeting: boolean): void;
  /** A leader puts operations on a link. */
  sent(site: Site, message: Extract<Message, {type: 'ops' | 'echo'}>): void;
  /** A message has reached the end of its link. */
  arrived(link: SimLink, message: LinkMessage): void;
}

/**
 * A cluster under virtual time, whose random decisions all follow from one seed. Callers change it (`kill`,
 * `ask`, `network.setRule`, …) and let `time` pass; the observer learns what happens. A method that takes a
 * leader throws if that leader is not a member. The exceptions are `find`, which returns undefined, and
 * `admit`.
 */
export class World {
  readonly time = new EventQueue();
  readonly network: SimulatedNetwork;
  readonly disturbances = new Disturbances(this.time);
  readonly #options: WorldOptions;
  readonly #disks: SimulatedDisks;
  readonly #requests = new PendingRequests();
  /** The members, in the order in which they joined. */
  readonly #sites = new Map<LeaderId, Site>();

  constructor(options: WorldOptions) {
    const {seed, diskMs, links, observer} = options;
    const {time, disturbances} = this;
    this.#options = options;
    this.#disks = new SimulatedDisks({
      seed,
      diskMs,
      time,
      disturbances,
      input: (site, input) => this.#input(site, input),
    });
    this.network = new SimulatedNetwork({
      seed,
      defaults: links,
      time,
      disturbances,
      running: () => this.sites().flatMap(({id, status}) => (status === 'down' ? [] : [id])),
      isRunning: id => isRunning(this.find(id)),
      input: (id, input) => {
        const site = this.find(id);
        if (site !== undefined) this.#input(site, input);
      },
      arrived: (link, message) => observer.arrived(link, message),
    });
  }

  find(id: LeaderId): Site | undefined {
    return this.#sites.get(id);
  }

  /** The leader, which must be a member. */
  site(id: LeaderId): Site {
    return must(this.#sites.get(id), `the leader ${id}`);
  }

  sites(): Site[] {
    return [...this.#sites.values()];
  }

  /** A client asks a leader. `answered` is called once, often before `ask` returns. */
  ask(at: LeaderId, request: Request, answered: (answer: Answer) => void, observer?: RequestObserver): void {
    const site = this.site(at);
    if (site.status === 'down') return answered({type: 'gone', wasAsked: false});
    this.#input(site, {...request, request: this.#requests.add(at, answered, observer)});
  }

  /** A new leader, or one that was a member before, with its old disk. A founder has nothing to recover. */
  admit(id: LeaderId, settings: SiteSettings, isFounder = false): void {
    const disk = this.#disks.takeKept(id);
    this.#sites.set(id, new Site(id, settings, this.#options.recovers && !isFounder, disk));
  }

  /** The leader stops being a member. Its links must be removed before. */
  dismiss(id: LeaderId): void {
    const site = this.site(id);
    this.kill(id);
    this.#disks.keep(site);
    this.#sites.delete(id);
  }

  /** The leaders whose disks hold the operation, including dead leaders and leaders that left. */
  holders(dot: Dot): LeaderId[] {
    return this.#disks.holders(this.sites(), dot);
  }

  /** Replaces the disk of a leader that is down: see `SimulatedDisks.lose`. */
  loseDisk(id: LeaderId, share: number): {readonly had: VersionVector; readonly destroyed: readonly Op[]} {
    return this.#disks.lose(this.site(id), share, this.sites());
  }

  kill(id: LeaderId): void {
    const site = this.site(id);
    if (site.status === 'down') return;
    site.end();
    this.#options.observer.crashed(site);
    this.network.leaderEnded(id);
    this.#requests.abandon(id);
  }

  restart(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'down') return;
    site.start(this.#options.recovers);
    this.disturbances.note(id);
    this.#options.observer.started(site);
    this.network.leaderStarted(id);
  }

  pause(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'up') return;
    site.status = 'paused';
    this.disturbances.note(id);
  }

  resume(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'paused') return;
    site.status = 'up';
    this.disturbances.note(id);
    const waiting = site.waiting;
    site.waiting = [];
    for (const input of waiting) this.#input(site, input);
  }

  /** Changes settings of a leader. One that is down starts with them, a paused one gets them on `resume`. */
  configure(id: LeaderId, change: Partial<SiteSettings>): void {
    const site = this.site(id);
    const {custom: _, ...before} = site.settings;
    site.settings = {...(change.resolver === undefined ? site.settings : before), ...change};
    for (const setting of settingsIn(change)) this.#input(site, {type: 'setting-changed', setting});
  }

  /** A process that is down misses the input; a paused one gets it on `resume`. */
  #input(site: Site, input: Input): void {
    if (site.status === 'down') return;
    if (site.status === 'paused') {
      site.waiting.push(input);
      return;
    }
    if (input.type === 'setting-changed') {
      site.applySetting(input.setting);
      this.disturbances.note(site.id);
    }
    if (input.type === 'message-received') this.#observeHave(site, input);
    if (input.type === 'write-requested') site.undecided.push(input.request);
    // The replica also refuses operations that waited behind the failed write.
    if (input.type === 'persist-failed') site.unwritten = [];
    this.#requests.beforeStep(site);
    const effects = site.replica.step(input, site.now(this.time.nowMs));
    this.#requests.afterStep(site, effects);
    for (const effect of effects) this.#perform(site, effect);
    this.#options.observer.stepped(site);
    this.#disks.confirmAll(site);
  }

  #observeHave(site: Site, {link, message}: Extract<Input, {type: 'message-received'}>): void {
    if (!('have' in message)) return;
    const {from, to} = linkEnds(link);
    const peer = to === site.id ? from : to;
    this.#options.observer.acknowledged(site, peer, seqOf(message.have, site.id), message.type === 'hello');
  }

  #perform(site: Site, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        return this.#disks.persist(site, effect.from, effect.ops);
      case 'send': {
        const {link, message} = effect;
        if (message.type === 'ops' || message.type === 'echo') this.#options.observer.sent(site, message);
        return this.network.send(site.id, link, message);
      }
      case 'reply':
        return this.#requests.reply(effect.request, effect.reply);
      case 'report':
        return this.#options.observer.reported(site, effect.event);
      case 'arm-timer':
        return this.#armTimer(site, effect.atMs);
      case 'drop-link':
        return this.network.reset(effect.link);
      default:
        return assertNever(effect);
    }
  }

  /** Like the timer of a leader process, it has whole milliseconds and takes at least one. */
  #armTimer(site: Site, wantedMs: number): void {
    const {incarnation} = site;
    const atMs = Math.max(this.time.nowMs + 1, Math.ceil(wantedMs));
    site.timerAtMs = atMs;
    this.time.at(atMs, () => {
      if (site.incarnation !== incarnation || site.timerAtMs !== atMs) return;
      site.timerAtMs = Number.POSITIVE_INFINITY;
      this.#input(site, {type: 'tick'});
    });
  }
}

/** A paused process still has its connections. */
const isRunning = (site: Site | undefined): boolean => site !== undefined && site.status !== 'down';

/** The changed settings as a replica takes them, in the order in which an engine sends them to a leader. */
function settingsIn({resolver, custom, delivery, ack, loopguard, members}: Partial<SiteSettings>): Setting[] {
  return [
    ...(resolver === undefined
      ? []
      : [{name: 'resolver', value: resolver, ...(custom === undefined ? {} : {custom})} as const]),
    ...(delivery === undefined ? [] : [{name: 'delivery', value: delivery} as const]),
    ...(ack === undefined ? [] : [{name: 'ack', value: ack} as const]),
    ...(loopguard === undefined ? [] : [{name: 'loopguard', value: loopguard} as const]),
    ...(members === undefined ? [] : [{name: 'members', value: members} as const]),
  ];
}
