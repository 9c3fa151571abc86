import {expect, it} from 'vitest';
import {fail, succeed} from '../../src/base/failure.ts';
import {key, leaderId, linkId} from '../../src/base/ids.ts';
import type {Op} from '../../src/core/log/op.ts';
import {Replica} from '../../src/core/replica.ts';
import type {CustomModule} from '../../src/core/resolvers/custom-module.ts';

const [US, EU] = ['us', 'eu'].map(leaderId) as [ReturnType<typeof leaderId>, ReturnType<typeof leaderId>];
const NOW = {wallMs: 1000, monotonicMs: 0};
const custom = {name: 'custom', file: '/merge.mjs'} as const;

const failing = (reason: string): CustomModule => ({
  form: 'resolve',
  merge: () => fail('custom-module', reason),
  resolve: (_siblings, name) => (name === key('good') ? succeed(1) : fail('custom-module', reason)),
});

const remote = (seq: number, name: string): Op => ({
  dot: {origin: EU, seq},
  after: seq > 1 ? {[EU]: seq - 1} : {},
  hlc: {wallMs: 1000, logical: 0},
  wallMs: 1000,
  writes: [{type: 'set', key: key(name), generation: 1, saw: [], value: seq}],
});

const open = (module: CustomModule, ops: readonly Op[] = []): Replica =>
  new Replica({self: US, cluster: 'test', resolver: custom, custom: module, ops});

const write = (replica: Replica, name: string) =>
  replica.step(
    {type: 'write-requested', request: 1, writes: [{key: key(name), intent: {type: 'set', value: 'A'}}]},
    NOW,
  );

const receive = (replica: Replica, ...ops: readonly Op[]) =>
  replica.step(
    {
      type: 'message-received',
      link: linkId(EU, US),
      message: {type: 'ops', batch: 1, ops, hops: ops.map(() => 1)},
    },
    NOW,
  );

const failuresIn = (effects: ReturnType<Replica['step']>) =>
  effects.flatMap(effect =>
    effect.type === 'report' && effect.event.type === 'custom-failed' ? [effect.event] : [],
  );

it('a key that the module fails on is reported once, however many operations arrive', () => {
  const replica = open(failing('no idea'));
  for (const name of ['bad', 'good', 'worse']) expect(failuresIn(write(replica, name))).toEqual([]);
  expect(failuresIn(receive(replica, remote(1, 'bad'), remote(2, 'bad'), remote(3, 'good')))).toEqual([
    {type: 'custom-failed', key: 'bad', reason: 'no idea'},
  ]);
  expect(failuresIn(receive(replica, remote(4, 'bad')))).toEqual([]);
  expect(failuresIn(receive(replica, remote(5, 'worse')))).toEqual([
    {type: 'custom-failed', key: 'worse', reason: 'no idea'},
  ]);
});

it('it is reported again for another reason, and for another version of the module', () => {
  let calls = 0;
  const replica = open({...failing(''), resolve: () => fail('custom-module', `reason ${++calls}`)});
  write(replica, 'bad');
  expect(failuresIn(receive(replica, remote(1, 'bad')))).toHaveLength(1);
  expect(failuresIn(receive(replica, remote(2, 'bad')))).toHaveLength(1);
  const load = (reason: string) =>
    failuresIn(
      replica.step(
        {type: 'setting-changed', setting: {name: 'resolver', value: custom, custom: failing(reason)}},
        NOW,
      ),
    );
  for (const _version of [1, 2])
    expect(load('no idea')).toEqual([{type: 'custom-failed', key: 'bad', reason: 'no idea'}]);
});

it('a failure on the log at the start is reported in the first step', () => {
  const own: Op = {...remote(1, 'bad'), dot: {origin: US, seq: 1}};
  const replica = open(failing('no idea'), [own, remote(1, 'bad')]);
  expect(failuresIn(replica.step({type: 'tick'}, NOW))).toEqual([
    {type: 'custom-failed', key: 'bad', reason: 'no idea'},
  ]);
  expect(failuresIn(replica.step({type: 'tick'}, NOW))).toEqual([]);
});
