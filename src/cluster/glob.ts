/**
 * Key patterns as Redis has them, the common part: `*` any text, `?` one character, everything else itself.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const pattern = glob.replace(/[\\^$.*+?()[\]{}|]/g, special => (special === '*' ? '[^]*' : special === '?' ? '[^]' : `\\${special}`));
  const regex = new RegExp(`^${pattern.replace(/(\[\^\]\*)+/g, '[^]*')}$`, 'u');
  return text => regex.test(text);
}
