/**
 * The compared runs as lines for people, with one column for each engine, and as JSON for programs.
 */
import stringWidth from 'string-width';
import type {Json} from '../base/json.ts';
import {listed} from '../base/list.ts';
import {printable} from '../base/printable.ts';
import {showResolver} from '../core/resolvers/spec.ts';
import {settledToJson} from '../course/show-lab.ts';
import {entryToJson, JSON_VERSION} from '../report/to-json.ts';
import {wrapped} from '../report/words/columns.ts';
import {count} from '../report/words/count.ts';
import {STATUS_GLYPHS} from '../report/words/glyphs.ts';
import {brief} from '../report/words/show-value.ts';
import type {ComparedFact, EngineRun, LineResult, Row, SideBySide} from './side-by-side.ts';

const GAP = 2;
/** The columns of the line number. Facts are indented by as many, below the command. */
const INDENT = 4;
const ABOUT_LIMIT = 20;
const LEAST_COLUMN = 8;
const FACTS_SHOWN = 20;
const ALIKE_SHOWN = 6;

/** `✘ pglogical (lww): 3 passed, 1 failed (line 7)`. */
export function showRun({engine, resolver, tally, failedLines}: EngineRun): string {
  const {passed, failed} = tally;
  const where = failedLines.length === 0 ? '' : ` (${linesInWords(failedLines)})`;
  const glyph = failed === 0 ? STATUS_GLYPHS.ok : STATUS_GLYPHS.fail;
  const counts = `${passed} passed, ${failed} failed`;
  return `${glyph} ${engine} (${printable(showResolver(resolver))}): ${counts}${where}`;
}

/** The commands that differ, and notes on the others. `width` is that of the terminal, in columns. */
export function showDifferences(runs: readonly EngineRun[], {rows}: SideBySide, width: number): string[] {
  const differing = rows.filter(({differs}) => differs);
  const table = tableOf(differing, runs.length, width);
  const head =
    differing.length === 0
      ? []
      : [
          '',
          table
            .line(
              '',
              runs.map(({engine}) => engine),
            )
            .join('\n'),
        ];
  return [
    ...head,
    ...differing.flatMap(row => table.row(row)),
    ...notes(runs, rows).flatMap(note => ['', ...wrapped(note, width)]),
  ];
}

export function showSummary(file: string, {commands, differing}: SideBySide): string {
  const head = `${printable(file)}: ${count(commands, 'command')}`;
  if (differing === 0) return `${head}: ${commands} alike, nothing differs`;
  return `${head}: ${commands - differing} alike, ${count(differing, 'differs', 'differ')}`;
}

interface Table {
  line(about: string, cells: readonly string[]): string[];
  row(row: Row): string[];
}

function tableOf(rows: readonly Row[], count: number, width: number): Table {
  const abouts = rows.flatMap(({facts}) =>
    facts.filter(({differs}) => differs).map(({about}) => stringWidth(about)),
  );
  const aboutWidth = Math.min(ABOUT_LIMIT, Math.max(0, ...abouts));
  const left = INDENT + (aboutWidth === 0 ? 0 : aboutWidth + GAP);
  const cellWidth = Math.max(LEAST_COLUMN, Math.floor((width - left - GAP * (count - 1)) / count));
  const line = (about: string, cells: readonly string[]): string[] => {
    const blocks = [wrapped(about, Math.max(1, aboutWidth)), ...cells.map(cell => wrapped(cell, cellWidth))];
    const height = Math.max(...blocks.map(block => block.length));
    return Array.from({length: height}, (_, i) => {
      const [first = '', ...others] = blocks.map(block => block[i] ?? '');
      const margin = ' '.repeat(INDENT) + (aboutWidth === 0 ? '' : padded(first, aboutWidth + GAP));
      return (margin + others.map(cell => padded(cell, cellWidth + GAP)).join('')).trimEnd();
    });
  };
  return {line, row: row => showRow(row, line, width)};
}

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

function showRow({line, command, facts}: Row, inTable: Table['line'], width: number): string[] {
  const number = padded(String(line), INDENT);
  const head = wrapped(printable(brief(command)), width - INDENT).map(
    (text, i) => (i === 0 ? number : ' '.repeat(INDENT)) + text,
  );
  const differing = facts.filter(({differs}) => differs);
  const more = differing.length - FACTS_SHOWN;
  return [
    ...head,
    ...differing.slice(0, FACTS_SHOWN).flatMap(({about, texts}) =>
      inTable(
        about,
        texts.map(text => text ?? '–'),
      ),
    ),
    ...[...(more > 0 ? [`and ${more} more differ`] : []), ...alikeInWords(facts)].map(
      text => ' '.repeat(INDENT) + text,
    ),
  ];
}

function alikeInWords(facts: readonly ComparedFact[]): string[] {
  const alike = facts.filter(({differs}) => !differs).map(({about}) => about);
  if (alike.length === 0) return [];
  return [alike.length > ALIKE_SHOWN ? `${alike.length} more are alike` : `alike: ${alike.join(', ')}`];
}

function notes(runs: readonly EngineRun[], rows: readonly Row[]): string[] {
  const resolvers = runs.map(({resolver}) => printable(showResolver(resolver)));
  const begun = runs.map(({engine}, i) => `${engine} with ${resolvers[i]}`);
  const byChance = rows.filter(({isByChance}) => isByChance).map(({line}) => line);
  return [
    ...(new Set(resolvers).size > 1 ? [`They began with different resolvers: ${listed(begun)}.`] : []),
    ...(byChance.length > 0
      ? [
          'Which write won was up to clocks or arrival, and may be another next time: ' +
            `${linesInWords(byChance)}.`,
        ]
      : []),
  ];
}

function linesInWords(lines: readonly number[]): string {
  const each = [...new Set(lines)].sort((a, b) => a - b).map(String);
  return `${each.length === 1 ? 'line' : 'lines'} ${listed(each)}`;
}

type JsonObject = {readonly [field: string]: Json};

/** One line of `run --json`. */
export const rowToJson = (
  {line, command, differs, isByChance, results}: Row,
  runs: readonly EngineRun[],
): JsonObject => ({
  line,
  command,
  differs,
  ...(isByChance ? {byChance: true} : {}),
  results: Object.fromEntries(runs.map(({engine}, i) => [engine, resultToJson(results[i])])),
});

function resultToJson(result: LineResult | undefined): Json {
  if (result === undefined) return null;
  const {
    line: _line,
    command: _command,
    ...rest
  } = result.type === 'entry' ? entryToJson(result.line, result.entry) : settledToJson(result.settled);
  return rest;
}

export const summaryToJson = (
  file: string,
  {commands, differing}: SideBySide,
  runs: readonly EngineRun[],
  seed: number,
): JsonObject => ({
  summary: {
    version: JSON_VERSION,
    file,
    engines: Object.fromEntries(
      runs.map(({engine, resolver, tally}) => [engine, {resolver: showResolver(resolver), ...tally}]),
    ),
    commands,
    alike: commands - differing,
    differ: differing,
    seed,
  },
});
