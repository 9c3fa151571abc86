/**
 * Bytes and sequences that terminals send.
 */

export const ESC = 0x1b;
export const SPACE = 0x20;
export const BEL = 0x07;
export const CR = 0x0d;
export const CTRL_C = 0x03;
export const CANCEL = 0x18;
export const CTRL_Z = 0x1a;
export const DEL = 0x7f;
export const BACKSLASH = 0x5c;
export const C2 = 0xc2;
export const C1_STRING_END = 0x9c;
export const START = [...'\x1b[200~'].map(byteOf);
export const END = [...'\x1b[201~'].map(byteOf);
export const STRINGS = 'P]_^X';
/** Terminals send no control sequences longer than this. A longer one is read to its end and dropped. */
export const SEQUENCE_LIMIT = 64;
/**
 * `ESC [` with these parameters and final bytes is a key; xterm, rxvt, the Linux console and kitty send
 * different ones.
 */
export const KEY = /^\x1b{1,2}\[(\[[A-E]|[\d;:]*[A-HPQSZ~u^@])$/;
export const FUNCTION_KEY = /^\x1b{1,2}O[\d;]*[A-Za-y]$/;
/** Old mouse reports: this many characters follow these final bytes if there are no parameters. */
export const REPORTS: {readonly [final: string]: number} = {M: 3, T: 6, t: 2};

export function byteOf(character: string): number {
  return character.charCodeAt(0);
}

export const textOf = (bytes: readonly number[]): string => String.fromCharCode(...bytes);

/** How many bytes follow the first one of a character in UTF-8. */
export const restOf = (byte: number): number => (byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0);

export const isContinuation = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;

export function endsWith(bytes: readonly number[], end: readonly number[]): boolean {
  const from = bytes.length - end.length;
  return from >= 0 && end.every((byte, i) => bytes[from + i] === byte);
}
