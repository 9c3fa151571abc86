/**
 * What the lab knows of a PostgreSQL leader from looking at its tables now and then is what it would know of a leader of its own that showed the
 * same: frontiers, lost writes, the digest. A leader of our own under `lww` or `apply-remote` stands for the server.
 */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {Key} from '../../../src/base/ids.ts';
import {key, leaderId} from '../../../src/base/ids.ts';
import {Mirror} from '../../../src/cluster/postgres/mirror.ts';
import type {ObservedRow} from '../../../src/cluster/postgres/observed.ts';
import {Fold} from '../../../src/core/fold.ts';
import type {Op} from '../../../src/core/op.ts';
import {resolverOf} from '../../../src/core/resolvers/index.ts';
import {showDot} from '../../../src/core/version-vector.ts';
import {anyHistory, anyPicks, interleave} from '../../support/arbitraries.ts';

const noLinks = () => [];

function rowsOf(fold: Fold, ops: readonly Op[]): ReadonlyMap<Key, ObservedRow> {
  const keys = new Set(ops.flatMap(({writes}) => writes.map(write => write.key)));
  return new Map(
    [...keys].map(name => {
      const {reading, shown} = fold.snapshot(name);
      return [name, reading.type === 'value' && shown !== undefined ? {value: reading.value, dot: shown} : undefined] as const;
    }),
  );
}

/** Looks after as many operations each time as the picks say. */
function lookedAt(mirror: Mirror, server: Fold, ops: readonly Op[], picks: readonly number[]): ReturnType<Mirror['take']> {
  const events: ReturnType<Mirror['take']>[number][] = [];
  for (let at = 0, n = 0; at < ops.length; n++) {
    const some = ops.slice(at, at + 1 + (picks[n % picks.length] ?? 0));
    for (const op of some) server.apply(op);
    events.push(...mirror.take({ops: some.map(op => ({op, hops: 1})), rows: rowsOf(server, some)}));
    at += some.length;
  }
  return events;
}

describe.each(['lww', 'apply-remote'] as const)('a mirror of a leader under %s', name => {
  it('has its frontiers, its losses and its digest, however seldom it looks', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (history, order, picks) => {
        const ops = interleave(history, order);
        // It expects something else of the server, so what is right comes from the tables.
        const [server, mirror] = [new Fold(resolverOf({name}), []), new Mirror({name: 'keep-local'}, noLinks)];
        lookedAt(mirror, server, ops, picks);
        expect(mirror.fold.digest()).toBe(server.digest());
        // A delete that lost to another delete reads the same as that one.
        const isDelete = new Set(ops.flatMap(({dot, writes}) => (writes.some(({type}) => type === 'del') ? [showDot(dot)] : [])));
        for (const one of server.keys()) {
          const members = (fold: Fold) => fold.snapshot(one).frontier.members.map(({dot}) => showDot(dot));
          const lost = (fold: Fold) =>
            fold
              .lost(one)
              .map(showDot)
              .filter(dot => !isDelete.has(dot));
          expect(members(mirror.fold)).toEqual(members(server));
          expect(lost(mirror.fold)).toEqual(lost(server));
        }
      }),
    );
  });

  it('reports each conflict that there was, also those that were over when it looked', () => {
    fc.assert(
      fc.property(anyHistory(name), anyPicks, anyPicks, (history, order, picks) => {
        const ops = interleave(history, order);
        const [server, mirror] = [new Fold(resolverOf({name}), []), new Mirror({name}, noLinks)];
        const conflicting = new Set<string>();
        const watched = new Fold(resolverOf({name}), []);
        for (const op of ops) {
          watched.apply(op);
          for (const write of op.writes) {
            const {members} = watched.snapshot(write.key).frontier;
            if (members.length > 1) conflicting.add(`${write.key} ${members.map(({dot}) => showDot(dot)).join()}`);
          }
        }
        const told = lookedAt(mirror, server, ops, picks).flatMap(event =>
          event.type === 'conflict' && event.sides.length > 1 ? [`${event.key} ${event.sides.map(showDot).join()}`] : [],
        );
        for (const conflict of conflicting) expect(told).toContain(conflict);
      }),
    );
  });
});

it('takes a row that changed though no operation came for what readers get from now on', () => {
  const [us, eu] = ['us', 'eu'].map(leaderId) as [ReturnType<typeof leaderId>, ReturnType<typeof leaderId>];
  const name = key('k');
  const op = (origin: typeof us, seq: number, after: Op['after'], saw: Op['writes'][number]['saw']): Op => ({
    dot: {origin, seq},
    after,
    hlc: {wallMs: seq, logical: 0},
    wallMs: seq,
    writes: [{type: 'set', key: name, value: `${origin}${seq}`, generation: seq, saw}],
  });
  const [first, second] = [op(us, 1, {}, []), op(eu, 1, {[us]: 1}, [{origin: us, seq: 1}])];
  const mirror = new Mirror({name: 'apply-remote'}, noLinks);
  const row = ({dot, writes: [write]}: Op): ObservedRow => ({value: write?.type === 'set' ? write.value : null, dot});
  mirror.take({
    ops: [
      {op: first, hops: 0},
      {op: second, hops: 1},
    ],
    rows: new Map([[name, row(second)]]),
  });
  expect(mirror.fold.read(name)).toEqual({type: 'value', value: 'eu1'});
  const events = mirror.take({ops: [], rows: new Map([[name, row(first)]])});
  expect(mirror.fold.read(name)).toEqual({type: 'value', value: 'us1'});
  expect(events).toMatchObject([
    {type: 'losses', lost: [{origin: 'eu', seq: 1}]},
    {type: 'conflict', relation: 'reversed', sides: [{origin: 'eu', seq: 1}], instead: [{origin: 'us', seq: 1}]},
  ]);
});
