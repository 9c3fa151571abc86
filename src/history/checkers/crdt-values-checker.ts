/**
 * `counters` and `sets`: what a key must read in the end under `crdt`, computed from the operations without
 * the code of the resolver. A counter that was only incremented is the sum. A set has exactly the elements of
 * the additions that no removal had seen. Keys with other kinds of writes are skipped.
 *
 * Cost: linear in the operations for counters; additions times removals of an element for sets.
 */
import type {Key} from '../../base/ids.ts';
import {canonicalJson, isArray} from '../../base/json.ts';
import {happenedBefore, type Write, writeOf} from '../../core/log/op.ts';
import type {FinalLeader, Trace} from '../trace.ts';
import type {CheckerName, Violation} from './check-verdict.ts';

export const checkCounters = (trace: Trace): Violation | undefined =>
  checkEach(trace, 'counters', counterFault);

export const checkSets = (trace: Trace): Violation | undefined => checkEach(trace, 'sets', setFault);

/**
 * Says what is wrong with the reading of the key after these writes; undefined if it is right or undecidable.
 */
type FaultOf = (writes: readonly Write[], reads: unknown) => string | undefined;

function checkEach({ends}: Trace, checker: CheckerName, faultOf: FaultOf): Violation | undefined {
  for (const end of ends) {
    for (const key of Object.keys(end.readings) as Key[]) {
      const reading = end.readings[key];
      if (reading === undefined || reading.type === 'siblings') continue;
      const writes = writesTo(end, key);
      const fault = faultOf(writes, reading.type === 'value' ? reading.value : undefined);
      if (fault !== undefined)
        return {
          checker,
          text: `${key} reads ${fault} at ${end.leader}`,
          dots: writes.map(({dot}) => dot),
          leaders: [end.leader],
        };
    }
  }
  return undefined;
}

const writesTo = ({ops}: FinalLeader, key: Key): Write[] =>
  ops.flatMap(op => op.writes.filter(change => change.key === key).map(change => writeOf(op, change)));

function counterFault(writes: readonly Write[], reads: unknown): string | undefined {
  let sum = 0;
  for (const {change} of writes) {
    if (change.type !== 'incr') return undefined;
    sum += change.by;
  }
  return writes.length === 0 || reads === sum
    ? undefined
    : `${JSON.stringify(reads)}, and its increments add up to ${sum}`;
}

function setFault(writes: readonly Write[], reads: unknown): string | undefined {
  if (writes.length === 0 || writes.some(({change}) => change.type !== 'sadd' && change.type !== 'srem'))
    return undefined;
  const elementOf = ({change}: Write): string => ('element' in change ? canonicalJson(change.element) : '');
  const isLive = (added: Write): boolean =>
    !writes.some(
      other =>
        other.change.type === 'srem' && elementOf(other) === elementOf(added) && happenedBefore(added, other),
    );
  const live = writes.filter(write => write.change.type === 'sadd' && isLive(write)).map(elementOf);
  const expected = [...new Set(live)].sort().join();
  const seen = isArray(reads as never) ? (reads as readonly never[]).map(canonicalJson).sort().join() : '';
  return seen === expected
    ? undefined
    : `[${seen}], and the additions that no removal had seen are [${expected}]`;
}
