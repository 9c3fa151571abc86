/**
 * Part of the checker `reports`: compares the reports that the lab received with those that the leader made.
 * Reports about the same writes may be combined into one with the content of the last.
 */
import {type ConflictReport, strongerRelation} from '../../core/fold/joined-reports.ts';
import {compareDots, type Dot, sameDot} from '../../core/log/version-vector.ts';
import {sameReading} from '../../core/state/reading.ts';
import {showDots, showReport} from './show-report.ts';

/** The fault in the reports that the lab received, compared with the reports that the leader made since. */
export function joinedFault(
  reported: readonly ConflictReport[],
  received: readonly ConflictReport[],
): string | undefined {
  let rest = reported;
  for (const one of received) {
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
  return left && `no report of ${showReport(left)}, although it had made one`;
}

function partsFault(one: ConflictReport, parts: readonly ConflictReport[]): string | undefined {
  const last = parts.at(-1) as ConflictReport;
  const relation = parts.map(part => part.relation).reduce(strongerRelation);
  const what = showReport(one);
  if (one.relation !== relation) return `${what}, although it had reported this as ${relation}`;
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
      return `${what} with ${name} [${showDots(has)}] instead of [${showDots(wanted)}]`;
  return sameReading(one.shows, last.shows) && one.why === last.why
    ? undefined
    : `${what}, but unlike its last report`;
}

function distinct(dots: readonly Dot[]): Dot[] {
  return dots.filter((dot, i) => dots.findIndex(other => sameDot(other, dot)) === i).sort(compareDots);
}

const sameDots = (a: readonly Dot[], b: readonly Dot[]): boolean =>
  a.length === b.length && a.every(dot => b.some(other => sameDot(other, dot)));
