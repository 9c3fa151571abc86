/**
 * The explanation of a conflict: everything that `explain` knows, as text, and on screens that are wide and
 * narrow.
 */
import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import {plainLines} from '../../src/report/document/plain-text.ts';
import {formOf} from '../../src/report/result-table.ts';
import {explanation} from '../../src/report/results/explained-result.ts';
import {IN_FULL} from '../../src/report/words/show-value.ts';
import type {SessionResult} from '../../src/session/session-result.ts';
import {documentLines} from '../../src/tui/model/text/document-lines.ts';
import {lineWidth} from '../../src/tui/model/text/text.ts';
import {paletteOf} from '../../src/tui/model/text/words.ts';
import {conflict, dot, troubledView, value} from '../tui/views.ts';

const [US, EU, AP] = [leaderId('us'), leaderId('eu'), leaderId('ap')];

function explained(change: Partial<Conflict> = {}): Extract<SessionResult, {type: 'explained'}> {
  return {
    type: 'explained',
    conflict: conflict(3, 'title', change),
    leaders: [
      {id: US, status: 'down'},
      {id: EU, status: 'up'},
      {id: AP, status: 'up'},
    ],
    story: [{what: 'merged', text: 'a later write had seen both'}],
    notCompared: 'no live leader has us:8',
  };
}

function asText(change: Partial<Conflict> = {}): string[] {
  const result = explained(change);
  return plainLines(formOf(result).document(result, IN_FULL).whole);
}

test('the text of explain has the writes, what each leader shows, the losses and the story', () => {
  expect(asText()).toEqual([
    'conflict #3 · title · set/set · neither had seen the other',
    'eu:9 wins: written 5 ms later, by its own clock, than us:8',
    '',
    'the writes',
    '  us:8  set "A"  ✘ lost  acknowledged  wall 12:03:02.900          hlc 12:03:02.900+0',
    '  eu:9  set "B"  ✔ kept  acknowledged  wall 12:03:02.905 (+5 ms)  hlc 12:03:02.905+0',
    '',
    'what each leader shows',
    '  us  "B"                  lww  reported 12:03:03.048, down now',
    '  eu  "B"                  lww  reported 12:03:03.000',
    '  ap  has not reported it',
    '',
    '✘ lost: us:8, acknowledged and then discarded',
    '',
    'what happened (reports and decisions have the time at which the lab received them)',
    '  ∪  a later write had seen both',
    '',
    'what every resolver makes of it',
    'The resolvers cannot be compared on these writes: no live leader has us:8.',
  ]);
});

test('an outdated decision, a torn transaction and a write that was never acknowledged are named', () => {
  const known = conflict(3, 'title');
  const decision = known.decisions[US];
  if (decision === undefined) throw new Error('a decision');
  const text = asText({
    torn: [dot('us', 8)],
    decisions: {...known.decisions, [US]: {...decision, until: 'crdt'}},
    writes: known.writes.map(write => ({...write, acknowledged: write.dot.origin === EU})),
  }).join('\n');
  expect(text).toMatch(/us {2}"B" .*lww {2}reported 12:03:03.048, until crdt, down now/);
  expect(text).toContain('½ torn: of the transaction us:8 a reader sees a part only');
  expect(text).toMatch(/us:8 {2}set "A" {2}✘ lost {2}never acknowledged/);
});

test('if leaders differ, the writes that only some of them lost are not called kept', () => {
  const known = conflict(3, 'title');
  const [us, eu] = [known.decisions[US], known.decisions[EU]];
  if (us === undefined || eu === undefined) throw new Error('decisions');
  const text = asText({
    lost: [],
    decisions: {[US]: {...us, shows: value('A'), lost: [dot('eu', 9)]}, [EU]: eu},
  });
  expect(text.filter(line => line.includes('≠'))).toEqual([
    expect.stringMatching(/us:8 {2}set "A" {2}≠ lost at some/),
    expect.stringMatching(/eu:9 {2}set "B" {2}≠ lost at some/),
    '≠ lost at some leaders: none shows all of these writes',
  ]);
  expect(asText({lost: [], decisions: {[EU]: {...eu, lost: []}}})).toContain(
    '✔ no acknowledged write was lost',
  );
});

test('on a narrow screen the clocks of a write are below it, and nothing is cut', () => {
  const palette = paletteOf(troubledView(0));
  const long = 'a value that is far too long for its column';
  const [first, ...others] = conflict(3, 'title').writes;
  if (first === undefined) throw new Error('a write');
  const shown = (width: number, summary: string): string[] => {
    const document = explanation(explained({writes: [{...first, summary}, ...others]}), palette);
    const lines = documentLines(document, palette, width);
    for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(width);
    const texts = lines.map(line => line.map(({text}) => text).join(''));
    return texts.slice(texts.indexOf('the writes') + 1, texts.indexOf('what each leader shows') - 1);
  };
  const clock = String.raw`\d\d:\d\d:\d\d\.\d{3}`;
  expect(shown(116, 'set "A"')).toEqual([
    expect.stringMatching(`us:8  set "A"  ✘ lost  acknowledged  wall ${clock} +hlc`),
    expect.stringMatching(`eu:9  set "B"  ✔ kept  acknowledged  wall ${clock} .* hlc`),
  ]);
  expect(shown(76, 'set "A"')).toEqual([
    expect.stringMatching(/^ {2}us:8 {2}set "A" +✘ lost +acknowledged$/),
    expect.stringMatching(`^ {8}wall ${clock} +hlc ${clock}\\+0$`),
    expect.stringMatching(/^ {2}eu:9 {2}set "B" +✔ kept +acknowledged$/),
    expect.stringMatching(`^ {8}wall ${clock} \\(\\+5 ms\\) +hlc ${clock}\\+0$`),
  ]);
  const narrow = shown(56, `set "${long}"`).join(' ').split(' ');
  expect(narrow).toEqual(expect.arrayContaining(long.split(' ').slice(1, -1)));
});
