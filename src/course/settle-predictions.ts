/**
 * Which choice of a prediction is right: asked of the cluster, never written in the file.
 */
import type {Check} from '../command/action.ts';
import type {CheckResult} from '../session/session-result.ts';
import type {Choice, Prediction} from './lab-types.ts';

/**
 * Judges one check; nothing of it is noted. It waits no longer than that, or as the check says. `undefined`
 * when it was interrupted.
 */
export type Judge = (check: Check, limitMs?: number) => Promise<CheckResult | undefined>;

export interface Settled {
  readonly prediction: Prediction;
  /** The places of the choices that are right: of a sound prediction exactly one. */
  readonly right: readonly number[];
  /** Of each choice: what was seen where it is not right, and why if the history knows. */
  readonly seen: readonly (CheckResult | undefined)[];
}

export async function settle(prediction: Prediction, judge: Judge): Promise<Settled> {
  const hasty = await judgeAll(prediction, judge, 0);
  // Where nothing is so yet, something may be as soon as all leaders have told.
  const verdicts = hasty.includes('holds') ? hasty : await judgeAll(prediction, judge, undefined);
  const held = verdicts.flatMap((verdict, i) => (verdict === 'holds' ? [i] : []));
  const otherwise = prediction.choices.flatMap(({holds}, i) => (holds === 'otherwise' ? [i] : []));
  return {
    prediction,
    right: held.length === 0 ? otherwise : held,
    seen: verdicts.map(verdict => (typeof verdict === 'object' ? verdict : undefined)),
  };
}

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

/** What does not hold first of all that a choice claims. */
async function judgeChoice({holds}: Choice, judge: Judge, limitMs: number | undefined): Promise<Verdict> {
  if (holds === 'otherwise') return 'otherwise';
  for (const {check} of holds) {
    const verdict = await judge(check, limitMs);
    if (verdict === undefined || !verdict.holds) return verdict;
  }
  return 'holds';
}
