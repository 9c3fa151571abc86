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

/** What the server of a leader makes of a key, where servers decide and not our resolvers. */
export interface ServerReading extends ResolverReading {
  /** Why, as far as its table tells: one sentence without a full stop. */
  readonly why: string;
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
  /** It is what servers show that resolve by rules of their own, not what our resolver of that name makes of the writes. */
  readonly isServers?: true;
  /** Where leaders would read or lose differently, since the resolver goes by arrival: what each does; `reading` is the first one's. */
  readonly byLeader?: {readonly [leader: LeaderId]: ResolverReading};
}
