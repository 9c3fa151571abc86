/**
 * What is taken for keys of all that a terminal sends. However the input is cut into reads, the same comes
 * out.
 */

import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {filterInput, silence} from '../../src/tui/model/input/input-filter.ts';
import {
  type InputEvent,
  type InputState,
  NO_INPUT,
  PASTE_LIMIT_BYTES,
  patience,
} from '../../src/tui/model/input/input-state.ts';
import {inTime} from '../support/in-time.ts';

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const textOf = (bytes: readonly number[]): string => Buffer.from(bytes).toString();

/** What comes of the reads, followed by silence: keys side by side are told together. */
function heard(reads: readonly (readonly number[])[]): {
  events: (string | {pasted: string; length: number})[];
  state: InputState;
} {
  let state = NO_INPUT;
  const all: InputEvent[] = [];
  for (const read of reads) {
    const filtered = filterInput(state, read);
    state = filtered.state;
    all.push(...filtered.events);
  }
  while (patience(state) !== undefined) {
    const filtered = silence(state);
    state = filtered.state;
    all.push(...filtered.events);
  }
  const events: (number[] | {pasted: string; length: number})[] = [];
  for (const event of all) {
    const last = events.at(-1);
    if (event.type === 'paste') events.push({pasted: textOf(event.bytes), length: event.length});
    else if (Array.isArray(last)) last.push(...event.bytes);
    else events.push([...event.bytes]);
  }
  return {events: events.map(event => (Array.isArray(event) ? textOf(event) : event)), state};
}

const keys = (...reads: readonly string[]): string =>
  heard(reads.map(bytesOf))
    .events.map(event => (typeof event === 'string' ? event : `<${event.pasted}>`))
    .join('');

const REPORTS: readonly (readonly [string, string])[] = [
  ['a colour, ended by BEL', '\x1b]11;rgb:1e1e/1e1e/2e2e\x07'],
  ['a colour, ended by ST', '\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\'],
  ['a title with a letter whose bytes contain 0x9c', '\x1b]lGrÜße\x1b\\'],
  ['the name of the terminal', '\x1bP>|xterm(370)\x1b\\'],
  ['an answer of APC', '\x1b_Gi=1;OK\x1b\\'],
  ['an answer of PM', '\x1b^secret\x1b\\'],
  ['an answer of SOS', '\x1bXstring\x1b\\'],
  ['a colour with C1 controls in UTF-8', '\u009d11;rgb:1/2/3\u009c'],
  ['what the terminal can do', '\x1b[?62;22c'],
  ['its second answer to that', '\x1b[>41;370;0c'],
  ['where the cursor is', '\x1b[24;80R'],
  ['whether all is well', '\x1b[0n'],
  ['the state of a mode', '\x1b[?2026;2$y'],
  ['the size of the window', '\x1b[8;36;120t'],
  ['the kitty keyboard flags', '\x1b[?1u'],
  ['focus', '\x1b[I'],
  ['focus lost', '\x1b[O'],
  ['the mouse, X10', '\x1b[M !!'],
  ['the mouse, X10, far away in UTF-8', '\x1b[M \u00e9\u0121'],
  ['the mouse, X10, with coordinates that are letters', '\x1b[Mx11'],
  ['the mouse, SGR', '\x1b[<0;10;20M'],
  ['the mouse, SGR, released', '\x1b[<0;10;20m'],
  ['the mouse, urxvt', '\x1b[32;10;20M'],
];

describe('input that was not typed is dropped', () => {
  test.each(REPORTS)('%s', (_name, report) => {
    expect(keys(`a${report}b`)).toBe('ab');
    // Escape was pressed just before it came.
    expect(keys(`\x1b${report}b`).replace('\x1b', '')).toBe('b');
  });

  test('the mouse, X10, beyond column 95, in bytes that are not UTF-8', () => {
    expect(heard([[...bytesOf('a\x1b[M'), 0x20, 0xf5, 0x85, ...bytesOf('b')]]).events).toEqual(['ab']);
  });

  test('incomplete input, when nothing more arrives', () => {
    for (const report of ['\x1b]11;rgb:1e', '\x1bP>|xterm', '\x1b[?62;', '\x1b[<0;1', '\x1b[M!', '\x1b_G']) {
      const {events, state} = heard([bytesOf(report)]);
      expect([report, events, state]).toEqual([report, [], NO_INPUT]);
    }
  });
});

describe('input that a person typed is kept', () => {
  test.each([
    'abc',
    'é日👩',
    '\r',
    '\x03',
    '\x1b',
    '\x1b\x1b',
    '\x1bb',
    '\x1b[',
    '\x1bO',
    '\x1bP',
    '\x1b]',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1b[3~',
    '\x1bOA',
  ])('%j', text => {
    expect(keys(text)).toBe(text);
  });
  test.each(['\x1b[[A', '\x1b[15;2~', '\x1b\x1b[A', '\x1b[Z', '\u00a0\u00bf'])('%j', text => {
    expect(keys(`x${text}y`)).toBe(`x${text}y`);
  });

  test('enter, ctrl-c and ctrl-z also in the middle of an answer', () => {
    for (const key of ['\r', '\x03', '\x1a']) {
      for (const answer of ['\x1b]11;rgb', '\x1b[M!', '\x1bP>|xterm'])
        expect(keys(`${answer}${key}x`)).toBe(`${key}x`);
    }
    expect(keys('\x1bP>|xterm\x1b[Ax')).toBe('\x1b[Ax');
  });

  test('after a pause, whatever came before', () => {
    for (const report of ['\x1b]11;rgb:1e', '\x1bP', '\x1b[<0;1', '\x1b[M!', '\x1b[200~x']) {
      const {state} = heard([bytesOf(report)]);
      expect(filterInput(state, bytesOf('kill us\r')).events).toEqual([
        {type: 'keys', bytes: bytesOf('kill us\r')},
      ]);
    }
  });
});

describe('a pasted text', () => {
  const pasted = (text: string): string => `\x1b[200~${text}\x1b[201~`;

  test('arrives whole, between the keys typed before and after it', () => {
    expect(keys(`a${pasted('set a 1\nset b 2')}c`)).toBe('a<set a 1\nset b 2>c');
  });

  test('right after another is a separate paste, and nothing of either is typed', () => {
    expect(keys(pasted('one'), pasted('two'))).toBe('<one><two>');
    expect(keys(`${pasted('one')}${pasted('two')}a`)).toBe('<one><two>a');
    expect(keys(pasted('a\x1b[201~\x1b[200~\x1b[201~kill us\r'))).not.toMatch(/^[^<]|>[^<]+$/s);
  });

  test('with a MiB after it is read once', () => {
    const {events} = inTime(() => heard([bytesOf(pasted('one')), bytesOf('x'.repeat(1_048_576))]));
    expect(events[0]).toEqual({pasted: 'one', length: 3});
    expect(events.slice(1).join('')).toHaveLength(1_048_576);
  });

  test('does not end at an end mark in its text, and nothing of it is typed', () => {
    expect(keys(pasted('a\x1b[201~kill us\rb'))).toBe('<a\x1b[201~kill us\rb>'.replace('\x1b[201~', ''));
    expect(keys(pasted('a\x1b[201~kill us\r\x1b[200~b'))).not.toMatch(/^[^<]|>.+$/s);
  });

  test('whose beginning is missing is dropped with its end mark', () => {
    expect(keys('a\x1b[201~b')).toBe('ab');
  });

  test('without an end arrives after a pause', () => {
    expect(keys('\x1b[200~set a 1')).toBe('<set a 1>');
  });

  test('beyond the limit is counted, and not kept', () => {
    const most = 'x'.repeat(PASTE_LIMIT_BYTES);
    expect(heard([bytesOf(pasted(most))]).events).toEqual([{pasted: most, length: PASTE_LIMIT_BYTES}]);
    const more = heard([bytesOf(`${pasted(`${most}y`.repeat(2))}b`)]).events;
    expect(more).toEqual([{pasted: '', length: 2 * PASTE_LIMIT_BYTES + 2}, 'b']);
  });
});

const piece = fc.oneof(
  fc.constantFrom(...REPORTS.map(([, report]) => report)),
  fc.constantFrom(
    '\x1b',
    '\x1b[',
    '\x1b]',
    '\x1bP',
    '\x1b[M',
    '\x1b[200~',
    '\x1b[201~',
    '\x1b\\',
    '\x07',
    '\r',
    'é',
    '日',
    '\u009b',
    '\u009c',
    '[',
    'O',
    '\\',
  ),
  fc.string({unit: 'binary', maxLength: 6}),
);
const input = fc.oneof(
  fc.array(piece, {maxLength: 12}).map(pieces => bytesOf(pieces.join(''))),
  fc.uint8Array({maxLength: 40}).map(bytes => [...bytes]),
);

test('input gives the same keys however it is cut into chunks', () => {
  fc.assert(
    fc.property(input, fc.array(fc.nat(), {maxLength: 6}), (bytes, cuts) => {
      const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const reads = places.slice(1).map((place, i) => bytes.slice(places[i], place));
      expect(heard(reads)).toEqual(heard([bytes]));
      expect(heard(bytes.map(byte => [byte]))).toEqual(heard([bytes]));
    }),
  );
});

test('keys work after a pause, whatever came before, and a returned state never changes', () => {
  fc.assert(
    fc.property(input, bytes => {
      const {state} = filterInput(NO_INPUT, bytes);
      const before = JSON.stringify(state);
      filterInput(state, bytesOf('xyz'));
      expect(JSON.stringify(state)).toBe(before);
      expect(heard([bytes]).state.at).toBe('text');
    }),
  );
});
