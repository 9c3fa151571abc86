import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type Key, key, type LeaderId, leaderId} from '../../src/base/ids.ts';
import type {Json} from '../../src/base/json.ts';
import {allReports, reportsOf} from '../../src/core/fold/conflict-report.ts';
import {Fold} from '../../src/core/fold/fold.ts';
import type {LeaderEvent} from '../../src/core/io/leader-event.ts';
import {type KeyWrite, type Op, writeOf} from '../../src/core/log/op.ts';
import {
  covers,
  EMPTY,
  extend,
  parseDot,
  sameDot,
  showDot,
  type VersionVector,
} from '../../src/core/log/version-vector.ts';
import {type PlainResolverName, resolverOf} from '../../src/core/resolvers/registry.ts';
import type {Conflict} from '../../src/history/conflict.ts';
import {CONFLICT_LIMIT, ConflictLog} from '../../src/history/conflict-log.ts';
import {matches} from '../../src/history/conflict-table.ts';
import {plainLines} from '../../src/report/document/plain-text.ts';
import {conflictLine} from '../../src/report/results/conflict-results.ts';
import {IN_FULL} from '../../src/report/words/show-value.ts';
import {anyHistory, anyPicks, interleave, LEADERS} from '../support/arbitraries.ts';
import {runs} from '../support/runs.ts';

const showConflict = (conflict: Conflict): string => plainLines([conflictLine(conflict, IN_FULL)]).join('\n');

const [US, EU, AP] = LEADERS as [LeaderId, LeaderId, LeaderId];
const TITLE = key('title');

const dotOf = (name: string) => {
  const dot = parseDot(name);
  if (dot === undefined) throw new Error(name);
  return dot;
};

/** A write of `title` that had applied `after`; it saw the newest of each origin shown. */
function op(
  name: string,
  value: Json,
  wallMs: number,
  after: VersionVector = {},
  saw: readonly string[] = [],
): Op {
  const change: KeyWrite = {type: 'set', key: TITLE, generation: 1, saw: saw.map(dotOf), value};
  return {dot: dotOf(name), after, wallMs, hlc: {wallMs, logical: 0}, writes: [change]};
}

/** A write of another key than the title. */
function onKey(name: string, of: string): Op {
  const {writes, ...rest} = op(name, name, 1000);
  return {...rest, writes: writes.map(write => ({...write, key: key(of)}))};
}

/** A leader that reports everything to the log, as its messages do. */
class Teller {
  readonly #ops: Op[] = [];
  #fold: Fold;
  vv: VersionVector = EMPTY;

  constructor(
    readonly id: LeaderId,
    readonly log: ConflictLog,
    resolver: PlainResolverName = 'lww',
  ) {
    this.#fold = new Fold(resolverOf({name: resolver}), []);
  }

  get fold(): Fold {
    return this.#fold;
  }

  apply(...ops: readonly Op[]): this {
    for (const one of ops) {
      this.#ops.push(one);
      this.vv = extend(this.vv, one.dot);
      for (const change of this.#fold.apply(one))
        this.#tell(
          reportsOf(this.#fold, change, dot => this.#get(dot)),
          false,
        );
      this.#tell([], false);
    }
    return this;
  }

  resolve(resolver: PlainResolverName): void {
    this.log.setResolver(this.id, resolver);
    this.#fold = this.#fold.refold(resolverOf({name: resolver}));
    this.#tell(
      allReports(this.#fold, dot => this.#get(dot)),
      true,
    );
  }

  #get(dot: Op['dot']): Op | undefined {
    return this.#ops.find(one => sameDot(one.dot, dot));
  }

  #tell(events: readonly LeaderEvent[], reset: boolean): void {
    for (const event of events)
      if (event.type === 'conflict') this.log.observe(this.id, event, this.#ops.length);
    const losses = events.flatMap(event => (event.type === 'losses' ? [event] : []));
    this.log.losses(this.id, this.vv, losses, reset);
  }
}

const A = op('us:1', 'A', 1000);
const B = op('eu:1', 'B', 1005);
const C = op('ap:1', 'C', 1003);

function only(log: ConflictLog): Conflict {
  expect(log.list()).toHaveLength(1);
  return log.list()[0] as Conflict;
}

function acknowledgeAll(log: ConflictLog, seq = 1): void {
  for (const origin of [...LEADERS, leaderId('sa')]) log.acknowledge(origin, 1, seq);
}

function threeTellers(log: ConflictLog, resolver: PlainResolverName = 'lww'): [Teller, Teller, Teller] {
  log.setLive([US, EU, AP]);
  return [new Teller(US, log, resolver), new Teller(EU, log, resolver), new Teller(AP, log, resolver)];
}

describe('an entry of the conflict log', () => {
  it('keeps the lines of a server log with the time at which the lab first received them', () => {
    const log = new ConflictLog();
    log.setLive([US]);
    const fold = new Fold(resolverOf({name: 'lww'}), [A]);
    const events = fold
      .apply(B)
      .flatMap(change => reportsOf(fold, change, dot => [A, B].find(one => sameDot(one.dot, dot))));
    const report = events.find(event => event.type === 'conflict');
    if (report === undefined) throw new Error('no conflict');
    log.observe(US, {...report, serverLog: ['ERROR: duplicate key']}, 100);
    log.observe(US, {...report, serverLog: ['ERROR: duplicate key'], why: 'skipped'}, 5000);
    expect(only(log).decisions[US]).toMatchObject({atMs: 5000, serverLoggedAtMs: 100});
    log.observe(US, {...report, why: 'skipped twice'}, 6000);
    expect(only(log).decisions[US]).toMatchObject({
      atMs: 6000,
      serverLoggedAtMs: 100,
      serverLog: ['ERROR: duplicate key'],
    });
    log.observe(US, {...report, serverLog: ['LOG: conflict detected']}, 7000);
    expect(only(log).decisions[US]).toMatchObject({serverLoggedAtMs: 7000});
  });

  it('covers a conflict that every leader sees, with the decision of each leader', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log);
    us.apply(A, B);
    eu.apply(B, A);
    ap.apply(A, B);
    const conflict = only(log);
    expect(conflict).toMatchObject({
      id: 1,
      key: 'title',
      kind: 'set/set',
      relation: 'concurrent',
      detectedAtMs: 2,
    });
    expect(conflict.writes.map(({dot, value}) => [showDot(dot), value])).toEqual([
      ['eu:1', 'B'],
      ['us:1', 'A'],
    ]);
    expect(conflict.writes[0]?.after).toEqual({});
    expect(Object.keys(conflict.decisions)).toEqual(['us', 'eu', 'ap']);
    expect(conflict.decisions[AP]).toMatchObject({
      resolver: 'lww',
      shows: {type: 'value', value: 'B'},
      lost: [{origin: 'us', seq: 1}],
    });
  });

  it('shows no decision of a leader that has left, and shows all of them again after its return', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log, 'siblings');
    log.setMembers([US, EU, AP]);
    us.apply(A, B);
    eu.apply(B, A);
    ap.apply(A, B);
    ap.resolve('lww');
    log.takeChanged();
    const before = only(log);
    expect(before.why).toContain('at ap: ');
    log.setMembers([EU, US, AP]);
    expect(only(log)).toBe(before);
    log.setMembers([US, EU]);
    expect(Object.keys(only(log).decisions)).toEqual(['us', 'eu']);
    expect(only(log).why).toBe(before.decisions[US]?.why);
    expect(log.takeChanged().conflicts).toEqual([only(log)]);
    log.setMembers([US, EU, AP]);
    expect(only(log)).toEqual(before);
  });

  it('still says how the conflict was decided after all who decided it have left', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    us.apply(A, B);
    const {why} = only(log);
    log.setMembers([EU, AP]);
    expect(only(log)).toMatchObject({decisions: {}, why});
  });

  it('gets another side for a third concurrent write', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log);
    acknowledgeAll(log);
    us.apply(A, B, C);
    eu.apply(B, A, C);
    ap.apply(C, A, B);
    expect(only(log).writes.map(({dot}) => showDot(dot))).toEqual(['ap:1', 'eu:1', 'us:1']);
    expect(only(log).lost.map(showDot)).toEqual(['ap:1', 'us:1']);
  });

  it('replaces two entries if leaders had each seen other sides of one conflict', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log);
    const D = op('sa:1', 'D', 1001);
    us.apply(A, B);
    ap.apply(C, D);
    expect([log.count, log.list().length]).toEqual([2, 2]);
    expect(log.takeChanged().conflicts).toHaveLength(2);
    eu.apply(A, B, C, D);
    expect(only(log)).toMatchObject({id: 1, writes: {length: 4}});
    expect(Object.keys(only(log).decisions).sort()).toEqual(['ap', 'eu', 'us']);
    expect(log.count).toBe(1);
    expect(log.takeChanged()).toMatchObject({conflicts: [{id: 1}], joined: [2]});
  });

  it('is not saved if it was merged into another entry before it was taken', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log);
    us.apply(A, B);
    ap.apply(C, op('sa:1', 'D', 1001));
    eu.apply(A, B, C, op('sa:1', 'D', 1001));
    expect(log.takeChanged()).toMatchObject({conflicts: [{id: 1}], joined: []});
  });

  it('is not kept if nobody takes the changes', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    for (let seq = 1; seq <= CONFLICT_LIMIT + 50; seq++)
      us.apply(onKey(`us:${seq}`, `k${seq}`), onKey(`eu:${seq}`, `k${seq}`));
    expect(log.count).toBe(CONFLICT_LIMIT + 50);
    expect(log.takeChanged().conflicts).toHaveLength(CONFLICT_LIMIT);
  });

  it('is created for writes that had seen the old conflict', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    const after = {[US]: 1, [EU]: 1};
    us.apply(A, B, op('us:2', 'D', 2000, after, ['eu:1']), op('eu:2', 'E', 2001, after, ['eu:1']));
    expect(log.list().map(({id}) => id)).toEqual([1, 2]);
    expect(log.count).toBe(2);
  });

  it('is replaced by a new one if the conflict never ends', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    for (let n = 1; n <= 100; n++) {
      us.apply(
        op(`us:${n}`, n, 1000 + n, n > 1 ? {[US]: n - 1, [EU]: n - 2} : {}),
        op(`eu:${n}`, n, 1000 + n, {[EU]: n - 1, [US]: n - 1}),
      );
    }
    expect(log.list().length).toBeGreaterThan(5);
    expect(Math.max(...log.list().map(({writes}) => writes.length))).toBeLessThanOrEqual(26);
    expect(log.count).toBe(log.list().length);
  });

  it('is always counted, but kept only for a while', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    for (let n = 1; n <= 1200; n++) {
      const after = n > 1 ? {[US]: n - 1, [EU]: n - 1} : {};
      us.apply(op(`us:${n}`, n, 1000 + n, after), op(`eu:${n}`, -n, 1000 + n, after));
    }
    expect([log.count, log.list().length, log.list()[0]?.id]).toEqual([1200, 1000, 201]);
    acknowledgeAll(log, 1200);
    expect(log.lostCount).toBe(1200 + 1199);
  });
});

it('conflicts that are no longer kept are not counted again when leaders report them again', () => {
  const log = new ConflictLog();
  const [us, eu] = threeTellers(log);
  const late: Op[] = [];
  for (let n = 1; n <= 1200; n++) {
    const after = n > 1 ? {[US]: n - 1, [EU]: n - 1} : {};
    const change = {type: 'set', key: key(`k${n}`), generation: 1, saw: [], value: n} as const;
    const writes = ['us', 'eu'].map(origin => ({
      ...op(`${origin}:${n}`, n, 1000 + n, after),
      writes: [change],
    }));
    us.apply(...writes);
    late.push(...writes);
  }
  const kept = log.list().map(({id}) => id);
  eu.apply(...late);
  us.resolve('hlc');
  expect([log.count, log.list().map(({id}) => id)]).toEqual([1200, kept]);
  // A later version of one side extends the first of them.
  us.apply({
    ...op('ap:1', 'x', 5000, {[EU]: 1}),
    writes: [{type: 'set', key: key('k1'), generation: 2, saw: [dotOf('eu:1')], value: 'x'}],
  });
  expect([log.count, log.list().at(-1)?.key]).toEqual([1200, 'k1']);
  const reopened = new ConflictLog();
  reopened.restore(log.list(), log.save());
  new Teller(US, reopened).apply(
    ...[1, 2].flatMap(n => ['us', 'eu'].map(origin => op(`${origin}:${n}`, n, 1000 + n))),
  );
  expect(reopened.count).toBe(1200);
});

describe('a relation of the writes', () => {
  const late = op('eu:1', 'B', 900, {[US]: 1}, ['us:1']);

  it('reversed: a write lost to one that it had seen; this is a loss but not a conflict', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    acknowledgeAll(log);
    us.apply(A, late);
    eu.apply(A, late);
    expect(only(log)).toMatchObject({relation: 'reversed', lost: [{origin: 'eu', seq: 1}]});
    expect(only(log).why).toBe(
      'us:1 wins: written 100 ms later, by its own clock, than eu:1, although eu:1 had seen it: ' +
        "eu's clock was behind us's; eu:1 was acknowledged and is lost",
    );
    expect([log.count, log.lostCount]).toEqual([0, 1]);
  });

  it('a server that reports many stale writes does not displace real conflicts', () => {
    const log = new ConflictLog();
    const report = (relation: 'concurrent' | 'stale', n: number) => {
      const writes = [op(`eu:${n}`, n, n), op(`us:${n}`, n, n)].map(one =>
        writeOf(one, one.writes[0] as KeyWrite),
      );
      const [sides, instead] = relation === 'stale' ? [writes.slice(0, 1), writes.slice(1)] : [writes, []];
      const dots = (some: typeof writes) => some.map(({dot}) => dot);
      const told = {sides: dots(sides), instead: dots(instead), lost: [], torn: []};
      const reading = {type: 'absent'} as const;
      log.observe(
        US,
        {type: 'conflict', key: TITLE, relation, writes, ...told, resolver: 'lww', shows: reading, why: ''},
        n,
      );
    };
    for (let n = 1; n <= 100; n++) report('concurrent', n);
    for (let n = 101; n <= 3000; n++) report('stale', n);
    const relations = log.list().map(({relation}) => relation);
    expect(relations).toHaveLength(1000);
    expect(relations.filter(relation => relation === 'concurrent')).toHaveLength(100);
    expect([log.count, log.list().at(-1)?.id]).toEqual([100, 3000]);
  });

  it('stale: a write that one applied earlier had seen', () => {
    const log = new ConflictLog();
    const [us, , ap] = threeTellers(log);
    const newer = op('eu:1', 'B', 1100, {[US]: 1}, ['us:1']);
    us.apply(A, newer);
    expect(log.list()).toEqual([]);
    ap.apply(newer, A);
    expect(only(log)).toMatchObject({relation: 'stale', lost: [], writes: {length: 2}});
    expect(only(log).why).toContain('us:1 arrived late');
    expect(log.count).toBe(0);
  });

  it('a concurrent conflict is counted even if it is reversed, too', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    const [first, ...sides] = [
      op('eu:1', 1, 6000),
      op('us:1', 2, 1000, {[EU]: 1}, ['eu:1']),
      op('ap:1', 3, 1001, {[EU]: 1}, ['eu:1']),
    ] as const;
    us.apply(first, ...sides);
    eu.apply(first, ...sides.toReversed());
    expect(only(log)).toMatchObject({
      relation: 'reversed',
      sides: [{origin: AP}, {origin: US}],
      instead: [{origin: EU}],
    });
    expect(log.count).toBe(1);
    expect(log.list().filter(matches({relation: 'concurrent'}))).toHaveLength(1);
    expect(showConflict(only(log))).toBe(
      '#1 title set/set: ap:1 set 3 ∥ us:1 set 2 → eu:1 set 1, reversed, nothing lost',
    );
  });

  it(
    'reversed by a side of an earlier conflict: it gets its own entry, and concurrent writes ' +
      'join that entry',
    () => {
      const log = new ConflictLog();
      const [us, eu] = threeTellers(log);
      const both = {[US]: 1, [EU]: 1};
      const all = [
        op('us:1', 1, 4000),
        op('eu:1', 2, 1000),
        op('us:2', 9, 2000, both, ['us:1']),
        op('us:3', 8, 2001, {[US]: 2, [EU]: 1}, ['us:1']),
        op('eu:2', 7, 2002, {[US]: 2, [EU]: 1}, ['us:1']),
      ] as const;
      us.apply(...all.slice(0, 3));
      eu.apply(...all.slice(0, 3));
      expect([log.count, log.list().filter(matches({relation: 'concurrent'})).length]).toEqual([1, 1]);
      us.apply(all[3]);
      eu.apply(all[4], all[3]);
      us.apply(all[4]);
      expect(log.list().map(showConflict)).toEqual([
        '#1 title set/set: eu:1 set 2 ∥ us:1 set 1, nothing lost',
        '#2 title set/set: us:2 set 9 → us:1 set 1, reversed, nothing lost',
        '#3 title set/set: eu:2 set 7 ∥ us:3 set 8 → us:1 set 1, reversed, nothing lost',
      ]);
      expect(log.count).toBe(2);
    },
  );

  it(
    'the arrow leads from the newer write to the older one that readers get, for either order ' +
      'of the dots',
    () => {
      for (const [older, newer] of [
        ['eu', 'us'],
        ['us', 'eu'],
      ] as const) {
        const log = new ConflictLog();
        const [us] = threeTellers(log);
        us.apply(op(`${older}:1`, 1, 1000), op(`${newer}:1`, 2, 900, {[leaderId(older)]: 1}, [`${older}:1`]));
        expect(showConflict(only(log))).toBe(
          `#1 title set/set: ${newer}:1 set 2 → ${older}:1 set 1, reversed, nothing lost`,
        );
      }
    },
  );

  it('a late arrival and the write that superseded it are not sides of the conflict that it was in', () => {
    const log = new ConflictLog();
    const [us, eu, ap] = threeTellers(log);
    const [mine, theirs, newer] = [
      op('us:1', 1, 1001),
      op('ap:1', 2, 1000),
      op('ap:2', 4, 2000, {[US]: 1, [AP]: 1}, ['us:1']),
    ];
    const conflict = '#1 title set/set: ap:1 set 2 ∥ us:1 set 1, nothing lost';
    eu.apply(theirs, newer, mine);
    expect(log.list().map(showConflict)).toEqual([
      '#1 title set/set: us:1 set 1 → ap:2 set 4, stale, nothing lost',
    ]);
    us.apply(mine, theirs, newer);
    expect(log.list().map(showConflict)).toEqual([conflict]);
    ap.apply(theirs, newer, mine);
    expect(log.list().map(showConflict)).toEqual([conflict]);
    expect(Object.keys(only(log).decisions).sort()).toEqual(['ap', 'eu', 'us']);
  });

  it('∥ joins only concurrent writes: the newest of each side', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    us.apply(A, B, op('us:2', 'D', 2000, {[US]: 1}, ['us:1']));
    expect(showConflict(only(log))).toBe(
      '#1 title set/set: eu:1 set "B" ∥ us:2 set "D", earlier us:1 set "A", nothing lost',
    );
  });

  it('the sign between any two writes says how they are related', () => {
    fc.assert(
      fc.property(anyHistory('lww'), anyPicks, anyPicks, (ops, ...orders) => {
        const log = new ConflictLog();
        orders.forEach((picks, i) => {
          const who = LEADERS[i];
          if (who !== undefined) new Teller(who, log).apply(...interleave(ops, picks));
        });
        const saw = (a: string, b: string): boolean =>
          covers(ops.find(({dot}) => showDot(dot) === a)?.after ?? EMPTY, dotOf(b));
        for (const conflict of log.list()) {
          const [line = ''] = showConflict(conflict).split(/, (?:reversed|stale|earlier|nothing lost|lost)/);
          const [aside = [], instead] = line
            .split(' → ')
            .map(part => part.match(/\b(?:us|eu|ap|sa):\d+/g) ?? []);
          for (const a of aside) {
            for (const b of aside) expect([a, b, saw(a, b)]).toEqual([a, b, false]);
            if (conflict.relation === 'reversed')
              for (const b of instead ?? [])
                if (conflict.instead.some(dot => showDot(dot) === b))
                  expect([a, b, saw(a, b)]).toEqual([a, b, true]);
            if (conflict.relation === 'stale')
              for (const b of instead ?? []) expect([a, b, saw(a, b)]).toEqual([a, b, false]);
          }
          for (const a of instead ?? [])
            for (const b of instead ?? []) expect([a, b, saw(a, b)]).toEqual([a, b, false]);
        }
      }),
      {numRuns: runs(300)},
    );
  });

  it('a write is a side of at most one entry, and the frontiers determine the number of entries', () => {
    fc.assert(
      fc.property(anyHistory('lww'), anyPicks, anyPicks, (ops, ...orders) => {
        const counts = (['lww', 'siblings', 'fww'] as const).map(resolver => {
          const log = new ConflictLog();
          orders.forEach((picks, i) => {
            const who = LEADERS[i];
            if (who !== undefined) new Teller(who, log, resolver).apply(...interleave(ops, picks));
          });
          const sides = log
            .list()
            .flatMap(({key: of, sides: dots}) => dots.map(dot => `${of} ${showDot(dot)}`));
          expect(new Set(sides).size).toBe(sides.length);
          expect(log.list().filter(matches({relation: 'concurrent'}))).toHaveLength(log.count);
          return log.count;
        });
        expect(new Set(counts).size).toBe(1);
      }),
      {numRuns: runs(300)},
    );
  });

  it('concurrent writes are counted under every resolver', () => {
    for (const name of ['lww', 'siblings', 'crdt'] as const) {
      const log = new ConflictLog();
      const [us] = threeTellers(log, name);
      us.apply(
        A,
        late,
        op('ap:1', 'C', 1003, {[US]: 1}, ['us:1']),
        op('us:2', 'D', 800, {[US]: 1, [EU]: 1, [AP]: 1}),
      );
      us.apply(op('eu:2', 'E', 810, {[US]: 1, [EU]: 1, [AP]: 1}));
      expect(log.count, name).toBe(2);
    }
  });
});

it('names the resolver that replaced the one that decided', () => {
  const log = new ConflictLog();
  const [us, eu] = threeTellers(log, 'fww');
  acknowledgeAll(log);
  const newer = op('ap:1', 'C', 2000, {[US]: 1, [EU]: 1}, ['us:1']);
  us.apply(A, B, newer);
  eu.apply(B, A, newer);
  const before = only(log).why;
  us.resolve('siblings');
  eu.resolve('siblings');
  expect(only(log).decisions[US]).toMatchObject({resolver: 'fww', until: 'siblings'});
  expect(only(log).why).toBe(`fww decided, until siblings took its place: ${before}`);
  us.resolve('fww');
  eu.resolve('fww');
  expect(only(log).decisions[US]?.until).toBeUndefined();
  expect(only(log).why).toBe(before);
});

it('says how each leader decided if they differ, and keeps the time at which each reported it', () => {
  const log = new ConflictLog();
  const [us, eu] = [new Teller(US, log, 'lww'), new Teller(EU, log, 'keep-local')];
  const ap = new Teller(AP, log, 'lww');
  for (const teller of [us, eu, ap]) teller.apply(A, B);
  expect(only(log).why).toBe(
    'at us and ap: eu:1 wins: written 5 ms later, by its own clock, than us:1; ' +
      'at eu: us:1 is shown: eu:1, which had not seen it, arrived here after it',
  );
  const learned = {...only(log).decisions[US]};
  us.resolve('siblings');
  expect(only(log).decisions[US]).toMatchObject({learnedAtMs: learned.learnedAtMs});
});

describe('an acknowledged write', () => {
  it('counts as lost after the lab has received the acknowledgement', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    us.apply(A, B);
    eu.apply(B, A);
    expect(only(log)).toMatchObject({lost: [], writes: [{acknowledged: false}, {acknowledged: false}]});
    log.acknowledged({origin: US, seq: 1});
    expect(only(log).lost.map(showDot)).toEqual(['us:1']);
    expect(only(log).why).toBe(
      'eu:1 wins: written 5 ms later, by its own clock, than us:1; us:1 was acknowledged and is lost',
    );
    expect(log.lostCount).toBe(1);
  });

  it('does not count as lost if only another write of its origin is acknowledged', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    us.apply(A, B);
    eu.apply(B, A);
    log.acknowledge(US, 2, 7);
    expect([only(log).lost, log.lostCount]).toEqual([[], 0]);
  });

  it('counts as lost when no live leader shows it', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    acknowledgeAll(log);
    us.apply(A);
    eu.apply(B, A);
    expect([only(log).lost, only(log).decisions[EU]?.lost.map(showDot)]).toEqual([[], ['us:1']]);
    log.setLive([EU, AP]);
    expect(only(log).lost.map(showDot)).toEqual(['us:1']);
    log.setLive([US, EU, AP]);
    expect(log.lostCount).toBe(0);
    us.apply(B);
    expect(log.lostCount).toBe(1);
  });

  it(
    'still counts as lost while one leader shows it because that leader lacks the write that ' +
      'displaced it',
    () => {
      const log = new ConflictLog();
      const [us, eu, ap] = threeTellers(log);
      acknowledgeAll(log);
      const counts: number[] = [];
      eu.apply(B);
      us.apply(A);
      for (const [teller, arrived] of [
        [us, B],
        [ap, A],
        [ap, B],
        [eu, A],
      ] as const) {
        teller.apply(arrived);
        counts.push(log.lostCount);
      }
      expect(counts).toEqual([1, 1, 1, 1]);
    },
  );

  it(
    'does not count as lost while a leader shows it that ' + 'received it before it was discarded anywhere',
    () => {
      const log = new ConflictLog();
      const [us, , ap] = threeTellers(log);
      acknowledgeAll(log);
      ap.apply(A);
      us.apply(A, B);
      expect(log.lostCount).toBe(0);
      ap.apply(B);
      expect(log.lostCount).toBe(1);
    },
  );

  it('no longer counts as lost if a leader that has everything shows it', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log, 'apply-remote');
    acknowledgeAll(log);
    us.apply(A, B);
    expect(log.lostCount).toBe(1);
    eu.apply(B, A);
    expect(log.lostCount).toBe(0);
  });

  it(
    'counts as lost if it is one of several increments that no leader adds up, whichever ' +
      'leader shows which',
    () => {
      const log = new ConflictLog();
      const [us, eu, ap] = threeTellers(log, 'apply-remote');
      acknowledgeAll(log);
      const plus = (name: string): Op => ({...op(name, 1, 1000), writes: [incr]});
      const incr: KeyWrite = {type: 'incr', key: TITLE, generation: 1, saw: [], by: 1, effect: 11};
      const [a, b, c] = [plus('us:1'), plus('eu:1'), plus('ap:1')];
      us.apply(a, b, c);
      eu.apply(b, a, c);
      ap.apply(c, b, a);
      expect([log.lostCount, only(log).lost.map(showDot)]).toEqual([2, ['eu:1', 'us:1']]);
      expect(only(log).why).toContain('no leader adds up all of these increments, so us:1 counts as lost');
      ap.resolve('crdt');
      expect([log.lostCount, only(log).lost]).toEqual([0, []]);
    },
  );

  it('counts as lost if it is one of several such increments after a switch, too', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    log.setLive([US, EU]);
    acknowledgeAll(log, 9);
    const plus = (name: string, wallMs: number, after: VersionVector, saw: readonly string[]): Op => {
      const incr: KeyWrite = {
        type: 'incr',
        key: TITLE,
        generation: 1,
        saw: saw.map(dotOf),
        by: 1,
        effect: 11,
      };
      return {...op(name, 1, wallMs, after), writes: [incr]};
    };
    const [a, b] = [plus('us:1', 1000, {}, []), plus('eu:1', 1000, {}, [])];
    us.apply(a, b);
    eu.apply(b, a);
    us.resolve('apply-remote');
    eu.resolve('apply-remote');
    const [c, d] = [
      plus('us:2', 1001, {[US]: 1, [EU]: 1}, ['eu:1']),
      plus('eu:2', 1001, {[US]: 1, [EU]: 1}, ['us:1']),
    ];
    us.apply(c, d);
    eu.apply(d, c);
    expect([log.lostCount, log.list().flatMap(({lost}) => lost.map(showDot))]).toEqual([1, ['us:2']]);
  });

  it('no longer counts as lost under a resolver that keeps it', () => {
    const log = new ConflictLog();
    const [us, eu] = threeTellers(log);
    acknowledgeAll(log);
    us.apply(A, B);
    eu.apply(B, A);
    expect(only(log).lost).toHaveLength(1);
    us.resolve('siblings');
    expect(only(log)).toMatchObject({
      lost: [],
      decisions: {us: {resolver: 'siblings', shows: {type: 'siblings'}, lost: []}},
    });
    us.resolve('lww');
    expect(only(log).lost).toHaveLength(1);
  });

  it('counts as lost even if every write on the frontier had seen it', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    acknowledgeAll(log, 2);
    us.apply(A, B, op('us:2', 'D', 2000, {[US]: 1, [EU]: 1}, ['eu:1']));
    expect([log.lostCount, only(log).lost.map(showDot)]).toEqual([1, ['us:1']]);
  });

  it('counts as lost exactly by the definition, for any order of reports', () => {
    const KEYS = ['a', 'b'].map(key);
    fc.assert(
      fc.property(
        anyHistory('lww'),
        fc.array(fc.tuple(fc.nat(2), fc.nat(40)), {maxLength: 12}),
        anyPicks,
        fc.subarray(LEADERS),
        fc.func(fc.boolean()),
        (ops, rounds, picks, live, isAcknowledged) => {
          const log = new ConflictLog();
          const tellers = LEADERS.map(id => ({teller: new Teller(id, log), rest: interleave(ops, picks)}));
          const acknowledged = ops.filter(({dot}) => isAcknowledged(showDot(dot)));
          for (const {dot} of acknowledged) log.acknowledged(dot);
          for (const [who, count] of rounds)
            tellers[who]?.teller.apply(...(tellers[who]?.rest.splice(0, count) ?? []));
          log.setLive(live);
          const isLost = (of: Key, {dot}: Op): boolean => {
            const all = tellers.map(({teller}) => teller);
            const says = (teller: Teller): boolean => teller.fold.lost(of).some(other => sameDot(other, dot));
            return (
              all.some(says) && all.every(one => says(one) || !live.includes(one.id) || !covers(one.vv, dot))
            );
          };
          const expected = KEYS.flatMap(of => acknowledged.filter(one => isLost(of, one)));
          // Of increments as many more as the live leader has lost that has lost the fewest.
          const missing = KEYS.map(of => {
            const open = acknowledged.filter(
              one => !isLost(of, one) && one.writes.some(write => write.key === of && write.type === 'incr'),
            );
            const voices = tellers.map(({teller}) => teller).filter(({id}) => live.includes(id));
            const counts = voices.map(
              ({fold}) => open.filter(({dot}) => fold.lost(of).some(other => sameDot(other, dot))).length,
            );
            return counts.length === 0 ? 0 : Math.min(...counts);
          });
          expect(log.lostCount).toBe(missing.reduce((sum, count) => sum + count, expected.length));
        },
      ),
      {numRuns: runs(300)},
    );
  });
});

describe('a transaction', () => {
  it('is torn if a reader gets only a part of it, and the log says which part', () => {
    const log = new ConflictLog();
    const [us] = threeTellers(log);
    const base = {generation: 1, saw: [], type: 'set'} as const;
    const both: Op = {...A, writes: ['title', 'other'].map(name => ({...base, key: key(name), value: 'A'}))};
    us.apply(both, B);
    expect(only(log)).toMatchObject({torn: [{origin: 'us', seq: 1}], lost: []});
    expect(only(log).why).toContain(
      'transaction us:1 is torn apart: its write to other is shown, its write to title is lost',
    );
    log.setMembers([EU, AP]);
    expect(only(log).torn).toEqual([]);
    log.setMembers([US, EU, AP]);
    expect(only(log).torn).toHaveLength(1);
    us.resolve('siblings');
    expect(only(log).torn).toEqual([]);
    expect(us.fold.isShown(writeOf(both, both.writes[0] as KeyWrite))).toBe(true);
  });
});

describe('a log that is opened again', () => {
  it('shows the old entries and counts, and continues them', () => {
    const before = new ConflictLog();
    const [us, eu] = threeTellers(before);
    acknowledgeAll(before);
    us.apply(A, B);
    eu.apply(B, A);
    const log = new ConflictLog();
    log.restore(before.list(), before.save());
    expect(log.list()).toEqual(before.list());
    expect([log.count, log.lostCount]).toEqual([1, 1]);
    const [again] = threeTellers(log);
    again.apply(A, B);
    expect([log.count, only(log).id]).toEqual([1, 1]);
    again.apply(
      op('us:2', 'D', 2000, {[US]: 1, [EU]: 1}, ['eu:1']),
      op('eu:2', 'E', 2001, {[US]: 1, [EU]: 1}, ['eu:1']),
    );
    expect(log.list().map(({id}) => id)).toEqual([1, 2]);
    expect(log.count).toBe(2);
  });
});
