/**
 * Splits a text into commands, one on each line. A line break inside quotes or inside a JSON value belongs to
 * its command. Empty lines and comments are left out.
 */

const BREAK = /\r\n|\r|\n/g;

/**
 * Returns the commands in a pasted text, without empty lines and comments. It does not parse them. A line
 * break in double quotes becomes `\n`, and one between the parts of a JSON value becomes a space.
 */
export function commandsIn(text: string): string[] {
  const commands: string[] = [];
  const lines = text.replace(BREAK, '\n');
  const endOfValue = valueEnds(lines);
  let command = '';
  let isBlank = true;
  let last = '';
  for (let at = 0; at < lines.length; ) {
    if (lines[at] === '\n') {
      commands.push(command.trim());
      command = '';
      isBlank = true;
      last = '';
      at += 1;
      continue;
    }
    const isStart = last === '' || /[\s|,=]/.test(last);
    const end = (isBlank && endOfComment(lines, at)) || (isStart && endOfValue(at)) || at + 1;
    const piece = lines.slice(at, end);
    isBlank &&= piece.trim() === '';
    command += pieceWithoutBreaks(piece);
    last = piece.charAt(piece.length - 1);
    at = end;
  }
  return [...commands, command.trim()].filter(one => one !== '' && !one.startsWith('#'));
}

function endOfComment(text: string, at: number): number | undefined {
  if (text[at] !== '#') return undefined;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/**
 * Finds the end of the quoted text or JSON value that starts at an offset. Undefined if none starts at that
 * offset, or if it is never closed: then its first character is an ordinary one, and the command ends at the
 * end of the line.
 */
function valueEnds(text: string): (at: number) => number | undefined {
  const {quote, bracket} = closings(text);
  return at => {
    const character = text[at];
    if (character === "'") return text.indexOf("'", at + 1) + 1 || undefined;
    if (character === '"') return quote[at + 1] || undefined;
    return character === '{' || character === '[' ? bracket[at + 1] || undefined : undefined;
  };
}

/**
 * For every offset: the end of a text in double quotes that is open at that offset, and the end of an open
 * bracket; 0 if it is never closed. They are computed from the back, each from those behind it, so that a
 * text of many brackets takes linear time.
 */
function closings(text: string): {readonly quote: Uint32Array; readonly bracket: Uint32Array} {
  const quote = new Uint32Array(text.length + 2);
  const bracket = new Uint32Array(text.length + 2);
  const outside = (end: number): number => (end === 0 ? 0 : (bracket[end] ?? 0));
  for (let at = text.length - 1; at >= 0; at--) {
    const character = text[at];
    const [inQuote = 0, inBracket = 0] = [quote[at + 1], bracket[at + 1]];
    quote[at] = character === '"' ? at + 1 : character === '\\' ? (quote[at + 2] ?? 0) : inQuote;
    if (character === '}' || character === ']') bracket[at] = at + 1;
    else if (character === '"') bracket[at] = outside(inQuote);
    else bracket[at] = character === '{' || character === '[' ? outside(inBracket) : inBracket;
  }
  return {quote, bracket};
}

/** A line break in double quotes becomes an escape; between the parts of a JSON value it is white space. */
function pieceWithoutBreaks(piece: string): string {
  if (piece.startsWith('"')) return escaped(piece);
  if (piece.startsWith('{') || piece.startsWith('['))
    return piece.replace(/"(?:\\[\s\S]|[^"\\])*"|\n/g, part => (part === '\n' ? ' ' : escaped(part)));
  return piece;
}

const escaped = (quoted: string): string => quoted.replace(/\n/g, '\\n').replace(/\t/g, '\\t');
