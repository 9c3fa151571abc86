/**
 * A document as plain lines for `run` and for files: no colours, no wrapping, and nothing that can steer a
 * terminal.
 */
import {assertNever} from '../../base/assert.ts';
import {printable} from '../../base/printable.ts';
import {type AlignedText, columns} from '../words/columns.ts';
import type {Block, Cell, Document, SpanLine} from './styled-document.ts';

/** One string a line, without line ends. */
export const plainLines = (document: Document): string[] => document.flatMap(blockLines);

function blockLines(block: Block): string[] {
  switch (block.type) {
    case 'line':
      return [plainText(block.spans)];
    case 'table':
      return columns(block.rows.map(row => row.map(plainCell)));
    case 'indented':
      return plainLines(block.blocks).map(text => (text === '' ? '' : `  ${text}`));
    case 'either':
      return plainLines(block.choices[0] ?? []);
    default:
      return assertNever(block);
  }
}

/** The spans as one string, escaped. */
export const plainText = (spans: SpanLine): string => printable(spans.map(({text}) => text).join(''));

const plainCell = ({spans, align}: Cell): AlignedText => ({text: plainText(spans), align: align ?? 'left'});
