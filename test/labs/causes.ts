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
  {lab: '09-answer-before-question', without: 'fifo delivery', replaces: 'delivery fifo', by: 'delivery causal'},
  {lab: '09-answer-before-question', without: 'causal delivery', replaces: 'delivery causal', by: 'delivery fifo'},
  {
    lab: '10-unique-name-twice',
    without: 'two who ask at once',
    replaces: ' @us if user/max = absent ||',
    by: ' @us if user/max = absent\n',
  },
  {lab: '10-unique-name-twice', without: 'last write wins', replaces: 'resolver: lww', by: 'resolver: siblings'},
  {
    lab: '11-ids-that-collide',
    without: 'two orders at once',
    replaces: ' @us || txn incr last_id',
    by: ' @us\nwait converged\ntxn incr last_id',
  },
  {lab: '11-ids-that-collide', without: 'the offset', replaces: 'next/eu 11', by: 'next/eu 10'},
  {lab: '12-read-your-writes', without: 'a leader that lags', replaces: 'hold us>eu', by: 'ack all'},
  {lab: '12-read-your-writes', without: 'the journey', replaces: '@eu', by: '@us'},
  {lab: '13-what-ok-promises', without: 'a quorum', replaces: 'ack quorum', by: 'ack local'},
  {lab: '13-what-ok-promises', without: 'an acknowledgement by one disk', replaces: 'ack local\ncut us-eu, us-ap', by: 'ack quorum'},
  {lab: '14-deleted-key-rises', without: 'a clock that is behind', replaces: 'clock eu -50s', by: 'clock eu reset'},
  {lab: '14-deleted-key-rises', without: 'the partition', replaces: 'partition us eu / ap', by: 'heal'},
  {lab: '15-write-your-own-merge', without: 'a merge that prefers its own side', replaces: './merge.mjs', by: './merge-right.mjs'},
  {lab: '15-write-your-own-merge', without: 'a merge that keeps the laws', replaces: './merge-right.mjs', by: './merge.mjs'},
  {lab: '16-the-interview', without: 'counters that add up', replaces: 'resolver crdt', by: 'resolver lww'},
  {lab: '16-the-interview', without: 'a topology that survives any one death', replaces: 'topology mesh', by: 'topology star'},
];
