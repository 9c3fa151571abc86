/**
 * `reports`: checks the conflict reports of leaders against a comparison of all pairs of their writes. For
 * every operation that a leader applies, and again whenever it starts or switches its resolver, there is
 * exactly one report for each key
 *
 * - whose newest writes had not seen each other: `concurrent`, with all of these as its sides; or `reversed`
 *   if the resolver shows an older write instead, which the report names;
 * - to which a write came late: `stale`, with the writes that were there, then the conflict that still
 *   exists;
 * - that stopped being reversed when the resolver was switched.
 *
 * A report contains exactly the writes that it names, the resolver of its leader, and as lost the writes that
 * no reader there gets. The reported losses minus the recoveries equal the count of lost writes.
 *
 * The lab receives every report and no others. Reports about the same writes may be combined; the combined
 * report has the content of the last.
 *
 * Cost: for each operation applied, the writes of its keys; for each report, its writes times those of the
 * key.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Op} from '../../core/log/op.ts';
import {showDot} from '../../core/log/version-vector.ts';
import type {ResolverName, ResolverSpec} from '../../core/resolvers/spec.ts';
import {shortened, type Trace, type TraceEvent} from '../trace.ts';
import {LeaderReports} from './check-leader-reports.ts';
import type {Violation} from './check-verdict.ts';

type Of<Type extends TraceEvent['type']> = Extract<TraceEvent, {type: Type}>;

export function checkReports({events, ends}: Trace, resolver: ResolverSpec): Violation | undefined {
  const reporters = new Map<LeaderId, LeaderReports>();
  const last = {resolver: resolver.name};
  const specOf = (name: ResolverName): ResolverSpec =>
    name === resolver.name ? resolver : ({name} as ResolverSpec);
  const reporterOf = (leader: LeaderId): LeaderReports => {
    const reporter = reporters.get(leader) ?? new LeaderReports(leader, specOf(last.resolver), specOf);
    reporters.set(leader, reporter);
    return reporter;
  };
  const ops = new Map<string, Op>();
  const violation = (text: string, leader: LeaderId): Violation => ({
    checker: 'reports',
    text,
    dots: [],
    leaders: [leader],
  });
  for (const event of events) {
    if (event.type === 'action' && event.action.type === 'resolver' && event.action.at === 'cluster')
      last.resolver = event.action.resolver.name;
    if (!('leader' in event)) continue;
    if (event.type === 'applied' && event.op.dot.origin === event.leader)
      ops.set(showDot(event.op.dot), event.op);
    const text = faultOf(event, reporterOf(event.leader), last.resolver, ops);
    if (text !== undefined) return violation(text, event.leader);
  }
  for (const {leader, lost} of ends) {
    const text = reporters.get(leader)?.end(lost);
    if (text !== undefined) return violation(text, leader);
  }
  return undefined;
}

function faultOf(
  event: Extract<TraceEvent, {leader: LeaderId}>,
  reporter: LeaderReports,
  resolver: ResolverName,
  ops: ReadonlyMap<string, Op>,
): string | undefined {
  switch (event.type) {
    case 'applied':
      return reporter.applied(event.op);
    case 'crashed':
      reporter.crashed();
      return undefined;
    case 'started':
    case 'joined':
      reporter.resolver = resolver;
      return reporter.begin(event, true);
    case 'reports-received':
      return reporter.received(event.reports);
    case 'reported':
      return reportFault(event, reporter, ops);
    default:
      return undefined;
  }
}

function reportFault(
  traced: Of<'reported'>,
  reporter: LeaderReports,
  ops: ReadonlyMap<string, Op>,
): string | undefined {
  const {event} = traced;
  switch (event.type) {
    case 'conflict':
      return reporter.reported(event);
    case 'losses':
      return reporter.losses(event);
    case 'refolded':
      return reporter.refolded(event.resolver);
    case 'halted': {
      const op = ops.get(showDot(event.dot));
      return op && reporter.halted(op);
    }
    case 'storage-failed': {
      const shorter = shortened(traced);
      return shorter && reporter.begin(shorter.now, false);
    }
    case 'clock-ahead':
    case 'recovered':
    case 'dot-reused':
      return undefined;
  }
}
