/**
 * A story as lines for people: when, by the lab's clock, and what happened.
 */
import {printable} from '../base/printable.ts';
import type {StoryLine} from '../history/story.ts';
import {columns} from './words/columns.ts';
import {showClock} from './words/show-time.ts';

export function showStory(story: readonly StoryLine[]): string[] {
  const isDated = story.some(({atMs}) => atMs !== undefined);
  const rows = story.map(({atMs, what, text}) => [
    ...(isDated ? [atMs === undefined ? '' : showClock(atMs)] : []),
    what,
    printable(text),
  ]);
  return columns(rows);
}
