/**
 * One key's history through every resolver: what each shows, and what it loses.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import type {Dot} from '../core/log/version-vector.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import type {Reading} from '../core/state/reading.ts';

export interface ResolverReading {
  readonly reading: Reading;
  /**
   * Acknowledged writes whose effect no reader gets, although no write that had seen them replaced them.
   * Sorted by dot.
   */
  readonly lost: readonly Dot[];
}

/** What the server of a leader shows for a key, if servers decide instead of our resolvers. */
export interface ServerReading extends ResolverReading {
  /** Why, as far as its table shows it: one sentence without a full stop. */
  readonly why: string;
}

export interface Comparison {
  readonly key: Key;
  /** In the order of the registry. */
  readonly resolvers: readonly ComparedResolver[];
}

export interface ComparedResolver extends ResolverReading {
  readonly name: ResolverName;
  /** Whether a live leader uses this resolver now. */
  readonly inUse: boolean;
  /** The row comes from servers with their own rules, not from our resolver of that name. */
  readonly isServers?: true;
  /**
   * If leaders would read or lose differently because the resolver depends on arrival: the result of each;
   * `reading` is that of the first.
   */
  readonly byLeader?: {readonly [leader: LeaderId]: ResolverReading};
}
