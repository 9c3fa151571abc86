/**
 * What readers see at a PostgreSQL leader, as a resolver: what its table holds, whatever anybody expected. So
 * frontiers, lost writes and the conflict log are worked out by the same code as for our own leaders, and
 * only the decision is PostgreSQL's.
 *
 * Of a batch of operations only what the table holds behind all of them is known. Between those that write
 * the same key it stands to reason what the server showed: what the resolver of its kind would have.
 */
import type {Key} from '../../../base/ids.ts';
import type {Json} from '../../../base/json.ts';
import type {KeyWrite, Write} from '../../../core/log/op.ts';
import {compareDots, type Dot, sameDot} from '../../../core/log/version-vector.ts';
import {type ResolverSpec, resolverOf} from '../../../core/resolvers/registry.ts';
import type {Resolver} from '../../../core/resolvers/resolver.ts';
import type {Frontier} from '../../../core/state/frontier.ts';
import {ABSENT, type Reading} from '../../../core/state/reading.ts';
import type {ObservedKey} from './explain-reading.ts';

/** A row of the table; `undefined` where there is none. */
export type ObservedRow = {readonly value: Json; readonly dot: Dot} | undefined;

type Explain = (at: Pick<ObservedKey, 'frontier' | 'shown' | 'deleted'>) => string;

interface State {
  readonly key: Key;
  /** What the resolver of that kind makes of it. */
  readonly expected: unknown;
  /** The last operation applied that deleted the key. */
  readonly deleted: Dot | undefined;
}

export class TableResolver implements Resolver<State | undefined> {
  readonly summary = 'what the table holds';
  readonly seenIn = 'PostgreSQL';
  readonly convergent = false;
  readonly madeOf = 'arrivals';
  readonly #rows = new Map<Key, ObservedRow>();
  readonly #explain: Explain;
  #expecting: Resolver;

  constructor(resolver: ResolverSpec, explain: Explain) {
    this.#expecting = resolverOf(resolver);
    this.#explain = explain;
  }

  get name(): Resolver['name'] {
    return this.#expecting.name;
  }

  /** From now on the server resolves otherwise. What it holds stays as it is. */
  expect(resolver: ResolverSpec): void {
    this.#expecting = resolverOf(resolver);
  }

  /** Of each key, as far as it is known: what the table holds. */
  get rows(): ReadonlyMap<Key, ObservedRow> {
    return new Map(this.#rows);
  }

  /** What the table holds. */
  observe(key: Key, row: ObservedRow): void {
    this.#rows.set(key, row);
  }

  /** The table is unchanged; a key without a known row has no row. */
  leave(key: Key): void {
    if (!this.#rows.has(key)) this.#rows.set(key, undefined);
  }

  /** What the table held meanwhile is not known. */
  forget(key: Key): void {
    this.#rows.delete(key);
  }

  initial(): undefined {
    return undefined;
  }

  apply(state: State | undefined, write: Write, frontier: Frontier): State {
    const {change, dot} = write;
    return {
      key: change.key,
      expected: this.#expecting.apply(
        state === undefined ? this.#expecting.initial() : state.expected,
        write,
        frontier,
      ),
      deleted: change.type === 'del' ? dot : state?.deleted,
    };
  }

  read(state: State | undefined, frontier: Frontier): Reading {
    if (state === undefined) return ABSENT;
    if (!this.#rows.has(state.key)) return this.#expecting.read(state.expected, frontier);
    const row = this.#rows.get(state.key);
    return row === undefined ? ABSENT : {type: 'value', value: row.value};
  }

  shown(state: State | undefined, frontier: Frontier): Dot | undefined {
    if (state === undefined) return undefined;
    if (!this.#rows.has(state.key)) return this.#expecting.shown(state.expected, frontier);
    const row = this.#rows.get(state.key);
    return row === undefined ? (deletedOn(frontier) ?? state.deleted) : row.dot;
  }

  /** Where there is no row, every delete that nobody has replaced is what a reader sees. */
  shows(state: State | undefined, frontier: Frontier, dot: Dot, change: KeyWrite): boolean {
    const shown = this.shown(state, frontier);
    if (shown === undefined) return false;
    return sameDot(shown, dot) || (change.type === 'del' && this.read(state, frontier).type === 'absent');
  }

  explain(_key: Key, state: State | undefined, frontier: Frontier): string {
    return this.#explain({frontier, shown: this.shown(state, frontier), deleted: state?.deleted});
  }
}

/** The last of them, so that every leader names the same. */
const deletedOn = ({members}: Frontier): Dot | undefined =>
  members
    .filter(({change}) => change.type === 'del')
    .map(({dot}) => dot)
    .sort(compareDots)
    .at(-1);
