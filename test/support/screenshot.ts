/**
 * Makes docs/screenshot.svg from the running program: `npm run screenshot`. A short story is typed in a real
 * terminal, and what stands on it then is drawn cell by cell.
 */
import {writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {IBufferCell} from '@xterm/headless';
import {waitFor} from './wait.ts';

const require = createRequire(import.meta.url);
const pty = require('@lydell/node-pty') as typeof import('@lydell/node-pty');
const {Terminal} = require('@xterm/headless') as typeof import('@xterm/headless');

const COLUMNS = 120;
const ROWS = 36;
const CELL = {width: 8.4, height: 17};
/** The sixteen named colours of terminals, as this picture shows them. */
const PALETTE = [
  '#2e3440',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#d8dee9',
  '#5c6370',
  '#ff7a85',
  '#b5e890',
  '#ffd787',
  '#7cc4ff',
  '#e19af0',
  '#7fe0ea',
  '#ffffff',
];
const INK = '#d8dee9';
const PAPER = '#14181f';

const STORY = [
  'set title "A" @us || set title "B" @eu',
  'resolver crdt',
  'incr stock 40 @us',
  'sadd cart milk @us || sadd cart eggs @eu',
  'wait converged',
  'resolver lww',
  'kill ap',
  'cut us-eu',
  'incr stock 1 @us',
  'set title "C" @us',
  'set title "D" @eu',
  'incr stock 2 @eu',
];

const terminal = new Terminal({cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0});
const child = pty.spawn(process.execPath, ['bin/leaderlab.js'], {
  name: 'xterm-256color',
  cols: COLUMNS,
  rows: ROWS,
  env: {...process.env, COLORTERM: 'truecolor', FORCE_COLOR: '3', NO_COLOR: '', CI: ''},
});
child.onData(data => terminal.write(data));

const line = (y: number) => terminal.buffer.active.getLine(y);
const screen = (): string =>
  Array.from({length: ROWS}, (_, y) => line(y)?.translateToString(true) ?? '').join('\n');

const cells = (y: number): IBufferCell[] =>
  Array.from({length: COLUMNS}, (_, x) => line(y)?.getCell(x)).filter(cell => cell !== undefined);
const hasUnderlined = (): boolean =>
  Array.from({length: ROWS}, (_, y) => cells(y)).some(row => row.some(cell => cell.isUnderline() !== 0));

try {
  await waitFor('three leaders', () => screen().includes('= converged'), 20_000);
  for (const command of STORY) {
    child.write(`${command}\r`);
    await waitFor(`✔ ${command}`, () => screen().includes(` ✔ ${command.slice(0, 20)}`), 20_000);
  }
  // A value that just changed is underlined for a second. The picture shows the screen after that.
  await waitFor('the last value to be marked as changed', () => hasUnderlined(), 20_000);
  await waitFor('no value to be marked as changed', () => !hasUnderlined(), 20_000);
  writeFileSync('docs/screenshot.svg', svg());
} finally {
  child.write('\x03');
}

function svg(): string {
  const width = COLUMNS * CELL.width;
  const height = ROWS * CELL.height;
  const rows = Array.from({length: ROWS}, (_, y) => rowSvg(y)).join('\n');
  const fonts = "ui-monospace, 'DejaVu Sans Mono', Menlo, monospace";
  const box = `viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} font-family="${fonts}" font-size="14">
<title>leaderlab: a cut link, a killed leader and two conflicts</title>
<rect width="100%" height="100%" rx="6" fill="${PAPER}"/>
${rows}
</svg>
`;
}

/** Neighbouring cells of one style make one text. */
function rowSvg(y: number): string {
  const parts: string[] = [];
  let text = '';
  let start = 0;
  let style = '';
  const flush = (): void => {
    if (text.trim() !== '') {
      parts.push(
        `<text x="${round(start * CELL.width)}" y="${y * CELL.height + 13}" ${style} ` +
          `xml:space="preserve">${escapeXml(text)}</text>`,
      );
    }
    text = '';
  };
  for (let x = 0; x < COLUMNS; x++) {
    const cell = line(y)?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const background = colorOf(cell, cell.isInverse() ? 'fg' : 'bg');
    if (background !== PAPER) {
      parts.push(
        `<rect x="${round(x * CELL.width)}" y="${y * CELL.height}" width="${CELL.width + 0.3}" ` +
          `height="${CELL.height}" fill="${background}"/>`,
      );
    }
    const own = styleOf(cell);
    const chars = cell.getChars() || ' ';
    // A character that the reader's font may lack comes from another font with another width, so it gets a
    // text of its own.
    if (own !== style || !isPlain(chars) || !isPlain(text)) {
      flush();
      style = own;
    }
    if (text === '') start = x;
    text += chars;
  }
  flush();
  return parts.join('');
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e\u2500-\u257f]*$/.test(text);
}

function styleOf(cell: IBufferCell): string {
  const weight = cell.isBold() ? ' font-weight="bold"' : '';
  const faint = cell.isDim() ? ' opacity="0.6"' : '';
  const line = cell.isUnderline() ? ' text-decoration="underline"' : '';
  return `fill="${colorOf(cell, cell.isInverse() ? 'bg' : 'fg')}"${weight}${faint}${line}`;
}

function colorOf(cell: IBufferCell, which: 'fg' | 'bg'): string {
  const [isRgb, value] =
    which === 'fg' ? [cell.isFgRGB(), cell.getFgColor()] : [cell.isBgRGB(), cell.getBgColor()];
  const isNamed = which === 'fg' ? cell.isFgPalette() : cell.isBgPalette();
  if (isNamed) return PALETTE[value] ?? INK;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  return which === 'fg' ? INK : PAPER;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, sign => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[sign] ?? sign);
}
