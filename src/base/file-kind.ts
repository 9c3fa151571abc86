/**
 * Says in words what is at a path that is not a regular file.
 */

/** The part of Node's `Stats` that is used. */
interface Found {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

/** `a folder`, `a named pipe`, …: what is at the path instead of a regular file. */
export function kindOf(found: Found): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return found.isCharacterDevice() || found.isBlockDevice() ? 'a device' : 'something else';
}
