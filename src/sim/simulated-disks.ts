/**
 * The disks of simulated leaders: a write is confirmed after a random time, or refused when the disk is full;
 * a crash loses what was not confirmed; a disk can be replaced by an older copy. The disk of a leader that
 * left is kept until it joins again.
 */
import {assert} from '../base/assert.ts';
import type {LeaderId} from '../base/ids.ts';
import {Prng} from '../base/prng.ts';
import type {Input} from '../core/io/input-effect.ts';
import type {Op} from '../core/log/op.ts';
import {hashOp} from '../core/log/op-hash.ts';
import {covers, type Dot, sameDot, type VersionVector} from '../core/log/version-vector.ts';
import type {Disturbances} from './disturbances.ts';
import type {EventQueue} from './event-queue.ts';
import type {Site} from './site.ts';

interface DiskOptions {
  readonly seed: number;
  /** A commit takes a random time of at most so long; 0 confirms it before the next event. */
  readonly diskMs: number;
  readonly time: EventQueue;
  readonly disturbances: Disturbances;
  /** Gives the answer of a disk to its leader. */
  readonly input: (site: Site, input: Input) => void;
}

export class SimulatedDisks {
  readonly #options: DiskOptions;
  readonly #random: Prng;
  /** Of leaders that left. */
  readonly #kept = new Map<LeaderId, Op[]>();

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#random = new Prng(`${options.seed} disks`);
  }

  /** The leader leaves; its disk stays. */
  keep({id, disk}: Site): void {
    this.#kept.set(id, disk);
  }

  /** The disk of this leader if it was a member before. */
  takeKept(id: LeaderId): Op[] | undefined {
    const disk = this.#kept.get(id);
    this.#kept.delete(id);
    return disk;
  }

  /** The leaders whose disks hold the operation: members that are up or down, and leaders that left. */
  holders(members: readonly Site[], dot: Dot): LeaderId[] {
    const current = members.filter(({diskVv}) => covers(diskVv, dot)).map(({id}) => id);
    const left = [...this.#kept].filter(([, disk]) => disk.some(op => sameDot(op.dot, dot)));
    return [...current, ...left.map(([id]) => id)];
  }

  /**
   * Replaces the disk of a leader that is down by an older copy, which holds this share of its operations.
   * Returns what the disk held, and the operations that are now on no member's disk.
   */
  lose(
    site: Site,
    share: number,
    members: readonly Site[],
  ): {readonly had: VersionVector; readonly destroyed: readonly Op[]} {
    assert(site.status === 'down', 'a disk is replaced while its leader is down');
    const had = site.diskVv;
    const lost = site.loseDisk(share);
    const others = members.filter(other => other !== site);
    const isHeld = (op: Op): boolean =>
      others.some(({disk, diskVv}) => covers(diskVv, op.dot) && disk.some(one => isSame(one, op)));
    return {had, destroyed: lost.filter(op => !isHeld(op))};
  }

  /** The replica wants these operations on disk, the first of them at index `from`. */
  persist(site: Site, from: number, ops: readonly Op[]): void {
    const {time, diskMs, input} = this.#options;
    const {incarnation} = site;
    site.unwritten.push({from, ops});
    if (diskMs === 0) return;
    time.after(this.#random.int(0, diskMs), () => {
      if (site.incarnation !== incarnation) return;
      if (site.diskFails) return this.#refuse(site);
      const count = site.write();
      if (count !== undefined) input(site, {type: 'persisted', count});
    });
  }

  /** Confirms all writes at once if commits take no time; to be called after each step of the leader. */
  confirmAll(site: Site): void {
    if (this.#options.diskMs > 0) return;
    let count = site.write();
    for (let more = count; more !== undefined; more = site.write()) count = more;
    if (count !== undefined) this.#options.input(site, {type: 'persisted', count});
  }

  /** Refuses every write that is not confirmed yet. */
  #refuse(site: Site): void {
    if (site.unwritten.length === 0) return;
    this.#options.disturbances.note(site.id);
    site.unwritten = [];
    this.#options.input(site, {type: 'persist-failed', reason: 'no space left on device'});
  }
}

const isSame = (a: Op, b: Op): boolean => sameDot(a.dot, b.dot) && hashOp(a) === hashOp(b);
