/**
 * What the start of an engine returns: the cluster at once, so that the screen can show the start, and the
 * moment when it is ready.
 */
import type {Result} from '../../base/failure.ts';
import type {Cluster} from '../../port/cluster.ts';

export interface StartedCluster {
  readonly cluster: Cluster;
  /** When every leader is up and linked, or why not; the cluster is closed then. */
  readonly ready: Promise<Result<null>>;
}
