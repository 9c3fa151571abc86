/**
 * Moments of a guided lab, for the tests of the screen.
 */

import {parse} from '../../src/command/index.ts';
import {outcomeOf} from '../../src/course/explain-verdict.ts';
import {beginLab, guided} from '../../src/course/guide-progress.ts';
import type {GuideInput, GuideView} from '../../src/course/guide-state.ts';
import {readLab} from '../../src/course/read-lab.ts';
import type {ClusterView} from '../../src/port/view.ts';
import type {CheckResult, Entry} from '../../src/session/session-result.ts';
import {AP, LEADERS, US} from '../support/actions.ts';
import {conflict, emptyView} from './views.ts';

const LAB = `---
title: The last write wins, and the other is lost
teaches: last write wins, acknowledgement, lost writes
minutes: 5
---

Three leaders accept writes. Each answers its client at once and tells the others afterwards. The **last
write wins**.

## Two clients, one key, at the same moment

A client in \`us\` and a client in \`eu\` both set the title. Neither leader has heard of the other's write
when it answers.

\`\`\`predict
Both clients are told "ok". What does a reader at ap see once everything has arrived?
- only one of the two values, the same everywhere | siblings title @all = 1 && converged
- both values, and the reader has to choose | siblings title @ap = 2
- an error: the second write should have been refused | get title @ap = absent
\`\`\`

\`\`\`lab
set title A @us || set title B @eu
wait converged
\`\`\`

\`\`\`check
conflicts title = 1
lost title = 1
\`\`\`

One of the two writes was _acknowledged and then discarded_. No client is ever told.

## Keep both

\`\`\`task
Let readers see both titles.
check: siblings title @all = 2
check: lost = 0
hint: Nothing was deleted: the log has both. Who decides what a reader sees?
hint: help resolver
solution: resolver siblings
\`\`\`

- **Cassandra** keeps the later one.
- Riak can keep both.
`;

export const quiet: ClusterView = emptyView();
export const inConflict: ClusterView = {
  ...emptyView(),
  conflicts: [conflict(1, 'title')],
  conflictCount: 1,
  lostCount: 1,
};

const missed: CheckResult = {
  type: 'check',
  holds: false,
  expected: 'siblings title @ap = 2',
  seen: '1: "B"',
  at: AP,
  why: 'conflict 1: eu:9 wins: written 5 ms later, by its own clock, than us:8',
};
const count = (holds: boolean, seen: string): CheckResult => ({type: 'check', holds, expected: 'so', seen});

export const NEXT: GuideInput = {type: 'next'};
export const choose = (n: number): GuideInput => ({type: 'chosen', choice: n - 1});
export const ran = (text: string, change: Partial<Entry> = {}): GuideInput => {
  const parsed = parse(text, {leaders: LEADERS});
  return {
    type: 'ended',
    entry: {text, status: 'ok', ms: 1, ...(parsed.ok ? {action: parsed.value} : {caret: 0}), ...change},
  };
};
const settledWrong: GuideInput = {
  type: 'settled',
  part: 1,
  get outcome() {
    const [step] = labOf(LAB).steps;
    const prediction = step?.parts[1];
    if (prediction?.type !== 'predict') throw new Error('no prediction');
    return outcomeOf({prediction, right: [0], seen: [undefined, missed, undefined]}, 1, inConflict);
  },
};

function labOf(source: string) {
  const read = readLab('02-last-write-wins', source);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.lab;
}

export const guideAfter = (inputs: readonly GuideInput[], source = LAB): GuideView => ({
  state: inputs.reduce(guided, beginLab(labOf(source))),
});

const WRITTEN = [NEXT, choose(2), ran('set title A @us || set title B @eu')];
const SETTLED = [...WRITTEN, ran('wait converged'), settledWrong];
const LOOKED: GuideInput = {type: 'judged', verdicts: [count(true, '1'), count(true, '1')]};
const HALF: GuideInput = {type: 'judged', verdicts: [{...count(false, '1: "B"'), at: US}, count(false, '1')]};
const DONE: GuideInput = {type: 'judged', verdicts: [count(true, '2'), count(true, '0')]};

export const GUIDES = {
  intro: guideAfter([]),
  question: guideAfter([NEXT]),
  chosen: guideAfter([NEXT, choose(2)]),
  half: guideAfter(WRITTEN),
  ticking: guideAfter([...SETTLED, {type: 'judged', verdicts: [count(true, '1'), count(false, '0')]}]),
  wrong: guideAfter([...SETTLED, LOOKED]),
  task: guideAfter([...SETTLED, LOOKED, NEXT, HALF, {type: 'hint'}]),
  summary: {
    ...guideAfter([...SETTLED, LOOKED, NEXT, HALF, {type: 'hint'}, ran('resolver siblings'), DONE, NEXT]),
    tookMs: 260_000,
    next: {command: 'leaderlab lab 3', title: 'A slow clock'},
    notice: 'not remembered: /nowhere/leaderlab/progress.json cannot be written',
  },
} satisfies {readonly [name: string]: GuideView};
