/**
 * Replicas in one process, with links that lose, repeat, reorder and reset messages, and disks that answer
 * late: all from one seed, in virtual time.
 *
 * It does not use `src/sim/world.ts`, on purpose. Tests of `core/` depend on `core/` alone, so a fault in the
 * simulator or in the link rules cannot hide one in the replica. And a test here decides about single
 * messages and disk answers (`loses`, `stuckDisks`, `refuseDisk`, `advance`) and reads every message that was
 * sent, which World does not offer.
 */
import {expect} from 'vitest';
import {key, type LeaderId, type LinkId, linkEnds, linkId} from '../../src/base/ids.ts';
import {Prng} from '../../src/base/prng.ts';
import type {Effect, Forward, Input, Reply, Setting} from '../../src/core/io/input-effect.ts';
import type {LeaderEvent} from '../../src/core/io/leader-event.ts';
import type {Message} from '../../src/core/io/message.ts';
import type {Intent, Op} from '../../src/core/log/op.ts';
import {sameVector, showVector} from '../../src/core/log/version-vector.ts';
import {Replica, type ReplicaOptions} from '../../src/core/replica.ts';

export interface Trouble {
  readonly loss: number;
  readonly duplication: number;
  readonly reorder: number;
}

export const NO_TROUBLE: Trouble = {loss: 0, duplication: 0, reorder: 0};

/** The settings that every leader starts with. */
export type Settings = Partial<Pick<ReplicaOptions, 'resolver' | 'delivery' | 'ack' | 'loopguard'>>;

interface Site {
  replica: Replica;
  /** The operations that survive a crash. */
  disk: Op[];
  pendingDisk: {from: number; ops: readonly Op[]}[];
  timerAtMs: number;
  isUp: boolean;
}

interface Flight {
  readonly link: LinkId;
  readonly message: Message;
  readonly target: LeaderId;
  readonly atMs: number;
  readonly epoch: number;
}

/** Replicas, links and disks under one virtual time. The same seed gives the same run. */
export class Network {
  nowMs = 1_000_000;
  /** How far the wall clocks of all leaders are ahead of `nowMs`. */
  wallOffsetMs = 0;
  trouble: Trouble;
  readonly cut = new Set<LinkId>();
  /** The latency of each link; 10 for links that are not in it. */
  readonly latencyMs = new Map<LinkId, number>();
  /** The leaders whose disks do not answer. */
  readonly stuckDisks = new Set<LeaderId>();
  /** Every message that was put on a link, including those that were lost. */
  readonly sent: {readonly link: LinkId; readonly by: LeaderId; readonly message: Message}[] = [];
  /** Returns true for a message that every link loses. */
  loses: (message: Message, goesBack: boolean) => boolean = () => false;
  readonly replies = new Map<number, Reply>();
  readonly events: {readonly at: LeaderId; readonly event: LeaderEvent}[] = [];
  readonly #prng: Prng;
  #members: readonly LeaderId[];
  readonly #sites = new Map<LeaderId, Site>();
  readonly #links: readonly LinkId[];
  #forward: Forward;
  #settings: Settings;
  readonly #epochs = new Map<LinkId, number>();
  #flights: Flight[] = [];
  #requests = 0;

  constructor(
    leaders: readonly LeaderId[],
    links: readonly LinkId[],
    forward: Forward,
    seed: number,
    trouble: Trouble,
    settings: Settings = {},
  ) {
    this.#prng = new Prng(seed);
    this.#members = leaders;
    this.#settings = settings;
    this.#links = links;
    this.#forward = forward;
    this.trouble = trouble;
    for (const id of leaders) this.#sites.set(id, this.#boot(id, [], false));
    for (const link of links) this.connect(link);
  }

  replica(id: LeaderId): Replica {
    return this.#site(id).replica;
  }

  write(at: LeaderId, name: string, intent: Intent): number {
    const request = ++this.#requests;
    if (this.#site(at).isUp)
      this.#step(at, {type: 'write-requested', request, writes: [{key: key(name), intent}]});
    return request;
  }

  skip(at: LeaderId, origin?: LeaderId): number {
    const request = ++this.#requests;
    this.#step(at, {type: 'skip-requested', request, origin});
    return request;
  }

  /** Changes settings at every leader that is up, and at the others when they start. */
  change(setting: Exclude<Setting, {name: 'peers' | 'members'}>): void {
    this.#settings = {...this.#settings, [setting.name]: setting.value};
    for (const [id, {isUp}] of this.#sites) if (isUp) this.#step(id, {type: 'setting-changed', setting});
  }

  changeMembers(value: readonly LeaderId[]): void {
    this.#members = value;
    for (const [id, {isUp}] of this.#sites)
      if (isUp) this.#step(id, {type: 'setting-changed', setting: {name: 'members', value}});
  }

  /** The operations of this leader that survive a crash. */
  disk(id: LeaderId): readonly Op[] {
    return this.#site(id).disk;
  }

  changeForward(forward: Forward): void {
    this.#forward = forward;
    for (const [id, {isUp}] of this.#sites) if (isUp) this.#introduce(id);
  }

  /** Makes the disk of the leader refuse every write that it has not confirmed. */
  refuseDisk(id: LeaderId): void {
    this.#site(id).pendingDisk = [];
    this.#step(id, {type: 'persist-failed', reason: 'no space left'});
  }

  /** Ends the process. The writes that its disk has not confirmed are lost, and its connections break. */
  crash(id: LeaderId): void {
    const site = this.#site(id);
    site.isUp = false;
    site.pendingDisk = [];
    for (const link of this.#links) {
      const {from, to} = linkEnds(link);
      if (from === id || to === id) this.reset(link);
    }
  }

  /**
   * A crash that also loses the last writes on the disk, as a loss of power can: `left` operations remain.
   */
  loseDisk(id: LeaderId, left: number): void {
    this.crash(id);
    this.#site(id).disk.length = left;
  }

  restart(id: LeaderId): void {
    this.#sites.set(id, this.#boot(id, this.#site(id).disk, true));
    for (const link of this.#links)
      if (linkEnds(link).from === id || linkEnds(link).to === id) this.connect(link);
  }

  reset(link: LinkId): void {
    this.#epochs.set(link, (this.#epochs.get(link) ?? 0) + 1);
    const {from} = linkEnds(link);
    if (this.#site(from).isUp) this.#step(from, {type: 'link-closed', link});
  }

  connect(link: LinkId): void {
    const {from, to} = linkEnds(link);
    if (this.#site(from).isUp && this.#site(to).isUp) this.#step(from, {type: 'link-opened', link});
  }

  /** Runs the next event: a message, a disk answer or a timer. */
  advance(): void {
    const due: {atMs: number; run: () => void}[] = [];
    const flight = this.#flights.reduce<Flight | undefined>(
      (first, one) => (first === undefined || one.atMs < first.atMs ? one : first),
      undefined,
    );
    if (flight) due.push({atMs: flight.atMs, run: () => this.#deliver(flight)});
    for (const [id, site] of this.#sites) {
      if (!site.isUp) continue;
      if (site.pendingDisk.length > 0 && !this.stuckDisks.has(id))
        due.push({atMs: this.nowMs + this.#prng.int(0, 3), run: () => this.#answerDisk(id)});
      if (Number.isFinite(site.timerAtMs)) due.push({atMs: site.timerAtMs, run: () => this.#tick(id)});
    }
    const next = due.reduce<(typeof due)[number] | undefined>(
      (first, one) => (first === undefined || one.atMs < first.atMs ? one : first),
      undefined,
    );
    if (next === undefined) return;
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.run();
  }

  until(holds: () => boolean, limit = 20_000): boolean {
    for (let i = 0; i < limit; i++) {
      if (holds()) return true;
      this.advance();
    }
    return holds();
  }

  #site(id: LeaderId): Site {
    const site = this.#sites.get(id);
    if (site === undefined) throw new Error(`no ${id}`);
    return site;
  }

  #boot(id: LeaderId, disk: Op[], recovers: boolean): Site {
    const replica = new Replica({
      self: id,
      cluster: 'test',
      resolver: {name: 'lww'},
      members: this.#members,
      ...this.#settings,
      ops: disk,
      recovers,
    });
    const site = {replica, disk, pendingDisk: [], timerAtMs: Number.POSITIVE_INFINITY, isUp: true};
    this.#sites.set(id, site);
    this.#introduce(id);
    return site;
  }

  #introduce(id: LeaderId): void {
    const peers = this.#links
      .filter(link => linkEnds(link).from === id)
      .map(link => ({leader: linkEnds(link).to, forward: this.#forward}));
    this.#step(id, {type: 'setting-changed', setting: {name: 'peers', value: peers}});
  }

  #step(id: LeaderId, input: Input): void {
    const {replica} = this.#site(id);
    for (const effect of replica.step(input, {
      wallMs: this.nowMs + this.wallOffsetMs,
      monotonicMs: this.nowMs,
    }))
      this.#perform(id, effect);
  }

  #perform(id: LeaderId, effect: Effect): void {
    const site = this.#site(id);
    if (effect.type === 'persist') site.pendingDisk.push({from: effect.from, ops: effect.ops});
    else if (effect.type === 'send') this.#send(id, effect.link, effect.message);
    else if (effect.type === 'reply') this.replies.set(effect.request, effect.reply);
    else if (effect.type === 'report') this.events.push({at: id, event: effect.event});
    else if (effect.type === 'arm-timer') site.timerAtMs = effect.atMs;
    else {
      this.reset(effect.link);
      this.connect(effect.link);
    }
  }

  #send(by: LeaderId, link: LinkId, message: Message): void {
    this.sent.push({link, by, message});
    if (
      this.cut.has(link) ||
      this.loses(message, by === linkEnds(link).to) ||
      this.#prng.chance(this.trouble.loss)
    )
      return;
    const {from, to} = linkEnds(link);
    const copies = this.#prng.chance(this.trouble.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const delayMs =
        (this.latencyMs.get(link) ?? 10) +
        (this.#prng.chance(this.trouble.reorder) ? this.#prng.int(1, 60) : 0);
      this.#flights.push({
        link,
        message,
        target: by === from ? to : from,
        atMs: this.nowMs + delayMs,
        epoch: this.#epochs.get(link) ?? 0,
      });
    }
  }

  #deliver(flight: Flight): void {
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    const {link, message, target, epoch} = flight;
    if (epoch !== (this.#epochs.get(link) ?? 0) || this.cut.has(link)) return;
    if (this.#site(target).isUp) this.#step(target, {type: 'message-received', link, message});
  }

  #answerDisk(id: LeaderId): void {
    const site = this.#site(id);
    const write = site.pendingDisk.shift();
    if (write === undefined) return;
    site.disk = [...site.disk.slice(0, write.from), ...write.ops];
    this.#step(id, {type: 'persisted', count: site.disk.length});
  }

  #tick(id: LeaderId): void {
    this.#site(id).timerAtMs = Number.POSITIVE_INFINITY;
    this.#step(id, {type: 'tick'});
  }
}

/** True if every leader has applied and persisted the same operations, and shows the same state. */
export function expectConverged(network: Network, leaders: readonly LeaderId[]): void {
  const [first, ...others] = leaders.map(id => network.replica(id));
  if (first === undefined) return;
  const reached = network.until(() =>
    [first, ...others].every(
      replica =>
        sameVector(replica.vv, first.vv) &&
        replica.fold.digest() === first.fold.digest() &&
        replica.log.length === replica.opCount,
    ),
  );
  expect(reached, leaders.map(id => `${id} has ${showVector(network.replica(id).vv)}`).join('; ')).toBe(true);
}

/** The links of a mesh: every leader to every other. */
export const mesh = (leaders: readonly LeaderId[]): LinkId[] =>
  leaders.flatMap(from => leaders.filter(to => to !== from).map(to => linkId(from, to)));

/** The links of a ring in one direction: from each leader to the next. */
export const ring = (leaders: readonly LeaderId[]): LinkId[] =>
  leaders.map((from, i) => linkId(from, leaders[(i + 1) % leaders.length] ?? from));
