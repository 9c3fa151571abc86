/**
 * One key's history through every resolver: what each shows, and what it loses.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Reading} from '../core/reading.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import type {Dot} from '../core/version-vector.ts';

export interface ResolverReading {
  readonly reading: Reading;
  /** Acknowledged writes of which no reader gets what they asked for, although nothing that had seen them replaced them. Sorted by dot. */
  readonly lost: readonly Dot[];
}

export interface Comparison {
  readonly key: Key;
  /** In the order of the registry. */
  readonly resolvers: readonly ComparedResolver[];
}

export interface ComparedResolver extends ResolverReading {
  readonly name: ResolverName;
  /** Whether a live leader resolves with it now. */
  readonly inUse: boolean;
  /** Where leaders would read or lose differently, since the resolver goes by arrival: what each does; `reading` is the first one's. */
  readonly byLeader?: {readonly [leader: LeaderId]: ResolverReading};
}
