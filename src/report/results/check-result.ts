/**
 * The verdict on a check: what was seen, and if the check does not hold, what was expected and why it is so.
 */
import type {CheckResult} from '../../session/session-result.ts';
import {type Block, line, span} from '../document/styled-document.ts';
import {STATUS_GLYPHS} from '../words/glyphs.ts';
import type {Fact, ResultDocument, ResultForm} from './result-form.ts';

/** The result of `expect`. */
export const checkForm: ResultForm<'check'> = {
  document: checkDocument,
  json: ({holds, expected, seen, at, why}) => ({
    check: {
      holds,
      expected,
      seen,
      ...(at === undefined ? {} : {at}),
      ...(why === undefined ? {} : {why}),
    },
  }),
  facts: check => [checkFact(check)],
};

function checkDocument(check: CheckResult): ResultDocument {
  const {holds, expected, seen, why} = check;
  if (holds)
    return {
      brief: [span(seen, 'dim')],
      whole: [line([span('seen ', 'dim'), span(seenWhere(check))], 5)],
      detail: 'same',
    };
  const row = (name: string, text: string): Block => line([span(name.padEnd(HANG), 'dim'), span(text)], HANG);
  return {
    brief: [span(`expected ${expected}, seen ${seenWhere(check)}`, 'bad')],
    whole: [
      row('expected', expected),
      row('seen', seenWhere(check)),
      ...(why === undefined ? [] : [row('because', why)]),
    ],
    detail: 'same',
  };
}

const HANG = 'expected '.length;

const seenWhere = ({seen, at}: CheckResult): string => `${seen}${at === undefined ? '' : ` at ${at}`}`;

/** `seen` may be a time, so only `holds` is compared. */
function checkFact(check: CheckResult): Fact {
  const mark = check.holds ? span(STATUS_GLYPHS.ok, 'good') : span(STATUS_GLYPHS.fail, 'bad');
  return {
    about: '',
    text: [mark, span(' seen ', 'dim'), span(seenWhere(check))],
    compared: check.holds ? 'holds' : 'fails',
  };
}
