/**
 * What a resolver is: a lens that turns the writes on one key into what a reader sees. It never touches the log or the frontier,
 * so it can be exchanged at any time by folding the log again.
 */
import type {Key} from '../../base/ids.ts';
import type {Frontier} from '../frontier.ts';
import type {Write} from '../op.ts';
import type {Reading} from '../reading.ts';
import type {Dot} from '../version-vector.ts';

/** How a resolver accounts for one key's present reading. */
export interface Explanation {
  /** The frontier's writes whose effect a reader no longer gets: lost, if they were acknowledged. Sorted by dot. */
  readonly lost: readonly Dot[];
  /** One sentence, with the numbers that decided. */
  readonly why: string;
}

export interface Resolver<State = unknown> {
  readonly name: string;
  /** What a reader sees, in under 60 characters. */
  readonly summary: string;
  /** Real systems that do this. */
  readonly seenIn: string;
  /** The claim that the reading depends only on the *set* of writes applied (invariant 4). Checked by tests. */
  readonly convergent: boolean;
  /** The state of a key that was never written. */
  initial(): State;
  /** The state with one more write; each is applied once (invariant 3). `frontier` already contains it. May reuse `state`. */
  apply(state: State, write: Write, frontier: Frontier): State;
  read(state: State, frontier: Frontier): Reading;
  /** The one write that the reading shows, where there is one. */
  shown(state: State, frontier: Frontier): Dot | undefined;
  explain(key: Key, state: State, frontier: Frontier): Explanation;
}
