/**
 * A cluster that can be taken for another one under those who hold it: session and screen go on with the new
 * one as if nothing had been.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {ActionType, EngineAction} from '../command/action.ts';
import type {ServerReading} from '../history/comparison.ts';
import type {Clock, Cluster, Measurement, Outcome} from '../port/cluster.ts';
import type {EngineName} from '../port/engine-name.ts';
import type {ClusterView} from '../port/view.ts';

export class ReplaceableCluster implements Cluster {
  readonly clock: Clock = {
    nowMs: () => this.#present.clock.nowMs(),
    sleep: (ms, signal) => this.#present.clock.sleep(ms, signal),
  };
  readonly #listeners = new Set<() => void>();
  #present: Cluster;
  #unsubscribe: () => void;
  #isClosed = false;

  constructor(first: Cluster) {
    this.#present = first;
    this.#unsubscribe = first.subscribe(this.#heard);
  }

  get engine(): EngineName {
    return this.#present.engine;
  }

  get capabilities(): ReadonlySet<ActionType> {
    return this.#present.capabilities;
  }

  /** The one before is closed; so is this one, if all of it was closed meanwhile. */
  async replace(next: Cluster): Promise<void> {
    const before = this.#isClosed ? next : this.#present;
    if (!this.#isClosed) {
      this.#unsubscribe();
      this.#present = next;
      this.#unsubscribe = next.subscribe(this.#heard);
      this.#heard();
    }
    await before.close();
  }

  execute(action: EngineAction, focused: LeaderId, signal?: AbortSignal): Promise<Outcome> {
    return this.#present.execute(action, focused, signal);
  }

  view(): ClusterView {
    return this.#present.view();
  }

  measure(): Promise<Measurement> {
    return this.#present.measure();
  }

  serverReadings(key: Key): {readonly [leader: LeaderId]: ServerReading} | undefined {
    return this.#present.serverReadings?.(key);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#present.close();
  }

  readonly #heard = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
