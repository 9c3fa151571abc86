/**
 * What a completion script is made from: the commands of the program, their flags, and the values these take.
 */

export type Values =
  | {readonly type: 'words'; readonly words: readonly string[]; readonly files: boolean}
  | {readonly type: 'files' | 'folders' | 'anything'};

export interface CompletedFlag {
  readonly names: readonly string[];
  readonly summary: string;
  /** Absent where it takes none. */
  readonly values?: Values;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly values: Values;
}
