/**
 * What a link does to one message: a rule, the link's past and a random number make a verdict. Pure; the proxy carries it out in
 * real time, the simulator in virtual time.
 *
 * Every verdict names the faults that made it, so that the screen can say why a message is late or gone. A new fault is a new
 * field of the rule, a new name here, and a new branch of `verdict`.
 */
import type {Prng} from '../base/prng.ts';
import type {LinkRule} from './rule.ts';

export type FaultName = 'cut' | 'hold' | 'latency' | 'jitter' | 'bandwidth' | 'loss' | 'dup' | 'reorder' | 'reset';

/** What one direction of a link remembers between messages. */
export interface LinkState {
  /** When the message before this one arrives: none may overtake it. */
  readonly lastDueMs: number;
}

export const FRESH_LINK: LinkState = {lastDueMs: 0};

export type Verdict =
  | {readonly type: 'deliver'; readonly dueAtMs: number; readonly faults: readonly FaultName[]}
  /** Wait, and ask again on release. */
  | {readonly type: 'hold'; readonly fault: FaultName}
  | {readonly type: 'drop'; readonly fault: FaultName};

export function verdict(rule: LinkRule, link: LinkState, nowMs: number, random: Prng): Verdict {
  if (rule.cut) return {type: 'drop', fault: 'cut'};
  if (rule.hold) return {type: 'hold', fault: 'hold'};
  // One number per delivered message, whatever the rule: the same messages meet the same luck under another rule.
  const swing = (2 * random.next() - 1) * rule.jitterMs;
  const delayMs = Math.max(0, rule.latencyMs + swing);
  const faults: FaultName[] = [];
  if (rule.latencyMs > 0) faults.push('latency');
  if (rule.jitterMs > 0) faults.push('jitter');
  return {type: 'deliver', dueAtMs: Math.max(nowMs + delayMs, link.lastDueMs), faults};
}

/** The longest that a message can take under the rule, once it is neither cut nor held. */
export const longestDelayMs = (rule: LinkRule): number => rule.latencyMs + rule.jitterMs;
