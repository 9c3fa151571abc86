/**
 * The results of commands that change the cluster or the session and answer in one line, and of settings and
 * help. Side-by-side runs compare only how these commands ended; of a setting they compare its value.
 */
import {line, type SpanLine, span} from '../document/styled-document.ts';
import {showMs} from '../words/show-time.ts';
import {nameSpan} from './parts.ts';
import type {Result, ResultDocument, ResultForm} from './result-form.ts';

/** What a command has changed, as the engine says it. */
export const changedForm: ResultForm<'changed'> = {
  document: ({summary}) => oneLine([span(summary)]),
  json: ({summary}) => ({changed: summary}),
};

/** The value of a setting, with the leaders whose value differs. */
export const settingForm: ResultForm<'setting'> = {
  document: result => {
    const words = showSetting(result);
    return oneLine([span(words.slice(result.setting.length + 1))], [span(words)]);
  },
  json: ({setting, value, at}) => ({
    [setting]: value,
    ...(Object.keys(at).length === 0 ? {} : {at: {...at}}),
  }),
  facts: result => [{about: result.setting, text: [span(showSetting(result))]}],
};

/** `resolver lww, crdt @eu`. */
const showSetting = ({setting, value, at}: Result<'setting'>): string =>
  [`${setting} ${value}`, ...Object.entries(at).map(([id, other]) => `${other} @${id}`)].join(', ');

/** How long `wait` or `sleep` took. */
export const waitedForm: ResultForm<'waited'> = {
  document: ({ms}) => oneLine([span(`after ${showMs(ms)}`, 'dim')], [span(`after ${showMs(ms)}`)]),
  json: ({ms}) => ({waitedMs: ms}),
};

/** The leader that commands without @ now go to. */
export const focusedForm: ResultForm<'focused'> = {
  document: ({leader}) =>
    oneLine(
      [span('commands go to '), nameSpan(leader)],
      [span('commands without @ now go to '), nameSpan(leader)],
    ),
  json: ({leader}) => ({focused: leader}),
};

/** The lines of `help`. */
export const helpForm: ResultForm<'help'> = {
  document: ({lines}) => ({
    brief: [],
    whole: lines.map(text => line(text, hangOf(text))),
    detail: 'more',
  }),
  json: ({lines}) => ({help: [...lines]}),
};

/** The end of the session. */
export const quitForm: ResultForm<'quit'> = {
  document: () => ({brief: [], whole: [], detail: 'same'}),
  json: () => ({quit: true}),
};

const oneLine = (brief: SpanLine, whole: SpanLine = brief): ResultDocument => ({
  brief,
  whole: [line(whole)],
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
