/**
 * The input of completion scripts: the commands of the program, their flags, and the values of the flags.
 */

export type Values =
  | {readonly type: 'words'; readonly words: readonly string[]; readonly files: boolean}
  | {readonly type: 'files' | 'folders' | 'anything'};

export interface CompletedFlag {
  readonly names: readonly string[];
  readonly summary: string;
  /** Absent if the flag takes no value. */
  readonly values?: Values;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly values: Values;
}
