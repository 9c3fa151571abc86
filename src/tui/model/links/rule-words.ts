/**
 * A link's rule in words: the whole rule for the inspector, the most serious fault for the label beside its
 * line.
 */

import type {LinkRule} from '../../../faults/rule.ts';
import type {LinkView} from '../../../port/view.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {showMs} from '../../../report/words/show-time.ts';

/** `12.5 kB/s`. */
export function showRate(bytesPerS: number): string {
  if (bytesPerS < 1000) return `${Math.round(bytesPerS)} B/s`;
  return bytesPerS < 1e6 ? `${trimmed(bytesPerS / 1000)} kB/s` : `${trimmed(bytesPerS / 1e6)} MB/s`;
}

export const showShare = (share: number): string => `${trimmed(share * 100)}%`;

const trimmed = (n: number): string => String(Math.round(n * 10) / 10);

/** `✂ cut`, `latency 45 ms ± 2 ms`, `loss 5%`: each fault that the link has now. */
export function ruleWords(rule: LinkRule): string[] {
  const jitter = rule.jitterMs > 0 ? ` ± ${showMs(rule.jitterMs)}` : '';
  return [
    ...(rule.cut ? ['✂ cut'] : []),
    ...(rule.hold ? [`${GLYPHS.held} hold`] : []),
    ...(rule.latencyMs > 0 || rule.jitterMs > 0 ? [`latency ${showMs(rule.latencyMs)}${jitter}`] : []),
    ...(rule.bandwidthBytesPerS > 0 ? [showRate(rule.bandwidthBytesPerS)] : []),
    ...(rule.lossShare > 0 ? [`loss ${showShare(rule.lossShare)}`] : []),
    ...(rule.dupShare > 0 ? [`dup ${showShare(rule.dupShare)}`] : []),
    ...(rule.reorderShare > 0 ? [`reorder ${showShare(rule.reorderShare)}`] : []),
  ];
}

/**
 * The most serious fault of these links, which are neither cut nor held. It takes the worst value among them.
 */
export function gravest(links: readonly LinkView[]): string | undefined {
  const worst = (field: 'lossShare' | 'dupShare' | 'reorderShare'): number =>
    Math.max(0, ...links.map(({rule}) => rule[field]));
  if (worst('lossShare') > 0) return `loss ${showShare(worst('lossShare'))}`;
  const rates = links.map(({rule}) => rule.bandwidthBytesPerS).filter(rate => rate > 0);
  if (rates.length > 0) return showRate(Math.min(...rates));
  if (worst('reorderShare') > 0) return `reorder ${showShare(worst('reorderShare'))}`;
  if (worst('dupShare') > 0) return `dup ${showShare(worst('dupShare'))}`;
  const slow = links.filter(({faulty}) => faulty);
  return slow.length === 0 ? undefined : `slow ${showMs(Math.max(...slow.map(({rule}) => rule.latencyMs)))}`;
}
