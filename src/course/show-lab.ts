/**
 * The output about a lab that is played without a person, besides its commands: the steps, and the results of
 * predictions.
 */
import type {Json} from '../base/json.ts';
import {printable} from '../base/printable.ts';
import {GLYPHS} from '../report/words/glyphs.ts';
import type {LabError, Step} from './lab-types.ts';
import {isSound, type Settled} from './settle-predictions.ts';

/** Returns the lines that announce a step: an empty one, and its title as a heading. */
export const showStep = ({title}: Step): readonly string[] => ['', `## ${printable(title)}`];

/**
 * Returns the lines about a prediction: whether it is sound, and below that the right choice. If several
 * choices are right, it names them; if none is, it says what the cluster showed for each.
 */
export function showSettled(settled: Settled): readonly string[] {
  const {prediction, right, seen} = settled;
  const answers = right.map(i => prediction.choices[i]?.text ?? '');
  const head = `${isSound(settled) ? GLYPHS.done : GLYPHS.failed} predict ${printable(prediction.question)}`;
  if (isSound(settled)) return [head, `    ${printable(answers[0] ?? '')}`];
  if (answers.length > 1)
    return [head, `    ${answers.length} choices are right: ${answers.map(printable).join('; ')}`];
  const saw = seen.flatMap((verdict, i) =>
    verdict === undefined ? [] : [`${prediction.choices[i]?.text}: seen ${verdict.seen}`],
  );
  return [head, '    no choice is right', ...saw.map(line => `    ${printable(line)}`)];
}

/** One line of `run --json`. */
export function settledToJson(settled: Settled): {readonly [field: string]: Json} {
  const {prediction, right} = settled;
  const {line, question, choices} = prediction;
  return {
    line,
    command: `predict ${question}`,
    ok: isSound(settled),
    result: {
      predict: {choices: choices.map(({text}) => text), right: right.map(i => choices[i]?.text ?? '')},
    },
  };
}

/** More errors than this are not listed: the file is not a lab at all. */
const ERRORS_SHOWN = 20;

/** `labs/x.md:12: no block "labb"; did you mean lab?`, and below it what to write. */
export function showLabErrors(file: string, errors: readonly LabError[]): readonly string[] {
  const shown = errors
    .slice(0, ERRORS_SHOWN)
    .flatMap(({line, message, hint}) => [
      `${printable(file)}:${line}: ${printable(message)}`,
      ...(hint === undefined ? [] : [`  ${printable(hint)}`]),
    ]);
  const rest = errors.length - ERRORS_SHOWN;
  return rest > 0 ? [...shown, `${printable(file)}: and ${rest} more errors`] : shown;
}
