/**
 * Makes foreign text safe for a terminal; all of it must pass here. Control characters become visible
 * escapes, so no value, key or message of a peer can move the cursor, change colours or reverse the direction
 * of writing.
 */

/**
 * C0, DEL, C1; marks and controls of writing direction; separators of lines; invisible joins and tags; halves
 * of surrogate pairs.
 */
const UNPRINTABLE = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e',
    '\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}\\ud800-\\udfff]',
  ].join(''),
  'gu',
);

const SHORT: {readonly [char: string]: string} = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

/** The text with every character that could control a terminal as an escape: `\n`, `\u001b`. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, char => SHORT[char] ?? escaped(char));

/** The escapes of the character's UTF-16 units, as in JSON. */
const escaped = (char: string): string => char.split('').map(unitEscape).join('');

/**
 * Does the same for JSON text and keeps its value: writes characters that could control a terminal as
 * `\uXXXX`.
 */
export const printableJson = (json: string): string => json.replace(UNPRINTABLE, escaped);

/** `\u001b`: one UTF-16 unit as JSON escapes it. */
export const unitEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
