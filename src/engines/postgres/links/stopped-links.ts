/**
 * The state of stopped links: which links stopped because the receiver's server could not apply an operation,
 * with that operation, the words of the server's log, and the command that repairs the link. The view shows
 * this state. Pure.
 */
import {type Key, type LeaderId, type LinkId, linkEnds} from '../../../base/ids.ts';
import type {HaltedOrigin} from '../../../core/io/leader-event.ts';
import type {Op} from '../../../core/log/op.ts';
import {type Dot, showDot} from '../../../core/log/version-vector.ts';
import type {StoppedLink} from '../../../port/view.ts';

export interface LinkStop extends StoppedLink {
  readonly link: LinkId;
  /** The end of the transaction that could not be applied, if the server named it: what `skip` skips. */
  readonly lsn: string | undefined;
  /** The operation that could not be applied, if it is known. */
  readonly op: Op | undefined;
  /** The operations that it conflicts with. */
  readonly with: readonly Dot[];
}

export class StoppedLinks {
  /** At most one for each link. */
  readonly #stops = new Map<LinkId, LinkStop>();

  /** A link that stopped before keeps the time of its first stop. */
  add(stop: Omit<LinkStop, 'repair' | 'sinceMs'>, nowMs: number): void {
    const before = this.#stops.get(stop.link);
    this.#stops.set(stop.link, {...stop, repair: repairOf(stop), sinceMs: before?.sinceMs ?? nowMs});
  }

  /** Returns whether the link was stopped. */
  remove(link: LinkId): boolean {
    return this.#stops.delete(link);
  }

  get(link: LinkId): LinkStop | undefined {
    return this.#stops.get(link);
  }

  /** The stops at this receiver; with `from`, only those of that sender or of operations of that origin. */
  at(receiver: LeaderId, from: LeaderId | undefined): readonly LinkStop[] {
    return [...this.#stops.values()].filter(({link, op}) => {
      const {from: sender, to} = linkEnds(link);
      return to === receiver && (from === undefined || from === sender || from === op?.dot.origin);
    });
  }

  /** The stops at this receiver whose operation writes this key. */
  on(receiver: LeaderId, key: Key): readonly LinkStop[] {
    return this.at(receiver, undefined).filter(
      ({op}) => op?.writes.some(write => write.key === key) ?? false,
    );
  }

  /** The origins that this receiver no longer applies, as our own leaders report them. */
  haltedAt(receiver: LeaderId): readonly HaltedOrigin[] {
    return this.at(receiver, undefined).flatMap(({op, with: others}) => {
      const key = op?.writes[0]?.key;
      return op === undefined || key === undefined
        ? []
        : [{origin: op.dot.origin, dot: op.dot, key, with: others}];
    });
  }
}

function repairOf({link, op}: Pick<LinkStop, 'link' | 'op'>): string {
  const {from, to} = linkEnds(link);
  if (op === undefined) return `skip ${from} @${to}`;
  const keys = op.writes.map(({key}) => key);
  const [key] = keys;
  const rows = keys.length === 1 ? key : `what it inserts (${keys.join(', ')})`;
  const skip = `skip ${from} @${to} discards ${showDot(op.dot)} there`;
  return `${skip}; or delete what blocks it: del ${rows} @${to}`;
}
