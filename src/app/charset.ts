/**
 * Detects from the environment which characters the terminal shows, and restricts the output to them.
 */
import {ascii} from '../base/ascii.ts';

export interface ProgramEnvironment {
  readonly environment: {readonly [name: string]: string | undefined};
  readonly platform: string;
}

export interface Charset {
  readonly isUnicode: boolean;
  /** The variable that decides it. */
  readonly seen: string;
}

export function charsetOf({environment, platform}: ProgramEnvironment): Charset {
  // The Linux console has glyphs for a few hundred characters only; ours are missing.
  if (environment.TERM === 'linux') return {isUnicode: false, seen: 'TERM=linux'};
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  const isUnicode = /utf-?8/i.test(locale) || platform === 'darwin' || platform === 'win32';
  return {isUnicode, seen: locale === '' ? (isUnicode ? platform : 'no locale is set') : locale};
}

/** The characters that the terminal of this process shows. */
export const charset = (): Charset => charsetOf({environment: process.env, platform: process.platform});

/** From now on a terminal gets ASCII only. Pipes and files still get UTF-8. */
export function writeAscii(output: NodeJS.WriteStream): void {
  if (!output.isTTY) return;
  const write: (...args: never[]) => boolean = output.write.bind(output);
  output.write = (chunk: unknown, ...rest: unknown[]): boolean =>
    write(...([typeof chunk === 'string' ? ascii(chunk) : chunk, ...rest] as never[]));
}
