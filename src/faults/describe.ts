/**
 * A rule in a person's words, short enough to stand beside a link on the screen.
 */
import type {LinkRule} from './rule.ts';

/** `cut`, `holding`, `45 ms ± 2`, or `no delay`. What stops everything hides the rest. */
export function describeRule(rule: LinkRule): string {
  if (rule.cut) return 'cut';
  if (rule.hold) return 'holding';
  if (rule.latencyMs === 0 && rule.jitterMs === 0) return 'no delay';
  return `${round(rule.latencyMs)} ms${rule.jitterMs > 0 ? ` ± ${round(rule.jitterMs)}` : ''}`;
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
