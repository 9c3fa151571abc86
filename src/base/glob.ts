/**
 * Matches keys with the common part of Redis's patterns: `*` matches any text, `?` one character, and every
 * other character itself.
 *
 * A regular expression would try every way to divide the text among the stars. This matcher backtracks to the
 * last star only. That is enough, because the last star can match any text that an earlier star could match.
 * Cost: at most pattern × text.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const pattern = [...glob];
  return text => matches(pattern, [...text]);
}

function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  /** For the last star: the position after it in the pattern, and the end of the text that it matches. */
  let star: {readonly next: number; readonly end: number} | undefined;
  let read = 0;
  while (read < text.length) {
    if (pattern[at] === '*') {
      at += 1;
      star = {next: at, end: read};
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[read])) {
      at += 1;
      read += 1;
    } else if (star !== undefined) {
      star = {next: star.next, end: star.end + 1};
      at = star.next;
      read = star.end;
    } else return false;
  }
  return pattern.slice(at).every(rest => rest === '*');
}
