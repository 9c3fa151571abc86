/**
 * Listens to what one server logs: which of it is about conflicts and stopped subscriptions, and which
 * operations that was about. A server names transactions; which operations these brought is known once its
 * tables were looked at, so what it said waits until then.
 */
import type {Key} from '../../../base/ids.ts';
import {covers, type Dot, type VersionVector} from '../../../core/log/version-vector.ts';
import {
  conflictOf,
  type ServerConflict,
  type SubscriptionStop,
  subscriptionStopOf,
} from '../server/server-conflict.ts';
import {type LogRecord, ServerLog} from '../server/server-log.ts';

/** A record ends when nothing follows it for so long. */
const PAUSE_MS = 30;
/** What nobody knows the operations of after so long is about none of ours. */
const WAIT_MS = 5000;
const WAITING_LIMIT = 5000;
const OPERATIONS = 'lab.ops';

export interface SaidConflict {
  readonly key: Key | undefined;
  /** Those that are known: which was there, and which came. */
  readonly dots: readonly Dot[];
  /** An operation that was there came once more, and changed nothing. */
  readonly isEcho: boolean;
  readonly relation: string;
  readonly lines: readonly string[];
}

export interface SaidStop {
  readonly stop: SubscriptionStop;
  /** Where it was a conflict that stopped it. */
  readonly conflict: ServerConflict | undefined;
  readonly lines: readonly string[];
}

export interface EarOptions {
  conflict(said: SaidConflict): void;
  stopped(said: SaidStop): void;
}

/**
 * SQLSTATE classes of errors that are over when it is tried again: a transaction rolled back, too few
 * resources, a lock, an operator.
 */
const PASSING = ['40', '53', '55', '57', '58'];

const isPassing = ({source}: LogRecord): boolean => PASSING.includes(source?.sqlState.slice(0, 2) ?? '');

interface Waiting {
  readonly conflict: ServerConflict;
  readonly lines: readonly string[];
  readonly sinceMs: number;
}

export class LogListener {
  readonly #options: EarOptions;
  /** By transaction, of this server's own. */
  readonly #dots = new Map<number, Dot>();
  #log = new ServerLog();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EarOptions) {
    this.#options = options;
  }

  push(text: string): void {
    this.#take(this.#log.push(text));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#take(this.#log.flush()), PAUSE_MS);
  }

  /** The server ended: what it began to say it will not end. */
  restart(): void {
    this.#take(this.#log.end());
    this.#log = new ServerLog();
  }

  /** These transactions brought these operations. */
  learn(xids: ReadonlyMap<number, Dot>): void {
    for (const [xid, dot] of xids) this.#dots.set(xid, dot);
    this.#tell();
  }

  /** Keeps only these: a crash undid all others, and the server will reuse their transaction numbers. */
  keep(applied: VersionVector): void {
    for (const [xid, dot] of this.#dots) if (!covers(applied, dot)) this.#dots.delete(xid);
  }

  dotOf(xid: number | undefined): Dot | undefined {
    return xid === undefined ? undefined : this.#dots.get(xid);
  }

  #take(records: readonly LogRecord[]): void {
    for (const record of records) {
      const conflict = conflictOf(record);
      const stop = subscriptionStopOf(record);
      if (stop?.type === 'failed' && !isPassing(record))
        this.#options.stopped({stop, conflict, lines: record.lines});
      // What stopped a subscription brought no operation.
      else if (conflict !== undefined && this.#waiting.length < WAITING_LIMIT)
        this.#waiting.push({conflict, lines: record.lines, sinceMs: Date.now()});
    }
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      const {appliedXid, localXid, key, relation, resolution} = one.conflict;
      const [came, wasThere] = [this.dotOf(appliedXid), this.dotOf(localXid)];
      // A repeated operation adds no row, so its transaction never becomes known.
      const isKnown =
        relation === OPERATIONS || (came !== undefined && (wasThere !== undefined || localXid === undefined));
      if (!isKnown && Date.now() - one.sinceMs < WAIT_MS) {
        this.#waiting.push(one);
        continue;
      }
      const dots = [wasThere, came].flatMap(dot => dot ?? []);
      this.#options.conflict({
        key: key as Key | undefined,
        dots,
        isEcho: relation === OPERATIONS && resolution !== 'apply_remote',
        relation,
        lines: one.lines,
      });
    }
  }
}
