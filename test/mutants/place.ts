/**
 * Where a planted fault goes: finds code by its words, whatever way the formatter breaks its lines, so that
 * reformatting a file leaves the planted faults as they are.
 */

/** Matches the code with any white space between its words and signs, and with or without trailing commas. */
function pattern(code: string): RegExp {
  const parts = code.match(/\w+|[^\w\s]/g) ?? [];
  const escaped = parts.map(part => {
    const literal = part.replace(/[^\w]/, '\\$&');
    return /[)\]}]/.test(part) ? `(?:,\\s*)?${literal}` : literal;
  });
  return new RegExp(escaped.join('\\s*'), 'g');
}

/** How often the code stands in the source. */
export function timesFound(source: string, code: string): number {
  return source.match(pattern(code))?.length ?? 0;
}

/** The source with the code replaced at its first place. */
export function replaced(source: string, code: string, replacement: string): string {
  const at = pattern(code).exec(source);
  if (at === null) return source;
  return source.slice(0, at.index) + replacement + source.slice(at.index + at[0].length);
}
