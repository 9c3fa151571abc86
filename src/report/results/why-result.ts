/**
 * The result of `why`: what a leader shows for a key, and the story of the writes that led to it.
 */
import {readingToJson} from '../../core/state/reading.ts';
import {line, span} from '../document/styled-document.ts';
import {nameSpan, readingSpan} from './parts.ts';
import {readingFacts} from './reading-results.ts';
import type {ResultForm} from './result-form.ts';
import {storyTable, storyToJson} from './story-table.ts';

/** Side-by-side runs compare the reading: the story names clocks and the order of arrival. */
export const whyForm: ResultForm<'why'> = {
  document: ({leader, reading, story}, notation) => ({
    brief: [nameSpan(leader), span(' '), readingSpan(reading, notation)],
    whole: [line([nameSpan(leader), span(' shows '), readingSpan(reading, notation)]), storyTable(story)],
    detail: 'more',
  }),
  json: ({key, leader, reading, story}) => ({
    why: {key, leader, reading: readingToJson(reading), story: storyToJson(story)},
  }),
  facts: ({key, leader, reading}, chance) => readingFacts(key, {[leader]: reading}, chance),
};
