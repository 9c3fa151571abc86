/**
 * Reads the log of one server for conflicts and for changes that it could not apply, and finds the operations
 * that these are about. A server names only transactions. The lab learns the operations of a transaction when
 * it reads the tables, so a conflict waits until then.
 */
import type {Key} from '../../../base/ids.ts';
import {covers, type Dot, type VersionVector} from '../../../core/log/version-vector.ts';
import {conflictOf, subscriptionStopOf} from '../server/parse-conflict.ts';
import type {ServerConflict} from '../server/server-conflict.ts';
import {type LogRecord, ServerLog} from '../server/server-log.ts';
import type {ApplyFailure} from './postgres-event.ts';

/** A log record ends when nothing follows it for this time. */
const PAUSE_MS = 30;
/** A conflict whose operations are still unknown after this time is not about operations of the lab. */
const WAIT_MS = 5000;
const WAITING_LIMIT = 5000;
const OPERATIONS = 'lab.ops';

/** A conflict that a server logged. */
export interface LoggedConflict {
  readonly key: Key | undefined;
  /** The operation that was present and the one that arrived, as far as they are known. */
  readonly dots: readonly Dot[];
  /** True if an operation arrived again and changed nothing. */
  readonly isEcho: boolean;
  readonly relation: string;
  readonly lines: readonly string[];
}

export interface ListenerOptions {
  onConflict(conflict: LoggedConflict): void;
  onApplyFailed(failure: ApplyFailure): void;
}

/**
 * SQLSTATE classes of errors that a retry may not meet again: a rolled-back transaction, insufficient
 * resources, a lock, an operator's intervention, a system error.
 */
const TRANSIENT = ['40', '53', '55', '57', '58'];

const isTransient = ({source}: LogRecord): boolean => TRANSIENT.includes(source?.sqlState.slice(0, 2) ?? '');

interface Waiting {
  readonly conflict: ServerConflict;
  readonly lines: readonly string[];
  readonly sinceMs: number;
}

export class LogListener {
  readonly #options: ListenerOptions;
  /** The operation that each transaction of this server brought. */
  readonly #dots = new Map<number, Dot>();
  #log = new ServerLog();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  push(text: string): void {
    this.#take(this.#log.push(text));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#take(this.#log.flush()), PAUSE_MS);
  }

  /** Call it after the server ended: nothing follows the last record of its log. */
  restart(): void {
    this.#take(this.#log.end());
    this.#log = new ServerLog();
  }

  /** Records the operation that each of these transactions brought. */
  learn(xids: ReadonlyMap<number, Dot>): void {
    for (const [xid, dot] of xids) this.#dots.set(xid, dot);
    this.#reportKnown();
  }

  /**
   * Forgets the operations that `applied` does not cover: a crash undid them, and the server will reuse their
   * transaction numbers.
   */
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
      if (stop?.type === 'failed' && !isTransient(record))
        this.#options.onApplyFailed({type: 'apply-failed', stop, conflict, lines: record.lines});
      // A change that could not be applied brought no operation.
      else if (conflict !== undefined && this.#waiting.length < WAITING_LIMIT)
        this.#waiting.push({conflict, lines: record.lines, sinceMs: Date.now()});
    }
    this.#reportKnown();
  }

  /** Reports the conflicts whose operations are known, or that waited too long. */
  #reportKnown(): void {
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
      this.#options.onConflict({
        key: key as Key | undefined,
        dots,
        isEcho: relation === OPERATIONS && resolution !== 'apply_remote',
        relation,
        lines: one.lines,
      });
    }
  }
}
