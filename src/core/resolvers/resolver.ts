/**
 * A resolver turns the writes on one key into what a reader sees. It never changes the log or the frontier,
 * so it can be replaced at any time by folding the log again.
 */
import type {Key} from '../../base/ids.ts';
import type {KeyWrite, Write} from '../log/op.ts';
import type {Dot} from '../log/version-vector.ts';
import type {Frontier} from '../state/frontier.ts';
import type {Reading} from '../state/reading.ts';
import type {ResolverName} from './spec.ts';

/** What help, completion and documents say of a resolver, whatever its parameters. */
export interface ResolverAbout {
  /** What a reader sees, in under 60 characters. */
  readonly summary: string;
  /** Real systems that do this. */
  readonly seenIn: string;
  /**
   * The claim that the reading depends only on the *set* of writes applied (invariant 4). Checked by tests.
   */
  readonly convergent: boolean;
}

export interface Resolver<State = unknown> extends ResolverAbout {
  readonly name: ResolverName;
  /**
   * What the state is made of: `frontier` = there is no state, the reading follows from the frontier;
   * `revisions` = the key's tree of revisions, which every fold keeps, is the state; `writes` = `apply` does
   * not look at the frontier; `arrivals` = `apply` looks at the frontier at each arrival, and its state
   * depends on one write alone while that is the only member. A switch to the resolver folds only the part of
   * the log that this requires.
   */
  readonly madeOf: 'frontier' | 'revisions' | 'writes' | 'arrivals';
  /**
   * For `madeOf: 'writes'`: whether a `set` or `del` removes everything that it had seen. Then a switch does
   * not have to fold the removed writes.
   */
  readonly resets?: boolean;
  /** The state of a key that was never written. */
  initial(): State;
  /**
   * The state with one more write; each is applied once (invariant 3). `frontier` already contains it. May
   * reuse `state`.
   */
  apply(state: State, write: Write, frontier: Frontier): State;
  read(state: State, frontier: Frontier): Reading;
  /** The one write that the reading shows, where there is one; it need not be on the frontier. */
  shown(state: State, frontier: Frontier): Dot | undefined;
  /**
   * Whether a reader gets the effect of this applied write. The effect of a shown `del` is that the key is
   * absent.
   */
  shows(state: State, frontier: Frontier, dot: Dot, change: KeyWrite): boolean;
  /**
   * The number of levels to which documents merge part by part; deeper, one write wins as a whole. If absent,
   * readers get the whole effect of each shown write.
   */
  readonly mergeDepth?: number;
  /**
   * Whether this write can hide others. If it cannot, writes that are shown off the frontier are not checked
   * again.
   */
  hides?(write: Write): boolean;
  /**
   * Whether a write that is off the frontier and not shown may be shown again: it stands behind another
   * write, as leaves of documents do, and that write may be removed. If absent, no write may.
   */
  mayReturn?(state: State, write: Write): boolean;
  /** Writes off the frontier that the last applied write may have shown or hidden. */
  touched?(state: State): readonly Write[];
  /** Why the reading is as it is: one sentence, with the numbers that decided. */
  explain(key: Key, state: State, frontier: Frontier): string;
  /** Why the user's module could not resolve the key. Then the key keeps its siblings. */
  failure?(state: State, frontier: Frontier): string | undefined;
}
