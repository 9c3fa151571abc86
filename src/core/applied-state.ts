/**
 * What a leader has applied: the log, the visible state that is folded from it, and the leader's hybrid
 * clock. Each method that changes one of them also reports the conflicts and losses that follow.
 *
 * Invariant 3: an operation is applied once (`OpLog.append` asserts it; `links/inbox.ts` drops duplicates).
 * Invariant 6: the hybrid clock only rises, and a remote clock that is too far ahead is never adopted.
 */
import {assert} from '../base/assert.ts';
import type {Result} from '../base/failure.ts';
import type {Key, LeaderId} from '../base/ids.ts';
import type {CurrentStep} from './current-step.ts';
import {acceptAll} from './fold/accept.ts';
import {
  allReports,
  haltReports,
  reportsNoLongerReversed,
  reportsOf,
  reversedOn,
} from './fold/conflict-report.ts';
import {CustomFailures} from './fold/custom-failures.ts';
import {Fold} from './fold/fold.ts';
import type {Reply, WriteRequest} from './io/input-effect.ts';
import type {HaltedOrigin, LeaderEvent, RequestId} from './io/leader-event.ts';
import {conflictWith} from './links/halted-origins.ts';
import {
  compareHlc,
  HLC_ZERO,
  type Hlc,
  isTooFarAhead,
  OWN_LOGICAL_LIMIT,
  observeHlc,
  tickHlc,
} from './log/hybrid-clock.ts';
import {OpLog} from './log/log.ts';
import type {Arrival, KeyWrite, Op} from './log/op.ts';
import {type Dot, seqOf} from './log/version-vector.ts';
import type {CustomModule} from './resolvers/custom-module.ts';
import {type ResolverSpec, resolverOf, sameResolver} from './resolvers/registry.ts';

interface StateOptions {
  readonly resolver: ResolverSpec;
  readonly custom: CustomModule | undefined;
  /** The log as persisted, in arrival order. */
  readonly ops: Iterable<Op>;
}

export class AppliedState {
  readonly log = new OpLog();
  readonly #self: LeaderId;
  readonly #step: CurrentStep;
  readonly #customFailures = new CustomFailures();
  /** The state of the log: it has applied exactly the arrivals. */
  #fold: Fold;
  #resolver: ResolverSpec;
  /** It only rises, and is at least the clock of each operation that this leader accepted. */
  #hlc: Hlc = HLC_ZERO;
  readonly #opOf = (dot: Dot): Op | undefined => this.log.get(dot);

  constructor(self: LeaderId, {resolver, custom, ops}: StateOptions, step: CurrentStep) {
    this.#self = self;
    this.#step = step;
    this.#resolver = resolver;
    for (const op of ops) this.log.append(op);
    this.log.markPersisted(this.log.arrivals.length);
    this.#fold = new Fold(resolverOf(resolver, custom), this.log.arrivals);
  }

  get fold(): Fold {
    return this.#fold;
  }

  get resolver(): ResolverSpec {
    return this.#resolver;
  }

  get hlc(): Hlc {
    return this.#hlc;
  }

  /** The conflicts that exist now, as reports for a lab that knows none of them. */
  conflicts(): readonly LeaderEvent[] {
    return allReports(this.#fold, this.#opOf).filter(({type}) => type === 'conflict');
  }

  readReply(key: Key): Extract<Reply, {type: 'read'}> {
    return {type: 'read', reading: this.#fold.read(key), vv: this.log.vv};
  }

  /** Takes over the clocks of the log. The first step calls this, because no earlier code knows the time. */
  start(): void {
    for (const op of this.log.arrivals) {
      // A clock that is still too far ahead was reported when the operation arrived (invariant 6).
      if (op.dot.origin === this.#self || !isTooFarAhead(op.hlc, this.#step.now.wallMs))
        this.#raiseClock(op.hlc);
    }
    this.#reportCustomFailures();
  }

  /**
   * Returns the client's writes with their effects at this leader, or why they are refused. Changes nothing.
   */
  accept({writes, guard}: WriteRequest): Result<readonly KeyWrite[]> {
    return acceptAll(this.#fold, writes, guard);
  }

  /** The next operation of this leader, stamped with its clocks. It is still to be applied. */
  nextOp(writes: readonly KeyWrite[]): Op {
    const {wallMs} = this.#step.now;
    this.#advanceClock(tickHlc(this.#hlc, wallMs));
    const after = this.log.vv;
    const dot: Dot = {origin: this.#self, seq: seqOf(after, this.#self) + 1};
    return {dot, after, hlc: this.#hlc, wallMs, writes};
  }

  /**
   * Adds the operation to the log and to the visible state, and reports conflicts and losses. The disk gets
   * it at the end of the step. `request`: the client's request, if this leader accepted the operation.
   */
  apply({op, hops}: Arrival, request?: RequestId): void {
    assert(request === undefined || op.dot.origin === this.#self, 'a client writes at the origin');
    this.log.append(op, hops);
    const disturbances = this.#fold.apply(op);
    this.#step.report({
      type: 'applied',
      dot: op.dot,
      keys: op.writes.map(({key}) => key),
      hops,
      ...(request === undefined ? {} : {request}),
    });
    if (disturbances.length === 0) return;
    for (const disturbance of disturbances)
      this.#step.reportAll(reportsOf(this.#fold, disturbance, this.#opOf));
    this.#step.reportAll(
      this.#customFailures.take(
        this.#fold,
        disturbances.map(({key}) => key),
      ),
    );
  }

  /** Takes over the clock of a received operation, or reports that it is too far ahead. */
  observeClock(op: Op): void {
    if (op.dot.origin === this.#self) return this.#raiseClock(op.hlc);
    const {wallMs} = this.#step.now;
    const adopted = observeHlc(this.#hlc, op.hlc, wallMs);
    if (adopted !== undefined) this.#advanceClock(adopted);
    else this.#step.report({type: 'clock-ahead', origin: op.dot.origin, aheadMs: op.hlc.wallMs - wallMs});
  }

  /** Under `halt`: the writes that a peer's operation conflicts with; undefined if there are none. */
  haltOn(op: Op): HaltedOrigin | undefined {
    return this.#resolver.name === 'halt' && op.dot.origin !== this.#self
      ? conflictWith(op, this.#fold)
      : undefined;
  }

  reportHalt(halt: HaltedOrigin, op: Op): void {
    this.#step.report({type: 'halted', ...halt});
    this.#step.reportAll(haltReports(this.#fold, op, this.#opOf));
  }

  /**
   * Folds the log through another resolver. Returns whether it differs from the old one; a new version of the
   * same module does not count.
   */
  changeResolver(resolver: ResolverSpec, custom: CustomModule | undefined): boolean {
    const isOther = !sameResolver(resolver, this.#resolver);
    this.#resolver = resolver;
    const reversed = reversedOn(this.#fold, this.#opOf);
    this.#fold = this.#fold.refold(resolverOf(resolver, custom));
    this.#step.report({type: 'refolded', resolver: resolver.name});
    this.#step.reportAll(allReports(this.#fold, this.#opOf));
    this.#step.reportAll(reportsNoLongerReversed(this.#fold, reversed, this.#opOf));
    this.#customFailures.clear();
    this.#reportCustomFailures();
    return isOther;
  }

  /** Forgets what the disk refused, in the log and in the visible state. Returns the number of operations. */
  dropUnpersisted(): number {
    const dropped = this.log.dropUnpersisted();
    this.#fold.forget(dropped, this.log.vv);
    return dropped.length;
  }

  #advanceClock(hlc: Hlc): void {
    assert(compareHlc(hlc, this.#hlc) > 0, '6: the hybrid clock only rises');
    this.#hlc = hlc;
  }

  /**
   * Raises the clock to that of an operation in the log, unless it is already higher. An operation whose
   * counter is beyond the limit is forged: this leader never counts so far.
   */
  #raiseClock(hlc: Hlc): void {
    if (hlc.logical <= OWN_LOGICAL_LIMIT && compareHlc(hlc, this.#hlc) > 0) this.#hlc = hlc;
  }

  #reportCustomFailures(): void {
    this.#step.reportAll(this.#customFailures.take(this.#fold, this.#fold.disturbedKeys()));
  }
}
