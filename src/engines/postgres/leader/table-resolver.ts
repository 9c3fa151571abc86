/**
 * A resolver that shows what the table of a PostgreSQL leader holds, even if that is wrong. The code for our
 * own leaders computes frontiers, lost writes and the conflict log here, too. Only the decision is
 * PostgreSQL's.
 *
 * After a batch of operations only the final rows are known. For writes of one key within a batch, the
 * resolver assumes that the server showed what a resolver of its kind would show.
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

/** A row of the table; undefined if there is none. */
export type ObservedRow = {readonly value: Json; readonly dot: Dot} | undefined;

type Explain = (at: Pick<ObservedKey, 'frontier' | 'shown' | 'deleted'>) => string;

interface State {
  readonly key: Key;
  /** The state of the resolver of that kind. */
  readonly expected: unknown;
  /** The last applied operation that deleted the key. */
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

  /** Sets the resolver that the server uses from now on. The rows that it holds stay as they are. */
  expect(resolver: ResolverSpec): void {
    this.#expecting = resolverOf(resolver);
  }

  /** The rows of the table, as far as they are known. */
  get rows(): ReadonlyMap<Key, ObservedRow> {
    return new Map(this.#rows);
  }

  /** Records that the table holds this row now. */
  observe(key: Key, row: ObservedRow): void {
    this.#rows.set(key, row);
  }

  /** Records that the table is unchanged. A key without a known row has no row. */
  leave(key: Key): void {
    if (!this.#rows.has(key)) this.#rows.set(key, undefined);
  }

  /** Records that the row of the key is unknown at this point of a batch. */
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

  /** If there is no row, a reader sees every delete that no later write replaced. */
  shows(state: State | undefined, frontier: Frontier, dot: Dot, change: KeyWrite): boolean {
    const shown = this.shown(state, frontier);
    if (shown === undefined) return false;
    return sameDot(shown, dot) || (change.type === 'del' && this.read(state, frontier).type === 'absent');
  }

  explain(_key: Key, state: State | undefined, frontier: Frontier): string {
    return this.#explain({frontier, shown: this.shown(state, frontier), deleted: state?.deleted});
  }
}

/** The last delete by dot, so that every leader names the same one. */
const deletedOn = ({members}: Frontier): Dot | undefined =>
  members
    .filter(({change}) => change.type === 'del')
    .map(({dot}) => dot)
    .sort(compareDots)
    .at(-1);
