/**
 * What a result of a command is to others: a document for people, JSON for programs, and the facts that runs
 * on several engines are compared by. Each result has all of it in one file of this folder.
 */
import type {Json} from '../../base/json.ts';
import type {ResolverName} from '../../core/resolvers/spec.ts';
import type {SessionResult} from '../../session/session-result.ts';
import type {Document, SpanLine} from '../document/styled-document.ts';
import type {Notation} from '../words/show-value.ts';
import type {Nondeterminism} from './nondeterminism.ts';

export type ResultType = SessionResult['type'];

export type Result<T extends ResultType> = Extract<SessionResult, {type: T}>;

export type ResultForm<T extends ResultType> = FormOf<Result<T>>;

export interface FormOf<R extends SessionResult> {
  document(result: R, notation: Notation): ResultDocument;
  /** One object of `run --json`, as docs/json.md describes it. */
  json(result: R): JsonObject;
  /**
   * The facts that side-by-side runs compare. They leave out what varies from run to run: times, clocks, the
   * order of arrival. Absent if only the outcome of the command matters.
   */
  facts?(result: R, chance: Chance): readonly Fact[];
}

/** One result: in a few words, and in full. */
export interface ResultDocument {
  /** In a few words, beside the command that it answers. */
  readonly brief: SpanLine;
  readonly whole: Document;
  /**
   * Whether `whole` says more than `brief`: `more`, `same`, or `same-but-long` where only the width decides
   * whether `brief` can be read to its end.
   */
  readonly detail: 'more' | 'same' | 'same-but-long';
}

export type JsonObject = {readonly [field: string]: Json};

export interface Fact {
  /** What it is about: a leader, a conflict, a resolver. Empty if the command has only one fact. */
  readonly about: string;
  /** For people, in the words of the document. */
  readonly text: SpanLine;
  /** The key to compare, if it is not the text. */
  readonly compared?: string;
  /** Present if clocks or the order of arrival decided: what all possible results have in common. */
  readonly byChance?: string | undefined;
}

/** What decides whether another run could have shown another result. */
export interface Chance {
  readonly nondeterminism: Nondeterminism;
  /** The resolvers in use at that moment, at all leaders of all runs. */
  readonly resolvers: readonly ResolverName[];
}

/** Every engine has its own words for why a leader does not answer, so the words are not compared. */
export const NO_ANSWER = 'no answer';
