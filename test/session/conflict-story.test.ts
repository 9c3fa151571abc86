import {expect, test} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import type {Conflict, ConflictWrite} from '../../src/history/conflict.ts';
import {conflictStory} from '../../src/session/conflict-story.ts';
import {conflict, emptyView} from '../tui/views.ts';

const [US, EU] = [leaderId('us'), leaderId('eu')];
const plain = conflict(1, 'title');
const at = plain.detectedAtMs;

/**
 * `us` wrote again half a second after it knew the conflict; `eu` received all of it a second later.
 */
function goneOn(change: Partial<ConflictWrite> = {}): Conflict {
  const [mine, theirs] = plain.writes;
  const [us, eu] = [plain.decisions[US], plain.decisions[EU]];
  if (mine === undefined || theirs === undefined || us === undefined || eu === undefined)
    throw new Error('two writes, two decisions');
  const newer = {
    ...mine,
    dot: {origin: US, seq: 9},
    after: {[US]: 8},
    wallMs: at + 500,
    receivedAtMs: at + 510,
    ...change,
  };
  const writes = [theirs, mine, newer];
  const decisions = {
    [US]: {...us, learnedAtMs: at, atMs: at + 510},
    [EU]: {...eu, why: 'otherwise', learnedAtMs: at + 1000, atMs: at + 1000},
  };
  return {...plain, writes, sides: writes.map(({dot}) => dot), decisions};
}

test('lines are in the order of time, also for a write that followed one side', () => {
  const story = conflictStory(goneOn(), emptyView());
  expect(
    story.map(({what, leader, atMs}) => [what, leader, atMs === undefined ? undefined : atMs - at]),
  ).toEqual([
    ['wrote', 'us', -100],
    ['wrote', 'eu', -95],
    ['reported', 'us', 0],
    ['wrote', 'us', 500],
    ['decided', 'us', 510],
    ['reported', 'eu', 1000],
    ['decided', 'eu', 1000],
    ['lost', undefined, undefined],
  ]);
});

test.each([
  ['after it was reported', {wallMs: at + 5000}, ['us:8 dated', 'eu:9 dated', 'us:9']],
  ['before what it had seen', {wallMs: at - 5000}, ['us:8 dated', 'us:9', 'eu:9 dated']],
])(
  'a clock that would date a write %s is not used, and the write comes after what it had seen',
  (_when, change, expected) => {
    const story = conflictStory(goneOn(change), emptyView()).filter(({what}) => what === 'wrote');
    expect(
      story.map(({dot, atMs}) => `${dot?.origin}:${dot?.seq}${atMs === undefined ? '' : ' dated'}`),
    ).toEqual(expected);
  },
);

test('if leaders show different values, no write is reported as kept by all', () => {
  const [mine, theirs] = plain.writes;
  const [us, eu] = [plain.decisions[US], plain.decisions[EU]];
  if (mine === undefined || theirs === undefined || us === undefined || eu === undefined)
    throw new Error('two writes, two decisions');
  const decisions = {
    [US]: {...us, shows: {type: 'value', value: 'B'} as const, lost: [mine.dot]},
    [EU]: {...eu, shows: {type: 'value', value: 'A'} as const, lost: [theirs.dot]},
  };
  expect(conflictStory({...plain, lost: [], decisions}, emptyView()).at(-1)).toEqual({
    what: 'lost',
    text: 'Leaders show different values: no write is lost at every leader, and no leader shows all of them.',
  });
});

test('a decision of a resolver that is no longer in use is in the past tense', () => {
  const {decisions} = plain;
  const past = Object.fromEntries(
    Object.entries(decisions).map(([leader, made]) => [
      leader,
      {...made, why: 'so', until: 'siblings' as const},
    ]),
  );
  const [decided] = conflictStory({...plain, decisions: past}, emptyView()).filter(
    ({what}) => what === 'decided',
  );
  expect(decided?.text).toBe(
    'lww decided at eu and us, until siblings took its place: so. A reader there saw "B".',
  );
});
