/**
 * A cluster under virtual time: the same replicas that leader processes run and the same rules that link
 * proxies carry out, on one heap of events. One seed decides everything that chance decides, so a run can be
 * repeated to the byte.
 *
 * It knows nothing of plans, of commands or of what ought to be true: it is told what happens (`kill`,
 * `setRule`, `ask`, …), lets time pass, and tells whoever watches.
 */
import {assert, assertNever, must} from '../base/assert.ts';
import {Heap} from '../base/heap.ts';
import {type Key, type LeaderId, type LinkId, linkEnds, linkId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Effect, Forward, Input, Reply, Setting} from '../core/io/input-effect.ts';
import type {LeaderEvent, RequestId} from '../core/io/leader-event.ts';
import type {Message} from '../core/io/message.ts';
import type {Op} from '../core/log/op.ts';
import {hashOp} from '../core/log/op-hash.ts';
import {covers, type Dot, sameDot, seqOf, type VersionVector} from '../core/log/version-vector.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {type Onboard, type Parcel, SimLink} from './simulated-link.ts';
import {Site, type SiteSettings} from './site.ts';

/** A leader whose connection broke dials again after this. */
const REDIAL_MS = 50;

export interface WorldOptions {
  readonly seed: number;
  readonly links: LinkDefaults;
  /** A commit takes up to this long; 0 is no time at all. */
  readonly diskMs: number;
  /**
   * Whether a leader that starts again, or joins, first asks its neighbours for operations of its own that
   * its disk lacks.
   */
  readonly recovers: boolean;
  readonly watcher: Watcher;
}

/** Who is told what happens, when it happens. */
export interface Watcher {
  /** A leader says so. */
  reported(site: Site, event: LeaderEvent): void;
  /** It has taken an input in, and may be another than before. */
  stepped(site: Site): void;
  /** Its process has ended, or runs again. */
  crashed(site: Site): void;
  started(site: Site): void;
  /** It takes in that another leader has so many of its operations. */
  heard(site: Site, peer: LeaderId, has: number, isGreeting: boolean): void;
  /** It puts operations on a link. */
  sent(site: Site, message: Extract<Message, {type: 'ops' | 'echo'}>): void;
  /** A message has come to the end of its link. */
  arrived(link: SimLink, message: Onboard): void;
}

/** What a client can ask of a leader. */
export type Request<Asked = Extract<Input, {type: 'write-requested' | 'read-requested' | 'skip-requested'}>> =
  Asked extends unknown ? Omit<Asked, 'request'> : never;

/** `gone`: the leader is down, or ended before it answered. */
export type Answer = Reply | {readonly type: 'gone'; readonly wasAsked: boolean};

/**
 * Called when a leader decides on a client's request: at once, or later if its process is paused or waits for
 * its own operations.
 */
export interface Attendant {
  /** Called before each step in which it may. */
  before(site: Site): void;
  /**
   * Called after it has, before the effects of that happen. `dot` is undefined where it refused. `written`:
   * the keys that others wrote to in the same step, before.
   */
  decided(site: Site, dot: Dot | undefined, written: readonly Key[]): void;
}

interface Due {
  readonly atMs: number;
  /** In which they were planned: of two at the same time, the earlier. */
  readonly order: number;
  readonly run: () => void;
}

interface Client {
  readonly at: LeaderId;
  readonly answered: (answer: Answer) => void;
  readonly attendant: Attendant | undefined;
}

export class World {
  readonly links = new Map<LinkId, SimLink>();
  readonly #options: WorldOptions;
  readonly #disks: Prng;
  readonly #sites = new Map<LeaderId, Site>();
  /** Of leaders that are no longer members. */
  readonly #keptDisks = new Map<LeaderId, Op[]>();
  /**
   * The rules of links that are not there now: a cut between two leaders is there when their link comes back.
   */
  readonly #parked = new Map<LinkId, LinkRule>();
  readonly #due = new Heap<Due>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
  readonly #clients = new Map<number, Client>();
  /** When something last happened to a leader or a link that may have kept a message from being answered. */
  readonly #disturbedAtMs = new Map<LeaderId | LinkId, number>();
  #forwardOver: (link: LinkId) => Forward = () => 'own';
  #nowMs = 0;
  #planned = 0;
  #steps = 0;
  #requests = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#disks = new Prng(`${options.seed} disks`);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have happened: messages, disk answers, timers, and what was done. */
  get steps(): number {
    return this.#steps;
  }

  /** When the next thing happens; `undefined` when nothing will. */
  get nextMs(): number | undefined {
    return this.#due.first?.atMs;
  }

  find(id: LeaderId): Site | undefined {
    return this.#sites.get(id);
  }

  site(id: LeaderId): Site {
    return must(this.#sites.get(id), `there is no leader ${id}`);
  }

  sites(): Site[] {
    return [...this.#sites.values()];
  }

  // Time.

  /** Calls back at that time, or at once where it is past. */
  at(atMs: number, run: () => void): void {
    this.#planned += 1;
    this.#due.push({atMs: Math.max(atMs, this.#nowMs), order: this.#planned, run});
  }

  /**
   * As `at` for each of these times, which rise, with its place. Only the next waits among the events:
   * thousands of steps of a plan would make each of the others dearer.
   */
  inTurn(times: readonly number[], run: (place: number) => void): void {
    const before = this.#planned + 1;
    this.#planned += times.length;
    const wait = (place: number): void => {
      const atMs = times[place];
      if (atMs === undefined) return;
      assert(place === 0 || atMs >= (times[place - 1] ?? atMs), 'times rise');
      const happen = (): void => {
        wait(place + 1);
        run(place);
      };
      this.#due.push({atMs: Math.max(atMs, this.#nowMs), order: before + place, run: happen});
    };
    wait(0);
  }

  /** Lets the next thing happen; false when nothing is left to happen. */
  step(): boolean {
    const next = this.#due.pop();
    if (next === undefined) return false;
    this.#nowMs = next.atMs;
    this.#steps += 1;
    next.run();
    return true;
  }

  /** Until it holds or so much time has passed; whether it holds. Looked at after every event. */
  until(holds: () => boolean, limitMs: number): boolean {
    const endMs = this.#nowMs + limitMs;
    while (!holds()) {
      const next = this.#due.first;
      if (next === undefined || next.atMs > endMs) return false;
      this.step();
    }
    return true;
  }

  /** Nothing happens before then; time passes all the same. */
  passTo(atMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, Math.min(atMs, this.nextMs ?? atMs));
  }

  // PlanClients.

  ask(at: LeaderId, request: Request, answered: (answer: Answer) => void, attendant?: Attendant): void {
    const site = this.site(at);
    if (site.status === 'down') return answered({type: 'gone', wasAsked: false});
    this.#requests += 1;
    this.#clients.set(this.#requests, {at, answered, attendant});
    this.#input(site, {...request, request: this.#requests});
  }

  // Leaders.

  /** A new leader, or one that was there before, with its disk. */
  admit(id: LeaderId, settings: SiteSettings, isFounder = false): void {
    this.#sites.set(
      id,
      new Site(id, settings, this.#options.recovers && !isFounder, this.#keptDisks.get(id)),
    );
    this.#keptDisks.delete(id);
  }

  /** It is no member any more. Its links have to be gone. */
  dismiss(id: LeaderId): void {
    const site = this.site(id);
    this.kill(id);
    this.#keptDisks.set(id, site.disk);
    this.#sites.delete(id);
  }

  /** The leaders whose disks hold the operation, including dead leaders and leaders that left. */
  holders(dot: Dot): LeaderId[] {
    const kept = [...this.#keptDisks].filter(([, disk]) => disk.some(op => sameDot(op.dot, dot)));
    return [...this.sites().filter(({diskVv}) => covers(diskVv, dot)), ...kept.map(([id]) => ({id}))].map(
      ({id}) => id,
    );
  }

  /** To whom it has links. */
  neighbours(id: LeaderId): LeaderId[] {
    return this.#linksFrom(id).map(({to}) => to);
  }

  /**
   * The leaders that hold the next operation of its own that this leader lacks, and would have given it back
   * for so long: neither they, nor this leader, nor the links between them have suffered anything.
   */
  helpers(id: LeaderId, forMs: number): LeaderId[] {
    const {diskFails, replica, orders} = this.site(id);
    const lacking: Dot = {origin: id, seq: seqOf(replica.vv, id) + 1};
    const isCalm = (one: LeaderId | LinkId): boolean =>
      this.#nowMs - (this.#disturbedAtMs.get(one) ?? 0) >= forMs;
    const answers = (link: SimLink): boolean =>
      link.isOpen && link.rule === link.base && !link.holds && isCalm(link.id);
    // Under causal delivery it may lack what its operations depend on.
    if (diskFails || orders.delivery === 'causal' || !isCalm(id)) return [];
    return this.sites().flatMap(({id: other, status, diskVv}) => {
      const between = [linkId(id, other), linkId(other, id)].flatMap(link => this.links.get(link) ?? []);
      const isAble = other !== id && status === 'up' && covers(diskVv, lacking) && isCalm(other);
      return isAble && between.length > 0 && between.every(answers) ? [other] : [];
    });
  }

  /**
   * Its disk is replaced by an older copy while it is down. Returns what the disk held, and the operations
   * that no member's disk holds now.
   */
  loseDisk(id: LeaderId, share: number): {readonly had: VersionVector; readonly destroyed: readonly Op[]} {
    const site = this.site(id);
    const had = site.diskVv;
    const lost = site.loseDisk(share);
    const others = this.sites().filter(other => other !== site);
    const isHeld = (op: Op): boolean =>
      others.some(({disk, diskVv}) => covers(diskVv, op.dot) && disk.some(one => isSame(one, op)));
    return {had, destroyed: lost.filter(op => !isHeld(op))};
  }

  kill(id: LeaderId): void {
    const site = this.site(id);
    if (site.status === 'down') return;
    site.end();
    this.#options.watcher.crashed(site);
    for (const link of this.links.values())
      if (link.from === id || link.to === id) this.#break(link, link.from === id);
    for (const [request, {at, answered}] of this.#clients) {
      if (at !== id) continue;
      this.#clients.delete(request);
      answered({type: 'gone', wasAsked: true});
    }
  }

  restart(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'down') return;
    site.start(this.#options.recovers);
    this.#disturb(id);
    this.#options.watcher.started(site);
    this.#introduce(site);
    for (const link of this.links.values()) if (link.from === id || link.to === id) this.#dialSoon(link);
  }

  pause(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'up') return;
    site.status = 'paused';
    this.#disturb(id);
  }

  resume(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'paused') return;
    site.status = 'up';
    this.#disturb(id);
    const waiting = site.waiting;
    site.waiting = [];
    for (const input of waiting) this.#input(site, input);
  }

  /** One that is down hears of it when it starts, a paused one when it goes on. */
  configure(id: LeaderId, change: Partial<SiteSettings>): void {
    const site = this.site(id);
    const {custom: _, ...before} = site.settings;
    site.settings = {...(change.resolver === undefined ? site.settings : before), ...change};
    for (const setting of settingsIn(change)) this.#input(site, {type: 'setting-changed', setting});
  }

  // Links.

  /**
   * Which links there are from now on, and what is sent over them. A link that stays keeps its rule, and so
   * does one that comes back.
   */
  arrange(links: readonly LinkId[], forwardOver: (link: LinkId) => Forward): void {
    this.#forwardOver = forwardOver;
    for (const [id, link] of this.links) {
      if (links.includes(id)) continue;
      this.#break(link);
      this.#parked.set(id, link.rule);
      this.links.delete(id);
    }
    for (const id of links) {
      if (this.links.has(id)) continue;
      const {from, to} = linkEnds(id);
      const base = this.#options.links(from, to);
      this.links.set(id, new SimLink(id, base, this.#parked.get(id) ?? base, this.#options.seed));
      this.#parked.delete(id);
    }
    for (const site of this.sites()) if (site.status !== 'down') this.#introduce(site);
    for (const link of this.links.values()) this.#dialSoon(link);
  }

  setRule(id: LinkId, rule: LinkRule): void {
    const link = must(this.links.get(id), `there is no link ${id}`);
    this.#carry(link, link.setRule(rule, this.#nowMs));
    this.#disturb(id);
    if (link.passes) this.#dialSoon(link);
  }

  /** Links that are not there now come back sound. */
  forgetParked(): void {
    this.#parked.clear();
  }

  /** Nothing leaves over these until they are released: how concurrent writes are made. */
  holdBack(links: readonly LinkId[], isHeldBack: boolean): void {
    for (const id of links) {
      const link = this.links.get(id);
      if (link === undefined) continue;
      this.#carry(link, link.holdBack(isHeldBack, this.#nowMs));
      this.#disturb(id);
      if (link.passes) this.#dialSoon(link);
    }
  }

  reset(id: LinkId): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    this.#break(link);
    this.#dialSoon(link);
  }

  /** By hand, and counted as what was lost by it. */
  tear(id: LinkId): void {
    this.links.get(id)?.countTorn(this.#nowMs);
    this.reset(id);
  }

  /** By hand: this message arrives now, whatever its link suffers. */
  deliver(link: SimLink, onboard: Onboard): void {
    link.takeOff(onboard);
    this.#arrive(link, onboard);
  }

  #input(site: Site, input: Input): void {
    if (site.status === 'down') return;
    if (site.status === 'paused') {
      site.waiting.push(input);
      return;
    }
    if (input.type === 'setting-changed') {
      site.hear(input.setting);
      this.#disturb(site.id);
    }
    if (input.type === 'message-received') this.#hear(site, input);
    if (input.type === 'write-requested') site.undecided.push(input.request);
    // Operations that waited for the disk behind it are refused too.
    if (input.type === 'persist-failed') site.unwritten = [];
    for (const request of site.undecided) this.#clients.get(request)?.attendant?.before(site);
    const effects = site.replica.step(input, site.now(this.#nowMs));
    if (site.undecided.length > 0) this.#decide(site, effects);
    for (const effect of effects) this.#perform(site, effect);
    this.#options.watcher.stepped(site);
    if (this.#options.diskMs === 0) this.#writeAll(site);
  }

  #hear(site: Site, {link, message}: Extract<Input, {type: 'message-received'}>): void {
    if (!('have' in message)) return;
    const {from, to} = linkEnds(link);
    this.#options.watcher.heard(
      site,
      to === site.id ? from : to,
      seqOf(message.have, site.id),
      message.type === 'hello',
    );
  }

  /** Tells who attends to the requests that wait no longer. */
  #decide(site: Site, effects: readonly Effect[]): void {
    const {replica, undecided} = site;
    const isRefused = (request: RequestId): boolean =>
      effects.some(effect => effect.type === 'reply' && effect.request === request);
    site.undecided = undecided.filter(request => replica.isRecovering && !isRefused(request));
    const applied = effects.flatMap(effect =>
      effect.type === 'report' && effect.event.type === 'applied' ? [effect.event] : [],
    );
    for (const request of undecided) {
      if (site.undecided.includes(request)) continue;
      const place = applied.findIndex(event => event.request === request);
      const before = place < 0 ? applied : applied.slice(0, place);
      this.#clients.get(request)?.attendant?.decided(
        site,
        applied[place]?.dot,
        before.flatMap(({keys}) => keys),
      );
    }
  }

  #perform(site: Site, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.#persist(site, effect.from, effect.ops);
        return;
      case 'send':
        return this.#send(site, effect);
      case 'reply': {
        const client = this.#clients.get(effect.request);
        this.#clients.delete(effect.request);
        client?.answered(effect.reply);
        return;
      }
      case 'report':
        return this.#options.watcher.reported(site, effect.event);
      case 'arm-timer':
        return this.#arm(site, effect.atMs);
      case 'drop-link':
        return this.reset(effect.link);
      default:
        return assertNever(effect);
    }
  }

  #persist(site: Site, from: number, ops: readonly Op[]): void {
    const {life} = site;
    site.unwritten.push({from, ops});
    if (this.#options.diskMs === 0) return;
    this.at(this.#nowMs + this.#disks.int(0, this.#options.diskMs), () => {
      if (site.life !== life) return;
      if (site.diskFails) return this.#refuse(site);
      const count = site.write();
      if (count !== undefined) this.#input(site, {type: 'persisted', count});
    });
  }

  /** Everything that the disk has not confirmed yet. */
  #refuse(site: Site): void {
    if (site.unwritten.length === 0) return;
    this.#disturb(site.id);
    site.unwritten = [];
    this.#input(site, {type: 'persist-failed', reason: 'no space left on device'});
  }

  /** A disk that takes no time answers before anything else happens. */
  #writeAll(site: Site): void {
    let count = site.write();
    for (let more = count; more !== undefined; more = site.write()) count = more;
    if (count !== undefined) this.#input(site, {type: 'persisted', count});
  }

  /** A timer has whole milliseconds and takes at least one, as the one of a leader process. */
  #arm(site: Site, wantedMs: number): void {
    const {life} = site;
    const atMs = Math.max(this.#nowMs + 1, Math.ceil(wantedMs));
    site.timerAtMs = atMs;
    this.at(atMs, () => {
      if (site.life !== life || site.timerAtMs !== atMs) return;
      site.timerAtMs = Number.POSITIVE_INFINITY;
      this.#input(site, {type: 'tick'});
    });
  }

  #send(site: Site, {link: id, message}: Extract<Effect, {type: 'send'}>): void {
    if (message.type === 'ops' || message.type === 'echo') this.#options.watcher.sent(site, message);
    const link = this.links.get(id);
    if (link === undefined) return;
    this.#carry(link, link.send(message, link.from === site.id ? 'forth' : 'back', this.#nowMs));
  }

  #carry(link: SimLink, parcels: readonly Parcel[]): void {
    for (const parcel of parcels) {
      this.at(parcel.dueAtMs, () => {
        if (link.arrives(parcel, this.#nowMs)) this.#arrive(link, parcel);
      });
    }
  }

  #arrive(link: SimLink, onboard: Onboard): void {
    const {message, direction} = onboard;
    const site = this.find(link.end(direction));
    if (site !== undefined) this.#input(site, {type: 'message-received', link: link.id, message});
    this.#options.watcher.arrived(link, onboard);
  }

  #break(link: SimLink, isSenderDead = false): void {
    const wasOpen = link.isOpen;
    link.break(isSenderDead);
    this.#disturb(link.id);
    if (wasOpen) this.#input(this.site(link.from), {type: 'link-closed', link: link.id});
  }

  #dialSoon(link: SimLink): void {
    this.at(this.#nowMs + REDIAL_MS, () => this.#dial(link));
  }

  #dial(link: SimLink): void {
    const [sender, receiver] = [this.find(link.from), this.find(link.to)];
    if (link.isOpen || this.links.get(link.id) !== link || !link.passes || !runs(sender) || !runs(receiver))
      return;
    link.isOpen = true;
    this.#disturb(link.id);
    this.#input(must(sender, 'a sender that runs'), {type: 'link-opened', link: link.id});
  }

  #linksFrom(id: LeaderId): SimLink[] {
    return [...this.links.values()].filter(({from}) => from === id);
  }

  #disturb(id: LeaderId | LinkId): void {
    this.#disturbedAtMs.set(id, this.#nowMs);
  }

  #introduce(site: Site): void {
    const neighbours = this.#linksFrom(site.id).map(({id, to}) => ({
      leader: to,
      forward: this.#forwardOver(id),
    }));
    this.#input(site, {type: 'setting-changed', setting: {name: 'neighbours', value: neighbours}});
  }
}

const isSame = (a: Op, b: Op): boolean => sameDot(a.dot, b.dot) && hashOp(a) === hashOp(b);

/** A paused process has its connections still. */
const runs = (site: Site | undefined): boolean => site !== undefined && site.status !== 'down';

/** As a replica takes them, in the order in which a leader is told of them. */
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
