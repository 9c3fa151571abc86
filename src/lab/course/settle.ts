/**
 * Which choice of a prediction is right: asked of the cluster, never written in the file.
 */
import type {Check} from '../../command/action.ts';
import type {CheckResult} from '../result.ts';
import type {Choice, Prediction} from './lab.ts';

/** Judges one check now; nothing of it is noted. `undefined` when it was interrupted. */
export type Judge = (check: Check, isPatient: boolean) => Promise<CheckResult | undefined>;

export interface Settled {
  readonly prediction: Prediction;
  /** The places of the choices that are right: of a sound prediction exactly one. */
  readonly right: readonly number[];
  /** Of each choice: what was seen where it is not right, and why if the history knows. */
  readonly seen: readonly (CheckResult | undefined)[];
}

export async function settle(prediction: Prediction, judge: Judge): Promise<Settled> {
  const hasty = await judgeAll(prediction, judge, false);
  // Where nothing is so yet, something may be as soon as all leaders have told.
  const verdicts = hasty.includes('holds') ? hasty : await judgeAll(prediction, judge, true);
  const held = verdicts.flatMap((verdict, i) => (verdict === 'holds' ? [i] : []));
  const otherwise = prediction.choices.flatMap(({holds}, i) => (holds === 'otherwise' ? [i] : []));
  return {
    prediction,
    right: held.length === 0 ? otherwise : held,
    seen: verdicts.map(verdict => (typeof verdict === 'object' ? verdict : undefined)),
  };
}

export const isSound = ({right}: Settled): boolean => right.length === 1;

async function judgeAll({choices}: Prediction, judge: Judge, isPatient: boolean): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const choice of choices) verdicts.push(await judgeChoice(choice, judge, isPatient));
  return verdicts;
}

type Verdict = CheckResult | 'holds' | 'otherwise' | undefined;

/** What does not hold first of all that a choice claims. */
async function judgeChoice({holds}: Choice, judge: Judge, isPatient: boolean): Promise<Verdict> {
  if (holds === 'otherwise') return 'otherwise';
  for (const {check} of holds) {
    const verdict = await judge(check, isPatient);
    if (verdict === undefined || !verdict.holds) return verdict;
  }
  return 'holds';
}
