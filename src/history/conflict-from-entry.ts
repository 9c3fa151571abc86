/**
 * Turns an entry of the conflict log into a `Conflict`: with the writes that are lost now, the decisions of
 * the present leaders, and a sentence that explains the outcome.
 */
import type {Key, LeaderId} from '../base/ids.ts';
import {listed} from '../base/list.ts';
import type {IntentType} from '../core/log/op.ts';
import {type Dot, showDot} from '../core/log/version-vector.ts';
import type {ResolverName} from '../core/resolvers/spec.ts';
import {type Conflict, type ConflictWrite, type Decision, reasonOf} from './conflict.ts';
import type {ConflictEntry} from './conflict-entry.ts';
import type {LossLedger} from './loss-ledger.ts';

export interface ClusterFacts {
  readonly losses: LossLedger;
  isMember(leader: LeaderId): boolean;
  /** The resolver that the leader uses now, if it is known. */
  resolverOf(leader: LeaderId): ResolverName | undefined;
}

export function showConflict(
  {id, key, relation, detectedAtMs, ...entry}: ConflictEntry,
  {losses, isMember, resolverOf}: ClusterFacts,
): Conflict {
  const dots = entry.writes.map(({dot}) => dot);
  const lost = dots.filter(dot => losses.isLost(key, dot));
  const made = Object.entries(entry.decisions) as [LeaderId, Decision][];
  const present = made.filter(([leader]) => isMember(leader));
  const decisions = Object.fromEntries(
    present.map(([leader, decision]) => {
      const now = resolverOf(leader) ?? decision.resolver;
      const until = now === decision.resolver ? undefined : now;
      return [leader, {...decision, until, lost: dots.filter(dot => losses.isReportedBy(leader, key, dot))}];
    }),
  );
  return {
    id,
    key,
    relation,
    kind: kindOf(entry.writes),
    detectedAtMs,
    writes: entry.writes.map(write => ({...write, acknowledged: losses.isAcknowledged(write.dot)})),
    sides: entry.sides,
    instead: entry.instead,
    decisions,
    torn: entry.torn.filter(dot => losses.isDisputed(dot, isMember)),
    lost,
    // If all leaders that decided have left, only their decisions can explain the outcome.
    why: [...reasonsOf(present.length > 0 ? decisions : entry.decisions), ...costOf(lost, key, losses)].join(
      '; ',
    ),
  };
}

const KIND_ORDER: readonly IntentType[] = ['set', 'del', 'incr', 'sadd', 'srem', 'hset'];

function kindOf(writes: readonly ConflictWrite[]): string {
  const kinds = KIND_ORDER.filter(kind => writes.some(({intent}) => intent === kind));
  return kinds.length === 1 ? `${kinds[0]}/${kinds[0]}` : kinds.join('/');
}

/** The deciding sentence, or one for each group of leaders that decided alike. */
function reasonsOf(decisions: Conflict['decisions']): readonly string[] {
  const leaders = new Map<string, string[]>();
  for (const [leader, decision] of Object.entries(decisions)) {
    const reason = reasonOf(decision);
    leaders.set(reason, [...(leaders.get(reason) ?? []), leader]);
  }
  return [...leaders].map(([why, at]) => (leaders.size === 1 ? why : `at ${listed(at)}: ${why}`));
}

function costOf(lost: readonly Dot[], key: Key, losses: LossLedger): readonly string[] {
  const uncounted = lost.filter(dot => losses.isUncounted(key, dot));
  const discarded = lost.filter(dot => !uncounted.includes(dot));
  const sentences: string[] = [];
  if (discarded.length > 0) {
    const [were, are] = discarded.length === 1 ? ['was', 'is'] : ['were', 'are'];
    sentences.push(`${listed(discarded.map(showDot))} ${were} acknowledged and ${are} lost`);
  }
  if (uncounted.length > 0) {
    const count = uncounted.length === 1 ? 'counts' : 'count';
    const dots = listed(uncounted.map(showDot));
    sentences.push(`no leader adds up all of these increments, so ${dots} ${count} as lost`);
  }
  return sentences;
}
