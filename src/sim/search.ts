/**
 * The search: one random plan after the other until a checker finds a violation; then the plan is shrunk.
 * Pure: the caller asks for each next step, and keeps the time.
 */
import {AssertionError} from '../base/assert.ts';
import type {LinkDefaults} from '../faults/wan.ts';
import {checkAll, type Violation} from '../history/checkers/all-checkers.ts';
import {addCoverage, type Coverage, NO_COVERAGE} from './coverage.ts';
import {planFrom, type Subject} from './nemesis.ts';
import type {Plan} from './plan.ts';
import {type Run, runPlan} from './run-plan.ts';
import {shrink} from './shrink.ts';

export interface Find {
  readonly seed: number;
  /** The plan before shrinking. */
  readonly original: Plan;
  readonly plan: Plan;
  readonly run: Run;
  readonly violation: Violation;
}

export interface Progress {
  readonly seeds: number;
  /** Events of the simulated clusters. */
  readonly steps: number;
  readonly coverage: Coverage;
  readonly find: Find | undefined;
}

/** Yields after every seed; the last progress has the find, if there was one. */
export function* fuzz(
  subject: Subject,
  links: LinkDefaults,
  firstSeed: number,
  seeds: number,
): Generator<Progress> {
  let [steps, coverage] = [0, NO_COVERAGE];
  for (let i = 0; i < seeds; i++) {
    const plan = planFrom(firstSeed + i, subject);
    const {run, violations} = judge(plan, links);
    steps += run.steps;
    coverage = addCoverage(coverage, run.trace, plan.waitingOps);
    const [violation] = violations;
    const find = violation && smallest(plan, run, violation, links);
    yield {seeds: i + 1, steps, coverage, find};
    if (find !== undefined) return;
  }
}

/**
 * The smallest plan that still violates the same checker. If a module is not deterministic, the violation may
 * not repeat: then the find has the original plan.
 */
function smallest(original: Plan, run: Run, violation: Violation, links: LinkDefaults): Find {
  const breaks = ({violations}: Judged): boolean =>
    violations.some(({checker}) => checker === violation.checker);
  const plan = shrink(original, candidate => breaks(judge(candidate, links)));
  const again = judge(plan, links);
  const [first] = again.violations;
  const {seed} = original;
  if (first === undefined || !breaks(again)) return {seed, original, plan: original, run, violation};
  return {seed, original, plan, run: again.run, violation: first};
}

interface Judged {
  readonly run: Run;
  readonly violations: readonly Violation[];
}

/** A failed assertion ends the run. It becomes the violation, and the trace is empty. */
function judge(plan: Plan, links: LinkDefaults): Judged {
  try {
    const run = runPlan(plan, links);
    return {run, violations: checkAll(run.trace, plan)};
  } catch (error) {
    if (!(error instanceof AssertionError) && !(error instanceof RangeError)) throw error;
    const run: Run = {trace: {events: [], ends: []}, steps: 0};
    return {run, violations: [{checker: 'assertion', text: error.message, dots: [], leaders: []}]};
  }
}
