/**
 * The interface of the user's module for the resolver `custom`. The caller of the core loads the file, runs
 * it where it can be stopped, and passes this in: the core only sees a function that answers.
 */
import type {Result} from '../../base/failure.ts';
import type {Key, LeaderId} from '../../base/ids.ts';
import type {Json} from '../../base/json.ts';
import type {Hlc} from '../log/hybrid-clock.ts';

/** One of the concurrent writes as `resolve` gets it: a value, or `deleted: true`. */
export type CustomSibling = {
  readonly origin: LeaderId;
  readonly seq: number;
  readonly wallMs: number;
  readonly hlc: Hlc;
} & ({readonly value: Json} | {readonly deleted: true});

export interface CustomModule {
  /**
   * `merge(mine, theirs, {key})`: pairwise, on arrival, the result is kept; a deleted side is `undefined`.
   * `resolve(siblings, {key})`: the whole frontier at once, sorted by dot.
   */
  readonly form: 'merge' | 'resolve';
  /** Fails if the module threw, took longer than 50 ms or gave no JSON. */
  merge(mine: Json | undefined, theirs: Json | undefined, key: Key): Result<Json>;
  resolve(siblings: readonly CustomSibling[], key: Key): Result<Json>;
}
