/**
 * The same file on several engines: the result of each command on each engine, and where they differ. Pure.
 */

import {printable} from '../base/printable.ts';
import type {ResolverName, ResolverSpec} from '../core/resolvers/spec.ts';
import type {Tally} from '../course/play-lab.ts';
import type {Settled} from '../course/settle-predictions.ts';
import type {Conflict} from '../history/conflict.ts';
import type {EngineName} from '../port/engine-name.ts';
import {plainText} from '../report/document/plain-text.ts';
import {joined, span} from '../report/document/styled-document.ts';
import {outcomeOf} from '../report/outcome-fact.ts';
import {formOf} from '../report/result-table.ts';
import {Nondeterminism} from '../report/results/nondeterminism.ts';
import type {Chance, Fact} from '../report/results/result-form.ts';
import {STATUS_GLYPHS} from '../report/words/glyphs.ts';
import {brief} from '../report/words/show-value.ts';
import type {Entry} from '../session/session-result.ts';

export type LineResult =
  /** `resolvers` are those of all leaders at that moment. */
  | {
      readonly type: 'entry';
      readonly line: number;
      readonly entry: Entry;
      readonly resolvers: readonly ResolverName[];
    }
  | {readonly type: 'prediction'; readonly line: number; readonly settled: Settled};

/** The results of the file on one engine. */
export interface EngineRun {
  readonly engine: EngineName;
  /** The resolver with which the cluster began. */
  readonly resolver: ResolverSpec;
  readonly results: readonly LineResult[];
  /** The conflict log at the end of the run. */
  readonly conflicts: readonly Conflict[];
  readonly tally: Tally;
  /** The lines of the checks and commands that failed. */
  readonly failedLines: readonly number[];
}

/** One command. Each list has one entry for each run, in the order of the runs. */
export interface Row {
  readonly line: number;
  readonly command: string;
  /** `undefined` for a run that ended before this line. */
  readonly results: readonly (LineResult | undefined)[];
  readonly facts: readonly ComparedFact[];
  readonly differs: boolean;
  /** It differs, but two runs of one engine may differ in the same way. */
  readonly isByChance: boolean;
}

export interface ComparedFact {
  readonly about: string;
  readonly texts: readonly (string | undefined)[];
  readonly differs: boolean;
  readonly isByChance: boolean;
}

export interface SideBySide {
  readonly rows: readonly Row[];
  /** The number of lines of the file. A load in the background has two rows and is one command. */
  readonly commands: number;
  readonly differing: number;
}

/** Aligns the results of the runs by line and command, and compares them. */
export function sideBySide(runs: readonly EngineRun[]): SideBySide {
  const nondeterminism = new Nondeterminism(runs.map(({conflicts}) => conflicts));
  const byName = runs.map(({results}) => new Map(results.map(one => [nameOf(one), one])));
  const names = new Set(byName.flatMap(results => [...results.keys()]));
  const rows = [...names].map(name =>
    rowOf(
      byName.map(results => results.get(name)),
      nondeterminism,
    ),
  );
  rows.sort((a, b) => a.line - b.line);
  const linesOf = (some: readonly Row[]): number => new Set(some.map(({line}) => line)).size;
  return {rows, commands: linesOf(rows), differing: linesOf(rows.filter(({differs}) => differs))};
}

const nameOf = (result: LineResult): string => `${result.line} ${commandOf(result)}`;

const commandOf = (result: LineResult): string =>
  result.type === 'entry' ? result.entry.text.trim() : `predict ${result.settled.prediction.question}`;

function rowOf(results: readonly (LineResult | undefined)[], nondeterminism: Nondeterminism): Row {
  const [first] = results.filter(one => one !== undefined);
  const resolvers = results.flatMap(one => (one?.type === 'entry' ? one.resolvers : []));
  const facts = aligned(results.map(one => one && factsOf(one, {nondeterminism, resolvers}))) ?? [
    comparedFact(
      '',
      results.map(one => one && briefly(one)),
    ),
  ];
  const differs = facts.some(fact => fact.differs);
  return {
    line: first?.line ?? 0,
    command: first === undefined ? '' : commandOf(first),
    results,
    facts,
    differs,
    isByChance: facts.some(fact => fact.isByChance),
  };
}

/** `undefined` if only the outcome of the command matters. */
function factsOf(result: LineResult, chance: Chance): readonly Fact[] | undefined {
  if (result.type === 'prediction') return [predictionFact(result.settled)];
  const shown = result.entry.result;
  return shown === undefined ? undefined : formOf(shown).facts?.(shown, chance);
}

function predictionFact({prediction, right}: Settled): Fact {
  const answers = right.map(i => prediction.choices[i]?.text ?? '');
  return {
    about: '',
    text: [span(answers.length === 0 ? `${STATUS_GLYPHS.fail} no choice is right` : answers.join('; '))],
  };
}

/** How a command ended, with all its facts in one text. */
function briefly(result: LineResult): Fact {
  if (result.type === 'prediction') return predictionFact(result.settled);
  const outcome = outcomeOf(result.entry);
  const facts = factsOf(result, {nondeterminism: new Nondeterminism([]), resolvers: []});
  return facts === undefined
    ? outcome
    : {
        ...outcome,
        text: joined(
          facts.map(({about, text}) => (about === '' ? text : [span(`${about} `), ...text])),
          span(', '),
        ),
      };
}

/** The facts of the runs, aligned by what they are about; `undefined` if one run has no facts. */
function aligned(runs: readonly (readonly Fact[] | undefined)[]): readonly ComparedFact[] | undefined {
  if (runs.some(facts => facts === undefined)) return undefined;
  const byName = runs.map(facts => new Map(numbered(facts ?? [])));
  const names = new Set(byName.flatMap(facts => [...facts.keys()]));
  return [...names].map(name => {
    const facts = byName.map(run => run.get(name));
    return comparedFact(facts.find(fact => fact !== undefined)?.about ?? '', facts);
  });
}

/** Numbers the facts about the same thing, so that the first is compared with the first. */
function numbered(facts: readonly Fact[]): readonly (readonly [string, Fact])[] {
  const seen = new Map<string, number>();
  return facts.map(fact => {
    const number = (seen.get(fact.about) ?? 0) + 1;
    seen.set(fact.about, number);
    return [`${number} ${fact.about}`, fact];
  });
}

function comparedFact(about: string, facts: readonly (Fact | undefined)[]): ComparedFact {
  const texts = facts.map(fact => fact && plainText(fact.text));
  const isOther = areSeveral(facts.map((fact, i) => fact?.compared ?? texts[i]));
  const common = facts.map(fact => fact?.byChance);
  const isByChance = isOther && !common.includes(undefined) && !areSeveral(common);
  return {
    about: printable(about),
    texts: texts.map(text => text && brief(text)),
    differs: isOther && !isByChance,
    isByChance,
  };
}

const areSeveral = (texts: readonly (string | undefined)[]): boolean => new Set(texts).size > 1;
