/**
 * What the lab knows of one PostgreSQL leader: the operations in its database, in the order of their arrival
 * there, and the rows of its table. From these, the code of `core/` computes frontiers, lost writes and
 * conflicts. No I/O; the caller passes the time.
 */
import {assert} from '../../../base/assert.ts';
import type {Key} from '../../../base/ids.ts';
import {
  conflictReport,
  haltReports,
  pastReport,
  reportsOf,
  supersededReport,
} from '../../../core/fold/conflict-report.ts';
import {seenInOthers} from '../../../core/fold/equal-writes.ts';
import {type Disturbance, Fold} from '../../../core/fold/fold.ts';
import type {ConflictReport} from '../../../core/fold/joined-reports.ts';
import type {HaltedOrigin, LeaderEvent} from '../../../core/io/leader-event.ts';
import {compareHlc, HLC_ZERO, type Hlc} from '../../../core/log/hybrid-clock.ts';
import {OpLog} from '../../../core/log/log.ts';
import {happenedBefore, type Op, type Write, writeOf} from '../../../core/log/op.ts';
import {
  compareDots,
  covers,
  type Dot,
  dominates,
  sameDot,
  seqOf,
  showDot,
  type VersionVector,
} from '../../../core/log/version-vector.ts';
import type {ResolverSpec} from '../../../core/resolvers/spec.ts';
import type {ServerReading} from '../../../history/comparison.ts';
import type {Subject} from '../../../leader/event-batch.ts';
import {explainObserved} from './explain-reading.ts';
import {type ObservedRow, TableResolver} from './table-resolver.ts';

export interface FoundOp {
  readonly op: Op;
  readonly hops: number;
  /** Discarded by `skip`: the operation counts as applied, but its rows did not change. */
  readonly isSkipped?: boolean;
}

/** What was read from the database, all at one instant. */
export interface Found {
  /** New operations, in the order of their arrival there. */
  readonly ops: readonly FoundOp[];
  /** The rows of every key that may have changed. */
  readonly rows: ReadonlyMap<Key, ObservedRow>;
  /** Everything that the database has applied, including operations unknown here. */
  readonly applied: VersionVector;
}

/** The known state of one leader. `take` changes it; everything else only reads it, or reports conflicts. */
export class ReplicaState implements Subject {
  readonly buffered = 0;
  /** Always empty: the cluster knows which links stopped, and a database does not. */
  readonly halted: readonly HaltedOrigin[] = [];
  #log = new OpLog();
  readonly #observed: TableResolver;
  readonly #links: () => ReturnType<Subject['links']>;
  #fold: Fold;
  /** Operations that `skip` discarded here. */
  readonly #skipped = new Set<string>();
  #resolver: ResolverSpec;
  #hlc: Hlc = HLC_ZERO;
  #received = 0;
  #redundant = 0;

  constructor(resolver: ResolverSpec, links: () => ReturnType<Subject['links']>) {
    this.#resolver = resolver;
    this.#links = links;
    const isSkipped = (dot: Dot): boolean => this.#skipped.has(showDot(dot));
    this.#observed = new TableResolver(resolver, at =>
      explainObserved({...at, resolver: this.#resolver.name, isSkipped}),
    );
    this.#fold = new Fold(this.#observed, []);
  }

  get log(): readonly Op[] {
    return this.#log.arrivals;
  }

  get vv(): VersionVector {
    return this.#log.vv;
  }

  get fold(): Fold {
    return this.#fold;
  }

  get hlc(): Hlc {
    return this.#hlc;
  }

  get resolver(): ResolverSpec {
    return this.#resolver;
  }

  get opCount(): number {
    return this.#log.arrivals.length;
  }

  /**
   * The number of operations that came over links. The sum over a cluster is the number that leaders sent. If
   * leaders forward, the sender of a single operation is not known.
   */
  get sentOps(): number {
    return this.#received + this.#redundant;
  }

  get redundantOps(): number {
    return this.#redundant;
  }

  get echoedOps(): number {
    return this.#redundant;
  }

  /** Counts an operation that arrived again. */
  cameAgain(): void {
    this.#redundant += 1;
  }

  /** What the server shows for a key, and why. */
  readingOf(key: Key): ServerReading {
    return {reading: this.#fold.read(key), lost: this.#fold.lost(key), why: this.#fold.explain(key)};
  }

  links(): ReturnType<Subject['links']> {
    return this.#links();
  }

  conflicts(): LeaderEvent[] {
    return [];
  }

  get(dot: Dot): Op | undefined {
    return this.#log.get(dot);
  }

  /** Sets the resolver that the server uses from now on. The rows that it holds stay as they are. */
  resolveBy(resolver: ResolverSpec): void {
    this.#resolver = resolver;
    this.#observed.expect(resolver);
  }

  /** Applies a snapshot, and returns the events that follow from it. */
  take({ops, rows, applied}: Found): LeaderEvent[] {
    const events = dominates(applied, this.vv) ? [] : this.#undo(applied);
    const fresh = ops.filter(({op}) => op.dot.seq > seqOf(this.vv, op.dot.origin));
    events.push(...this.#applyAll(fresh, rows));
    assert(dominates(applied, this.vv), 'the lab knows only operations that the database has applied');
    const written = new Set(fresh.flatMap(({op}) => op.writes.map(({key}) => key)));
    // A row may be newer than the operations that were read: then the next snapshot explains it.
    for (const [key, row] of rows) {
      if (!written.has(key) && (row === undefined || covers(this.vv, row.dot)))
        events.push(...this.#reread(key, row));
    }
    return events;
  }

  /**
   * Removes operations that the database no longer has. A server commits replicated operations without
   * waiting for the disk, so a crash may undo the last of them, and the sender sends them again. Until then
   * they are absent, and the older rows that came back do not conflict with them.
   */
  #undo(applied: VersionVector): LeaderEvent[] {
    const [before, received] = [this.#log, this.#received];
    const kept = before.arrivals.flatMap((op, n) =>
      covers(applied, op.dot)
        ? [{op, hops: before.hopsOf(n), isSkipped: this.#skipped.has(showDot(op.dot))}]
        : [],
    );
    this.#log = new OpLog();
    this.#fold = new Fold(this.#observed, []);
    this.#skipped.clear();
    this.#applyAll(kept, this.#observed.rows);
    this.#received = received;
    return [{type: 'refolded', resolver: this.#resolver.name}];
  }

  #applyAll(ops: Found['ops'], rows: Found['rows']): LeaderEvent[] {
    const last = new Map(ops.flatMap(({op}, at) => op.writes.map(({key}) => [key, at] as const)));
    return ops.flatMap((found, at) => this.#apply(found, key => last.get(key) === at, rows));
  }

  #apply(
    {op: found, hops, isSkipped = false}: FoundOp,
    isLast: (key: Key) => boolean,
    rows: Found['rows'],
  ): LeaderEvent[] {
    const op = this.#withEqualsSeen(found);
    if (compareHlc(op.hlc, this.#hlc) > 0) this.#hlc = op.hlc;
    this.#log.append(op, hops);
    if (hops > 0) this.#received += 1;
    if (isSkipped) this.#skipped.add(showDot(op.dot));
    for (const {key} of op.writes) {
      const row = rows.get(key);
      const isKnown = isLast(key) && rows.has(key) && (row === undefined || covers(this.vv, row.dot));
      if (isKnown) this.#observed.observe(key, row);
      else if (isSkipped) this.#observed.leave(key);
      else this.#observed.forget(key);
    }
    const applied: LeaderEvent = {type: 'applied', dot: op.dot, keys: op.writes.map(({key}) => key), hops};
    return [applied, ...this.#fold.apply(op).flatMap(disturbance => this.#reports(disturbance))];
  }

  /**
   * A server records which write its client saw. A client that saw a write also saw the concurrent writes
   * that wrote the same.
   */
  #withEqualsSeen(op: Op): Op {
    const writes = op.writes.map(change => {
      const others = seenInOthers(this.#fold.snapshot(change.key).frontier, writeOf(op, change));
      return others.length === 0 ? change : {...change, saw: [...change.saw, ...others].sort(compareDots)};
    });
    return {...op, writes};
  }

  #reread(key: Key, row: ObservedRow): LeaderEvent[] {
    this.#observed.observe(key, row);
    const disturbance = this.#fold.reread(key);
    return disturbance === undefined ? [] : this.#reports(disturbance);
  }

  #reports(disturbance: Disturbance): LeaderEvent[] {
    return reportsOf(this.#fold, disturbance, dot => this.get(dot));
  }

  /**
   * The report of a conflict on this key that the server logged, with the words of its log. If one write had
   * seen the other, it is not a conflict, and the report says so.
   */
  loggedConflict(key: Key, dots: readonly Dot[], lines: readonly string[]): ConflictReport | undefined {
    const opOf = (dot: Dot): Op | undefined => this.get(dot);
    const standing = conflictReport(this.#fold, key, opOf);
    if (
      standing !== undefined &&
      (dots.length === 0 || dots.some(dot => standing.writes.some(write => sameDot(write.dot, dot))))
    )
      return {...standing, said: lines};
    const [earlier, later] = this.#inOrder(key, dots);
    if (earlier === undefined || later === undefined) return undefined;
    const report = happenedBefore(earlier, later)
      ? supersededReport(this.#fold, earlier, later, opOf)
      : pastReport(this.#fold, [earlier, later], this.#fold.explain(key), opOf);
    return {...report, said: lines};
  }

  /** The conflicts of an operation that the server could not apply, with the words of its log. */
  stoppedBy(op: Op, lines: readonly string[]): LeaderEvent[] {
    const opOf = (dot: Dot): Op | undefined => (sameDot(dot, op.dot) ? op : this.get(dot));
    const conflicts = haltReports(this.#fold, op, opOf);
    // A server compares who wrote the row last, so it also stops at an operation that had seen the last
    // write.
    const seen = op.writes.flatMap(change =>
      this.#fold
        .snapshot(change.key)
        .frontier.members.map(member => supersededReport(this.#fold, member, writeOf(op, change), opOf)),
    );
    const reports = conflicts.length > 0 ? conflicts : seen;
    if (lines.length === 0) return reports;
    return reports.map(report => (report.type === 'conflict' ? {...report, said: lines} : report));
  }

  /** The operations of this leader that conflict with this one. */
  conflictsWith(op: Op): readonly Dot[] {
    const members = op.writes.flatMap(({key}) => this.#fold.snapshot(key).frontier.members);
    return members.filter(member => !happenedBefore(member, op)).map(({dot}) => dot);
  }

  keysOf(dots: readonly Dot[]): readonly Key[] {
    return [...new Set(dots.flatMap(dot => this.get(dot)?.writes.map(({key}) => key) ?? []))];
  }

  #inOrder(key: Key, dots: readonly Dot[]): readonly Write[] {
    const writes = dots.flatMap((dot): Write[] => {
      const op = this.get(dot);
      const change = op?.writes.find(write => write.key === key);
      return op === undefined || change === undefined ? [] : [writeOf(op, change)];
    });
    return writes.sort((a, b) =>
      happenedBefore(a, b) ? -1 : happenedBefore(b, a) ? 1 : compareDots(a.dot, b.dot),
    );
  }
}
