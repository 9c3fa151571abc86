/**
 * A small drawing in terminal cells: lines of braille dots (two by four in a cell, so that any slope is
 * smooth and thin), and text on top of them.
 */

import {widthOf} from '../../../report/words/cut.ts';
import {type Line, type Run, run, type Tone} from './style.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Cell {
  readonly text: string;
  readonly tone: Tone;
  readonly mark?: Run['mark'];
}

/** The bit of each braille dot, by its row and column within the cell. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/**
 * A drawing of `width` columns and `height` rows. Points are in cells, from (0, 0) at the upper left;
 * whatever falls outside is left out. Text covers lines, whichever was drawn first.
 */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #dots: Uint8Array;
  readonly #dotTones: Tone[];
  readonly #cells: (Cell | undefined)[];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#dots = new Uint8Array(width * height);
    this.#dotTones = new Array<Tone>(width * height).fill('dim');
    this.#cells = new Array<Cell | undefined>(width * height).fill(undefined);
  }

  /** A line between the middles of two cells. `on` of every `period` dots are drawn. */
  line(from: Point, to: Point, tone: Tone, on = 1, period = 1): void {
    const [x1, y1, x2, y2] = [from.x * 2 + 0.5, from.y * 4 + 1.5, to.x * 2 + 0.5, to.y * 4 + 1.5];
    const steps = Math.max(1, Math.round(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1))));
    for (let i = 0; i <= steps; i++) {
      if (i % period >= on) continue;
      this.#dot(Math.round(x1 + ((x2 - x1) * i) / steps), Math.round(y1 + ((y2 - y1) * i) / steps), tone);
    }
  }

  #dot(x: number, y: number, tone: Tone): void {
    const [column, row] = [x >> 1, y >> 2];
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return;
    const at = row * this.width + column;
    this.#dots[at] = (this.#dots[at] ?? 0) | (DOTS[y & 3]?.[x & 1] ?? 0);
    this.#dotTones[at] = tone;
  }

  /** Narrow characters only; what falls outside is left out. */
  text(x: number, y: number, runs: Line): void {
    let column = Math.round(x);
    const row = Math.round(y);
    for (const {text, tone, mark} of runs) {
      for (const character of text) {
        if (column >= 0 && column < this.width && row >= 0 && row < this.height && widthOf(character) === 1) {
          this.#cells[row * this.width + column] =
            mark === undefined ? {text: character, tone} : {text: character, tone, mark};
        }
        column++;
      }
    }
  }

  /** Whether no text stands in these cells. */
  isFree(x: number, y: number, width: number): boolean {
    if (y < 0 || y >= this.height) return false;
    for (let column = Math.max(0, x); column < Math.min(this.width, x + width); column++) {
      if (this.#cells[y * this.width + column] !== undefined) return false;
    }
    return true;
  }

  lines(): Line[] {
    return Array.from({length: this.height}, (_, y) => this.#line(y));
  }

  #line(y: number): Line {
    const runs: Run[] = [];
    for (let x = 0; x < this.width; x++) {
      const {text, tone, mark} = this.#cell(y * this.width + x);
      const last = runs.at(-1);
      if (last !== undefined && last.tone === tone && last.mark === mark)
        runs[runs.length - 1] = {...last, text: last.text + text};
      else runs.push(mark === undefined ? run(text, tone) : {text, tone, mark});
    }
    return runs;
  }

  #cell(at: number): Cell {
    const cell = this.#cells[at];
    if (cell !== undefined) return cell;
    const bits = this.#dots[at] ?? 0;
    return bits === 0
      ? {text: ' ', tone: 'plain'}
      : {text: String.fromCharCode(0x2800 + bits), tone: this.#dotTones[at] ?? 'dim'};
  }
}
