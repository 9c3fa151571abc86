/**
 * `reports`: checks the conflict reports of leaders against a comparison of all pairs of their writes. For
 * every operation that a leader applies, and again whenever it starts or switches its resolver, there is
 * exactly one report for each key
 *
 * - whose newest writes had not seen each other: `concurrent`, with all of these as its sides; or `reversed`
 *   where the resolver shows an older one instead, which it names;
 * - to which a write came late: `stale`, with the writes that were there, then the conflict that still
 *   exists;
 * - that is no longer reversed since the resolver was switched.
 *
 * A report contains exactly the writes that it names, the resolver of its leader, and as lost the writes that
 * no reader there gets. The reported losses minus the recoveries equal the count of lost writes.
 *
 * The lab receives every report and no others. Reports about the same writes may be combined; they then say
 * what the last of them said.
 *
 * Cost: for each operation applied, the writes of its keys; for each report, its writes times those of the
 * key.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {canonicalJson, type Json} from '../../base/json.ts';
import {type ConflictReport, strongerRelation} from '../../core/fold/joined-reports.ts';
import {type Op, type Write, writeOf} from '../../core/log/op.ts';
import {compareDots, type Dot, sameDot, showDot} from '../../core/log/version-vector.ts';
import type {ResolverName, ResolverSpec} from '../../core/resolvers/spec.ts';
import {type Reading, readingText, sameReading} from '../../core/state/reading.ts';
import {type Standing, shortened, type Trace, type TraceEvent} from '../trace.ts';
import type {Violation} from './check-verdict.ts';
import {type Due, owedOf, type Told} from './expected-report.ts';
import {KeyWrites} from './key-writes.ts';
import {sightIn, winnerIn} from './visible-effects.ts';

type Of<Type extends TraceEvent['type']> = Extract<TraceEvent, {type: Type}>;

/** What is known of one leader, and what it still has to report of what just happened to it. */
class Reporter {
  readonly #leader: LeaderId;
  readonly #specOf: (name: ResolverName) => ResolverSpec;
  readonly #keys = new Map<Key, KeyWrites>();
  readonly #ledger = new Map<Key, Set<string>>();
  #resolver: ResolverSpec;
  #due: Due[] = [];
  /** Not told to the lab yet. */
  readonly #untold = new Map<Key, ConflictReport[]>();

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
        const options: Told[] = [{relation: 'stale', instead: this.#of(key).frontier}];
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
      const options: Told[] = [{relation: 'concurrent', instead: []}];
      if (sides.length > 1) this.#due.push({key: change.key, sides, options, isOptional: false});
    }
    return fault;
  }

  /** Another resolver: all conflicts are reported again. */
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
   * It has these operations, perhaps fewer than before. `isNew`: it is a new process, which reports all
   * conflicts that it finds.
   */
  begin({vv, lost}: Standing, isNew: boolean): string | undefined {
    const fault = isNew ? undefined : this.#overdue();
    for (const writes of this.#keys.values()) writes.keep(vv);
    this.#ledger.clear();
    for (const [key, dots] of Object.entries(lost) as [Key, readonly Dot[]][])
      this.#ledger.set(key, new Set(dots.map(showDot)));
    this.#due = [];
    if (!isNew) return fault;
    this.#untold.clear();
    this.#oweAll();
    return undefined;
  }

  crashed(): void {
    this.#due = [];
    this.#untold.clear();
  }

  /** In a new process, which may have another resolver. */
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
    if (twice !== undefined) return `${this.#leader} says twice that ${showDot(twice)} of ${key} became lost`;
    const never = found.find(dot => !ledger.delete(showDot(dot)));
    if (never !== undefined)
      return (
        `${this.#leader} says that ${showDot(never)} of ${key} is no longer lost, but it was not lost ` +
        'before'
      );
    for (const dot of lost) ledger.add(showDot(dot));
    return undefined;
  }

  reported(report: ConflictReport): string | undefined {
    const untold = this.#untold.get(report.key) ?? [];
    this.#untold.set(report.key, [...untold, report]);
    const place = this.#due.findIndex(due => isReportOf(report, due));
    const [due] = place < 0 ? [] : this.#due.splice(place, 1);
    if (due === undefined) {
      const expected = this.#due.filter(({key}) => key === report.key).map(showDue);
      return `${this.#leader} reports ${showReport(report)}, but ${expected.length === 0 ? 'there is no such conflict' : `there is ${expected.join(', ')}`}`;
    }
    return this.#contentFault(report, due, due.options.find(option => isTold(report, option)) as Told);
  }

  told(reports: readonly ConflictReport[]): string | undefined {
    for (const key of new Set(reports.map(report => report.key))) {
      const fault = joinedFault(
        this.#untold.get(key) ?? [],
        reports.filter(report => report.key === key),
      );
      if (fault !== undefined) return `${this.#leader} told the lab of ${key}: ${fault}`;
      this.#untold.delete(key);
    }
    return undefined;
  }

  /** In the end every report has been made and received, and the losses add up. */
  end(lost: {readonly [key: Key]: readonly Dot[]}): string | undefined {
    const overdue = this.#overdue();
    if (overdue !== undefined) return overdue;
    const [untold] = [...this.#untold.values()].flat();
    if (untold !== undefined) return `${this.#leader} never told the lab of ${showReport(untold)}`;
    for (const [key, dots] of Object.entries(lost) as [Key, readonly Dot[]][]) {
      const [told, counted] = [
        [...(this.#ledger.get(key) ?? [])].sort().join(' '),
        dots.map(showDot).sort().join(' '),
      ];
      if (told !== counted)
        return `${this.#leader} reported [${told}] of ${key} as lost, but counts [${counted}]`;
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

  /** The conflict on the key as it is. */
  #standing(key: Key): Due | undefined {
    const {writes, frontier} = this.#of(key);
    return owedOf(key, this.#resolver, {writes, frontier});
  }

  /** A missing report, now that the next event happens. */
  #overdue(): string | undefined {
    const due = this.#due.find(({isOptional}) => !isOptional);
    this.#due = [];
    return due && `${this.#leader} did not report ${showDue(due)}`;
  }

  #contentFault(report: ConflictReport, {key, sides}: Due, {instead}: Told): string | undefined {
    const expected = [...sides, ...instead].sort((a, b) => compareDots(a.dot, b.dot));
    const what = showReport(report);
    const isSame = (write: Write, i: number): boolean => sameWrite(write, expected[i]);
    if (report.writes.length !== expected.length || !report.writes.every(isSame))
      return (
        `${this.#leader} reports ${what} with the writes ${showDots(report.writes)} instead of ` +
        `${showDots(expected)}`
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
    const stranger = lost.find(dot => !expected.some(write => sameDot(write.dot, dot)));
    if (stranger !== undefined)
      return (
        `${this.#leader} reports ${what} with ${showDot(stranger)} as lost, which is not one of its ` +
        'writes'
      );
    if (winner === undefined || readsAsWrite(shows, winner)) return undefined;
    return (
      `${this.#leader} reports ${what} as read ${readingText(shows)}, but readers get ` +
      `${showDot(winner.dot)}`
    );
  }
}

export function checkReports({events, ends}: Trace, resolver: ResolverSpec): Violation | undefined {
  const reporters = new Map<LeaderId, Reporter>();
  const last = {resolver: resolver.name};
  const specOf = (name: ResolverName): ResolverSpec =>
    name === resolver.name ? resolver : ({name} as ResolverSpec);
  const reporterOf = (leader: LeaderId): Reporter => {
    const reporter = reporters.get(leader) ?? new Reporter(leader, specOf(last.resolver), specOf);
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
  reporter: Reporter,
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
    case 'told':
      return reporter.told(event.reports);
    case 'reported':
      return reportFault(event, reporter, ops);
    default:
      return undefined;
  }
}

function reportFault(
  traced: Of<'reported'>,
  reporter: Reporter,
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

/** The fault in the reports that the lab received, compared with the reports that the leader made since. */
function joinedFault(
  reported: readonly ConflictReport[],
  told: readonly ConflictReport[],
): string | undefined {
  let rest = reported;
  for (const one of told) {
    const isPart = (report: ConflictReport): boolean =>
      report.resolver === one.resolver &&
      report.sides.every(dot => one.sides.some(side => sameDot(side, dot)));
    const end = rest.findIndex(report => !isPart(report));
    const parts = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? [] : rest.slice(end);
    const fault =
      parts.length === 0 ? `${showReport(one)}, which it had not reported` : partsFault(one, parts);
    if (fault !== undefined) return fault;
  }
  const [left] = rest;
  return left && `no news of ${showReport(left)}, although it had reported it`;
}

function partsFault(one: ConflictReport, parts: readonly ConflictReport[]): string | undefined {
  const last = parts.at(-1) as ConflictReport;
  const relation = parts.map(part => part.relation).reduce(strongerRelation);
  const what = showReport(one);
  if (one.relation !== relation) return `${what}, but it had reported it as ${relation}`;
  const instead = parts.findLast(part => part.relation === relation)?.instead ?? [];
  const all = (dotsOf: (part: ConflictReport) => readonly Dot[]): Dot[] => distinct(parts.flatMap(dotsOf));
  // The last report of a write says whether it is lost.
  const lost = all(({writes}) => writes.map(({dot}) => dot)).filter(dot => {
    const latest = parts.findLast(({writes}) => writes.some(write => sameDot(write.dot, dot)));
    return latest?.lost.some(other => sameDot(other, dot)) ?? false;
  });
  const parted: readonly (readonly [string, readonly Dot[], readonly Dot[]])[] = [
    ['the sides', one.sides, all(({sides}) => sides)],
    ['the writes', one.writes.map(({dot}) => dot), all(({writes}) => writes.map(({dot}) => dot))],
    ['the lost writes', one.lost, lost],
    ['what is read instead', one.instead, instead],
    ['the torn transactions', one.torn, all(({torn}) => torn)],
  ];
  for (const [name, has, wanted] of parted)
    if (!sameDots(has, wanted))
      return (
        `${what} with ${name} [${has.map(showDot).join(' ')}] instead of ` +
        `[${wanted.map(showDot).join(' ')}]`
      );
  return sameReading(one.shows, last.shows) && one.why === last.why
    ? undefined
    : `${what}, but not as it last reported it`;
}

function distinct(dots: readonly Dot[]): Dot[] {
  return dots.filter((dot, i) => dots.findIndex(other => sameDot(other, dot)) === i).sort(compareDots);
}

const sameDots = (a: readonly Dot[], b: readonly Dot[]): boolean =>
  a.length === b.length && a.every(dot => b.some(other => sameDot(other, dot)));

const isReportOf = (report: ConflictReport, due: Due): boolean =>
  report.key === due.key &&
  equalDots(report.sides, due.sides) &&
  due.options.some(option => isTold(report, option));

const isTold = ({relation, instead}: ConflictReport, told: Told): boolean =>
  relation === told.relation && equalDots(instead, told.instead);

/** What was reversed, and is no conflict now that the resolver is another. */
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

/** In their order, which is that of dots. */
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

const showDots = (writes: readonly Write[]): string => writes.map(({dot}) => showDot(dot)).join(' ');

const showDue = ({key, sides, options}: Due): string =>
  options
    .map(
      ({relation, instead}) =>
        `${relation} writes to ${key}: ${showDots(sides)}${instead.length === 0 ? '' : `, with ${showDots(instead)}`}`,
    )
    .join(' or ');

const showReport = ({key, relation, sides, instead}: ConflictReport): string =>
  `${relation} writes to ${key}: ${sides.map(showDot).join(' ')}${instead.length === 0 ? '' : `, with ${instead.map(showDot).join(' ')}`}`;
