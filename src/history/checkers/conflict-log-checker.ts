/**
 * `conflict-log`: checks the final conflict log of the lab against the reports of the leaders and against
 * their logs.
 *
 * - One entry for each conflict, however many leaders reported it: reports about the same key that share a
 *   side belong to one conflict, directly or through other reports. The entry has all their sides, the writes
 *   of these and of what is read instead, as the logs have them, their kind, the strongest relation that was
 *   reported, and the last report of each leader.
 * - A write is acknowledged if its client got the answer that it is safe. It is lost if it is acknowledged
 *   and lost at all leaders that have it. Of increments that some leaders have lost and others have not, some
 *   count as lost: as many as are lost at the leader that lost the fewest.
 * - The newest writes to a key that had not seen each other are together in one entry, and the entry has the
 *   present reading of each leader.
 * - The count of conflicts equals the number of entries with concurrent writes.
 *
 * The checker skips keys whose entries are full, and keys with a reported write that a crash or a disk undid
 * before another leader had it.
 *
 * Cost: for each key its reports, times the sides of its conflicts.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {type ConflictReport, JOINED_WRITES, strongerRelation} from '../../core/fold/joined-reports.ts';
import {type KeyWrite, type Op, type Write, writeOf} from '../../core/log/op.ts';
import {compareDots, covers, type Dot, sameDot, showDot} from '../../core/log/version-vector.ts';
import {type Reading, readingText, sameReading} from '../../core/state/reading.ts';
import type {Conflict, ConflictWrite, Decision} from '../conflict.ts';
import type {FinalLeader, Trace} from '../trace.ts';
import {sameOp} from './causality-checker.ts';
import type {Violation} from './check-verdict.ts';
import {KeyWrites} from './key-writes.ts';

interface ReceivedReport {
  readonly leader: LeaderId;
  readonly report: ConflictReport;
}

/** The reports of one conflict, in the order of arrival. */
interface Component {
  sides: Dot[];
  received: ReceivedReport[];
}

/** Every operation as in the logs, and the answer to its client. */
interface Facts {
  readonly ends: readonly FinalLeader[];
  readonly ops: ReadonlyMap<string, Op>;
  readonly acknowledged: ReadonlySet<string>;
}

export function checkConflictLog({events, ends, conflicts}: Trace): Violation | undefined {
  if (conflicts === undefined) return undefined;
  const received = events.flatMap(event =>
    event.type === 'reports-received'
      ? event.reports.map((report): ReceivedReport => ({leader: event.leader, report}))
      : [],
  );
  const answered = events.flatMap(event =>
    event.type === 'answered' && event.status === 'ok' && event.dot !== undefined ? [event.dot] : [],
  );
  const ops = new Map(ends.flatMap(end => end.ops.map(op => [showDot(op.dot), op] as const)));
  const facts: Facts = {ends, ops, acknowledged: new Set(answered.map(showDot))};
  const violation = (text: string, dots: readonly Dot[]): Violation => ({
    checker: 'conflict-log',
    text,
    dots,
    leaders: [],
  });
  let [counted, isExact] = [0, true];
  const keys = new Set([
    ...received.map(({report}) => report.key),
    ...conflicts.list.map(({key}) => key),
    ...keysOf(ends),
  ]);
  for (const key of keys) {
    const ofKey = received.filter(({report}) => report.key === key);
    const components = componentsOf(ofKey);
    const isFull = components.some(({sides}) => sides.length >= JOINED_WRITES);
    if (isFull || ofKey.some(({report}) => !happened(report, ops))) {
      isExact = false;
      continue;
    }
    counted += components.filter(one => one.received.some(({report}) => report.sides.length > 1)).length;
    const entries = conflicts.list.filter(entry => entry.key === key);
    const fault = listFault(key, entries, components, facts) ?? standingFault(key, entries, ends);
    if (fault !== undefined)
      return violation(
        `for ${key} the conflict log has ${fault}`,
        entries.flatMap(({sides}) => sides),
      );
  }
  if (!isExact || counted === conflicts.count) return undefined;
  return violation(`the conflict log counts ${conflicts.count} conflicts instead of ${counted}`, []);
}

const keysOf = (ends: readonly FinalLeader[]): Key[] =>
  ends.flatMap(({readings}) => Object.keys(readings) as Key[]);

/** Whether all its operations are in the logs, and no other operation has the same dot. */
const happened = ({writes, key}: ConflictReport, ops: ReadonlyMap<string, Op>): boolean =>
  writes.every(write => {
    const op = ops.get(showDot(write.dot));
    const change = op?.writes.find(one => one.key === key);
    return op !== undefined && change !== undefined && sameWrite(write, writeOf(op, change));
  });

/** Usually they are the same objects. */
const sameWrite = (a: Write, b: Write): boolean =>
  (a.change === b.change && a.after === b.after) ||
  sameOp({...a, writes: [a.change]} as Op, {...b, writes: [b.change]} as Op);

function componentsOf(received: readonly ReceivedReport[]): Component[] {
  let components: Component[] = [];
  for (const one of received) {
    const {sides} = one.report;
    const isShared = (other: Component): boolean =>
      other.sides.some(dot => sides.some(side => sameDot(side, dot)));
    const shared = components.filter(isShared);
    const all = [...shared.flatMap(other => other.sides), ...sides];
    const joined: Component = {
      sides: all.filter((dot, i) => all.findIndex(other => sameDot(other, dot)) === i).sort(compareDots),
      received: [
        ...received.filter(other => shared.some(component => component.received.includes(other))),
        one,
      ],
    };
    components = [...components.filter(other => !shared.includes(other)), joined];
  }
  return components;
}

function listFault(
  key: Key,
  entries: readonly Conflict[],
  components: readonly Component[],
  facts: Facts,
): string | undefined {
  for (const component of components) {
    const about = entries.filter(({sides}) =>
      sides.some(dot => component.sides.some(side => sameDot(side, dot))),
    );
    const [entry, ...others] = about;
    if (entry === undefined) return `no entry for ${showDots(component.sides)}, although leaders reported it`;
    if (others.length > 0)
      return `${showDots(component.sides)} ${about.length} times: ${about.map(({id}) => id).join(', ')}`;
    const fault = entryFault(key, entry, component, facts);
    if (fault !== undefined) return `as ${entry.id} ${fault}`;
  }
  const uncounted = disputedFault(key, entries, facts);
  if (uncounted !== undefined) return uncounted;
  const unreported = entries.find(
    ({sides}) => !components.some(one => one.sides.some(dot => sides.some(side => sameDot(side, dot)))),
  );
  return unreported && `as ${unreported.id} ${showDots(unreported.sides)}, which no leader reported`;
}

function entryFault(
  key: Key,
  entry: Conflict,
  {sides, received}: Component,
  facts: Facts,
): string | undefined {
  if (!sameDots(entry.sides, sides)) return `${showDots(entry.sides)}, but its sides are ${showDots(sides)}`;
  const relation = received.map(({report}) => report.relation).reduce(strongerRelation);
  if (entry.relation !== relation)
    return `${showDots(sides)} as ${entry.relation}, but leaders reported it as ${relation}`;
  const isReported = received.some(
    ({report}) => report.relation === relation && sameDots(report.instead, entry.instead),
  );
  if (!isReported)
    return `${showDots(sides)} with ${showDots(entry.instead)} instead, which no leader reported`;
  const wanted = [
    ...entry.sides,
    ...entry.instead.filter(dot => !entry.sides.some(side => sameDot(side, dot))),
  ];
  const has = entry.writes.map(({dot}) => dot);
  if (!sameDots(has, wanted))
    return `${showDots(sides)} with the writes ${showDots(has)} instead of ${showDots(wanted)}`;
  return writesFault(key, entry, facts) ?? decisionsFault(key, entry, received, facts.ends);
}

const KINDS: readonly KeyWrite['type'][] = ['set', 'del', 'incr', 'sadd', 'srem', 'hset'];

function writesFault(
  key: Key,
  {writes, kind, lost, sides}: Conflict,
  {ends, ops, acknowledged}: Facts,
): string | undefined {
  const what = showDots(sides);
  const changes = writes.map(
    write => ops.get(showDot(write.dot))?.writes.find(change => change.key === key)?.type,
  );
  const kinds = KINDS.filter(one => changes.includes(one));
  const expected = kinds.length === 1 ? `${kinds[0]}/${kinds[0]}` : kinds.join('/');
  if (kind !== expected) return `${what} as ${kind} instead of ${expected}`;
  for (const [i, write] of writes.entries()) {
    const name = showDot(write.dot);
    const op = ops.get(name);
    if (write.intent !== changes[i] || (op !== undefined && !isAsLogged(write, op)))
      return `${what}, but not ${name} as it was written`;
    if (write.acknowledged !== acknowledged.has(name))
      return `${what}, and ${name} as ${write.acknowledged ? '' : 'not '}acknowledged, which is wrong`;
    const isLost = lost.some(dot => sameDot(dot, write.dot));
    if (write.intent === 'incr' && isDisputed(ends, key, write.dot)) continue;
    if (isLost !== (acknowledged.has(name) && isLostAt(ends, key, write.dot)))
      return `${what}, and ${name} as ${isLost ? '' : 'not '}lost, which is wrong`;
  }
  return undefined;
}

const isAsLogged = ({wallMs, hlc, after}: ConflictWrite, op: Op): boolean =>
  wallMs === op.wallMs &&
  hlc.wallMs === op.hlc.wallMs &&
  hlc.logical === op.hlc.logical &&
  sameText(after, op.after);

const sameText = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Whether it is lost at every leader that has it, and at least one has it. */
function isLostAt(ends: readonly FinalLeader[], key: Key, dot: Dot): boolean {
  const having = ends.filter(({vv}) => covers(vv, dot));
  return having.length > 0 && having.every(({lost}) => lost[key]?.some(other => sameDot(other, dot)));
}

/** Some leaders that have it have lost it, and some have not. */
function isDisputed(ends: readonly FinalLeader[], key: Key, dot: Dot): boolean {
  const having = ends.filter(({vv}) => covers(vv, dot));
  const losing = having.filter(({lost}) => lost[key]?.some(other => sameDot(other, dot)));
  return losing.length > 0 && losing.length < having.length;
}

/** Increments that no leader adds up. */
function disputedFault(
  key: Key,
  entries: readonly Conflict[],
  {ends, ops, acknowledged}: Facts,
): string | undefined {
  const listed = new Set(entries.flatMap(({writes}) => writes.map(({dot}) => showDot(dot))));
  const disputed = [...ops.values()].filter(({dot, writes}) => {
    const isIncrement = writes.some(change => change.key === key && change.type === 'incr');
    return isIncrement && acknowledged.has(showDot(dot)) && isDisputed(ends, key, dot);
  });
  if (!disputed.every(({dot}) => listed.has(showDot(dot)))) return undefined;
  const isIn = (lost: readonly Dot[], op: Op): boolean => lost.some(dot => sameDot(dot, op.dot));
  const fewest = Math.min(...ends.map(({lost}) => disputed.filter(op => isIn(lost[key] ?? [], op)).length));
  const counted = disputed.filter(op => entries.some(({lost}) => isIn(lost, op))).length;
  return counted === fewest
    ? undefined
    : `${counted} increments as lost that some have lost, and no leader has lost fewer than ${fewest}`;
}

/** The last report of each present leader. */
function decisionsFault(
  key: Key,
  {decisions, sides, writes}: Conflict,
  received: readonly ReceivedReport[],
  ends: readonly FinalLeader[],
): string | undefined {
  const what = showDots(sides);
  for (const {leader, lost} of ends) {
    const last = received.findLast(one => one.leader === leader)?.report;
    const decision = decisions[leader];
    if (last === undefined || decision === undefined) {
      if (last !== decision)
        return (
          `${what} ${decision === undefined ? 'without' : 'with'} a decision of ${leader}, which ` +
          'is wrong'
        );
      continue;
    }
    if (!isAsReported(decision, last))
      return (
        `${what} with an outdated decision of ${leader}: ${decision.resolver} shows ` +
        `${readingText(decision.shows)}`
      );
    const here = writes.map(({dot}) => dot).filter(dot => lost[key]?.some(other => sameDot(other, dot)));
    if (!sameDots(decision.lost, here))
      return `${what} with ${showDots(decision.lost)} lost at ${leader} instead of ${showDots(here)}`;
  }
  return undefined;
}

const isAsReported = ({resolver, shows, why}: Decision, report: ConflictReport): boolean =>
  resolver === report.resolver && why === report.why && sameReading(shows, report.shows);

/** The log contains the conflicts that exist at the leaders in the end, as they are there. */
function standingFault(
  key: Key,
  entries: readonly Conflict[],
  ends: readonly FinalLeader[],
): string | undefined {
  for (const {leader, ops, readings} of ends) {
    const frontier = frontierOf(key, ops);
    const reading = readings[key];
    if (frontier.length < 2 || reading === undefined) continue;
    const entry = entries.find(({sides}) =>
      frontier.every(({dot}) => sides.some(side => sameDot(side, dot))),
    );
    const what = showDots(frontier.map(({dot}) => dot));
    if (entry === undefined) return `no entry for ${what}, which are concurrent`;
    const shows: Reading | undefined = entry.decisions[leader]?.shows;
    if (shows === undefined || !sameReading(shows, reading))
      return (
        `as ${entry.id} ${what}, and ${readingText(reading)} at ${leader} as ` +
        `${shows === undefined ? 'nothing' : readingText(shows)}`
      );
  }
  return undefined;
}

function frontierOf(key: Key, ops: readonly Op[]): readonly Write[] {
  const writes = new KeyWrites();
  for (const op of ops)
    for (const change of op.writes) if (change.key === key) writes.add(writeOf(op, change));
  return writes.frontier;
}

const sameDots = (a: readonly Dot[], b: readonly Dot[]): boolean =>
  a.length === b.length && a.every(dot => b.some(other => sameDot(other, dot)));

const showDots = (dots: readonly Dot[]): string =>
  dots.length === 0 ? 'nothing' : dots.map(showDot).join(' ');
