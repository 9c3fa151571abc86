/**
 * The simulator as the project's own safety net: what claims to converge does, whatever the nemesis does to
 * it, and what does not is found out and made small.
 */
import {describe, expect, it} from 'vitest';
import {leaderId} from '../../src/base/ids.ts';
import {isPlainResolver, RESOLVER_NAMES, resolverOf} from '../../src/core/resolvers/registry.ts';
import {wan} from '../../src/faults/wan.ts';
import type {CheckerName} from '../../src/history/checkers/all-checkers.ts';
import {planFrom} from '../../src/sim/nemesis.ts';
import {writtenAt} from '../../src/sim/plan.ts';
import {runPlan} from '../../src/sim/run-plan.ts';
import {type Find, fuzz, type Progress} from '../../src/sim/search.ts';
import {runs} from '../support/runs.ts';

const LEADERS = ['us', 'eu', 'ap', 'sa'].map(leaderId);
const PLAIN = RESOLVER_NAMES.filter(isPlainResolver);
const CONVERGENT = PLAIN.filter(name => resolverOf({name}).convergent);
/** Over all of them together 2,000 and more. */
const ALL_SEEDS = Math.ceil(2000 / CONVERGENT.length);
const SEEDS = runs(ALL_SEEDS);
/** What takes several things at once. */
const RARE = ['unconfirmed', 'fullInboxes', 'clocksAhead', 'givenUp'];
/** Another place to begin with, to look further than usual. */
const FIRST_SEED = Number(process.env.LEADERLAB_SEED ?? 1);

function search(name: (typeof PLAIN)[number], firstSeed: number, seeds: number): Progress {
  let last: Progress | undefined;
  for (const progress of fuzz({resolver: {name}, leaders: LEADERS}, wan, firstSeed, seeds)) last = progress;
  if (last === undefined) throw new Error('no seed was run');
  return last;
}

/** What to say and how to see it again. */
const said = (name: string, find: Find | undefined): string | undefined =>
  find &&
  `${find.violation.checker}: ${find.violation.text}; again: leaderlab fuzz --resolver ${name} --seed ` +
    `${find.seed}`;

describe('a resolver that claims to converge', () => {
  it.each(CONVERGENT)('survives every nemesis: %s', {timeout: 120_000}, name => {
    const {find, coverage} = search(name, FIRST_SEED, SEEDS);
    expect(said(name, find)).toBeUndefined();
    // A search proves something only if everything happened in it. A share of the seeds may not suffice.
    if (SEEDS < ALL_SEEDS) return;
    for (const [what, count] of Object.entries(coverage)) {
      // Siblings lose only what a switch hid.
      if (what === 'lost' && name === 'siblings') continue;
      const least = RARE.includes(what) ? 0 : 10;
      expect([what, count]).toEqual([what, expect.toSatisfy((n: number) => n > least)]);
    }
  });
});

describe('a resolver that does not converge', () => {
  it.each(['apply-remote', 'keep-local', 'halt'] as const)(
    '%s is found, and shrunk to two writes at two leaders',
    name => {
      const {find} = search(name, FIRST_SEED, 50);
      expect(find?.violation.checker).toBe<CheckerName>('convergence');
      expect(find?.plan.leaders).toHaveLength(2);
      expect(find?.plan.steps).toHaveLength(1);
      const [step] = find?.plan.steps ?? [];
      const writes = step?.action.type === 'concurrently' ? step.action.writes : [];
      expect(writes.map(write => writtenAt(write).length)).toEqual([1, 1]);
    },
  );
});

describe('a seed', () => {
  it.each([1, 17, 1821])('%i gives the same history to the byte', seed => {
    const once = () =>
      JSON.stringify(runPlan(planFrom(seed, {resolver: {name: 'crdt'}, leaders: LEADERS}), wan));
    expect(once()).toBe(once());
  });

  it('gives another history than another seed', () => {
    const of = (seed: number) =>
      JSON.stringify(runPlan(planFrom(seed, {resolver: {name: 'crdt'}, leaders: LEADERS}), wan).trace.ends);
    expect(of(1)).not.toBe(of(2));
  });
});
