/**
 * Links that a server has stopped, because it could not apply what came: with its words, what it stopped at,
 * and what repairs that. It would try again every few seconds, in vain; the lab tries again when the row that
 * is in the way has changed, or when somebody skips.
 */
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {HaltedOrigin} from '../../../core/io/leader-event.ts';
import type {Op} from '../../../core/log/op.ts';
import {type Dot, showDot} from '../../../core/log/version-vector.ts';
import type {StoppedLink} from '../../../port/view.ts';

export interface Stop extends StoppedLink {
  readonly link: LinkId;
  /** Where the transaction ended that could not be applied; without it nothing can be skipped. */
  readonly lsn: string | undefined;
  /** What that was, where it is known. */
  readonly op: Op | undefined;
  /** What was there instead. */
  readonly with: readonly Dot[];
}

export class Stops {
  readonly #stops = new Map<LinkId, Stop>();

  add(stop: Omit<Stop, 'repair' | 'sinceMs'>, nowMs: number): void {
    const before = this.#stops.get(stop.link);
    this.#stops.set(stop.link, {...stop, repair: repairOf(stop), sinceMs: before?.sinceMs ?? nowMs});
  }

  /** Whether there was one. */
  remove(link: LinkId): boolean {
    return this.#stops.delete(link);
  }

  get(link: LinkId): Stop | undefined {
    return this.#stops.get(link);
  }

  /** At this receiver; `from`: of operations of that origin, or over a link from it. */
  at(receiver: LeaderId, from: LeaderId | undefined): readonly Stop[] {
    return [...this.#stops.values()].filter(({link, op}) => {
      const {from: sender, to} = linkEnds(link);
      return to === receiver && (from === undefined || from === sender || from === op?.dot.origin);
    });
  }

  /** At this receiver, because of a row of this key. */
  on(receiver: LeaderId, key: Key): readonly Stop[] {
    return this.at(receiver, undefined).filter(
      ({op}) => op?.writes.some(write => write.key === key) ?? false,
    );
  }

  /** As our own leaders tell it. */
  haltedAt(receiver: LeaderId): readonly HaltedOrigin[] {
    return this.at(receiver, undefined).flatMap(({op, with: others}) => {
      const key = op?.writes[0]?.key;
      return op === undefined || key === undefined
        ? []
        : [{origin: op.dot.origin, dot: op.dot, key, with: others}];
    });
  }
}

function repairOf({link, op}: Pick<Stop, 'link' | 'op'>): string {
  const {from, to} = linkEnds(link);
  if (op === undefined) return `skip ${from} @${to}`;
  const keys = op.writes.map(({key}) => key);
  const [key] = keys;
  return `skip ${from} @${to} gives ${showDot(op.dot)} up there; or make way for it: del ${keys.length === 1 ? key : `what it inserts (${keys.join(', ')})`} @${to}`;
}
