/**
 * Replication lag: from an origin's acceptance of an operation to its application at another leader, over the last seconds. Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import {type Dot, showDot} from '../core/version-vector.ts';

const WINDOW_MS = 10_000;
/** Operations whose acceptance is remembered, waiting for others to apply them. */
const ACCEPTED_LIMIT = 50_000;
const SAMPLE_LIMIT = 20_000;

export class LagMeter {
  readonly #acceptedAtMs = new Map<string, number>();
  #samples: {readonly atMs: number; readonly lagMs: number}[] = [];
  #acceptances: number[] = [];

  /** Reports may come in any order but for one origin: what was applied before its acceptance was reported is not measured. */
  applied(leader: LeaderId, dot: Dot, atMs: number): void {
    const name = showDot(dot);
    if (leader === dot.origin) {
      this.#acceptances.push(atMs);
      this.#acceptedAtMs.set(name, atMs);
      if (this.#acceptedAtMs.size > ACCEPTED_LIMIT) this.#forgetOldest();
      return;
    }
    const acceptedAtMs = this.#acceptedAtMs.get(name);
    if (acceptedAtMs === undefined || this.#samples.length >= SAMPLE_LIMIT) return;
    this.#samples.push({atMs, lagMs: Math.max(0, atMs - acceptedAtMs)});
  }

  /** Absent when nothing was replicated within the window. */
  lag(nowMs: number): {readonly p50Ms: number; readonly p99Ms: number} | undefined {
    this.#samples = this.#samples.filter(({atMs}) => atMs > nowMs - WINDOW_MS);
    if (this.#samples.length === 0) return undefined;
    const sorted = this.#samples.map(({lagMs}) => lagMs).sort((a, b) => a - b);
    return {p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99)};
  }

  /** Operations accepted in the last second. */
  opsPerSecond(nowMs: number): number {
    this.#acceptances = this.#acceptances.filter(atMs => atMs > nowMs - 1000);
    return this.#acceptances.length;
  }

  #forgetOldest(): void {
    const [oldest] = this.#acceptedAtMs.keys();
    if (oldest !== undefined) this.#acceptedAtMs.delete(oldest);
  }
}

/** Nearest rank; of a sorted, non-empty list. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? 0;
}
