/**
 * Raw terminal input -> key presses with names. Input arrives as the pieces that Ink's parser cuts: one
 * escape sequence, or a stretch of text, which may be one key, a paste, or several keys typed faster than
 * they were read. Input that no key sends (mouse and focus reports, answers of the terminal) gives no press.
 */

export interface KeyPress {
  /** A character as typed, or a name: `enter`, `tab`, `shift-tab`, `esc`, `up`, `ctrl-a`, `alt-b`. */
  readonly name: string;
  /** The text that the key types; several characters if pasted. Absent for named keys. */
  readonly text?: string;
}

const SEQUENCES: {readonly [sequence: string]: string} = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[7~': 'home',
  '[4~': 'end',
  '[8~': 'end',
  '[3~': 'delete',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[Z': 'shift-tab',
  '[1;5C': 'alt-f',
  '[1;5D': 'alt-b',
  '[1;3C': 'alt-f',
  '[1;3D': 'alt-b',
};

const CONTROLS: {readonly [character: string]: string} = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x1b': 'esc',
  '\x7f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
};

/**
 * Returns the key presses in one piece of input, in order. Several typed characters in a row are one press
 * that holds them all. Unknown sequences and control characters give no press.
 */
export function keyPresses(input: string): KeyPress[] {
  if (!input.startsWith('\x1b')) return textPresses(input);
  if (input === '\x1b') return [{name: 'esc'}];
  if (input === '\x1b\x1b') return [{name: 'esc'}, {name: 'esc'}];
  const rest = input.slice(1).replace(/^\x1b(?=[[O])/, '');
  if (/^[[O]./.test(rest)) {
    const name = SEQUENCES[rest];
    return name === undefined ? [] : [{name}];
  }
  if (/^[bfd]$/.test(rest)) return [{name: `alt-${rest}`}];
  if (rest === '\x7f') return [{name: 'ctrl-w'}];
  // Escape and the next key arrived together.
  return [{name: 'esc'}, ...textPresses(rest)];
}

function textPresses(text: string): KeyPress[] {
  const presses: KeyPress[] = [];
  // A carriage return and line feed together are one Enter.
  for (const part of text.replace(/\r\n/g, '\r').match(/[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/g) ?? []) {
    const control = CONTROLS[part];
    if (part === ' ') presses.push({name: 'space', text: part});
    else if (control !== undefined) presses.push({name: control});
    else if (/^[\x01-\x1a]$/.test(part))
      presses.push({name: `ctrl-${String.fromCharCode(part.charCodeAt(0) + 96)}`});
    else if (!/^[\x00-\x1f]$/.test(part)) presses.push({name: part, text: part});
  }
  return presses;
}
