/**
 * One leader under virtual time: its replica, its disk, its clock, and the state of its process. A crash
 * loses what the disk had not confirmed. A paused process takes in nothing until it is resumed.
 */
import {assert} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import type {AckMode, Delivery, Input, Now, Setting} from '../core/io/input-effect.ts';
import type {RequestId} from '../core/io/leader-event.ts';
import type {Op} from '../core/log/op.ts';
import type {VersionVector} from '../core/log/version-vector.ts';
import {type ClockSetting, TRUE_CLOCK, wallClock} from '../core/log/wall-clock.ts';
import {Replica, type ReplicaOptions} from '../core/replica.ts';

/** What a correct wall clock shows at virtual time 0. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** The settings that a leader process is started with. */
export type SiteSettings = Omit<ReplicaOptions, 'self' | 'cluster' | 'ops' | 'recovers'>;

const CLUSTER = 'sim';

/** The settings of a process, kept outside it: checkers must not ask the replica that they judge. */
export interface ProcessSettings {
  readonly ack: AckMode;
  readonly delivery: Delivery;
  readonly loopguard: boolean;
  readonly members: readonly LeaderId[];
}

/**
 * One leader under virtual time: its replica, disk, clock, and the state of its process. `start` replaces
 * the replica by a new one, made from the disk. The caller runs the steps of the replica and the timers.
 */
export class Site {
  readonly id: LeaderId;
  status: 'up' | 'paused' | 'down' = 'up';
  replica: Replica;
  /** What the process works with as soon as it takes them in, at the latest after its next start. */
  settings: SiteSettings;
  clock: ClockSetting = TRUE_CLOCK;
  /** The operations that survive a crash, in the order of arrival; of each origin 1, 2, 3, … without gaps. */
  disk: Op[];
  /** For each origin, the highest number on the disk. */
  #diskVv: {[origin: LeaderId]: number} = {};
  /** True while the disk refuses every write. */
  diskFails = false;
  processSettings: ProcessSettings;
  /** Given to the disk and not confirmed, oldest first; empty while the process is down. */
  unwritten: {readonly from: number; readonly ops: readonly Op[]}[] = [];
  /** Rises with every crash, so that timers and disk answers of an earlier process have no effect. */
  incarnation = 0;
  timerAtMs = Number.POSITIVE_INFINITY;
  /** Inputs that the process takes in when it is resumed; empty unless it is paused. */
  waiting: Input[] = [];
  /** Write requests that the process has taken in, but neither accepted nor refused. */
  undecided: RequestId[] = [];

  /** `disk`: from an earlier membership of this leader. `recovers`: see `ReplicaOptions`. */
  constructor(id: LeaderId, settings: SiteSettings, recovers: boolean, disk: Op[] = []) {
    this.id = id;
    this.settings = settings;
    this.disk = disk;
    this.processSettings = this.#newProcessSettings();
    for (const op of disk) this.#diskVv[op.dot.origin] = op.dot.seq;
    this.replica = this.#newReplica(recovers);
  }

  get diskVv(): VersionVector {
    return this.#diskVv;
  }

  #newProcessSettings(): ProcessSettings {
    const {ack = 'local', delivery = 'fifo', loopguard = true, members = [this.id]} = this.settings;
    return {ack, delivery, loopguard, members};
  }

  /** The process takes in a change of this setting. */
  applySetting(setting: Setting): void {
    if (setting.name in this.processSettings)
      this.processSettings = {...this.processSettings, [setting.name]: setting.value};
  }

  /** What the clocks of this leader show at this virtual time. */
  now(nowMs: number): Now {
    return {wallMs: wallClock(this.clock, EPOCH_MS + nowMs), monotonicMs: nowMs};
  }

  /** The process ends; only the disk stays. */
  end(): void {
    assert(this.status !== 'down', 'only a process that runs can end');
    this.status = 'down';
    this.incarnation += 1;
    this.unwritten = [];
    this.waiting = [];
    this.undecided = [];
    this.timerAtMs = Number.POSITIVE_INFINITY;
  }

  /** A new process starts with what is on the disk. */
  start(recovers: boolean): void {
    assert(this.status === 'down', 'a leader has one process at a time');
    this.status = 'up';
    this.processSettings = this.#newProcessSettings();
    this.replica = this.#newReplica(recovers);
  }

  #newReplica(recovers: boolean): Replica {
    return new Replica({...this.settings, self: this.id, cluster: CLUSTER, ops: this.disk, recovers});
  }

  /**
   * Replaces the disk by an older copy, which holds this share of its operations. Returns the operations that
   * the copy lacks.
   */
  loseDisk(share: number): readonly Op[] {
    assert(share >= 0 && share <= 1, 'a share is from 0 to 1');
    const lost = this.disk.slice(Math.floor(share * this.disk.length));
    this.disk = this.disk.slice(0, this.disk.length - lost.length);
    this.#diskVv = {};
    for (const op of this.disk) this.#diskVv[op.dot.origin] = op.dot.seq;
    return lost;
  }

  /** Puts the oldest unwritten operations on the disk. Returns how many operations the disk holds now. */
  write(): number | undefined {
    const write = this.unwritten.shift();
    if (write === undefined) return undefined;
    assert(write.from <= this.disk.length, 'a write leaves no gap on the disk');
    this.disk.length = write.from;
    for (const op of write.ops) {
      this.disk.push(op);
      this.#diskVv[op.dot.origin] = op.dot.seq;
    }
    return this.disk.length;
  }
}
