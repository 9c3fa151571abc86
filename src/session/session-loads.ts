/**
 * Loads in the background: they run beside the commands of a session, which can wait for them and interrupt
 * them.
 */
import type {Clock, Cluster} from '../port/cluster.ts';
import type {ClusterView} from '../port/view.ts';

/** How often, by the cluster's clock, a waiting command checks whether the loads have ended. */
const CHECK_MS = 100;

export class Loads {
  readonly #cluster: Cluster;
  readonly #running = new Map<AbortController, Promise<unknown>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Starts a load; the signal tells it to end early. */
  start(load: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController();
    const ended = load(controller.signal).finally(() => this.#running.delete(controller));
    this.#running.set(controller, ended);
  }

  interrupt(): void {
    for (const controller of this.#running.keys()) controller.abort();
  }

  /** Waits until no load runs; loads that start meanwhile count too. Never rejects. */
  async ended(signal: AbortSignal): Promise<void> {
    const {clock} = this.#cluster;
    await this.#runningEnded(clock, signal);
    // After `back`, a load that had ended runs again if it ran at that time.
    while (isLoading(this.#cluster.view()) && !signal.aborted) await clock.sleep(CHECK_MS, signal);
  }

  async #runningEnded(clock: Clock, signal: AbortSignal): Promise<void> {
    while (this.#running.size > 0 && !signal.aborted) {
      await Promise.race([Promise.allSettled(this.#running.values()), clock.sleep(CHECK_MS, signal)]);
    }
  }
}

const isLoading = ({virtualTime, activities}: ClusterView): boolean =>
  virtualTime !== undefined && activities.some(({label}) => label.startsWith('load '));
