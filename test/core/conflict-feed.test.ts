import fc from 'fast-check';
import {expect, it} from 'vitest';
import {key} from '../../src/base/ids.ts';
import {ConflictFeed} from '../../src/core/fold/conflict-feed.ts';
import {reportsOf} from '../../src/core/fold/conflict-report.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import {type ConflictReport, JOINED_WRITES} from '../../src/core/fold/joined-reports.ts';
import type {Op} from '../../src/core/log/op.ts';
import {sameDot, showDot} from '../../src/core/log/version-vector.ts';
import {resolverOf} from '../../src/core/resolvers/registry.ts';
import {ConflictLog} from '../../src/history/conflict-log.ts';
import {anyHistory, anyPicks, interleave, LEADERS} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const [US = LEADERS[0]] = LEADERS;
if (US === undefined) throw new Error('no leader');
const BYTES = () => 1;

/** What one leader reports of its conflicts, in order. */
function reportsIn(ops: readonly Op[]): ConflictReport[] {
  const fold = new Fold(resolverOf({name: 'lww'}), []);
  const applied: Op[] = [];
  return ops.flatMap(op => {
    applied.push(op);
    const events = fold
      .apply(op)
      .flatMap(change => reportsOf(fold, change, dot => applied.find(one => sameDot(one.dot, dot))));
    return events.filter(event => event.type === 'conflict');
  });
}

const entriesOf = (log: ConflictLog) => ({
  count: log.count,
  entries: log.list().map(({key, relation, kind, writes, decisions}) => ({
    key,
    relation,
    kind,
    writes: writes.map(({dot}) => showDot(dot)),
    shows: decisions[US]?.shows,
  })),
});

it('leads to the same conflict log as the single reports', () => {
  fc.assert(
    fc.property(anyHistory('lww'), anyPicks, fc.array(fc.boolean()), (history, picks, told) => {
      const reports = reportsIn(interleave(history, picks));
      // A full entry is left for another at some place, and where that is depends on the steps.
      fc.pre(
        new Set(reports.flatMap(({writes}) => writes.map(({dot}) => showDot(dot)))).size < JOINED_WRITES,
      );
      const [each, joined] = [new ConflictLog(), new ConflictLog()];
      const feed = new ConflictFeed();
      const take = (nowMs: number, isAll: boolean) => {
        for (const one of feed.take(nowMs, isAll, 1000, BYTES)) joined.observe(US, one, 0);
      };
      reports.forEach((report, i) => {
        each.observe(US, report, 0);
        feed.add(report);
        if (told[i]) take(100 * i, false);
      });
      take(0, true);
      expect(feed.size).toBe(0);
      const byKey = (log: ConflictLog) => {
        const {count, entries} = entriesOf(log);
        return {
          count,
          entries: entries.sort((a, b) => (a.key + a.writes.join() < b.key + b.writes.join() ? -1 : 1)),
        };
      };
      expect(byKey(joined)).toEqual(byKey(each));
    }),
    {numRuns: runs(500)},
  );
});

it('joins the reports of a hot key, and sends the first report of another key at once', () => {
  const history = fc.sample(anyHistory('lww'), {numRuns: 200, seed: 7});
  const [first, ...more] =
    history
      .map(reportsIn)
      .find(reports => reports.length > 3 && new Set(reports.map(({key}) => key)).size === 1) ?? [];
  if (first === undefined) throw new Error('no history with a key in conflict again and again');
  const other = {...first, key: key('another')};
  const feed = new ConflictFeed();
  feed.add(first);
  expect(feed.take(0, false, 1000, BYTES)).toEqual([first]);
  for (const report of [...more, other]) feed.add(report);
  expect(feed.take(10, false, 1000, BYTES)).toEqual([other]);
  expect(feed.take(249, false, 1000, BYTES)).toEqual([]);
  const later = feed.take(250, false, 1000, BYTES);
  expect(later.at(-1)).toMatchObject({key: first.key, why: more.at(-1)?.why});
  expect(feed.size).toBe(0);
});
