/**
 * The result of starting an engine. The cluster is there at once, so that the screen can show the start; a
 * promise says when it is ready.
 */
import type {Result} from '../../base/failure.ts';
import type {Cluster} from '../../port/cluster.ts';

export interface StartedCluster {
  readonly cluster: Cluster;
  /**
   * Resolves when every leader is up and linked. On a failure, resolves to the reason, and the cluster is
   * closed.
   */
  readonly ready: Promise<Result<null>>;
}
