/**
 * The offsets of a separator outside quotes. As in commands, a quote begins only where a word or a JSON
 * string can begin, so the apostrophe of "it's" does not begin one. A quote that is never closed is an
 * ordinary character.
 */
export function unquotedPlaces(text: string, separator: string): readonly number[] {
  const places: number[] = [];
  // If one quote is never closed, no later quote of its kind is closed, so none of those is tried again.
  const neverClosed = new Set<string>();
  let at = 0;
  while (at < text.length) {
    QUOTED.lastIndex = at;
    const character = text.charAt(at);
    const mayBegin =
      (character === '"' || character === "'") && !neverClosed.has(character) && canBegin(text, at);
    if (mayBegin && QUOTED.test(text)) at = QUOTED.lastIndex;
    else {
      if (mayBegin) neverClosed.add(character);
      if (text.startsWith(separator, at)) places.push(at);
      at++;
    }
  }
  return places;
}

export function splitUnquoted(text: string, separator: string): readonly string[] {
  const ends = [...unquotedPlaces(text, separator), text.length];
  return ends.map((end, i) => text.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + separator.length, end));
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/y;

const canBegin = (text: string, at: number): boolean => at === 0 || /[\s=<>~,:[{(]/.test(text.charAt(at - 1));
