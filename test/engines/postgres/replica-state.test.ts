/**
 * What the lab learns of a PostgreSQL leader from occasional snapshots is what it would know of a leader of
 * its own that showed the same: frontiers, lost writes, the digest. A leader of our own under `lww` or
 * `apply-remote` stands for the server.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Key} from '../../../src/base/ids.ts';
import {key, type LeaderId, leaderId} from '../../../src/base/ids.ts';
import {Fold} from '../../../src/core/fold/fold.ts';
import type {Op} from '../../../src/core/log/op.ts';
import {EMPTY, extend, showDot, type VersionVector} from '../../../src/core/log/version-vector.ts';
import {resolverOf} from '../../../src/core/resolvers/registry.ts';
import {type Found, ReplicaState} from '../../../src/engines/postgres/leader/replica-state.ts';
import type {ObservedRow} from '../../../src/engines/postgres/leader/table-resolver.ts';
import {anyHistory, anyPicks, interleave} from '../../support/arbitraries.ts';

const noLinks = () => [];

function rowsOf(fold: Fold, ops: readonly Op[]): ReadonlyMap<Key, ObservedRow> {
  const keys = new Set(ops.flatMap(({writes}) => writes.map(write => write.key)));
  return new Map(
    [...keys].map(name => {
      const {reading, shown} = fold.snapshot(name);
      return [
        name,
        reading.type === 'value' && shown !== undefined ? {value: reading.value, dot: shown} : undefined,
      ] as const;
    }),
  );
}

const vvOf = (ops: readonly Op[]): VersionVector => ops.reduce((vv, {dot}) => extend(vv, dot), EMPTY);

/** Refreshes the state again and again, each time after as many operations as the next pick says. */
function refreshed(
  state: ReplicaState,
  server: Fold,
  ops: readonly Op[],
  picks: readonly number[],
): ReturnType<ReplicaState['take']> {
  const events: ReturnType<ReplicaState['take']>[number][] = [];
  for (let at = 0, n = 0; at < ops.length; n++) {
    const some = ops.slice(at, at + 1 + (picks[n % picks.length] ?? 0));
    for (const op of some) server.apply(op);
    events.push(
      ...state.take({
        ops: some.map(op => ({op, hops: 1})),
        rows: rowsOf(server, some),
        applied: vvOf(ops.slice(0, at + some.length)),
      }),
    );
    at += some.length;
  }
  return events;
}

describe.each(['lww', 'apply-remote'] as const)('the state of a PostgreSQL leader under %s', name => {
  it('has its frontiers, its losses and its digest, however rarely it is refreshed', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (history, order, picks) => {
        const ops = interleave(history, order);
        // This resolver expects another result of the server, so the correct result comes from the tables.
        const [server, state] = [
          new Fold(resolverOf({name}), []),
          new ReplicaState({name: 'keep-local'}, noLinks),
        ];
        refreshed(state, server, ops, picks);
        expect(state.fold.digest()).toBe(server.digest());
        // A delete that lost to another delete gives the same reading as the winner.
        const isDelete = new Set(
          ops.flatMap(({dot, writes}) => (writes.some(({type}) => type === 'del') ? [showDot(dot)] : [])),
        );
        for (const one of server.keys()) {
          const members = (fold: Fold) => fold.snapshot(one).frontier.members.map(({dot}) => showDot(dot));
          const lost = (fold: Fold) =>
            fold
              .lost(one)
              .map(showDot)
              .filter(dot => !isDelete.has(dot));
          expect(members(state.fold)).toEqual(members(server));
          expect(lost(state.fold)).toEqual(lost(server));
        }
      }),
    );
  });

  it('reports every conflict, including those that were over at the next refresh', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (history, order, picks) => {
        const ops = interleave(history, order);
        const [server, state] = [new Fold(resolverOf({name}), []), new ReplicaState({name}, noLinks)];
        const conflicting = new Set<string>();
        const watched = new Fold(resolverOf({name}), []);
        for (const op of ops) {
          watched.apply(op);
          for (const write of op.writes) {
            const {members} = watched.snapshot(write.key).frontier;
            if (members.length > 1)
              conflicting.add(`${write.key} ${members.map(({dot}) => showDot(dot)).join()}`);
          }
        }
        const told = refreshed(state, server, ops, picks).flatMap(event =>
          event.type === 'conflict' && event.sides.length > 1
            ? [`${event.key} ${event.sides.map(showDot).join()}`]
            : [],
        );
        for (const conflict of conflicting) expect(told).toContain(conflict);
      }),
    );
  });
});

const [US, EU] = ['us', 'eu'].map(leaderId) as [LeaderId, LeaderId];
const K = key('k');
const op = (origin: LeaderId, seq: number, after: Op['after'], saw: Op['writes'][number]['saw']): Op => ({
  dot: {origin, seq},
  after,
  hlc: {wallMs: seq, logical: 0},
  wallMs: seq,
  writes: [{type: 'set', key: K, value: `${origin}${seq}`, generation: seq, saw}],
});
const row = ({dot, writes: [write]}: Op): ObservedRow => ({
  value: write?.type === 'set' ? write.value : null,
  dot,
});
const found = (ops: readonly Op[], shown: Op, applied: VersionVector): Found => ({
  ops: ops.map(one => ({op: one, hops: 1})),
  rows: new Map([[K, row(shown)]]),
  applied,
});

it('shows readers a row that changed although no operation arrived', () => {
  const [first, second] = [op(US, 1, {}, []), op(EU, 1, {[US]: 1}, [{origin: US, seq: 1}])];
  const state = new ReplicaState({name: 'apply-remote'}, noLinks);
  state.take(found([first, second], second, {[US]: 1, [EU]: 1}));
  expect(state.fold.read(K)).toEqual({type: 'value', value: 'eu1'});
  const events = state.take(found([], first, {[US]: 1, [EU]: 1}));
  expect(state.fold.read(K)).toEqual({type: 'value', value: 'us1'});
  expect(events).toMatchObject([
    {type: 'losses', lost: [{origin: 'eu', seq: 1}]},
    {
      type: 'conflict',
      relation: 'reversed',
      sides: [{origin: 'eu', seq: 1}],
      instead: [{origin: 'us', seq: 1}],
    },
  ]);
});

it(
  'forgets operations that a crash undid, so the older row is not a conflict, and applies ' +
    'them on their next arrival',
  () => {
    const [first, second] = [op(US, 1, {}, []), op(US, 2, {[US]: 1}, [{origin: US, seq: 1}])];
    const state = new ReplicaState({name: 'lww'}, noLinks);
    state.take(found([first, second], second, {[US]: 2}));
    expect(state.take(found([], first, {[US]: 1}))).toEqual([{type: 'refolded', resolver: 'lww'}]);
    expect([state.vv, state.opCount, state.fold.read(K), state.fold.lost(K)]).toEqual([
      {us: 1},
      1,
      {type: 'value', value: 'us1'},
      [],
    ]);
    expect(state.take(found([second], second, {[US]: 2}))).toMatchObject([{type: 'applied', dot: {seq: 2}}]);
    expect([state.vv, state.fold.read(K)]).toEqual([{us: 2}, {type: 'value', value: 'us2'}]);
  },
);

it('does not change the row of a skipped operation', () => {
  const [mine, theirs] = [op(US, 1, {}, []), op(EU, 1, {}, [])];
  const state = new ReplicaState({name: 'apply-remote'}, noLinks);
  state.take(found([mine], mine, {[US]: 1}));
  state.take({ops: [{op: theirs, hops: 1, isSkipped: true}], rows: new Map(), applied: {[US]: 1, [EU]: 1}});
  expect(state.readingOf(K)).toEqual({
    reading: {type: 'value', value: 'us1'},
    lost: [{origin: 'eu', seq: 1}],
    why: 'us:1 is in the table: skip discarded eu:1 here',
  });
});

it('keeps the conflicts among operations that a crash left', () => {
  const [one, other, last] = [
    op(US, 1, {}, []),
    op(EU, 1, {}, []),
    op(US, 2, {[US]: 1}, [{origin: US, seq: 1}]),
  ];
  const state = new ReplicaState({name: 'lww'}, noLinks);
  state.take(found([one, other, last], last, {[US]: 2, [EU]: 1}));
  const events = state.take(found([], other, {[US]: 1, [EU]: 1}));
  expect(state.fold.snapshot(K).frontier.members.map(({dot}) => showDot(dot))).toEqual(['eu:1', 'us:1']);
  expect(state.fold.lost(K)).toEqual([{origin: 'us', seq: 1}]);
  expect(events).toMatchObject([
    {type: 'refolded'},
    {type: 'losses'},
    {type: 'conflict', relation: 'concurrent'},
  ]);
});

it(
  'no longer reports an operation as skipped after a crash ' + 'undid the skip and the operation was applied',
  () => {
    const [mine, theirs] = [op(US, 1, {}, []), op(EU, 1, {}, [])];
    const state = new ReplicaState({name: 'apply-remote'}, noLinks);
    state.take(found([mine], mine, {[US]: 1}));
    state.take({ops: [{op: theirs, hops: 1, isSkipped: true}], rows: new Map(), applied: {[US]: 1, [EU]: 1}});
    state.take(found([], mine, {[US]: 1}));
    state.take(found([theirs], theirs, {[US]: 1, [EU]: 1}));
    expect(state.readingOf(K).why).not.toContain('given up');
  },
);
