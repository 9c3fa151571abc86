/**
 * What a leader does differently from the others, or cannot do, in a few words for its card or row.
 */

import {sameResolver, showResolver} from '../../../core/resolvers/spec.ts';
import type {ClusterView, LeaderView} from '../../../port/view.ts';
import {GLYPHS} from '../../../report/words/glyphs.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {join} from '../text/text.ts';
import {showOffset} from '../text/words.ts';

/** `−40 ms +200 ppm`: how its wall clock was set; empty if it was not. */
export function clockSetting({clockOffsetMs, driftPpm}: LeaderView): Line {
  const offset =
    Math.abs(clockOffsetMs) >= 0.5 || driftPpm !== 0 ? [run(showOffset(clockOffsetMs), 'warn')] : [];
  const drift = driftPpm === 0 ? [] : [run(`${driftPpm < 0 ? '−' : '+'}${Math.abs(driftPpm)} ppm`, 'warn')];
  return join([offset, drift], run(' '));
}

/** The leader's resolver, if it differs from the cluster's. */
export const ownResolver = (leader: LeaderView, view: ClusterView): Line =>
  sameResolver(leader.resolver, view.resolver)
    ? []
    : [run(`${GLYPHS.differs} ${legible(showResolver(leader.resolver))}`, 'warn')];

/** `■ halted: us on title`, `3 buffered`, `2 refused`; the most serious first. */
export function alarmsOf(leader: LeaderView): Line {
  return join(
    [
      ...leader.halted.map(({origin, key}): Line => [run(`■ halted: ${origin} on ${legible(key)}`, 'bad')]),
      leader.buffered > 0 ? [run(`${leader.buffered} buffered`, 'warn')] : [],
      leader.refused > 0 ? [run(`${leader.refused} refused`, 'warn')] : [],
    ],
    run(' '),
  );
}
