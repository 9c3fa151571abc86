/**
 * The results of commands that read: what a reader sees at each leader, and which keys there are.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson} from '../../base/json.ts';
import {showWord} from '../../command/index.ts';
import {type Reading, readingText, readingToJson} from '../../core/state/reading.ts';
import {
  cell,
  type Document,
  joined,
  type Span,
  type SpanLine,
  span,
  table,
} from '../document/styled-document.ts';
import {IN_FULL} from '../words/show-value.ts';
import {byLeader, mapped, nameSpan, PART, readingSpan, type Unread} from './parts.ts';
import {
  type Chance,
  type Fact,
  type JsonObject,
  NO_ANSWER,
  type Result,
  type ResultForm,
} from './result-form.ts';

/** The result of a read: for each leader, what a reader sees there, or why it gave no answer. */
export const valuesForm: ResultForm<'values'> = {
  document: ({values}, notation) =>
    listed(
      byLeader(values, notation).map(([leader, reading]) => [
        nameSpan(leader),
        readingSpan(reading, notation),
      ]),
    ),
  json: ({values}) => ({values: mapped(values, readingOrError)}),
  facts: ({key, values}, chance) => readingFacts(key, values, chance),
};

/** The result of `keys`: for each leader, the keys that it has, or why it gave no answer. */
export const keysForm: ResultForm<'keys'> = {
  document: ({keys}, notation) =>
    listed(byLeader(keys, notation).map(([leader, found]) => [nameSpan(leader), keysSpan(found)])),
  json: ({keys}) => ({
    keys: mapped(keys, found => ('error' in found ? {error: found.error} : [...found])),
  }),
  facts: ({keys}) =>
    Object.entries(keys).map(([about, found]) => ({
      about,
      text: [keysSpan(found)],
      compared: 'error' in found ? NO_ANSWER : canonicalJson([...found].sort()),
    })),
};

/** The same in brief and in full: one text for each leader. */
const listed = (
  shown: readonly (readonly [name: Span, text: Span])[],
): {readonly brief: SpanLine; readonly whole: Document; readonly detail: 'same-but-long'} => ({
  brief: joined(
    shown.map(([name, text]) => [name, span(' '), text]),
    PART,
  ),
  whole: [table(shown.map(([name, text]) => [cell([name]), cell([text])]))],
  detail: 'same-but-long',
});

function keysSpan(keys: Result<'keys'>['keys'][LeaderId] = []): Span {
  if ('error' in keys) return span(keys.error, 'bad');
  return keys.length === 0 ? span('no key', 'dim') : span(keys.map(showWord).join(' '));
}

const readingOrError = (reading: Reading | Unread): JsonObject =>
  reading.type === 'error' ? {error: reading.error} : readingToJson(reading);

/** The readings of a key at leaders, as facts. */
export function readingFacts(
  key: Key,
  values: {readonly [leader: LeaderId]: Reading | Unread},
  {nondeterminism, resolvers}: Chance,
): readonly Fact[] {
  const readings = Object.values(values).flatMap(value =>
    value.type === 'error' ? [] : [readingText(value)],
  );
  const areAlike = new Set(readings).size === 1;
  return Object.entries(values).map(([about, value]): Fact => {
    const text = [readingSpan(value, IN_FULL)];
    if (value.type === 'error') return {about, text, compared: NO_ANSWER};
    const byChance = nondeterminism.at(about as LeaderId, key, value, resolvers, areAlike);
    return {about, text, compared: readingText(value), byChance};
  });
}
