/**
 * Several commands in one text, a command a line, as people write and paste them. A line break inside quotes or inside a JSON value belongs
 * to its command. Empty lines and comments are left out.
 */

const BREAK = /\r\n|\r|\n/g;

export function commandsIn(text: string): string[] {
  const commands: string[] = [];
  let command = '';
  let at = 0;
  const lines = text.replace(BREAK, '\n');
  while (at < lines.length) {
    const end = endOfPiece(lines, at, command);
    command += pieceWithoutBreaks(lines.slice(at, end));
    at = end;
    if (lines[at] !== '\n' && at < lines.length) continue;
    commands.push(command.trim());
    command = '';
    at += 1;
  }
  return commands.filter(one => one !== '' && !one.startsWith('#'));
}

/** The end of the part that begins here: a quoted text, a JSON value, a comment, or one character. */
function endOfPiece(text: string, at: number, before: string): number {
  const character = text[at];
  if (character === '\n') return at;
  if (before.trim() === '' && character === '#') {
    const end = text.indexOf('\n', at);
    return end < 0 ? text.length : end;
  }
  const isStart = /(^|[\s|,=])$/.test(before);
  const end = !isStart ? undefined : character === '"' || character === "'" ? endOfQuote(text, at) : endOfBrackets(text, at);
  return end ?? at + 1;
}

/** Undefined if it is never closed: then the quote is an ordinary character, and the end of the line ends the command. */
function endOfQuote(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote === '"') at += 1;
    else if (text[at] === quote) return at + 1;
  }
  return undefined;
}

function endOfBrackets(text: string, start: number): number | undefined {
  if (text[start] !== '{' && text[start] !== '[') return undefined;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfQuote(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

/** A line break in double quotes becomes an escape; between the parts of a JSON value it is white space. */
function pieceWithoutBreaks(piece: string): string {
  if (piece.startsWith('"')) return escaped(piece);
  if (piece.startsWith('{') || piece.startsWith('['))
    return piece.replace(/"(?:\\[\s\S]|[^"\\])*"|\n/g, part => (part === '\n' ? ' ' : escaped(part)));
  return piece;
}

const escaped = (quoted: string): string => quoted.replace(/\n/g, '\\n').replace(/\t/g, '\\t');
