/**
 * Lost writes of one key. A write is *gone* if it is off the frontier and no applied write had seen it shown:
 * the write that removed it from the frontier discarded it unseen. A write is *lost* if no reader gets what
 * it asked for: lost = (gone ∪ frontier) without the shown writes, and without those that asked for the same
 * as a shown one (`equal-writes.ts`).
 *
 * `gone` depends on the set of writes applied, not on their order and not on the resolver. A resolver only
 * decides what is shown.
 */
import {assert} from '../../base/assert.ts';
import {DotMap} from '../log/dot-map.ts';
import type {Write} from '../log/op.ts';
import {compareDots, covers, type Dot, sameDot} from '../log/version-vector.ts';
import type {Frontier} from './frontier.ts';

/** How the lost writes of a key changed. Sorted by dot. */
export interface LossChange {
  readonly lost: readonly Dot[];
  readonly found: readonly Dot[];
}

/** Says whether readers get a write now, and whether they may get a hidden write again later. */
export interface Sight {
  shows(write: Write): boolean;
  mayReturn(write: Write): boolean;
  /** The writes that the last write may have shown or hidden. */
  touched(): readonly Write[];
}

export const NO_LOSS_CHANGE: LossChange = {lost: [], found: []};

/** The writes that this write had seen. A write cannot have seen what its origin had not applied. */
export const sawOf = ({after, change}: Write): readonly Dot[] => change.saw.filter(dot => covers(after, dot));

/**
 * The lost writes of one key: those whose effect no reader gets, although no write that had seen them
 * replaced them. Call `add` for each write that may change them, then `settle`, which returns what became
 * lost and what is no longer lost; `recheck` after a switch of the resolver.
 */
export class Losses {
  readonly #gone = new DotMap<Write>();
  /**
   * Of `#gone`: `#visible` holds those that were shown at the last check, `#waiting` those that were hidden
   * and may be shown again. No write is in both. visible + waiting <= gone
   */
  readonly #visible = new DotMap<Write>();
  readonly #waiting = new DotMap<Write>();
  /** Writes that an applied write had seen but that have not arrived yet. Empty under causal delivery. */
  readonly #awaited = new DotMap<Dot>();
  /** After each check: of `#gone` and of the frontier. */
  readonly #lost = new DotMap<Dot>();
  /** Writes seen by those added since the last check: they are replaced, not lost. */
  #seen: Dot[] = [];
  /** Writes that are gone since the last check. */
  #fresh: Write[] = [];

  get isEmpty(): boolean {
    return this.#gone.size + this.#awaited.size + this.#lost.size === 0;
  }

  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** Sorted by dot. */
  lost(): readonly Dot[] {
    return [...this.#lost.values()].sort(compareDots);
  }

  isLost(dot: Dot): boolean {
    return this.#lost.has(dot);
  }

  /** Writes that are gone but still shown. A hot counter has many of these. */
  visible(): Iterable<Write> {
    return this.#visible.values();
  }

  /**
   * Whether adding a write would change nothing here. The write must have seen exactly the frontier (`saw`)
   * and must be shown itself.
   */
  isIndifferentTo(saw: readonly Dot[]): boolean {
    return (
      this.#visible.size + this.#waiting.size + this.#awaited.size === 0 && !saw.some(dot => this.isLost(dot))
    );
  }

  /** Adds a write that was applied. `isApplied` answers for the writes before it. */
  add(write: Write, before: Frontier, after: Frontier, isApplied: (dot: Dot) => boolean): void {
    const saw = sawOf(write);
    for (const dot of saw) {
      if (this.#gone.delete(dot) && !this.#visible.delete(dot)) this.#waiting.delete(dot);
      if (!isApplied(dot)) this.#awaited.set(dot, dot);
    }
    this.#seen.push(...saw);
    for (const member of before.members) {
      if (covers(write.after, member.dot) && !saw.some(dot => sameDot(dot, member.dot))) this.#goes(member);
    }
    const wasSeen = this.#awaited.delete(write.dot);
    if (!wasSeen && !after.members.includes(write)) this.#goes(write);
  }

  /**
   * Checks again what may have changed since the last check. `hides`: whether writes off the frontier that
   * were shown may be hidden now.
   */
  settle(frontier: Frontier, hides: boolean, {shows, mayReturn, touched}: Sight): LossChange {
    const lost: Dot[] = [];
    const found = this.#seen.filter(dot => this.#lost.delete(dot));
    const look = (write: Write): boolean => {
      const isShown = shows(write);
      if (isShown && this.#lost.delete(write.dot)) found.push(write.dot);
      if (!isShown && !this.#lost.has(write.dot)) {
        this.#lost.set(write.dot, write.dot);
        lost.push(write.dot);
      }
      return isShown;
    };
    for (const write of frontier.members) look(write);
    const others = hides ? [...this.#visible.values()] : this.#fresh;
    for (const write of [...others, ...this.#waiting.values(), ...touched()]) {
      if (!this.#gone.has(write.dot)) continue;
      const isShown = look(write);
      move(write, this.#visible, isShown);
      move(write, this.#waiting, !isShown && mayReturn(write));
    }
    this.#seen = [];
    this.#fresh = [];
    this.#assertParts(frontier);
    return lost.length + found.length === 0
      ? NO_LOSS_CHANGE
      : {lost: lost.sort(compareDots), found: found.sort(compareDots)};
  }

  /** Checks everything again under another resolver. */
  recheck(frontier: Frontier, {shows, mayReturn}: Sight): void {
    for (const part of [this.#visible, this.#waiting, this.#lost]) part.clear();
    for (const write of frontier.members) if (!shows(write)) this.#lost.set(write.dot, write.dot);
    for (const write of this.#gone.values()) {
      if (shows(write)) {
        this.#visible.set(write.dot, write);
        continue;
      }
      this.#lost.set(write.dot, write.dot);
      if (mayReturn(write)) this.#waiting.set(write.dot, write);
    }
    this.#assertParts(frontier);
  }

  #assertParts({members}: Frontier): void {
    assert(this.#visible.size + this.#waiting.size <= this.#gone.size, 'a gone write is in one part at most');
    assert(this.#lost.size <= this.#gone.size + members.length, 'a lost write is gone or on the frontier');
  }

  #goes(write: Write): void {
    this.#gone.set(write.dot, write);
    this.#visible.set(write.dot, write);
    this.#fresh.push(write);
  }
}

function move(write: Write, to: DotMap<Write>, isIn: boolean): void {
  if (isIn) to.set(write.dot, write);
  else to.delete(write.dot);
}
