/**
 * Maps tones to colours; no other file knows any. Plain text keeps the terminal's own colour, and the basic
 * colours follow its theme, so that light and dark themes both are readable. The accents are tones of medium
 * brightness for the same reason.
 *
 * With NO_COLOR only weight remains (bold, dim, reverse). Glyphs and words carry every meaning in any case.
 */
import {Chalk, type ChalkInstance, type ColorSupportLevel, supportsColor} from 'chalk';
import type {Line, Mark, Tone} from './model/text/style.ts';

const ACCENTS = [
  '#3b8eea',
  '#d0851c',
  '#a371f7',
  '#2aa889',
  '#e0609a',
  '#8a9a2b',
  '#2f9fc4',
  '#d0704f',
] as const;

type Paint = (text: string) => string;
export type Painter = (line: Line) => string;

export interface ColourWishes {
  readonly noColor: boolean;
  /** As chalk counts: 1 = 16 colours, 2 = 256, 3 = all. */
  readonly level: ColorSupportLevel;
}

/** NO_COLOR counts if it is set and not empty (no-color.org). */
export const colourWishes = (env: NodeJS.ProcessEnv): ColourWishes => {
  const level = supportsColor === false ? 0 : supportsColor.level;
  return {noColor: (env.NO_COLOR ?? '') !== '' || level === 0, level};
};

export function painter({noColor, level}: ColourWishes): Painter {
  const chalk = new Chalk({level: noColor ? 1 : level});
  const tones = new Map<string, Paint>();
  const paint = (tone: Tone, mark: Mark | undefined): Paint => {
    const name = `${tone} ${mark ?? ''}`;
    const known = tones.get(name);
    if (known !== undefined) return known;
    const made = noColor ? weight(chalk, tone, mark) : colour(chalk, tone, mark);
    tones.set(name, made);
    return made;
  };
  return line => line.map(({text, tone, mark}) => (text === '' ? '' : paint(tone, mark)(text))).join('');
}

const plain: Paint = text => text;

function colour(chalk: ChalkInstance, tone: Tone, mark: Mark | undefined): Paint {
  if (mark === 'cursor' || mark === 'selected') return chalk.inverse;
  const base = toned(chalk, tone);
  if (mark === undefined) return base ?? plain;
  return (base ?? chalk).inverse;
}

function toned(chalk: ChalkInstance, tone: Tone): ChalkInstance | undefined {
  switch (tone) {
    case 'plain':
      return undefined;
    case 'dim':
      return chalk.dim;
    case 'strong':
      return chalk.bold;
    case 'border':
      return chalk.dim;
    case 'focus':
      return chalk.cyan.bold;
    case 'good':
      return chalk.green;
    case 'warn':
      return chalk.yellow;
    case 'bad':
      return chalk.red.bold;
    case 'key':
      return chalk.cyan;
    case 'changed':
      return chalk.green.bold.underline;
    default:
      return chalk.hex(ACCENTS[Number(tone.slice('accent-'.length)) % ACCENTS.length] ?? ACCENTS[0]).bold;
  }
}

function weight(chalk: ChalkInstance, tone: Tone, mark: Mark | undefined): Paint {
  if (mark !== undefined) return chalk.inverse;
  if (tone === 'dim' || tone === 'border') return chalk.dim;
  if (tone === 'changed') return chalk.bold.underline;
  return tone === 'plain' || tone === 'good' ? plain : chalk.bold;
}
