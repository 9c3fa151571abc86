/**
 * A story as a table: when, at which leader, and what happened. And as JSON.
 */
import type {Json} from '../../base/json.ts';
import {showDot} from '../../core/log/version-vector.ts';
import type {StoryLine} from '../../history/story.ts';
import {type Block, cell, type DocumentTone, number, table} from '../document/styled-document.ts';
import {GLYPHS} from '../words/glyphs.ts';
import {showMs} from '../words/show-time.ts';
import {nameSpan} from './parts.ts';

const KINDS: {
  readonly [what in StoryLine['what']]: readonly [glyph: string, glyphTone: DocumentTone, tone: DocumentTone];
} = {
  wrote: ['+', 'strong', 'plain'],
  clocks: ['±', 'warn', 'plain'],
  reported: ['·', 'dim', 'dim'],
  decided: [GLYPHS.pointer, 'strong', 'strong'],
  said: ['“', 'warn', 'warn'],
  lost: [GLYPHS.failed, 'bad', 'bad'],
  merged: ['∪', 'good', 'plain'],
};

/** Times count from the first line that has one. */
export function storyTable(story: readonly StoryLine[]): Block {
  const times = story.flatMap(({atMs}) => (atMs === undefined ? [] : [atMs]));
  const startMs = Math.min(...times);
  return table(
    story.map(({atMs, leader, what, text}) => {
      const [glyph, glyphTone, tone] = KINDS[what];
      return [
        ...(times.length === 0
          ? []
          : [number(atMs === undefined ? '' : `+${showMs(atMs - startMs)}`, 'dim')]),
        leader === undefined ? cell('') : cell([nameSpan(leader)]),
        cell(glyph, glyphTone),
        cell(afterName(text, leader), tone),
      ];
    }),
  );
}

/** The text without the name of the leader, because the name is in the column before it. */
const afterName = (text: string, leader: string | undefined): string =>
  leader !== undefined && text.startsWith(`${leader} `) ? text.slice(leader.length + 1) : text;

/** The lines of a story as JSON; a dot is a text such as `us:4`. */
export const storyToJson = (story: readonly StoryLine[]): Json =>
  story.map(({atMs, leader, what, dot, text}) => ({
    ...(atMs === undefined ? {} : {atMs}),
    ...(leader === undefined ? {} : {leader}),
    what,
    ...(dot === undefined ? {} : {dot: showDot(dot)}),
    text,
  }));
