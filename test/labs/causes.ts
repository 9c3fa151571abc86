/**
 * What each lab is about, taken away: a lab that still passes then teaches nothing. A row replaces a text of the lab's file, everywhere
 * where it stands, and names what fails first for want of it.
 */
export interface Cause {
  /** Of the lab's file, without the ending. */
  readonly lab: string;
  /** What is taken away, in words. */
  readonly without: string;
  readonly replaces: string;
  readonly by: string;
}

export const CAUSES: readonly Cause[] = [
  {lab: '02-last-write-wins', without: 'the last write winning', replaces: 'resolver: lww', by: 'resolver: siblings'},
];
