/**
 * The result of a lab at its end.
 */
import type {GuideState} from './guide-state.ts';
import type {Task} from './lab-types.ts';

export interface Summary {
  readonly predictions: readonly {
    readonly question: string;
    readonly isRight: boolean;
    readonly isSecondTry: boolean;
  }[];
  readonly right: number;
  readonly tasks: readonly {
    readonly goal: string;
    readonly hints: number;
    readonly wasSolutionShown: boolean;
  }[];
}

/**
 * Returns the results of all predictions and tasks in the steps that were begun. A prediction without an
 * answer is not right. `isSecondTry` means that the step was started again.
 */
export function summaryOf({lab, records}: GuideState): Summary {
  const predictions = records.flatMap(({chosen, outcomes, redone}, i) =>
    (lab.steps[i]?.parts ?? []).flatMap((part, at) => {
      if (part.type !== 'predict') return [];
      const right = outcomes[at]?.right ?? [];
      return [
        {
          question: part.question,
          isRight: right.length === 1 && right[0] === chosen[at],
          isSecondTry: redone > 0,
        },
      ];
    }),
  );
  const tasks = records.flatMap(({hints}, i) =>
    (lab.steps[i]?.parts ?? []).flatMap((part, at) =>
      part.type === 'task' ? [taskOf(part, hints[at] ?? 0)] : [],
    ),
  );
  return {predictions, right: predictions.filter(({isRight}) => isRight).length, tasks};
}

const taskOf = ({goal, hints: all}: Task, shown: number): Summary['tasks'][number] => ({
  goal,
  hints: Math.min(shown, all.length),
  wasSolutionShown: shown > all.length,
});
