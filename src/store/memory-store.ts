/**
 * A log in memory, for the simulator and for tests. It outlives a leader's crash as long as someone holds it.
 */
import {assert} from '../base/assert.ts';
import type {Json} from '../base/json.ts';
import {type LogEntry, LogOrder, type OpLogStore} from './log-store.ts';

export class MemoryStore implements OpLogStore {
  readonly #entries: LogEntry[] = [];
  readonly #meta = new Map<string, Json>();
  readonly #order = new LogOrder();

  load(): readonly LogEntry[] {
    return [...this.#entries];
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const gap = this.#order.gap(entries);
    assert(gap === undefined, `the log has no gaps: ${gap}`);
    this.#order.advance(entries);
    for (const entry of entries) this.#entries.push(entry);
  }

  getMeta(name: string): unknown {
    return this.#meta.get(name);
  }

  async setMeta(name: string, value: Json): Promise<void> {
    this.#meta.set(name, value);
  }

  async close(): Promise<void> {}
}
