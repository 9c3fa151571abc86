/**
 * The sentences that a leader sends to the lab for a person to read: about halts, clocks, its disk, its
 * recovery, and failures of the user's resolver module.
 */
import type {Key, LeaderId} from '../../base/ids.ts';
import {listed} from '../../base/list.ts';
import type {LeaderEvent} from '../../core/io/leader-event.ts';
import {DRIFT_LIMIT_MS} from '../../core/log/hybrid-clock.ts';
import {showDot} from '../../core/log/version-vector.ts';

const NOTICE_LIMIT = 20;
/** A longer notice is cut. */
const NOTICE_CHARACTERS = 2000;
/** The number of keys that a notice about many keys names. */
const NAMED_KEYS = 3;

export class Notices {
  #texts: string[] = [];
  /** For each reason: the keys on which the user's module failed. */
  readonly #failures = new Map<string, {readonly keys: readonly Key[]; readonly count: number}>();
  /** True from the first refusal until the disk accepts a write again: the refusal is reported once. */
  #diskRefuses = false;

  add(text: string): void {
    if (this.#texts.length < NOTICE_LIMIT) this.#texts.push(cut(text));
  }

  /** Adds the sentence for the event, if it needs one. */
  addEvent(event: LeaderEvent): void {
    if (event.type === 'acknowledged') {
      this.#diskRefuses = false;
    } else if (event.type === 'storage-failed') {
      if (!this.#diskRefuses) this.add(`the disk refuses writes: ${event.reason}; reads go on`);
      this.#diskRefuses = true;
    } else if (event.type === 'custom-failed') {
      this.#customFailed(event.key, event.reason);
    } else {
      const text = noticeOf(event);
      if (text !== undefined) this.add(text);
    }
  }

  /** Returns what was added since the last call. */
  take(): readonly string[] {
    const failures = [...this.#failures].map(([reason, {keys, count}]) => {
      const more = count > keys.length ? ` and ${count - keys.length} more` : '';
      return cut(`custom failed on ${keys.join(', ')}${more}: ${reason}; siblings are kept`);
    });
    const notices = [...this.#texts, ...failures].slice(0, NOTICE_LIMIT);
    this.#texts = [];
    this.#failures.clear();
    return notices;
  }

  #customFailed(key: Key, reason: string): void {
    const failed = this.#failures.get(reason);
    if (failed === undefined && this.#failures.size >= NOTICE_LIMIT) return;
    this.#failures.set(reason, {
      keys: [...(failed?.keys ?? []), key].slice(0, NAMED_KEYS),
      count: (failed?.count ?? 0) + 1,
    });
  }
}

function noticeOf(event: LeaderEvent): string | undefined {
  switch (event.type) {
    case 'halted':
      return (
        `has halted on ${showDot(event.dot)} (${event.key}): it conflicts with ` +
        `${listed(event.with.map(showDot))}`
      );
    case 'unhalted':
      return `applies operations of ${event.origin} again`;
    case 'recovered':
      return `it fetched ${rangeOf(event)} from its peers, because its log lacked them`;
    case 'not-recovered':
      return (
        `its log lacks ${rangeOf(event)}, which ${event.holder} holds; it could not fetch them and accepts ` +
        'writes anyway'
      );
    case 'clock-ahead':
      return event.aheadMs > DRIFT_LIMIT_MS
        ? `the clock of ${event.origin} is ${event.aheadMs} ms ahead and was not adopted`
        : `the hybrid clock of ${event.origin} counts too high and was not adopted`;
    default:
      return undefined;
  }
}

interface Range {
  readonly origin: LeaderId;
  readonly from: number;
  readonly to: number;
}

const rangeOf = ({origin, from, to}: Range): string =>
  from === to ? `${origin}:${from}` : `${origin}:${from}-${to}`;

const cut = (text: string): string =>
  text.length <= NOTICE_CHARACTERS ? text : `${text.slice(0, NOTICE_CHARACTERS)}…`;
