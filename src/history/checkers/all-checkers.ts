/**
 * Every checker that applies under the given circumstances, most important first.
 */
import {RESOLVER_ABOUT, type ResolverSpec} from '../../core/resolvers/registry.ts';
import type {Trace} from '../trace.ts';
import {checkAcknowledgements, checkGuards, checkReads, checkRefusals} from './answers-checker.ts';
import {checkCausality} from './causality-checker.ts';
import type {Violation} from './check-verdict.ts';
import {checkAskedCounters, checkAskedSets} from './client-view-checker.ts';
import {checkClocks} from './clocks-checker.ts';
import {checkConflictLog} from './conflict-log-checker.ts';
import {checkCompleteness, checkConvergence, checkStrongConvergence} from './convergence-checker.ts';
import {checkCounters, checkSets} from './crdt-values-checker.ts';
import {checkDots} from './dots-checker.ts';
import {checkDurability} from './durability-checker.ts';
import {checkLosses} from './losses-checker.ts';
import {lostDisksIn} from './lost-disks.ts';
import {checkHandover, checkInbox, checkLoopGuard} from './membership-checker.ts';
import {checkReports} from './reports-checker.ts';
import {checkRevisions} from './revisions-checker.ts';
import {checkSessions} from './sessions-checker.ts';

export type {CheckerName, Violation} from './check-verdict.ts';

/** The circumstances under which the trace was made. */
export interface Circumstances {
  /** The resolver at the start. */
  readonly resolver: ResolverSpec;
  /** The number of operations that may wait at a leader; the default if it is absent. */
  readonly waitingOps?: number;
}

/** The first violation of each checker. */
export function checkAll(trace: Trace, {resolver, waitingOps}: Circumstances): Violation[] {
  const last = resolverAtEnd(trace, resolver);
  const isCrdt = last.name === 'crdt';
  const lost = lostDisksIn(trace);
  const always = [
    checkDurability(trace, lost),
    checkDots(trace, lost),
    checkCausality(trace, lost.twice),
    checkClocks(trace),
    checkSessions(trace),
    checkReads(trace),
    checkAcknowledgements(trace),
    checkGuards(trace),
    checkRefusals(trace),
    checkHandover(trace, lost.destroyed),
    checkInbox(trace, waitingOps),
    checkLoopGuard(trace),
  ];
  // If one dot names two operations, leaders have different logs.
  if (lost.twice.size > 0) return [...always, checkCompleteness(trace)].filter(found => found !== undefined);
  return [
    ...always,
    checkConvergence(trace),
    checkStrongConvergence(trace),
    ...(isCrdt
      ? [checkCounters(trace) ?? checkAskedCounters(trace), checkSets(trace) ?? checkAskedSets(trace)]
      : []),
    checkLosses(trace, last),
    checkRevisions(trace),
    checkReports(trace, resolver),
    checkConflictLog(trace),
  ].filter(found => found !== undefined);
}

/** A shrunk history may lack the switch back to the first resolver. */
function resolverAtEnd({events}: Trace, first: ResolverSpec): ResolverSpec {
  let last = first;
  for (const event of events) {
    if (event.type === 'action' && event.action.type === 'resolver' && event.action.at === 'cluster')
      last = event.action.resolver;
  }
  return last;
}

/** Whether the resolver claims that its readings converge. */
export const claimsToConverge = ({name}: ResolverSpec): boolean => RESOLVER_ABOUT[name].convergent;
