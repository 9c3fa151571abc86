/**
 * Measures and cuts plain text (without escape codes) in terminal columns. A grapheme (one character for the
 * reader, such as an emoji of several code points) is never cut in two.
 */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();
const PRINTABLE_ASCII = /^[\u0020-\u007e]*$/;
const WIDTHS_KEPT = 4096;
const widths = new Map<string, number>();

/**
 * Columns that the text takes. Widths are kept: measuring is the slowest part of drawing, and nearly every
 * text of a frame was in the previous frame.
 */
export function widthOf(text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  const width = stringWidth(text);
  if (widths.size >= WIDTHS_KEPT) widths.clear();
  widths.set(text, width);
  return width;
}

/** The longest beginning of whole graphemes that takes at most `width` columns. */
export function head(text: string, width: number): string {
  if (width <= 0) return '';
  // One character more than fits, because it may be a mark that combines with the last one.
  if (PRINTABLE_ASCII.test(text.slice(0, width + 1))) return text.slice(0, width);
  let used = 0;
  for (const {segment, index} of segmenter.segment(text)) {
    used += widthOf(segment);
    if (used > width) return text.slice(0, index);
  }
  return text;
}

/** The text in parts of at most `width` columns; a grapheme that is wider is a part of its own. */
export function broken(text: string, width: number): string[] {
  const parts: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const part = head(rest, width) || firstGrapheme(rest);
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return parts;
}

function firstGrapheme(text: string): string {
  for (const {segment} of segmenter.segment(text)) return segment;
  return '';
}
