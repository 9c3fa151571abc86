/**
 * Lost writes of one key. A write is *gone* once it is off the frontier although no applied write had seen it shown: whatever took it
 * off the frontier discarded it unseen. It is lost where no reader gets its effect: lost = (gone ∪ frontier) less what is shown.
 *
 * `gone` depends on the set of writes applied, not on their order and not on the resolver. A resolver only decides what is shown.
 */
import type {Frontier} from './frontier.ts';
import type {Write} from './op.ts';
import {compareDots, covers, type Dot, showDot} from './version-vector.ts';

/** How the lost writes of a key changed. Sorted by dot. */
export interface LossChange {
  readonly lost: readonly Dot[];
  readonly found: readonly Dot[];
}

/** What readers get of a write now, and whether they may get it again where they do not. */
export interface Sight {
  shows(write: Write): boolean;
  mayReturn(write: Write): boolean;
}

export const NO_LOSS_CHANGE: LossChange = {lost: [], found: []};

/** What an applied write had seen, as far as it can have: of what its origin had not applied it saw nothing. */
export const sawOf = ({after, change}: Write): readonly Dot[] => change.saw.filter(dot => covers(after, dot));

export class Losses {
  readonly #gone = new Map<string, Write>();
  /** Of those: the ones shown all the same when last looked at, and the ones not shown that may be again. */
  readonly #visible = new Set<string>();
  readonly #waiting = new Set<string>();
  /** Seen by a write that arrived before them. Only where delivery is not causal. */
  readonly #awaited = new Set<string>();
  readonly #lost = new Map<string, Dot>();
  /** Seen since the last look: these are replaced, which is no loss. */
  #seen = new Set<string>();
  /** Gone since the last look. */
  #fresh: string[] = [];

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
    return this.#lost.size > 0 && this.#lost.has(showDot(dot));
  }

  /** Gone, and shown all the same: of a hot counter these are many. */
  *visible(): Generator<Write> {
    for (const name of this.#visible) {
      const write = this.#gone.get(name);
      if (write !== undefined) yield write;
    }
  }

  /** Whether a write that saw these, which are all of the frontier, and shows itself leaves everything here as it is. */
  isIndifferentTo(saw: readonly Dot[]): boolean {
    return this.#visible.size + this.#waiting.size + this.#awaited.size === 0 && !saw.some(dot => this.isLost(dot));
  }

  /** One more write was applied; `isApplied` answers for the writes before it. */
  add(write: Write, before: Frontier, after: Frontier, isApplied: (dot: Dot) => boolean): void {
    for (const dot of sawOf(write)) {
      const name = showDot(dot);
      this.#seen.add(name);
      this.#gone.delete(name);
      this.#visible.delete(name);
      this.#waiting.delete(name);
      if (!isApplied(dot)) this.#awaited.add(name);
    }
    for (const member of before.members) {
      const name = showDot(member.dot);
      if (!this.#seen.has(name) && covers(write.after, member.dot)) this.#goes(name, member);
    }
    const name = showDot(write.dot);
    const wasSeen = this.#awaited.delete(name);
    if (!wasSeen && !after.members.includes(write)) this.#goes(name, write);
  }

  /** Looks again at what can have changed since the last time. `hides`: whether what was shown off the frontier need no longer be. */
  settle(frontier: Frontier, hides: boolean, {shows, mayReturn}: Sight): LossChange {
    const lost: Dot[] = [];
    const found: Dot[] = [];
    for (const name of this.#seen) {
      const dot = this.#lost.get(name);
      if (dot !== undefined && this.#lost.delete(name)) found.push(dot);
    }
    const look = (name: string, write: Write): boolean => {
      const isShown = shows(write);
      if (isShown && this.#lost.delete(name)) found.push(write.dot);
      if (!isShown && !this.#lost.has(name)) {
        this.#lost.set(name, write.dot);
        lost.push(write.dot);
      }
      return isShown;
    };
    for (const write of frontier.members) look(showDot(write.dot), write);
    for (const name of [...(hides ? this.#visible : this.#fresh), ...this.#waiting]) {
      const write = this.#gone.get(name);
      if (write === undefined) continue;
      const isShown = look(name, write);
      move(name, this.#visible, isShown);
      move(name, this.#waiting, !isShown && mayReturn(write));
    }
    this.#seen.clear();
    this.#fresh = [];
    return lost.length + found.length === 0 ? NO_LOSS_CHANGE : {lost: lost.sort(compareDots), found: found.sort(compareDots)};
  }

  /** Under another resolver everything may show differently. */
  lookAnew(frontier: Frontier, {shows, mayReturn}: Sight): void {
    for (const part of [this.#visible, this.#waiting, this.#lost]) part.clear();
    for (const write of frontier.members) if (!shows(write)) this.#lost.set(showDot(write.dot), write.dot);
    for (const [name, write] of this.#gone) {
      if (shows(write)) {
        this.#visible.add(name);
        continue;
      }
      this.#lost.set(name, write.dot);
      if (mayReturn(write)) this.#waiting.add(name);
    }
  }

  #goes(name: string, write: Write): void {
    this.#gone.set(name, write);
    this.#visible.add(name);
    this.#fresh.push(name);
  }
}

function move(name: string, set: Set<string>, isIn: boolean): void {
  if (isIn) set.add(name);
  else set.delete(name);
}
