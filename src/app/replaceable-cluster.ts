/**
 * A cluster that can be replaced by another one: the session and the screen continue with the new one without
 * noticing.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {ActionType, EngineAction} from '../command/action.ts';
import type {ServerReading} from '../history/comparison.ts';
import type {Clock, Cluster, Measurement, Outcome} from '../port/cluster.ts';
import type {EngineName} from '../port/engine-name.ts';
import type {ClusterView} from '../port/view.ts';

export class ReplaceableCluster implements Cluster {
  readonly clock: Clock = {
    nowMs: () => this.#current.clock.nowMs(),
    sleep: (ms, signal) => this.#current.clock.sleep(ms, signal),
  };
  readonly #listeners = new Set<() => void>();
  #current: Cluster;
  #unsubscribe: () => void;
  #isClosed = false;

  constructor(first: Cluster) {
    this.#current = first;
    this.#unsubscribe = first.subscribe(this.#notify);
  }

  get engine(): EngineName {
    return this.#current.engine;
  }

  get capabilities(): ReadonlySet<ActionType> {
    return this.#current.capabilities;
  }

  /**
   * Continues with `next`, and closes the previous cluster. If this one was closed meanwhile, closes `next`.
   */
  async replace(next: Cluster): Promise<void> {
    const before = this.#isClosed ? next : this.#current;
    if (!this.#isClosed) {
      this.#unsubscribe();
      this.#current = next;
      this.#unsubscribe = next.subscribe(this.#notify);
      this.#notify();
    }
    await before.close();
  }

  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    return this.#current.execute(action, focused, signal);
  }

  view(): ClusterView {
    return this.#current.view();
  }

  measure(): Promise<Measurement> {
    return this.#current.measure();
  }

  serverReadings(key: Key): {readonly [leader: LeaderId]: ServerReading} | undefined {
    return this.#current.serverReadings?.(key);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current.close();
  }

  readonly #notify = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
