/**
 * Draws the prompt and the line under it. That line shows candidates while completing, the place of an error,
 * or the usage of the command being typed.
 */
import type {Failure} from '../../../base/failure.ts';
import type {LeaderId} from '../../../base/ids.ts';
import {complete} from '../../../command/complete.ts';
import type {CommandContext} from '../../../command/grammar/reader.ts';
import {widthOf} from '../../../report/words/cut.ts';
import {legible} from '../text/legible.ts';
import {type Line, type Run, run} from '../text/style.ts';
import {cutLine, lineWidth, windowStart} from '../text/text.ts';
import type {Palette} from '../text/words.ts';
import type {Prompt} from './prompt.ts';

const markLead = (focused: LeaderId): number => widthOf(focused) + 4;

/**
 * Who gets the keys: the prompt; the panes, where a letter acts at once and `i` leads back to the prompt; or
 * something else that is open.
 */
export type KeyHolder = 'prompt' | 'panes' | 'other';

const KEYS_NOT_TEXT = 'letters are keys now, not text: i types a command';

/** ` us › set title A▏`: the leader that commands go to, and the part of the text around the cursor. */
export function drawPrompt(
  {text, cursor, refusal}: Prompt,
  focused: LeaderId,
  holder: KeyHolder,
  palette: Palette,
  width: number,
): Line {
  const hasKeys = holder === 'prompt';
  const lead: Line = [run(' '), run(focused, palette.tone(focused)), run(' › ', hasKeys ? 'focus' : 'dim')];
  if (holder === 'panes' && text === '') return cutLine([...lead, run(KEYS_NOT_TEXT, 'dim')], width);
  const room = width - lineWidth(lead) - 1;
  const characters = [...new Intl.Segmenter().segment(text)].map(({segment, index}) => ({
    shown: legible(segment),
    index,
  }));
  const at = characters.findIndex(({index}) => index >= cursor);
  const place = at < 0 ? characters.length : at;
  const from = firstInSight(
    characters.map(({shown}) => widthOf(shown)),
    place,
    room,
  );
  const shown = characters.slice(from);
  const before = shown
    .slice(0, place - from)
    .map(({shown: piece}) => piece)
    .join('');
  const under = shown[place - from]?.shown ?? ' ';
  const after = shown
    .slice(place - from + 1)
    .map(({shown: piece}) => piece)
    .join('');
  const tone = refusal === undefined ? 'plain' : 'dim';
  const body: Run[] = [
    run(before, tone),
    hasKeys ? {text: under, tone: 'plain', mark: 'cursor'} : run(under, tone),
    run(after, tone),
  ];
  return cutLine([...lead, ...body], width);
}

/**
 * The first character to show. The text scrolls only as far as needed to show the cursor and one column after
 * it.
 */
function firstInSight(widths: readonly number[], place: number, room: number): number {
  let from = 0;
  let used = widths.slice(0, place + 1).reduce((sum, wide) => sum + wide, 0) + 1;
  while (used > room && from < place) used -= widths[from++] ?? 0;
  return from;
}

/**
 * Draws the line under the prompt, at most `width` columns wide; empty if there is nothing to say. `usageOf`
 * gets the text before the cursor and returns the usage of the command in it, if there is one.
 */
export function drawUnder(
  prompt: Prompt,
  focused: LeaderId,
  usageOf: (text: string) => string | undefined,
  language: CommandContext,
  width: number,
): Line {
  if (prompt.cycle !== undefined)
    return candidateLine(prompt.cycle.completion.candidates, prompt.cycle.at, width);
  if (prompt.refusal !== undefined) return errorLine(prompt.text, prompt.refusal, focused, width);
  if (prompt.text === '') return [];
  const usage = usageOf(prompt.text.slice(0, prompt.cursor));
  if (usage !== undefined) return usageLine(usage, prompt.text.slice(0, prompt.cursor), focused, width);
  const {candidates} = complete(prompt.text, prompt.cursor, language);
  return candidates.length > 0 ? candidateLine(candidates, -1, width) : [];
}

/**
 * If the usage is too long, it shows only the names of the options, except for the option being typed, and
 * begins further to the left.
 */
function usageLine(usage: string, typed: string, focused: LeaderId, width: number): Line {
  const [last] = typed.trim().split(/\s+/).slice(-1);
  const brief = usage.replace(/\[([a-z]+) [A-Z]+\]/g, (whole, option: string) =>
    option === last ? whole : `[${option}]`,
  );
  const text = widthOf(usage) < width ? usage : brief;
  const lead = Math.max(1, Math.min(markLead(focused), width - widthOf(text)));
  return cutLine([run(' '.repeat(lead)), run(text, 'dim')], width);
}

/** The candidates side by side with the chosen one visible, and the summary of the chosen one. */
function candidateLine(
  candidates: readonly {readonly text: string; readonly summary: string}[],
  at: number,
  width: number,
): Line {
  const most = Math.max(4, Math.floor(width / 15));
  const start = windowStart(candidates.length, most, Math.max(0, at));
  const chosen = candidates[at];
  const summary: Line =
    chosen === undefined || chosen.summary === '' ? [] : [run(`   ${legible(chosen.summary)}`, 'dim')];
  const words = candidates.slice(start, start + most).flatMap((candidate, i): Line => {
    const word = run(legible(candidate.text), 'key');
    return [run('  '), start + i === at ? {...word, mark: 'selected'} : word];
  });
  const more = candidates.length > start + most ? [run(`  … ${candidates.length} in all`, 'dim')] : [];
  return cutLine([...words, ...more, ...summary], width);
}

/** A caret under the place of the error, and the message. */
function errorLine(
  text: string,
  {caret, failure}: {readonly caret: number; readonly failure: Failure},
  focused: LeaderId,
  width: number,
): Line {
  const before = legible(text.slice(0, caret));
  const margin = markLead(focused) + widthOf(before);
  const hint: Line = failure.hint === undefined ? [] : [run(`  ${legible(failure.hint)}`, 'dim')];
  const message: Line = [run('^ ', 'bad'), run(legible(failure.message), 'bad')];
  // The message is shown whole, even if the caret then moves away from its place.
  const shift = Math.max(1, Math.min(margin, width - lineWidth(message) - 1));
  return cutLine([run(' '.repeat(shift)), ...message, ...hint], width);
}
