/**
 * Results that clocks or the order of arrival decide differ from run to run: which of two concurrent writes
 * wins, and what a leader shows that wrote neither. If two runs differ only in such results, they count as
 * equal. Pure.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {showDot} from '../../core/log/version-vector.ts';
import type {ResolverName} from '../../core/resolvers/spec.ts';
import {type Reading, readingText} from '../../core/state/reading.ts';
import {type Conflict, type ConflictWrite, isConcurrent} from '../../history/conflict.ts';

/** `fields` and `crdt` decide by clocks only where they do not merge. */
const BY_CLOCK: readonly ResolverName[] = ['lww', 'hlc', 'fww', 'fields', 'crdt'];
const BY_ARRIVAL: readonly ResolverName[] = ['apply-remote', 'keep-local', 'halt'];

/** A conflict between the same writes in every run. */
interface Common {
  readonly key: Key;
  /** For each of the writes: the reading of a reader who sees only that write. */
  readonly readings: readonly string[];
  readonly writers: readonly LeaderId[];
}

/**
 * Finds the results of runs of one file that clocks or the order of arrival decide, so that another run
 * could show something else. It knows only concurrent conflicts that are in the logs of all runs and contain
 * no delete.
 */
export class Nondeterminism {
  readonly #common: ReadonlyMap<string, Common>;

  /** `logs` are the conflict logs at the end of the runs. */
  constructor(logs: readonly (readonly Conflict[])[]) {
    this.#common = commonTo(logs);
  }

  /**
   * A text for this reading and all readings that another run could show instead; undefined if there are no
   * others.
   */
  either(key: Key, reading: Reading): string | undefined {
    return eitherOf(this.#about(key, reading));
  }

  /**
   * The same for a reading at this leader while these resolvers are in use, at all leaders of all runs.
   * `areAlike`: all leaders asked showed the same, so a clock can have decided it.
   */
  at(
    leader: LeaderId,
    key: Key,
    reading: Reading,
    resolvers: readonly ResolverName[],
    areAlike: boolean,
  ): string | undefined {
    const [resolver, ...others] = new Set(resolvers);
    const common = this.#about(key, reading);
    if (resolver === undefined || others.length > 0 || common === undefined) return undefined;
    const isByClock = BY_CLOCK.includes(resolver) && areAlike;
    const isByArrival = BY_ARRIVAL.includes(resolver) && !common.writers.includes(leader);
    return isByClock || isByArrival ? eitherOf(common) : undefined;
  }

  /** True if another run could have lost other writes of the conflict. */
  hasOtherLosers(conflict: Conflict, resolvers: readonly ResolverName[]): boolean {
    return this.#common.has(nameOf(conflict)) && resolvers.every(resolver => BY_CLOCK.includes(resolver));
  }

  #about(key: Key, reading: Reading): Common | undefined {
    const text = readingText(reading);
    return [...this.#common.values()].find(common => common.key === key && common.readings.includes(text));
  }
}

const eitherOf = (common: Common | undefined): string | undefined =>
  common && `one of ${common.readings.join()}`;

/**
 * The conflicts that all logs have. Conflicts with a delete are left out: real servers resolve them by
 * another rule than the lab, and the comparison must show that difference.
 */
function commonTo([first = [], ...others]: readonly (readonly Conflict[])[]): ReadonlyMap<string, Common> {
  const names = others.map(log => new Set(log.map(nameOf)));
  const common = first.filter(
    conflict => isConcurrent(conflict) && names.every(log => log.has(nameOf(conflict))),
  );
  return new Map(
    common.flatMap(conflict => {
      const sides = sidesOf(conflict);
      const readings = sides.flatMap(({value}) =>
        value === undefined ? [] : [readingText({type: 'value', value})],
      );
      if (readings.length < sides.length) return [];
      return [
        [nameOf(conflict), {key: conflict.key, readings, writers: sides.map(({dot}) => dot.origin)}] as const,
      ];
    }),
  );
}

const nameOf = ({key, sides}: Conflict): string => JSON.stringify([key, ...sides.map(showDot)]);

function sidesOf({writes, sides}: Conflict): readonly ConflictWrite[] {
  const names = new Set(sides.map(showDot));
  return writes.filter(({dot}) => names.has(showDot(dot)));
}
