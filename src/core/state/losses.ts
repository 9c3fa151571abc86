/**
 * Lost writes of one key. A write is *gone* once it is off the frontier although no applied write had seen it
 * shown: whatever took it off the frontier discarded it unseen. It is lost where no reader gets what it asked
 * for: lost = (gone ∪ frontier) less what is shown, and less what asked for the same as what is shown
 * (`equal-writes.ts`).
 *
 * `gone` depends on the set of writes applied, not on their order and not on the resolver. A resolver only
 * decides what is shown.
 */
import {DotMap} from '../log/dot-map.ts';
import type {Write} from '../log/op.ts';
import {compareDots, covers, type Dot, sameDot} from '../log/version-vector.ts';
import type {Frontier} from './frontier.ts';

/** How the lost writes of a key changed. Sorted by dot. */
export interface LossChange {
  readonly lost: readonly Dot[];
  readonly found: readonly Dot[];
}

/** What readers get of a write now, and whether they may get it again if they do not. */
export interface Sight {
  shows(write: Write): boolean;
  mayReturn(write: Write): boolean;
  /** The writes that the last write may have shown or hidden. */
  touched(): readonly Write[];
}

export const NO_LOSS_CHANGE: LossChange = {lost: [], found: []};

/** The writes that an applied write had seen. It cannot have seen what its origin had not applied. */
export const sawOf = ({after, change}: Write): readonly Dot[] => change.saw.filter(dot => covers(after, dot));

export class Losses {
  readonly #gone = new DotMap<Write>();
  /**
   * Of these: those that were shown all the same at the last check, and those not shown that may be shown
   * again.
   */
  readonly #visible = new DotMap<Write>();
  readonly #waiting = new DotMap<Write>();
  /** Writes that a write had seen which arrived before them. Only without causal delivery. */
  readonly #awaited = new DotMap<Dot>();
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

  /** Gone, and shown all the same. A hot counter has many of these. */
  visible(): Iterable<Write> {
    return this.#visible.values();
  }

  /**
   * Whether nothing changes here when a write is added that saw these, which are the whole frontier, and that
   * is shown itself.
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
    return lost.length + found.length === 0
      ? NO_LOSS_CHANGE
      : {lost: lost.sort(compareDots), found: found.sort(compareDots)};
  }

  /** Checks everything again under another resolver. */
  lookAnew(frontier: Frontier, {shows, mayReturn}: Sight): void {
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
