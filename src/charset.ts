/**
 * Which characters the terminal shows, by what its environment says; and an output that holds to it.
 */
import {ascii} from './base/ascii.ts';

export interface Surroundings {
  readonly environment: {readonly [name: string]: string | undefined};
  readonly platform: string;
}

export interface Charset {
  readonly isUnicode: boolean;
  /** What says so. */
  readonly seen: string;
}

export function charsetOf({environment, platform}: Surroundings): Charset {
  // The console of Linux has glyphs for a few hundred characters, and ours are not among them.
  if (environment.TERM === 'linux') return {isUnicode: false, seen: 'TERM=linux'};
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  const isUnicode = /utf-?8/i.test(locale) || platform === 'darwin' || platform === 'win32';
  return {isUnicode, seen: locale === '' ? (isUnicode ? platform : 'no locale is set') : locale};
}

/** Of this process. */
export const charset = (): Charset => charsetOf({environment: process.env, platform: process.platform});

/** From here on a terminal gets ASCII alone. Pipes and files get what they always get. */
export function writeAscii(output: NodeJS.WriteStream): void {
  if (!output.isTTY) return;
  const write: (...args: never[]) => boolean = output.write.bind(output);
  output.write = (chunk: unknown, ...rest: unknown[]): boolean =>
    write(...([typeof chunk === 'string' ? ascii(chunk) : chunk, ...rest] as never[]));
}
