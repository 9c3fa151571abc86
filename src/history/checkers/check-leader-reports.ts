/**
 * Part of the checker `reports`: follows one leader through the trace, computes from its writes which reports
 * it has to make, and compares them with the reports that it makes.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson, type Json} from '../../base/json.ts';
import type {ConflictReport} from '../../core/fold/joined-reports.ts';
import {type Op, type Write, writeOf} from '../../core/log/op.ts';
import {compareDots, type Dot, sameDot, showDot} from '../../core/log/version-vector.ts';
import type {ResolverName, ResolverSpec} from '../../core/resolvers/spec.ts';
import {type Reading, readingText} from '../../core/state/reading.ts';
import type {Standing} from '../trace.ts';
import {type Due, owedOf, type ReportOption} from './expected-report.ts';
import {joinedFault} from './joined-reports-fault.ts';
import {KeyWrites} from './key-writes.ts';
import {showDue, showReport, showWrites} from './show-report.ts';
import {sightIn, winnerIn} from './visible-effects.ts';

/** The state of one leader, and the reports that it still has to make about its last event. */
export class LeaderReports {
  readonly #leader: LeaderId;
  readonly #specOf: (name: ResolverName) => ResolverSpec;
  readonly #keys = new Map<Key, KeyWrites>();
  readonly #ledger = new Map<Key, Set<string>>();
  #resolver: ResolverSpec;
  #due: Due[] = [];
  /** Reports that the lab has not received yet. */
  readonly #unsent = new Map<Key, ConflictReport[]>();

  constructor(leader: LeaderId, resolver: ResolverSpec, specOf: (name: ResolverName) => ResolverSpec) {
    this.#leader = leader;
    this.#resolver = resolver;
    this.#specOf = specOf;
  }

  applied(op: Op): string | undefined {
    const fault = this.#overdue();
    const late = op.writes.filter(change => this.#of(change.key).add(writeOf(op, change)));
    for (const change of op.writes) {
      const {key} = change;
      if (late.includes(change)) {
        const options: ReportOption[] = [{relation: 'stale', instead: this.#of(key).frontier}];
        this.#due.push({key, sides: [writeOf(op, change)], options, isOptional: false});
      }
      this.#owe(key);
    }
    return fault;
  }

  halted(op: Op): string | undefined {
    const fault = this.#overdue();
    for (const change of op.writes) {
      const sides = this.#of(change.key).frontierWith(writeOf(op, change)) ?? [];
      const options: ReportOption[] = [{relation: 'concurrent', instead: []}];
      if (sides.length > 1) this.#due.push({key: change.key, sides, options, isOptional: false});
    }
    return fault;
  }

  /** The resolver changed: all conflicts are reported again. */
  refolded(name: ResolverName): string | undefined {
    const fault = this.#overdue();
    const before = [...this.#keys.keys()].flatMap(key => this.#standing(key) ?? []);
    this.#resolver = this.#specOf(name);
    this.#oweAll();
    this.#due.push(...before.flatMap(due => righted(due, this.#due)));
    this.#ledger.clear();
    return fault;
  }

  /**
   * The leader has these operations, perhaps fewer than before. `isNew`: it is a new process, which reports
   * all conflicts that it finds.
   */
  begin({vv, lost}: Standing, isNew: boolean): string | undefined {
    const fault = isNew ? undefined : this.#overdue();
    for (const writes of this.#keys.values()) writes.keep(vv);
    this.#ledger.clear();
    for (const [key, dots] of Object.entries(lost) as [Key, readonly Dot[]][])
      this.#ledger.set(key, new Set(dots.map(showDot)));
    this.#due = [];
    if (!isNew) return fault;
    this.#unsent.clear();
    this.#oweAll();
    return undefined;
  }

  crashed(): void {
    this.#due = [];
    this.#unsent.clear();
  }

  /** The resolver of a new process, which may be another one. */
  set resolver(name: ResolverName) {
    this.#resolver = this.#specOf(name);
  }

  losses({
    key,
    lost,
    found,
  }: {
    readonly key: Key;
    readonly lost: readonly Dot[];
    readonly found: readonly Dot[];
  }): string | undefined {
    const ledger = this.#ledger.get(key) ?? new Set();
    this.#ledger.set(key, ledger);
    const twice = lost.find(dot => ledger.has(showDot(dot)));
    if (twice !== undefined)
      return `${this.#leader} reports twice that ${showDot(twice)} of ${key} became lost`;
    const never = found.find(dot => !ledger.delete(showDot(dot)));
    if (never !== undefined)
      return (
        `${this.#leader} reports that ${showDot(never)} of ${key} is no longer lost, but it was not lost ` +
        'before'
      );
    for (const dot of lost) ledger.add(showDot(dot));
    return undefined;
  }

  reported(report: ConflictReport): string | undefined {
    const unsent = this.#unsent.get(report.key) ?? [];
    this.#unsent.set(report.key, [...unsent, report]);
    const place = this.#due.findIndex(due => isReportOf(report, due));
    const [due] = place < 0 ? [] : this.#due.splice(place, 1);
    if (due === undefined) {
      const dues = this.#due.filter(({key}) => key === report.key).map(showDue);
      const expected = dues.length === 0 ? 'there is no such conflict' : `there is ${dues.join(', ')}`;
      return `${this.#leader} reports ${showReport(report)}, but ${expected}`;
    }
    return this.#contentFault(
      report,
      due,
      due.options.find(option => isOption(report, option)) as ReportOption,
    );
  }

  received(reports: readonly ConflictReport[]): string | undefined {
    for (const key of new Set(reports.map(report => report.key))) {
      const fault = joinedFault(
        this.#unsent.get(key) ?? [],
        reports.filter(report => report.key === key),
      );
      if (fault !== undefined) return `${this.#leader} reported ${key} wrongly to the lab: ${fault}`;
      this.#unsent.delete(key);
    }
    return undefined;
  }

  /** At the end every report was made and received, and the losses add up. */
  end(lost: {readonly [key: Key]: readonly Dot[]}): string | undefined {
    const overdue = this.#overdue();
    if (overdue !== undefined) return overdue;
    const [unsent] = [...this.#unsent.values()].flat();
    if (unsent !== undefined) return `${this.#leader} never sent the lab the report of ${showReport(unsent)}`;
    for (const [key, dots] of Object.entries(lost) as [Key, readonly Dot[]][]) {
      const [reported, counted] = [
        [...(this.#ledger.get(key) ?? [])].sort().join(' '),
        dots.map(showDot).sort().join(' '),
      ];
      if (reported !== counted)
        return `${this.#leader} reported [${reported}] of ${key} as lost, but counts [${counted}]`;
    }
    return undefined;
  }

  #of(key: Key): KeyWrites {
    const writes = this.#keys.get(key) ?? new KeyWrites();
    this.#keys.set(key, writes);
    return writes;
  }

  #oweAll(): void {
    for (const key of this.#keys.keys()) this.#owe(key);
  }

  #owe(key: Key): void {
    const standing = this.#standing(key);
    if (standing !== undefined) this.#due.push(standing);
  }

  /** The present conflict on the key. */
  #standing(key: Key): Due | undefined {
    const {writes, frontier} = this.#of(key);
    return owedOf(key, this.#resolver, {writes, frontier});
  }

  /** A report that is missing when the next event happens. */
  #overdue(): string | undefined {
    const due = this.#due.find(({isOptional}) => !isOptional);
    this.#due = [];
    return due && `${this.#leader} did not report ${showDue(due)}`;
  }

  #contentFault(report: ConflictReport, {key, sides}: Due, {instead}: ReportOption): string | undefined {
    const expected = [...sides, ...instead].sort((a, b) => compareDots(a.dot, b.dot));
    const what = showReport(report);
    const isSame = (write: Write, i: number): boolean => sameWrite(write, expected[i]);
    if (report.writes.length !== expected.length || !report.writes.every(isSame))
      return (
        `${this.#leader} reports ${what} with the writes ${showWrites(report.writes)} instead of ` +
        `${showWrites(expected)}`
      );
    if (report.resolver !== this.#resolver.name)
      return (
        `${this.#leader} reports ${what} as decided by ${report.resolver}, but resolves with ` +
        `${this.#resolver.name}`
      );
    return this.#lostFault(report, key, expected, what);
  }

  /** The writes that can be lost and that no reader gets. */
  #lostFault(
    {lost, shows}: ConflictReport,
    key: Key,
    expected: readonly Write[],
    what: string,
  ): string | undefined {
    const of = this.#of(key);
    const {writes, frontier} = of;
    const scene = {writes, frontier, reading: shows};
    const sightOf = sightIn(this.#resolver, scene);
    const winner = winnerIn(this.#resolver, scene);
    for (const write of expected) {
      const isCounted = lost.some(dot => sameDot(dot, write.dot));
      const here = writes.find(other => sameDot(other.dot, write.dot));
      const sight = here === undefined || !of.isAble(here) ? 'shown' : sightOf(here);
      if (isCounted && sight === 'shown')
        return `${this.#leader} reports ${what} with ${showDot(write.dot)} as lost, which it is not`;
      if (!isCounted && sight === 'hidden')
        return `${this.#leader} reports ${what} without ${showDot(write.dot)} among the lost writes`;
    }
    const unknown = lost.find(dot => !expected.some(write => sameDot(write.dot, dot)));
    if (unknown !== undefined)
      return (
        `${this.#leader} reports ${what} with ${showDot(unknown)} as lost, which is not one of its ` +
        'writes'
      );
    if (winner === undefined || readsAsWrite(shows, winner)) return undefined;
    return (
      `${this.#leader} reports ${what} as read ${readingText(shows)}, but readers get ` +
      `${showDot(winner.dot)}`
    );
  }
}

const isReportOf = (report: ConflictReport, due: Due): boolean =>
  report.key === due.key &&
  equalDots(report.sides, due.sides) &&
  due.options.some(option => isOption(report, option));

const isOption = ({relation, instead}: ConflictReport, option: ReportOption): boolean =>
  relation === option.relation && equalDots(instead, option.instead);

/** A conflict that was reversed under the old resolver and does not exist under the new one. */
function righted(before: Due, after: readonly Due[]): Due[] {
  const options = before.options.filter(({relation}) => relation === 'reversed');
  const [now] = after.filter(({key}) => key === before.key);
  if (options.length === 0 || now?.isOptional === false) return [];
  return [
    {
      ...before,
      options,
      isOptional: before.isOptional || now !== undefined || options.length < before.options.length,
    },
  ];
}

/** Whether these are the dots of these writes. Both are sorted by dot. */
const equalDots = (dots: readonly Dot[], writes: readonly Write[]): boolean =>
  dots.length === writes.length &&
  dots.every((dot, i) => writes[i] !== undefined && sameDot(dot, writes[i].dot));

function sameWrite(a: Write, b: Write | undefined): boolean {
  if (b === undefined || !sameDot(a.dot, b.dot)) return false;
  return (
    a.change === b.change ||
    canonicalJson(a.change as unknown as Json) === canonicalJson(b.change as unknown as Json)
  );
}

function readsAsWrite(reading: Reading, {change}: Write): boolean {
  const value = change.type === 'del' ? undefined : change.type === 'set' ? change.value : change.effect;
  if (value === undefined) return reading.type === 'absent';
  return reading.type === 'value' && canonicalJson(reading.value) === canonicalJson(value);
}
