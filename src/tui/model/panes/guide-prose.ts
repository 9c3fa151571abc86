/**
 * A lab's prose as lines of a terminal.
 */
import type {Block, Prose, Span} from '../../../course/lab-types.ts';
import {legible} from '../text/legible.ts';
import {type Line, run, type Tone} from '../text/style.ts';
import {cut, wrapLine} from '../text/text.ts';

const TONES: {readonly [style in Span['style']]: Tone} = {
  plain: 'plain',
  strong: 'strong',
  em: 'strong',
  code: 'key',
};

/** `isTight` leaves out the empty lines between paragraphs. */
export function drawProse(prose: Prose, width: number, isTight: boolean): Line[] {
  return prose.flatMap((block, i): Line[] => {
    const isApart = i > 0 && !isTight && !(block.type === 'item' && prose[i - 1]?.type === 'item');
    return [...(isApart ? [[]] : []), ...blockLines(block, width)];
  });
}

function blockLines(block: Block, width: number): Line[] {
  switch (block.type) {
    case 'paragraph':
      return wrapLine(runsOf(block.spans), width);
    case 'item':
      return wrapLine(runsOf(block.spans), width, [run(`${legible(block.bullet)} `, 'dim')]);
    case 'quote': {
      const bar: Line = [run('│ ', 'dim')];
      return wrapLine(runsOf(block.spans), width, bar, bar);
    }
    case 'heading':
      return wrapLine(
        runsOf(block.spans).map(({text}) => run(text, 'strong')),
        width,
      );
    case 'code':
      return block.lines.map((line): Line => [run('  '), run(cut(legible(line), width - 2), 'key')]);
  }
}

const runsOf = (spans: readonly Span[]): Line =>
  spans.map(({text, style}) => run(legible(text), TONES[style]));
