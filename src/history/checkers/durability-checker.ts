/**
 * `durability`: an acknowledged operation is in the log of its origin at every start and at the end, and in
 * the log of every leader that claims to have it. If its origin left, it is in all other logs. No log has
 * gaps or duplicates. Nothing is sent before it is on disk.
 *
 * A lost disk changes this. If another disk held the operation, all logs hold the same operation at the end.
 * If its dot was used twice, at least one log holds it, unless leaders left, because they hand over dots. If
 * no other disk held it, it may be gone.
 *
 * Cost: linear in the operations, times the leaders; acknowledgements times starts.
 */
import type {LeaderId} from '../../base/ids.ts';
import type {Op} from '../../core/log/op.ts';
import {covers, type Dot, showDot} from '../../core/log/version-vector.ts';
import {type FinalLeader, shortened, type Trace, type TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';
import {isIn, type LostDisks, named} from './lost-disks.ts';

/** The operations that were acknowledged to clients. */
class Acknowledged {
  /** For each origin: the operations that it has on its disk. */
  readonly kept = new Map<LeaderId, Dot[]>();
  /** Operations that the origin lost with its disk, and that other leaders hold. */
  entrusted: Op[] = [];
  readonly #accepted = new Map<string, Op>();

  take(event: TraceEvent): void {
    if (event.type === 'applied' && event.op.dot.origin === event.leader && !event.isRecovered)
      this.#accepted.set(showDot(event.op.dot), event.op);
    else if (event.type === 'disk-lost') this.#lose(event);
    else if (event.type === 'answered' && event.status === 'ok' && event.dot !== undefined) {
      const own = this.kept.get(event.leader);
      if (own === undefined) this.kept.set(event.leader, [event.dot]);
      else own.push(event.dot);
    }
  }

  #lose({leader, kept, destroyed}: Extract<TraceEvent, {type: 'disk-lost'}>): void {
    const lost = (this.kept.get(leader) ?? []).filter(dot => !covers(kept, dot));
    this.entrusted.push(...lost.flatMap(dot => this.#accepted.get(showDot(dot)) ?? []));
    this.entrusted = this.entrusted.filter(op => !isIn(destroyed, op));
    for (const [origin, dots] of this.kept) {
      const isGone = (dot: Dot): boolean =>
        (origin === leader && !covers(kept, dot)) || named(destroyed, dot) !== undefined;
      this.kept.set(
        origin,
        dots.filter(dot => !isGone(dot)),
      );
    }
  }
}

export function checkDurability(
  {events, ends}: Trace,
  {twice}: Pick<LostDisks, 'twice'> = {twice: new Set()},
): Violation | undefined {
  const acknowledged = new Acknowledged();
  for (const event of events) {
    acknowledged.take(event);
    const shorter = shortened(event);
    const gone = shorter && acknowledged.kept.get(shorter.leader)?.find(dot => !covers(shorter.now.vv, dot));
    if (gone !== undefined)
      return violation(`${showDot(gone)} was acknowledged, but ${gone.origin} no longer has it`, gone);
    if (event.type === 'sent' && !event.isOnDisk)
      return violation(`${event.leader} sent ${showDot(event.dot)}, which was not on its disk`, event.dot);
  }
  const hasLeavers = events.some(({type}) => type === 'left');
  return (
    keptFault(acknowledged, ends) ??
    entrustedFault(acknowledged, ends, twice, hasLeavers) ??
    ends.map(checkLog).find(found => found !== undefined)
  );
}

function keptFault({kept}: Acknowledged, ends: readonly FinalLeader[]): Violation | undefined {
  for (const [leader, dots] of kept) {
    const keepers = ends.some(end => end.leader === leader)
      ? ends.filter(end => end.leader === leader)
      : ends;
    for (const dot of dots) {
      const without = keepers.find(({vv}) => !covers(vv, dot));
      if (without !== undefined)
        return violation(`${showDot(dot)} was acknowledged, but ${without.leader} no longer has it`, dot);
    }
  }
  return undefined;
}

function entrustedFault(
  {entrusted}: Acknowledged,
  ends: readonly FinalLeader[],
  twice: ReadonlySet<string>,
  hasLeavers: boolean,
): Violation | undefined {
  for (const op of entrusted) {
    const without = ends.filter(({ops}) => !isIn(ops, op));
    const [first] = without;
    if (first === undefined || (twice.has(showDot(op.dot)) && (hasLeavers || without.length < ends.length)))
      continue;
    const text =
      `${showDot(op.dot)} was acknowledged, and others had it when ${op.dot.origin} lost its disk, but ` +
      `${first.leader} does not have it`;
    return violation(text, op.dot);
  }
  return undefined;
}

/** Invariants 1 and 3 of a log. */
function checkLog({leader, ops}: FinalLeader): Violation | undefined {
  const last: {[origin: LeaderId]: number} = {};
  for (const {dot} of ops) {
    const expected = (last[dot.origin] ?? 0) + 1;
    if (dot.seq !== expected) {
      const next = showDot({origin: dot.origin, seq: expected});
      return violation(`in the log of ${leader} ${showDot(dot)} stands where ${next} belongs`, dot);
    }
    last[dot.origin] = dot.seq;
  }
  return undefined;
}

const violation = (text: string, dot: Dot): Violation => ({
  checker: 'durability',
  text,
  dots: [dot],
  leaders: [dot.origin],
});
