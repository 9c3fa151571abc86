/**
 * One leader under virtual time: its replica, its disk, its clock, and whether its process runs. A crash
 * takes with it what the disk had not answered for; a paused process takes nothing in until it goes on.
 */
import type {LeaderId} from '../base/ids.ts';
import type {AckMode, Delivery, Input, Now, Setting} from '../core/io/input-effect.ts';
import type {RequestId} from '../core/io/leader-event.ts';
import type {Op} from '../core/log/op.ts';
import type {VersionVector} from '../core/log/version-vector.ts';
import {type ClockSetting, TRUE_CLOCK, wallClock} from '../core/log/wall-clock.ts';
import {Replica, type ReplicaOptions} from '../core/replica.ts';

/** When the virtual time is 0, by every true wall clock. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** What a leader is told of how to work. */
export type SiteSettings = Omit<ReplicaOptions, 'self' | 'cluster' | 'ops' | 'recovers'>;

const CLUSTER = 'sim';

/** The settings of a process, kept outside it: checkers must not ask the replica that they judge. */
export interface Orders {
  readonly ack: AckMode;
  readonly delivery: Delivery;
  readonly loopguard: boolean;
  readonly members: readonly LeaderId[];
}

export class Site {
  readonly id: LeaderId;
  status: 'up' | 'paused' | 'down' = 'up';
  replica: Replica;
  /** At its next start, or as soon as its process takes them in. */
  settings: SiteSettings;
  clock: ClockSetting = TRUE_CLOCK;
  /** What survives a crash, in the order of arrival. */
  disk: Op[];
  /** The last operation of each origin on the disk. */
  #diskVv: {[origin: LeaderId]: number} = {};
  /** The disk refuses every write. */
  diskFails = false;
  orders: Orders;
  /** Given to the disk, not answered for. */
  unwritten: {readonly from: number; readonly ops: readonly Op[]}[] = [];
  /** Rises with every start: what was meant for an earlier process comes to nothing. */
  life = 0;
  timerAtMs = Number.POSITIVE_INFINITY;
  /** What comes while the process is paused. */
  waiting: Input[] = [];
  /** Requests to write that the process has taken in, but neither accepted nor refused. */
  undecided: RequestId[] = [];

  /** `disk`: of the leader by this name that was there before. `recovers`: see `ReplicaOptions`. */
  constructor(id: LeaderId, settings: SiteSettings, recovers: boolean, disk: Op[] = []) {
    this.id = id;
    this.settings = settings;
    this.disk = disk;
    this.orders = this.#ordersNow();
    for (const op of disk) this.#diskVv[op.dot.origin] = op.dot.seq;
    this.replica = this.#newReplica(recovers);
  }

  get diskVv(): VersionVector {
    return this.#diskVv;
  }

  #ordersNow(): Orders {
    const {ack = 'local', delivery = 'fifo', loopguard = true, members = [this.id]} = this.settings;
    return {ack, delivery, loopguard, members};
  }

  /** Its process takes this in. */
  hear(setting: Setting): void {
    if (setting.name in this.orders) this.orders = {...this.orders, [setting.name]: setting.value};
  }

  now(nowMs: number): Now {
    return {wallMs: wallClock(this.clock, EPOCH_MS + nowMs), monotonicMs: nowMs};
  }

  end(): void {
    this.status = 'down';
    this.life += 1;
    this.unwritten = [];
    this.waiting = [];
    this.undecided = [];
    this.timerAtMs = Number.POSITIVE_INFINITY;
  }

  start(recovers: boolean): void {
    this.status = 'up';
    this.orders = this.#ordersNow();
    this.replica = this.#newReplica(recovers);
  }

  #newReplica(recovers: boolean): Replica {
    return new Replica({...this.settings, self: this.id, cluster: CLUSTER, ops: this.disk, recovers});
  }

  /**
   * The disk is replaced by an older copy, which holds this share of its operations. Returns what the copy
   * lacks.
   */
  loseDisk(share: number): readonly Op[] {
    const lost = this.disk.slice(Math.floor(share * this.disk.length));
    this.disk = this.disk.slice(0, this.disk.length - lost.length);
    this.#diskVv = {};
    for (const op of this.disk) this.#diskVv[op.dot.origin] = op.dot.seq;
    return lost;
  }

  /** The disk answers for the oldest of what it was given: how many operations it holds now. */
  write(): number | undefined {
    const write = this.unwritten.shift();
    if (write === undefined) return undefined;
    this.disk.length = write.from;
    for (const op of write.ops) {
      this.disk.push(op);
      this.#diskVv[op.dot.origin] = op.dot.seq;
    }
    return this.disk.length;
  }
}
