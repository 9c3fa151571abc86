/**
 * A cluster under virtual time: the same replicas that leader processes run and the same rules that link proxies carry out, on one heap of
 * events. One seed decides everything that chance decides, so a run can be repeated to the byte.
 *
 * It knows nothing of plans or of what ought to be true: it is told what happens (`kill`, `setRule`, `write`, …) and lets time pass.
 */
import {assertNever, must} from '../base/assert.ts';
import {Heap} from '../base/heap.ts';
import {type Key, type LeaderId, type LinkId, linkEnds} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Intent, Op} from '../core/op.ts';
import type {Forward} from '../core/progress.ts';
import type {ReplicaOptions} from '../core/replica.ts';
import {type ResolverSpec, showResolver} from '../core/resolvers/index.ts';
import type {Effect, Guard, Input, Reply} from '../core/step.ts';
import type {LinkRule} from '../faults/rule.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import type {FinalLeader, TraceEvent} from '../history/trace.ts';
import {type Departure, SimLink} from './link.ts';
import {Site} from './site.ts';

/** A commit takes up to this long. */
const DISK_MS = 3;
/** A leader whose connection broke dials again after this. */
const REDIAL_MS = 50;
const CLUSTER = 'sim';

export type Settings = Pick<ReplicaOptions, 'resolver' | 'custom' | 'delivery' | 'ack' | 'loopguard'>;

export interface WorldOptions {
  readonly seed: number;
  readonly leaders: readonly LeaderId[];
  readonly settings: Settings;
  readonly links: LinkDefaults;
}

type Told<One = TraceEvent> = One extends unknown ? Omit<One, 'atMs'> : never;

interface Due {
  readonly atMs: number;
  /** In which they were planned: of two at the same time, the earlier. */
  readonly order: number;
  readonly run: () => void;
}

export class World {
  readonly events: TraceEvent[] = [];
  readonly links = new Map<LinkId, SimLink>();
  readonly #options: WorldOptions;
  readonly #disks: Prng;
  readonly #sites = new Map<LeaderId, Site>();
  readonly #due = new Heap<Due>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
  readonly #clients = new Map<number, (reply: Reply) => void>();
  #settings: Settings;
  #forward: Forward = 'own';
  #nowMs = 0;
  #planned = 0;
  #steps = 0;
  #requests = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#disks = new Prng(`${options.seed} disks`);
    for (const id of options.leaders) this.#sites.set(id, new Site(id, this.#replicaOptions()));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have happened: messages, disk answers, timers, and what was done. */
  get steps(): number {
    return this.#steps;
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

  // Clients.

  write(at: LeaderId, writes: readonly {readonly key: Key; readonly intent: Intent}[], guard?: Guard): void {
    this.#request(
      at,
      request => ({type: 'write-requested', request, writes, ...(guard === undefined ? {} : {guard})}),
      reply => {
        if (reply.type === 'refused') this.#tell({type: 'answered', leader: at, status: 'fail'});
        else if (reply.type === 'accepted') this.#tell({type: 'answered', leader: at, status: 'ok', dot: reply.dot});
        else if (reply.type === 'unconfirmed') this.#tell({type: 'answered', leader: at, status: 'info', dot: reply.dot});
      },
    );
  }

  read(at: LeaderId, key: Key): void {
    this.#request(
      at,
      request => ({type: 'read-requested', request, key}),
      reply => {
        // What has been applied since may be more than what was read, never less: a reply waits for the disk.
        if (reply.type === 'read') this.#tell({type: 'read', leader: at, key, reading: reply.reading, vv: this.site(at).replica.vv});
      },
    );
  }

  // Leaders.

  kill(id: LeaderId): void {
    const site = this.site(id);
    if (site.status === 'down') return;
    site.end();
    this.#tell({type: 'crashed', leader: id});
    for (const link of this.links.values()) {
      const {from, to} = linkEnds(link.id);
      if (from === id || to === id) this.#break(link, from === id);
    }
  }

  restart(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'down') return;
    site.start(this.#replicaOptions());
    this.#tell({type: 'started', leader: id, vv: site.replica.vv});
    this.#introduce(site);
    for (const link of this.links.values()) {
      const {from, to} = linkEnds(link.id);
      if (from === id || to === id) this.#dialSoon(link);
    }
  }

  pause(id: LeaderId): void {
    const site = this.site(id);
    if (site.status === 'up') site.status = 'paused';
  }

  resume(id: LeaderId): void {
    const site = this.site(id);
    if (site.status !== 'paused') return;
    site.status = 'up';
    const waiting = site.waiting;
    site.waiting = [];
    for (const input of waiting) this.#input(site, input);
  }

  // Links.

  /** Which links there are from now on, and what is sent over them. A link that stays keeps its rule. */
  arrange(links: readonly LinkId[], forward: Forward): void {
    this.#forward = forward;
    for (const [id, link] of this.links) {
      if (links.includes(id)) continue;
      this.#break(link);
      this.links.delete(id);
    }
    for (const id of links) {
      if (this.links.has(id)) continue;
      const {from, to} = linkEnds(id);
      this.links.set(id, new SimLink(id, this.#options.links(from, to), this.#options.seed));
    }
    for (const site of this.sites()) if (site.status !== 'down') this.#introduce(site);
    for (const link of this.links.values()) this.#dialSoon(link);
  }

  setRule(id: LinkId, rule: LinkRule): void {
    const link = must(this.links.get(id), `there is no link ${id}`);
    this.#carry(link, link.setRule(rule, this.#nowMs));
    if (link.passes) this.#dialSoon(link);
  }

  /** Nothing leaves these leaders until they are released: how concurrent writes are made. */
  holdBack(leaders: readonly LeaderId[], isHeldBack: boolean): void {
    for (const link of this.links.values()) {
      if (!leaders.includes(linkEnds(link.id).from)) continue;
      this.#carry(link, link.holdBack(isHeldBack, this.#nowMs));
      if (link.passes) this.#dialSoon(link);
    }
  }

  reset(id: LinkId): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    this.#break(link);
    this.#dialSoon(link);
  }

  /** At every leader that runs, and at the others when they start. A paused one hears of it when it goes on. */
  setResolver(resolver: ResolverSpec): void {
    this.#settings = {...this.#settings, resolver};
    for (const site of this.sites()) this.#input(site, {type: 'setting-changed', setting: {name: 'resolver', value: resolver}});
  }

  // What came of it.

  ends(keys: readonly Key[]): FinalLeader[] {
    return this.sites()
      .filter(({status}) => status !== 'down')
      .map(({id, replica}) => ({
        leader: id,
        ops: replica.log,
        vv: replica.vv,
        digest: replica.fold.digest(),
        readings: Object.fromEntries(keys.map(key => [key, replica.fold.read(key)])),
        halted: replica.halted.map(({origin}) => origin),
      }));
  }

  #replicaOptions(): Omit<ReplicaOptions, 'self' | 'ops'> {
    return {...this.#settings, cluster: CLUSTER, members: this.#options.leaders};
  }

  #request(at: LeaderId, input: (request: number) => Input, answered: (reply: Reply) => void): void {
    const site = this.site(at);
    if (site.status === 'down') return this.#tell({type: 'answered', leader: at, status: 'fail'});
    this.#requests += 1;
    this.#clients.set(this.#requests, answered);
    this.#input(site, input(this.#requests));
  }

  #input(site: Site, input: Input): void {
    if (site.status === 'down') return;
    if (site.status === 'paused') {
      site.waiting.push(input);
      return;
    }
    for (const effect of site.replica.step(input, site.now(this.#nowMs))) this.#perform(site, effect);
  }

  #perform(site: Site, effect: Effect): void {
    switch (effect.type) {
      case 'persist':
        this.#persist(site, effect.from, effect.ops);
        return;
      case 'send':
        return this.#send(site, effect);
      case 'reply':
        this.#clients.get(effect.request)?.(effect.reply);
        this.#clients.delete(effect.request);
        return;
      case 'report':
        if (effect.event.type === 'applied') this.#applied(site, must(site.replica.op(effect.event.dot), 'what was applied is in the log'));
        return;
      case 'arm-timer':
        return this.#arm(site, effect.atMs);
      case 'drop-link':
        return this.reset(effect.link);
      default:
        return assertNever(effect);
    }
  }

  #applied({id, replica}: Site, op: Op): void {
    const {fold, vv, resolver} = replica;
    const readings = Object.fromEntries(op.writes.map(({key}) => [key, fold.read(key)]));
    this.#tell({type: 'applied', leader: id, op, vv, digest: fold.digest(), readings, resolver: showResolver(resolver)});
  }

  #persist(site: Site, from: number, ops: readonly Op[]): void {
    const {life} = site;
    site.unwritten.push({from, ops});
    this.at(this.#nowMs + this.#disks.int(0, DISK_MS), () => {
      if (site.life !== life) return;
      const count = site.write();
      if (count !== undefined) this.#input(site, {type: 'persisted', count});
    });
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
    const link = this.links.get(id);
    if (link === undefined) return;
    const direction = linkEnds(id).from === site.id ? 'forth' : 'back';
    this.#carry(link, link.send(message, direction, this.#nowMs));
  }

  #carry(link: SimLink, departures: readonly Departure[]): void {
    const {from, to} = linkEnds(link.id);
    for (const departure of departures) {
      const {message, direction} = departure;
      this.at(departure.dueAtMs, () => {
        if (!link.delivers(departure)) return;
        // A hold keeps back what is under way, too.
        if (link.rule.hold) return this.#carry(link, link.send(message, direction, this.#nowMs));
        this.#input(this.site(direction === 'forth' ? to : from), {type: 'message-received', link: link.id, message});
      });
    }
  }

  #break(link: SimLink, isSenderDead = false): void {
    const wasOpen = link.isOpen;
    link.break(isSenderDead);
    if (wasOpen) this.#input(this.site(linkEnds(link.id).from), {type: 'link-closed', link: link.id});
  }

  #dialSoon(link: SimLink): void {
    this.at(this.#nowMs + REDIAL_MS, () => this.#dial(link));
  }

  #dial(link: SimLink): void {
    const {from, to} = linkEnds(link.id);
    const [sender, receiver] = [this.site(from), this.site(to)];
    if (link.isOpen || this.links.get(link.id) !== link || !link.passes || sender.status === 'down' || receiver.status === 'down') return;
    link.isOpen = true;
    this.#input(sender, {type: 'link-opened', link: link.id});
  }

  #introduce(site: Site): void {
    const neighbours = [...this.links.keys()]
      .filter(link => linkEnds(link).from === site.id)
      .map(link => ({leader: linkEnds(link).to, forward: this.#forward}));
    this.#input(site, {type: 'setting-changed', setting: {name: 'neighbours', value: neighbours}});
  }

  #tell(event: Told): void {
    this.events.push({...event, atMs: this.#nowMs});
  }
}
