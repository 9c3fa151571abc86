/**
 * The answer to a command: as a whole document, and in a few words.
 */
import type {Failure} from '../base/failure.ts';
import {underline} from '../command/index.ts';
import type {Entry} from '../session/session-result.ts';
import {plainLines} from './document/plain-text.ts';
import {type Block, type Document, line, type SpanLine, span} from './document/styled-document.ts';
import {formOf} from './result-table.ts';
import {STATUS_GLYPHS} from './words/glyphs.ts';
import {brief, IN_FULL, type Notation} from './words/show-value.ts';

/** The whole answer without the command: why the command failed, and its result. */
export function entryDocument({status, failure, result}: Entry, notation: Notation): Document {
  const shown = result === undefined ? [] : formOf(result).document(result, notation).whole;
  // The result of a check or of writes already says why it failed.
  const saysWhy = result?.type === 'check' || result?.type === 'writes';
  if (failure === undefined || saysWhy) return shown;
  return [...failureLines(failure, status === 'fail' ? 'bad' : 'warn'), ...shown];
}

const failureLines = ({message, hint}: Failure, tone: 'bad' | 'warn'): Block[] => [
  line([span(message, tone)]),
  ...(hint === undefined ? [] : [line([span(hint, 'dim')])]),
];

/** The answer in a few words, for the line of the command. Empty if the command already says all of it. */
export function entryBrief(entry: Entry, notation: Notation): SpanLine {
  const {text, status, failure, result, action} = entry;
  if (failure !== undefined && result?.type !== 'writes')
    return [
      span(failure.message, status === 'fail' ? 'bad' : 'warn'),
      ...(failure.hint === undefined ? [] : [span(`  ${failure.hint}`, 'dim')]),
    ];
  if (result?.type === 'changed') return changedBrief(result.summary, text.trim(), action);
  return result === undefined ? [] : formOf(result).document(result, notation).brief;
}

/** The summary without the words that the command already says. */
function changedBrief(summary: string, command: string, action: Entry['action']): SpanLine {
  // `resolver siblings` answers `resolver siblings`.
  if (`${summary} `.startsWith(`${command} `)) {
    const rest = summary.slice(command.length + 1);
    return rest === '' ? [] : [span(rest)];
  }
  // `drop us>eu` answers `us>eu: us:1 lost`.
  const prefix = action?.type === 'deliver' || action?.type === 'drop' ? `${action.link}: ` : '';
  return [span(summary.startsWith(prefix) ? summary.slice(prefix.length) : summary)];
}

/** The lines of `run` for an entry: the command with its outcome, and below it the whole answer. */
export function showEntry(entry: Entry): string[] {
  const glyph = STATUS_GLYPHS[entry.status];
  if (entry.failure !== undefined && entry.caret !== undefined) {
    const [first = '', ...rest] = underline(entry.text, entry.caret, entry.failure);
    return [`${glyph} ${first}`, ...rest.map(text => `  ${text}`)];
  }
  const answer = plainLines(entryDocument(entry, IN_FULL));
  // CSV and JSON lines are for other programs, so nothing is added to them.
  if (entry.result?.type === 'conflicts' && entry.result.format !== 'list') return answer;
  const [command = ''] = plainLines([line(brief(entry.text.trim()))]);
  return [`${glyph} ${command}`, ...answer.map(text => (text === '' ? '' : `    ${text}`))];
}

/** The lines of a failure for the error output: what went wrong, and then what to do. */
export const showFailure = (failure: Failure): string[] => plainLines(failureLines(failure, 'bad'));
