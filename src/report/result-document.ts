/**
 * The result of a command as a document for people. `to-json.ts` has the same results for programs, and
 * `comparable-facts.ts` for the comparison of engines.
 */
import {assertNever} from '../base/assert.ts';
import type {SessionResult} from '../session/session-result.ts';
import {line, span} from './document/styled-document.ts';
import {comparisonDocument} from './results/comparison-document.ts';
import {conflictsDocument} from './results/conflict-documents.ts';
import {
  keysDocument,
  loadDocument,
  logDocument,
  skippedDocument,
  valuesDocument,
  writesDocument,
} from './results/data-documents.ts';
import {explainedDocument} from './results/explanation-document.ts';
import {lagDocument} from './results/lag-document.ts';
import {nameSpan, type ResultDocument} from './results/parts.ts';
import {
  checkDocument,
  diffDocument,
  settingDocument,
  stateDocument,
  whyDocument,
} from './results/state-documents.ts';
import {showMs} from './words/show-time.ts';
import type {Notation} from './words/show-value.ts';

/**
 * Returns the result of a command for people, in a few words and in full. `notation` says how to write
 * values and in which order to name leaders. Failures are not results: `entry-document.ts` shows them.
 */
export function resultDocument(result: SessionResult, notation: Notation): ResultDocument {
  switch (result.type) {
    case 'writes':
      return writesDocument(result);
    case 'values':
      return valuesDocument(result, notation);
    case 'keys':
      return keysDocument(result, notation);
    case 'log':
      return logDocument(result, notation);
    case 'skipped':
      return skippedDocument(result, notation);
    case 'loaded':
      return loadDocument(result);
    case 'changed':
      return oneLine(result.summary);
    case 'check':
      return checkDocument(result);
    case 'conflicts':
      return conflictsDocument(result, notation);
    case 'explained':
      return explainedDocument(result, notation);
    case 'compared':
      return comparisonDocument(result.comparison, notation);
    case 'why':
      return whyDocument(result, notation);
    case 'lag':
      return lagDocument(result, notation);
    case 'setting':
      return settingDocument(result);
    case 'state':
      return stateDocument(result, notation);
    case 'diff':
      return diffDocument(result, notation);
    case 'waited':
      return {
        brief: [span(`after ${showMs(result.ms)}`, 'dim')],
        whole: [line(`after ${showMs(result.ms)}`)],
        detail: 'same',
      };
    case 'focused':
      return {
        brief: [span('commands go to '), nameSpan(result.leader)],
        whole: [line([span('commands without @ now go to '), nameSpan(result.leader)])],
        detail: 'same',
      };
    case 'help':
      return {brief: [], whole: result.lines.map(text => line(text, hangOf(text))), detail: 'more'};
    case 'quit':
      return {brief: [], whole: [], detail: 'same'};
    default:
      return assertNever(result);
  }
}

const oneLine = (text: string): ResultDocument => ({
  brief: [span(text)],
  whole: [line(text)],
  detail: 'same',
});

/** Where a wrapped row of help goes on: below its second column, or at its indent if it has one column. */
function hangOf(text: string): number {
  const [head = ''] = /^\s*(?:\S+(?: \S+)*\s{2,}(?=\S))?/.exec(text) ?? [];
  const [indent = ''] = /^\s*/.exec(text) ?? [];
  return head.length <= LONGEST_HEAD ? head.length : indent.length;
}

/** The greatest width of the first column of help, in characters. */
const LONGEST_HEAD = 40;
