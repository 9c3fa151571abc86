/**
 * The answer of a command as lines: one line for the timeline and the note above the prompt, or in full for
 * the overlay.
 */

import type {Status} from '../../../port/cluster.ts';
import {entryBrief, entryDocument} from '../../../report/entry-document.ts';
import {formOf} from '../../../report/result-table.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {STATUS_GLYPHS} from '../../../report/words/glyphs.ts';
import type {Entry} from '../../../session/session-result.ts';
import {documentLines, runsOf} from './document-lines.ts';
import {legible} from './legible.ts';
import {type Line, type Run, run} from './style.ts';
import {lineWidth} from './text.ts';
import type {Palette} from './words.ts';

export const OUTCOME: {readonly [status in Status | 'running']: Run} = {
  ok: run(STATUS_GLYPHS.ok, 'good'),
  fail: run(STATUS_GLYPHS.fail, 'bad'),
  info: run(STATUS_GLYPHS.info, 'warn'),
  running: run(STATUS_GLYPHS.running, 'dim'),
};

/** The mark of how a command ended, the same everywhere. A failure that the lab expects is only a warning. */
export function outcomeMark(
  status: Status,
  isExpected: boolean,
): {readonly mark: Run; readonly words: string} {
  if (!isExpected) return {mark: OUTCOME[status], words: ''};
  return {
    mark: {...OUTCOME[status], tone: 'warn'},
    words: status === 'info' ? 'unknown, as expected' : 'failed, as expected',
  };
}

/** True for commands that take long and can be stopped. */
export const isStoppable = (text: string): boolean =>
  /^(wait|sleep|expect|load|join|leave)\b/.test(text.trim());

/**
 * The command as shown. It is empty for enter at an open question, because the person typed nothing.
 */
export const shownText = (text: string, entry: Entry | undefined, key: string | undefined): string =>
  key === 'enter' && entry?.failure?.code === 'choose' ? '' : legible(text);

/** The answer in a few words; empty if the command says everything. */
export const answerLine = (entry: Entry, palette: Palette): Line =>
  runsOf(entryBrief(entry, palette), palette);

/** The whole answer. */
export const answerLines = (entry: Entry, palette: Palette, width: number): Line[] =>
  documentLines(entryDocument(entry, palette), palette, width);

/** True if the answer does not fit its one line in a window of this width. */
export function isLong(entry: Entry, palette: Palette, columns: number): boolean {
  if (entry.result === undefined) return false;
  const {detail} = formOf(entry.result).document(entry.result, palette);
  if (detail !== 'same-but-long') return detail === 'more';
  return widthOf(legible(entry.text)) + lineWidth(answerLine(entry, palette)) + 5 > columns;
}
