/**
 * Shrinks a plan that breaks something: fewer steps, leaders and keys, simpler settings (delta debugging:
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). Then, if possible, the
 * same plan without timing: rounds of concurrent writes, which real processes can repeat, too.
 */
import type {Key} from '../base/ids.ts';
import type {TxnAction, WriteAction} from '../command/action.ts';
import {keysIn, leadersIn, type Plan, type PlanAction, type Step, writtenAt} from './plan.ts';

/** True if a plan still breaks the same thing. */
export type Breaks = (plan: Plan) => boolean;

/** A plan that breaks the same and is at most as large. `breaks(plan)` must hold. */
export function shrink(plan: Plan, breaks: Breaks): Plan {
  let least = plan;
  for (;;) {
    const before = size(least);
    for (const smaller of [
      withoutSteps,
      withoutJoins,
      withoutLeaders,
      withFewerKeys,
      withPlainWrites,
      withPlainSettings,
    ])
      least = smaller(least, breaks);
    if (size(least) >= before) return inRounds(least, breaks) ?? least;
  }
}

const size = ({steps, leaders}: Plan): number =>
  steps.length * 100 + leaders.length * 10 + keysIn(steps).length;

/** Removes ever shorter runs of steps. */
function withoutSteps(plan: Plan, breaks: Breaks): Plan {
  let {steps} = plan;
  for (let length = Math.max(1, steps.length >> 1); length >= 1; length >>= 1) {
    for (let at = 0; at < steps.length; ) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + length)];
      if (breaks({...plan, steps: fewer})) steps = fewer;
      else at += length;
    }
  }
  return {...plan, steps};
}

/** Makes leaders that join founders. */
function withoutJoins(plan: Plan, breaks: Breaks): Plan {
  let least = plan;
  for (const step of plan.steps) {
    if (step.action.type !== 'join' || least.leaders.includes(step.action.leader)) continue;
    const earlier = {
      ...least,
      leaders: [...least.leaders, step.action.leader],
      steps: least.steps.filter(other => other !== step),
    };
    if (breaks(earlier)) least = earlier;
  }
  return least;
}

function withoutLeaders(plan: Plan, breaks: Breaks): Plan {
  for (const leader of plan.leaders) {
    if (plan.leaders.length < 3) break;
    const leaders = plan.leaders.filter(other => other !== leader);
    const steps = plan.steps.filter(({action}) => !leadersIn(action).includes(leader));
    const smaller = {...plan, leaders, steps};
    if (breaks(smaller)) return withoutLeaders(smaller, breaks);
  }
  return plan;
}

function withFewerKeys(plan: Plan, breaks: Breaks): Plan {
  const [first, ...others] = keysIn(plan.steps);
  for (const other of others) {
    if (first === undefined) break;
    const merged = {
      ...plan,
      steps: plan.steps.map(step => ({...step, action: renamed(step.action, other, first)})),
    };
    if (breaks(merged)) return withFewerKeys(merged, breaks);
  }
  return plan;
}

/**
 * Turns a transaction of one write into a write, and numbers the values, so that they are easy to tell apart.
 */
function withPlainWrites(plan: Plan, breaks: Breaks): Plan {
  let count = 0;
  const plain = plan.steps.map((step): Step => {
    const {action} = step;
    const [only, ...others] = action.type === 'txn' ? action.writes : [];
    const single: PlanAction =
      action.type === 'txn' && only !== undefined && others.length === 0
        ? {type: 'write', at: action.at, ...only}
        : action;
    if (single.type !== 'write' || single.intent.type !== 'set' || typeof single.intent.value !== 'number')
      return {...step, action: single};
    count += 1;
    return {...step, action: {...single, intent: {type: 'set', value: count}}};
  });
  return breaks({...plan, steps: plain}) ? {...plan, steps: plain} : plan;
}

function withPlainSettings(plan: Plan, breaks: Breaks): Plan {
  const plainer: Partial<Plan>[] = [{topology: {name: 'mesh'}}, {delivery: 'fifo'}];
  let least = plan;
  for (const change of plainer) {
    const plain: Plan = {...least, ...change};
    if (breaks(plain)) least = plain;
  }
  const {waitingOps, ...roomy} = least;
  if (waitingOps !== undefined && breaks(roomy)) least = roomy;
  return least;
}

/**
 * In a round the writes are concurrent; after it all leaders see all writes. Tries the fewest rounds first.
 */
function inRounds(plan: Plan, breaks: Breaks): Plan | undefined {
  const isFounder = (action: AnyWrite): boolean =>
    writtenAt(action).every(leader => plan.leaders.includes(leader));
  const all = plan.steps.flatMap(({action}) =>
    action.type === 'write' || action.type === 'txn' ? [action] : [],
  );
  // Rounds have no joins, so only founders write.
  const writes = all.filter(isFounder);
  if (writes.length > ROUND_WRITES) return undefined;
  for (const rounds of divisions(writes).sort((a, b) => a.length - b.length)) {
    if (rounds.some(round => new Set(round.flatMap(writtenAt)).size < round.length)) continue;
    const steps = rounds.map((round, i): Step => ({atMs: i * ROUND_MS, action: together(round)}));
    if (breaks({...plan, steps})) return {...plan, steps};
  }
  return undefined;
}

const ROUND_WRITES = 8;
/** Long enough for every operation to reach every leader. */
export const ROUND_MS = 5000;

type AnyWrite = WriteAction | TxnAction;

function together(round: readonly AnyWrite[]): PlanAction {
  const [only, ...others] = round;
  return only !== undefined && others.length === 0 ? only : {type: 'concurrently', writes: round};
}

/** All ways to divide a list into runs of consecutive elements. */
function divisions<T>([first, ...rest]: readonly T[]): T[][][] {
  if (first === undefined) return [[]];
  if (rest.length === 0) return [[[first]]];
  return divisions(rest).flatMap(([run = [], ...others]) => [
    [[first, ...run], ...others],
    [[first], run, ...others],
  ]);
}

/** A transaction that would write a key twice keeps its first write. */
function renamed(action: PlanAction, from: Key, to: Key): PlanAction {
  const name = (key: Key): Key => (key === from ? to : key);
  if (action.type === 'write' || action.type === 'read') return {...action, key: name(action.key)};
  if (action.type !== 'txn') return action;
  const writes = action.writes.map(one => ({...one, key: name(one.key)}));
  return {...action, writes: writes.filter(({key}, i) => writes.findIndex(other => other.key === key) === i)};
}
