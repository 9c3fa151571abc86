/**
 * The results of commands that show leaders: the state of each, and the keys that they read differently.
 */
import {showWord} from '../../command/index.ts';
import {showDot} from '../../core/log/version-vector.ts';
import {showResolver} from '../../core/resolvers/spec.ts';
import {readingToJson} from '../../core/state/reading.ts';
import type {LeaderView} from '../../port/view.ts';
import {
  type Block,
  type Cell,
  cell,
  type Document,
  indented,
  joined,
  line,
  type Span,
  span,
  table,
} from '../document/styled-document.ts';
import {count} from '../words/count.ts';
import {GLYPHS} from '../words/glyphs.ts';
import {showMs} from '../words/show-time.ts';
import {type Notation, showJson} from '../words/show-value.ts';
import {byLeader, mapped, nameSpan, PART, readingSpan, vectorText} from './parts.ts';
import {readingFacts} from './reading-results.ts';
import type {Fact, JsonObject, Result, ResultForm} from './result-form.ts';

/**
 * The result of `state`: a row for each leader with its status and problems. Below are, for each leader, the
 * keys that changed last, at most 20.
 */
export const stateForm: ResultForm<'state'> = {
  document: ({leaders}, notation) => ({
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
  }),
  json: ({leaders}) => ({leaders: leaders.map(leaderToJson)}),
  facts: ({leaders}) => leaders.map(leaderFact),
};

/** One row; the columns are aligned over all leaders. */
function leaderRow(leader: LeaderView, notation: Notation): readonly Cell[] {
  const {id, vv, opCount, keyCount} = leader;
  const seen = vectorText(vv, notation);
  return [
    cell([nameSpan(id)]),
    cell([statusSpan(leader)]),
    cell(`has seen ${seen === '' ? 'nothing' : seen}`),
    cell(`${count(opCount, 'op')}, ${count(keyCount, 'key')}`, 'dim'),
    cell([resolverSpan(leader)]),
    cell(
      joined(
        conditions(leader).map(words => [span(words, 'warn')]),
        PART,
      ),
    ),
  ];
}

const statusSpan = ({status, cause}: LeaderView): Span =>
  span(cause === undefined ? status : `${status} (${cause})`, status === 'up' ? 'plain' : 'warn');

const resolverSpan = ({resolver}: LeaderView): Span => span(showResolver(resolver), 'dim');

const halts = ({halted}: LeaderView): string[] =>
  halted.map(({origin, key}) => `halted: ${origin} on ${showWord(key)}`);

/** Clocks, and what is still on its way, vary. Engines have their own words for why a leader is down. */
const leaderFact = (leader: LeaderView): Fact => ({
  about: leader.id,
  text: joined(
    [[statusSpan(leader)], [resolverSpan(leader)], ...halts(leader).map(words => [span(words, 'warn')])],
    span(', '),
  ),
  compared: [leader.status, showResolver(leader.resolver), ...halts(leader)].join(),
});

/** The problems of a leader, in a few words each. */
function conditions(leader: LeaderView): string[] {
  const {behind, clockOffsetMs, driftPpm, buffered} = leader;
  const offsetMs = Math.round(clockOffsetMs);
  return [
    ...(behind > 0 ? [`${behind} behind`] : []),
    ...(offsetMs === 0 ? [] : [`clock ${offsetMs > 0 ? '+' : '−'}${showMs(Math.abs(offsetMs))}`]),
    ...(driftPpm === 0 ? [] : [`drift ${driftPpm} ppm`]),
    ...halts(leader),
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
        ...(frontierSize > 1 ? [cell(`${GLYPHS.differs} ${frontierSize} siblings`, 'warn')] : []),
      ]),
    ),
    ...(more > 0 ? [line([span(`and ${count(more, 'more key')}, changed earlier`, 'dim')])] : []),
  ];
}

/** More keys than this are listed by `keys`. */
const KEYS_SHOWN = 20;

/** The result of `diff`: the keys that leaders read differently, with the reading of each leader. */
export const diffForm: ResultForm<'diff'> = {
  document: ({keys}, notation) =>
    keys.length === 0
      ? {
          brief: [span('no key differs')],
          whole: [line('live leaders read every key the same')],
          detail: 'same',
        }
      : {
          brief: [span(`${differing(keys.length)}: ${keys.map(({key}) => showWord(key)).join(' ')}`)],
          whole: [table(keys.map(one => diffRow(one, notation)))],
          detail: 'more',
        },
  json: ({keys}) => ({
    diff: Object.fromEntries(keys.map(({key, readings}) => [key, mapped(readings, readingToJson)])),
  }),
  facts: ({keys}, chance) =>
    keys.flatMap(({key, readings}) =>
      readingFacts(key, readings, chance).map(fact => ({...fact, about: `${showWord(key)} ${fact.about}`})),
    ),
};

const differing = (n: number): string => count(n, 'key differs', 'keys differ');

const diffRow = ({key, readings}: Result<'diff'>['keys'][number], notation: Notation): readonly Cell[] => [
  cell(showJson(key), 'strong'),
  ...byLeader(readings, notation).map(([leader, reading]) =>
    cell([nameSpan(leader), span(' '), readingSpan(reading, notation)]),
  ),
];

const leaderToJson = (leader: LeaderView): JsonObject => {
  const {
    id,
    status,
    cause,
    resolver,
    vv,
    opCount,
    keyCount,
    behind,
    clockOffsetMs,
    driftPpm,
    halted,
    buffered,
  } = leader;
  return {
    id,
    status,
    ...(cause === undefined ? {} : {cause}),
    resolver: showResolver(resolver),
    vv: {...vv},
    opCount,
    keyCount,
    behind,
    clockOffsetMs,
    driftPpm,
    halted: halted.map(({origin, dot, key}) => ({origin, dot: showDot(dot), key})),
    buffered,
  };
};
