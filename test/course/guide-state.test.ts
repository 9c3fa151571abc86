/**
 * A person's way through a lab, step by step, in the pure state of the guide.
 */
import {describe, expect, test} from 'vitest';
import {parse} from '../../src/command/index.ts';
import {outcomeOf} from '../../src/course/explain-verdict.ts';
import {type Offer, offerOf, openPrediction, workOf} from '../../src/course/guide-offer.ts';
import {beginLab, guided} from '../../src/course/guide-progress.ts';
import {type GuideInput, type GuideState, recordOf, stepOf} from '../../src/course/guide-state.ts';
import {summaryOf} from '../../src/course/lab-summary.ts';
import {readLab} from '../../src/course/read-lab.ts';
import {type Again, againBefore} from '../../src/course/replay-steps.ts';
import type {CheckResult, Entry} from '../../src/session/session-result.ts';
import {AP, LEADERS} from '../support/actions.ts';
import {conflict, emptyView} from '../tui/views.ts';

const SOURCE = `---
title: Small
teaches: nothing
minutes: 1
---

Welcome.

## A conflict

Two writes.

\`\`\`predict
What will be?
- one value | siblings title @ap = 1
- two values | siblings title @ap = 2
- neither | otherwise
\`\`\`

\`\`\`lab
set title A @us || set title B @eu
wait converged
\`\`\`

Then we look.

\`\`\`check
conflicts title = 1
lost title = 1
\`\`\`

One was lost.

## A task

\`\`\`predict
Will eu read it?
- yes | get n @eu = 1
- no | get n @eu = absent
\`\`\`

\`\`\`task
Part us from the others.
check: diverged
hint: partition parts them
hint: partition us / eu ap
solution: partition us / eu ap
\`\`\`

\`\`\`predict
And at once?
- yes | converged
- no | otherwise
\`\`\`
`;

function lab() {
  const read = readLab('01-small', SOURCE);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.lab;
}

const entry = (text: string, change: Partial<Entry> = {}): Entry => {
  const parsed = parse(text, {leaders: LEADERS});
  return {text, status: 'ok', ms: 1, ...(parsed.ok ? {action: parsed.value} : {caret: 0}), ...change};
};
const ran = (text: string, change: Partial<Entry> = {}): GuideInput => ({
  type: 'ended',
  entry: entry(text, change),
});
const verdict = (holds: boolean, seen = '0'): CheckResult => ({type: 'check', holds, expected: 'so', seen});
const judged = (...holds: boolean[]): GuideInput => ({
  type: 'judged',
  verdicts: holds.map(held => verdict(held)),
});
const choose = (n: number): GuideInput => ({type: 'chosen', choice: n - 1});
const settled = (part: number, ...right: number[]): GuideInput => ({
  type: 'settled',
  part,
  outcome: {right, reasons: []},
});
const NEXT: GuideInput = {type: 'next'};
const HINT: GuideInput = {type: 'hint'};
const REDONE: GuideInput = {type: 'redone'};

const WRITE = 'set title A @us || set title B @eu';

function offerText(offer: Offer): string {
  if (offer.type === 'run') return `enter: ${offer.command.text}${offer.failed ? ', again' : ''}`;
  if (offer.type === 'choose') return `choose 1 to ${offer.choices}`;
  if (offer.type === 'task') return `task, ${offer.hints} hints`;
  return offer.type === 'step' ? `enter: ${offer.title}` : offer.type;
}

/**
 * For each input, one line: the choices, the verdicts on checks, what the guide asks, and what comes next.
 */
function line(state: GuideState): string {
  const {chosen, ticks, outcomes} = recordOf(state);
  const work = workOf(state);
  const answers = Object.entries(chosen).map(([part, choice]) => {
    const right = outcomes[Number(part)]?.right;
    return `${choice + 1}${right === undefined ? '?' : right[0] === choice ? '✔' : '✘'}`;
  });
  const stand = Object.values(ticks).map(verdicts => verdicts.map(one => (one?.holds ? '✔' : '○')).join(''));
  const parts = [
    stepOf(state)?.title ?? 'intro',
    answers.join(' '),
    stand.join(' '),
    work?.type ?? '',
    offerText(offerOf(state)),
  ];
  return parts.filter(part => part !== '').join(' | ');
}

function transcript(
  inputs: readonly GuideInput[],
  from: GuideState = beginLab(lab()),
): {readonly lines: string; readonly state: GuideState} {
  const lines = [line(from)];
  let state = from;
  for (const input of inputs) {
    state = guided(state, input);
    lines.push(line(state));
  }
  return {lines: lines.join('\n'), state};
}

const told = (...inputs: GuideInput[]): string => transcript(inputs).lines;
const FIRST_STEP = [NEXT, choose(1), ran(WRITE), ran('wait converged'), settled(1, 0), judged(true, true)];

describe('a prediction', () => {
  test('is answered before its commands are offered, and judged after them', () => {
    expect(told(...FIRST_STEP)).toBe(`\
intro | begin
A conflict | choose 1 to 3
A conflict | 1? | enter: ${WRITE}
A conflict | 1? | enter: wait converged
A conflict | 1? | settle | settling
A conflict | 1✔ | judge | checks
A conflict | 1✔ | ✔✔ | enter: A task`);
  });

  test('that was wrong is shown as wrong, and the lab continues', () => {
    expect(told(NEXT, choose(2), ran(WRITE), ran('wait converged'), settled(1, 0))).toMatch(
      /2\? \| settle \| settling\nA conflict \| 2✘ \| judge/,
    );
  });

  test('can be changed until the first command after it has run', () => {
    const {state, lines} = transcript([NEXT, choose(2), choose(3), ran(WRITE), choose(1)]);
    expect(lines).toBe(`\
intro | begin
A conflict | choose 1 to 3
A conflict | 2? | enter: ${WRITE}
A conflict | 3? | enter: ${WRITE}
A conflict | 3? | enter: wait converged
A conflict | 3? | enter: wait converged`);
    expect(openPrediction(state)).toBeUndefined();
  });

  test('ignores an answer that it does not offer', () => {
    expect(transcript([NEXT, choose(4)]).state.records).toEqual(transcript([NEXT]).state.records);
  });

  test(
    'stays open while the user looks around, and while a command of the user runs before ' +
      'those of the lab',
    () => {
      const {state} = transcript([NEXT, choose(2), ran('set x 1'), ran('state')]);
      expect(openPrediction(state)?.part).toBe(1);
    },
  );

  test('that no command follows is judged at once', () => {
    const {lines} = transcript([
      ...FIRST_STEP,
      NEXT,
      choose(1),
      judged(true),
      settled(0, 1),
      choose(2),
      settled(2, 1),
    ]);
    expect(lines.split('\n').slice(-5)).toEqual([
      'A task | 1? | judge | task, 0 hints',
      'A task | 1? | ✔ | settle | settling',
      'A task | 1✘ | ✔ | choose 1 to 2',
      'A task | 1✘ 2? | ✔ | settle | settling',
      'A task | 1✘ 2✔ | ✔ | finish',
    ]);
  });
});

describe('commands', () => {
  test('of the lab advance it, also if the user types them; other commands do not', () => {
    expect(told(NEXT, choose(1), ran('set x 1 @us'), ran('set  title A @us || set title B @eu'))).toMatch(
      new RegExp(
        [
          'enter: set title A @us \\|\\| set title B @eu',
          'A conflict \\| 1\\? \\| enter: set title A @us \\|\\| set title B @eu',
          'A conflict \\| 1\\? \\| enter: wait converged$',
        ].join('\n'),
      ),
    );
  });

  test('that fail or are stopped can run again, and next continues without them', () => {
    const failed = {status: 'fail', failure: {code: 'not-converged', message: ''}} as const;
    const stopped = {status: 'info', failure: {code: 'interrupted', message: ''}} as const;
    const {lines} = transcript([
      NEXT,
      choose(1),
      ran(WRITE, failed),
      ran(WRITE),
      ran('wait converged', stopped),
      NEXT,
    ]);
    expect(lines.split('\n').slice(-4)).toEqual([
      `A conflict | 1? | enter: ${WRITE}, again`,
      'A conflict | 1? | enter: wait converged',
      'A conflict | 1? | enter: wait converged, again',
      'A conflict | 1? | settle | settling',
    ]);
  });
});

test('a command that fails as expected is done', () => {
  const source = SOURCE.replace('wait converged\n', 'wait converged\nexpect outcome fail\nheal\n');
  const read = readLab('01-small', source);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  const {lines} = transcript(
    [NEXT, choose(1), ran(WRITE), ran('wait converged', {status: 'fail'})],
    beginLab(read.lab),
  );
  expect(lines.split('\n').at(-1)).toBe('A conflict | 1? | enter: heal');
  const {lines: amiss} = transcript([NEXT, choose(1), ran(WRITE), ran('wait converged')], beginLab(read.lab));
  expect(amiss.split('\n').at(-1)).toBe('A conflict | 1? | enter: expect outcome fail');
});

test('the first check after a block may expect its last command to fail', () => {
  const read = readLab('01-small', SOURCE.replace('```check\n', '```check\noutcome fail\n'));
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  const {lines} = transcript(
    [NEXT, choose(1), ran(WRITE), ran('wait converged', {status: 'fail'})],
    beginLab(read.lab),
  );
  expect(lines.split('\n').at(-1)).toBe('A conflict | 1? | settle | settling');
});

describe('checks', () => {
  test('are ticked one by one, and the step continues when all hold', () => {
    const {lines} = transcript([
      ...FIRST_STEP.slice(0, 5),
      judged(false, false),
      judged(true, false),
      judged(true, true),
    ]);
    expect(lines.split('\n').slice(-3)).toEqual([
      'A conflict | 1✔ | ○○ | judge | checks',
      'A conflict | 1✔ | ✔○ | judge | checks',
      'A conflict | 1✔ | ✔✔ | enter: A task',
    ]);
  });

  test('that were judged for an earlier part change nothing', () => {
    const {state} = transcript(FIRST_STEP);
    expect(guided(state, judged(false, false))).toBe(state);
  });
});

describe('a task', () => {
  test('has hints that appear one by one, then the solution, and is done when its checks hold', () => {
    const {lines} = transcript(
      [NEXT, choose(1), HINT, HINT, HINT, HINT, judged(true)],
      transcript(FIRST_STEP).state,
    );
    expect(lines.split('\n').slice(2)).toEqual([
      'A task | 1? | judge | task, 0 hints',
      'A task | 1? | judge | task, 1 hints',
      'A task | 1? | judge | task, 2 hints',
      'A task | 1? | judge | task, 3 hints',
      'A task | 1? | judge | task, 3 hints',
      'A task | 1? | ✔ | settle | settling',
    ]);
  });

  test('gives no hint outside a task', () => {
    const {state} = transcript([NEXT]);
    expect(guided(state, HINT)).toBe(state);
  });
});

const SECOND_STEP = [
  NEXT,
  choose(2),
  ran('get n'),
  ran('state'),
  ran('partition us / eu ap'),
  judged(true),
  settled(0, 1),
];

describe('redo', () => {
  test('opens the step’s questions again, and forgets what was done in it', () => {
    const {state, lines} = transcript([...FIRST_STEP, ...SECOND_STEP, REDONE]);
    expect(lines.split('\n').at(-1)).toBe('A task | choose 1 to 2');
    expect(recordOf(state)).toEqual({
      chosen: {},
      outcomes: {},
      ticks: {},
      hints: {},
      ranCommands: [],
      redone: 1,
    });
  });

  test('repeats the earlier commands of the lab, but not the user’s other commands', () => {
    const {state} = transcript([NEXT, choose(1), ran('set x 1'), ...FIRST_STEP.slice(2), NEXT]);
    const shown = (again: Again) => {
      if (again.type === 'checks') return again.checks.map(({text}) => text);
      return typeof again.command === 'string' ? again.command : again.command.text;
    };
    expect(againBefore(state).map(shown)).toEqual([
      WRITE,
      'wait converged',
      ['conflicts title = 1', 'lost title = 1'],
    ]);
  });

  test('does nothing before the first step', () => {
    const state = beginLab(lab());
    expect(guided(state, REDONE)).toBe(state);
  });
});

test('the summary counts the right answers and the tasks done without help', () => {
  const {state, lines} = transcript([
    ...FIRST_STEP,
    NEXT,
    choose(1),
    HINT,
    ran('partition us / eu ap'),
    judged(true),
    settled(0, 1),
    choose(2),
    settled(2, 1),
    NEXT,
  ]);
  expect(lines.split('\n').at(-1)).toMatch(/over$/);
  expect(summaryOf(state)).toEqual({
    predictions: [
      {question: 'What will be?', isRight: true, isSecondTry: false},
      {question: 'Will eu read it?', isRight: false, isSecondTry: false},
      {question: 'And at once?', isRight: true, isSecondTry: false},
    ],
    right: 2,
    tasks: [{goal: 'Part us from the others.', hints: 1, wasSolutionShown: false}],
  });
});

describe('the reason for a wrong answer', () => {
  const [prediction] = lab().steps[0]?.parts.flatMap(part => (part.type === 'predict' ? [part] : [])) ?? [];
  if (prediction === undefined) throw new Error('no prediction');
  const seen: CheckResult = {...verdict(false, '1: "B"'), expected: 'siblings title @ap = 2', at: AP};
  const view = {
    ...emptyView(),
    conflicts: [conflict(1, 'title'), conflict(2, 'other', {why: 'of another key'})],
  };

  test('is what was seen, and what the conflict log says about that key', () => {
    expect(outcomeOf({prediction, right: [0], seen: [undefined, seen, undefined]}, 1, view)).toEqual({
      right: [0],
      reasons: [
        'expected siblings title @ap = 2, seen 1: "B" at ap',
        'conflict 1: eu:9 wins: written 5 ms later, by its own clock, than us:8',
      ],
    });
  });

  const logged = 'conflict 1: eu:9 wins: written 5 ms later, by its own clock, than us:8';

  test.each([
    ['is the beginning of the log’s', 'conflict 1: eu:9 wins: written 5 ms later', [logged]],
    ['is that of the log, as it is if nothing was lost', logged, [logged]],
    [
      'contains that of the log',
      logged.replace('eu:9', 'at us: eu:9 wins: x; eu:9'),
      [logged.replace('eu:9', 'at us: eu:9 wins: x; eu:9')],
    ],
    [
      'is another',
      'conflict 1: us:8 wins: it arrived last',
      ['conflict 1: us:8 wins: it arrived last', logged],
    ],
  ])('is said once where the reason of the leader %s', (_what, why, reasons) => {
    const outcome = outcomeOf(
      {prediction, right: [0], seen: [undefined, {...seen, why}, undefined]},
      1,
      view,
    );
    expect(outcome.reasons.slice(1)).toEqual(reasons);
  });

  test('of the answer otherwise is the answer that holds', () => {
    expect(
      outcomeOf({prediction, right: [0], seen: [undefined, seen, undefined]}, 2, emptyView()).reasons,
    ).toEqual(['so it is: siblings title @ap = 1']);
  });

  test('is empty if the answer was right', () => {
    expect(outcomeOf({prediction, right: [1], seen: [seen, undefined, undefined]}, 1, view)).toEqual({
      right: [1],
      reasons: [],
    });
  });
});
