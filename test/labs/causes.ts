/**
 * What each lab is about, taken away: a lab that still passes then teaches nothing. A row replaces a text of
 * the lab's file, everywhere where it stands, and names what fails first for want of it.
 */
import type {EngineName} from '../../src/port/engine-name.ts';

export interface Cause {
  /** Of the lab's file, without the ending. */
  readonly lab: string;
  /** What is taken away, in words. */
  readonly without: string;
  readonly replaces: string;
  readonly by: string;
  /** On which it is tried, where others do not know what it is replaced by. */
  readonly only?: EngineName;
}

export const CAUSES: readonly Cause[] = [
  {lab: '01-two-leaders-one-key', without: 'a link that is cut', replaces: 'cut us-eu', by: 'heal us-eu'},
  {
    lab: '02-last-write-wins',
    without: 'the last write winning',
    replaces: 'resolver: lww',
    by: 'resolver: siblings',
  },
  {
    lab: '02-last-write-wins',
    without: 'whole values winning',
    replaces: 'resolver: lww',
    by: 'resolver: fields',
  },
  {lab: '03-slow-clock', without: 'a clock that is behind', replaces: 'clock eu -30s', by: 'clock eu +0ms'},
  {lab: '03-slow-clock', without: 'the wall clock deciding', replaces: 'resolver: lww', by: 'resolver: hlc'},
  {lab: '03-slow-clock', without: 'a stamp from the future', replaces: 'clock ap +30s', by: 'clock ap +0ms'},
  {
    lab: '04-version-vectors-and-siblings',
    without: 'siblings',
    replaces: 'resolver: siblings',
    by: 'resolver: lww',
  },
  {
    lab: '04-version-vectors-and-siblings',
    without: 'a merge that had not seen all',
    replaces: 'set notes "milk, eggs" @us || set notes bread @ap',
    by: 'set notes "milk, eggs" @us\nwait converged\nset notes bread @ap',
  },
  {
    lab: '05-counters-and-sets',
    without: 'the last write winning',
    replaces: 'resolver: lww',
    by: 'resolver: crdt',
  },
  {
    lab: '05-counters-and-sets',
    without: 'counters that add up',
    replaces: 'resolver crdt',
    by: 'resolver hlc',
  },
  {
    lab: '06-the-item-that-came-back',
    without: 'additions winning',
    replaces: 'resolver: crdt',
    by: 'resolver: lww',
  },
  {
    lab: '06-the-item-that-came-back',
    without: 'a plain union',
    replaces: 'resolver custom ./cart-union.mjs',
    by: 'resolver crdt',
  },
  {lab: '07-the-ring-breaks', without: 'a ring', replaces: 'topology: ring', by: 'topology: mesh'},
  {lab: '07-the-ring-breaks', without: 'a hub', replaces: 'topology star us', by: 'topology mesh'},
  {lab: '08-the-replication-loop', without: 'the loop', replaces: 'loopguard off', by: 'loopguard on'},
  {
    lab: '08-the-replication-loop',
    without: 'two ways on from each leader',
    replaces: 'topology mesh',
    by: 'topology ring',
  },
  {
    lab: '09-answer-before-question',
    without: 'fifo delivery',
    replaces: 'delivery fifo',
    by: 'delivery causal',
  },
  {
    lab: '09-answer-before-question',
    without: 'causal delivery',
    replaces: 'delivery causal',
    by: 'delivery fifo',
  },
  {
    lab: '10-unique-name-twice',
    without: 'two who ask at once',
    replaces: ' @us if user/max = absent ||',
    by: ' @us if user/max = absent\n',
  },
  {
    lab: '10-unique-name-twice',
    without: 'last write wins',
    replaces: 'resolver: lww',
    by: 'resolver: siblings',
  },
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
  {
    lab: '13-what-ok-promises',
    without: 'an acknowledgement by one disk',
    replaces: 'ack local\ncut us-eu, us-ap',
    by: 'ack quorum',
  },
  {
    lab: '14-deleted-key-rises',
    without: 'a clock that is behind',
    replaces: 'clock eu -50s',
    by: 'clock eu reset',
  },
  {lab: '14-deleted-key-rises', without: 'the partition', replaces: 'partition us eu / ap', by: 'heal'},
  {
    lab: '15-write-your-own-merge',
    without: 'a merge that prefers its own side',
    replaces: './merge.mjs',
    by: './merge-right.mjs',
  },
  {
    lab: '15-write-your-own-merge',
    without: 'a merge that keeps the laws',
    replaces: './merge-right.mjs',
    by: './merge.mjs',
  },
  {lab: '16-the-interview', without: 'counters that add up', replaces: 'resolver crdt', by: 'resolver lww'},
  {
    lab: '16-the-interview',
    without: 'a topology that survives any one death',
    replaces: 'topology mesh',
    by: 'topology star',
  },
  {
    lab: '17-values-that-swap',
    without: 'two updates at once',
    replaces: 'set price 90 @us || set price 80 @eu',
    by: 'set price 90 @us\nwait converged\nset price 80 @eu',
  },
  {
    lab: '17-values-that-swap',
    without: 'applying what arrives',
    replaces: 'resolver: apply-remote',
    by: 'resolver: lww',
    only: 'pglogical',
  },
  {lab: '18-older-delete-wins', without: 'the delete', replaces: 'del soup @us', by: 'set soup gone @us'},
  {
    lab: '18-older-delete-wins',
    without: 'an edit that has not seen the delete',
    replaces: 'del soup @us',
    by: 'release us-eu\ndel soup @us\nwait converged',
  },
  {
    lab: '18-older-delete-wins',
    without: 'the last update winning',
    replaces: 'resolver lww',
    by: 'resolver fww',
  },
];
