/**
 * Finds the right choice of a prediction. The cluster decides it; the file of the lab never says it.
 */
import type {Check} from '../command/action.ts';
import type {CheckResult} from '../session/session-result.ts';
import type {Choice, Prediction} from './lab-types.ts';

/**
 * Judges one check, without an entry. It waits at most `limitMs`; without it, as long as the check says.
 * `undefined` if it was interrupted.
 */
export type Judge = (check: Check, limitMs?: number) => Promise<CheckResult | undefined>;

export interface Settled {
  readonly prediction: Prediction;
  /** The places of the choices that are right. A sound prediction has exactly one. */
  readonly right: readonly number[];
  /** For each choice that is not right: the verdict on its first check that does not hold. */
  readonly seen: readonly (CheckResult | undefined)[];
}

/**
 * Asks the cluster which choices are right: first at once, and if none is, again with time for late reports.
 */
export async function settle(prediction: Prediction, judge: Judge): Promise<Settled> {
  const atOnce = await judgeAll(prediction, judge, 0);
  // If no choice holds yet, one may hold after the late reports of leaders.
  const verdicts = atOnce.includes('holds') ? atOnce : await judgeAll(prediction, judge, undefined);
  const held = verdicts.flatMap((verdict, i) => (verdict === 'holds' ? [i] : []));
  const otherwise = prediction.choices.flatMap(({holds}, i) => (holds === 'otherwise' ? [i] : []));
  return {
    prediction,
    right: held.length === 0 ? otherwise : held,
    seen: verdicts.map(verdict => (typeof verdict === 'object' ? verdict : undefined)),
  };
}

/** True if exactly one choice is right. Otherwise a run without a person counts the prediction as failed. */
export const isSound = ({right}: Settled): boolean => right.length === 1;

async function judgeAll(
  {choices}: Prediction,
  judge: Judge,
  limitMs: number | undefined,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const choice of choices) verdicts.push(await judgeChoice(choice, judge, limitMs));
  return verdicts;
}

type Verdict = CheckResult | 'holds' | 'otherwise' | undefined;

/** The verdict on the first check of the choice that does not hold, or `holds`. */
async function judgeChoice({holds}: Choice, judge: Judge, limitMs: number | undefined): Promise<Verdict> {
  if (holds === 'otherwise') return 'otherwise';
  for (const {check} of holds) {
    const verdict = await judge(check, limitMs);
    if (verdict === undefined || !verdict.holds) return verdict;
  }
  return 'holds';
}
