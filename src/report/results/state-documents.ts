/**
 * The results of commands that show leaders and settings, and of checks.
 */
import {showWord} from '../../command/index.ts';
import {showResolver} from '../../core/resolvers/spec.ts';
import type {LeaderView} from '../../port/view.ts';
import type {CheckResult, SessionResult} from '../../session/session-result.ts';
import {
  type Block,
  type Cell,
  cell,
  type Document,
  indented,
  joined,
  line,
  span,
  table,
} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {showMs} from '../words/show-time.ts';
import {type Notation, showJson} from '../words/show-value.ts';
import {byLeader, nameSpan, PART, type ResultDocument, readingSpan, vectorText} from './parts.ts';
import {storyTable} from './story-document.ts';

type Result<T extends SessionResult['type']> = Extract<SessionResult, {type: T}>;

/**
 * Returns the result of `state`: a row for each leader with its status and problems. Below are, for each
 * leader, the keys that changed last, at most 20.
 */
export const stateDocument = ({leaders}: Result<'state'>, notation: Notation): ResultDocument => ({
  brief: [span(count(leaders.length, 'leader'), 'dim')],
  whole: [
    table(leaders.map(leader => leaderRow(leader, notation))),
    ...leaders.flatMap((leader): Block[] => [
      ...(leader.keys.length === 0
        ? []
        : [line([nameSpan(leader.id)]), indented(keyTable(leader, notation))]),
    ]),
  ],
  detail: 'more',
});

/** One row; the columns are aligned over all leaders. */
function leaderRow(leader: LeaderView, notation: Notation): readonly Cell[] {
  const {id, status, cause, vv, resolver, opCount, keyCount} = leader;
  const seen = vectorText(vv, notation);
  return [
    cell([nameSpan(id)]),
    cell(cause === undefined ? status : `${status} (${cause})`, status === 'up' ? 'plain' : 'warn'),
    cell(`has seen ${seen === '' ? 'nothing' : seen}`),
    cell(`${count(opCount, 'op')}, ${count(keyCount, 'key')}`, 'dim'),
    cell(showResolver(resolver), 'dim'),
    cell(
      joined(
        conditions(leader).map(words => [span(words, 'warn')]),
        PART,
      ),
    ),
  ];
}

/** The problems of a leader, in a few words each. */
function conditions({behind, clockOffsetMs, driftPpm, halted, buffered}: LeaderView): string[] {
  const offsetMs = Math.round(clockOffsetMs);
  return [
    ...(behind > 0 ? [`${behind} behind`] : []),
    ...(offsetMs === 0 ? [] : [`clock ${offsetMs > 0 ? '+' : '−'}${showMs(Math.abs(offsetMs))}`]),
    ...(driftPpm === 0 ? [] : [`drift ${driftPpm} ppm`]),
    ...halted.map(({origin, key}) => `halted: ${origin} on ${showWord(key)}`),
    ...(buffered > 0 ? [`${buffered} buffered`] : []),
  ];
}

/** The keys that changed last, by name, and how many more there are. */
function keyTable({keys, keyCount}: LeaderView, notation: Notation): Document {
  const shown = keys.slice(0, KEYS_SHOWN).sort((a, b) => (a.key < b.key ? -1 : 1));
  const more = keyCount - shown.length;
  return [
    table(
      shown.map(({key, reading, frontierSize}) => [
        cell(showWord(key)),
        cell([readingSpan(reading, notation)]),
        ...(frontierSize > 1 ? [cell(`≠ ${frontierSize} siblings`, 'warn')] : []),
      ]),
    ),
    ...(more > 0 ? [line([span(`and ${count(more, 'more key')}, changed earlier`, 'dim')])] : []),
  ];
}

/** More keys than this are listed by `keys`. */
const KEYS_SHOWN = 20;

/** Returns the result of `diff`: the keys that leaders read differently, with the reading of each leader. */
export function diffDocument({keys}: Result<'diff'>, notation: Notation): ResultDocument {
  const differing = `${count(keys.length, 'key')} differ${keys.length === 1 ? 's' : ''}`;
  return {
    brief: [
      span(
        keys.length === 0
          ? 'no key differs'
          : `${differing}: ${keys.map(({key}) => showWord(key)).join(' ')}`,
      ),
    ],
    whole:
      keys.length === 0
        ? [line('live leaders read every key the same')]
        : [
            table(
              keys.map(({key, readings}) => [
                cell(showJson(key), 'strong'),
                ...byLeader(readings, notation).map(([leader, reading]) =>
                  cell([nameSpan(leader), span(' '), readingSpan(reading, notation)]),
                ),
              ]),
            ),
          ],
    detail: keys.length > 0 ? 'more' : 'same',
  };
}

/**
 * Returns the result of `why`: what a leader shows for a key, and the story of the writes that led to it.
 */
export const whyDocument = ({leader, reading, story}: Result<'why'>, notation: Notation): ResultDocument => ({
  brief: [nameSpan(leader), span(' '), readingSpan(reading, notation)],
  whole: [line([nameSpan(leader), span(' shows '), readingSpan(reading, notation)]), storyTable(story)],
  detail: 'more',
});

/**
 * Returns the verdict on a check: what was seen, and if the check does not hold, what was expected and why
 * it is so.
 */
export function checkDocument({holds, expected, seen, at, why}: CheckResult): ResultDocument {
  const place = at === undefined ? '' : ` at ${at}`;
  if (holds)
    return {
      brief: [span(seen, 'dim')],
      whole: [line([span('seen ', 'dim'), span(`${seen}${place}`)], 5)],
      detail: 'same',
    };
  const row = (name: string, text: string): Block => line([span(name.padEnd(HANG), 'dim'), span(text)], HANG);
  return {
    brief: [span(`expected ${expected}, seen ${seen}${place}`, 'bad')],
    whole: [
      row('expected', expected),
      row('seen', `${seen}${place}`),
      ...(why === undefined ? [] : [row('because', why)]),
    ],
    detail: 'same',
  };
}

const HANG = 'expected '.length;

/** Returns the value of a setting, with the leaders whose value differs. */
export function settingDocument(result: Result<'setting'>): ResultDocument {
  const words = showSetting(result);
  return {brief: [span(words.slice(result.setting.length + 1))], whole: [line(words)], detail: 'same'};
}

/** `resolver lww, crdt @eu`. */
export const showSetting = ({setting, value, at}: Result<'setting'>): string =>
  [`${setting} ${value}`, ...Object.entries(at).map(([id, other]) => `${other} @${id}`)].join(', ');
