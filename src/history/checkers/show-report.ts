/**
 * Reports of conflicts in the sentences of checkers: those that leaders made, and those that were expected.
 */
import type {ConflictReport} from '../../core/fold/joined-reports.ts';
import type {Write} from '../../core/log/op.ts';
import {type Dot, showDot} from '../../core/log/version-vector.ts';
import type {Due} from './expected-report.ts';

export const showDots = (dots: readonly Dot[]): string => dots.map(showDot).join(' ');

const dotsOf = (writes: readonly Write[]): readonly Dot[] => writes.map(({dot}) => dot);

export const showWrites = (writes: readonly Write[]): string => showDots(dotsOf(writes));

export const showDue = ({key, sides, options}: Due): string =>
  options.map(({relation, instead}) => sentence(relation, key, dotsOf(sides), dotsOf(instead))).join(' or ');

export const showReport = ({key, relation, sides, instead}: ConflictReport): string =>
  sentence(relation, key, sides, instead);

function sentence(relation: string, key: string, sides: readonly Dot[], instead: readonly Dot[]): string {
  const others = instead.length === 0 ? '' : `, with ${showDots(instead)}`;
  return `${relation} writes to ${key}: ${showDots(sides)}${others}`;
}
