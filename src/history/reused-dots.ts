/**
 * The reused dots that leaders report: a leader lost its log, could not recover it, and gave a dot to a
 * second operation. Every leader keeps the operation that arrived first, so neither reaches all leaders.
 * Pure.
 */
import type {LeaderId} from '../base/ids.ts';
import {canonicalJson, type Json} from '../base/json.ts';
import {listed} from '../base/list.ts';
import {printable} from '../base/printable.ts';
import {compareHlc} from '../core/log/hybrid-clock.ts';
import type {KeyWrite, Op} from '../core/log/op.ts';
import {compareDots, type Dot, showDot} from '../core/log/version-vector.ts';
import {summarize} from './summarize.ts';

const DOTS_LIMIT = 200;

/** What one leader found: its operation with that dot, and the peer's. */
export interface ReusedDotReport {
  readonly dot: Dot;
  readonly peer: LeaderId;
  readonly ours: Op;
  readonly theirs: Op;
}

export interface ReusedDot {
  readonly dot: Dot;
  /** Two or more operations, the oldest first; each with the leaders that hold it. */
  readonly contents: readonly {readonly op: Op; readonly leaders: readonly LeaderId[]}[];
}

/**
 * Collects the dots that stand for more than one operation, with the leaders that hold each operation. It
 * keeps 200 dots; after that, reports about other dots are ignored.
 */
export class ReusedDotLog {
  readonly #dots = new Map<string, ReusedDot>();

  /** Returns whether the dot is new. */
  observe(leader: LeaderId, {dot, peer, ours, theirs}: ReusedDotReport): boolean {
    const name = showDot(dot);
    const before = this.#dots.get(name);
    if (before === undefined && this.#dots.size >= DOTS_LIMIT) return false;
    const contents = withHolder(withHolder(before?.contents ?? [], ours, leader), theirs, peer);
    this.#dots.set(name, {dot, contents});
    return before === undefined;
  }

  /** By dot. */
  list(): readonly ReusedDot[] {
    return [...this.#dots.values()].sort((a, b) => compareDots(a.dot, b.dot));
  }
}

/** Adds a holder. A leader holds only one operation for each dot. */
function withHolder(contents: ReusedDot['contents'], op: Op, leader: LeaderId): ReusedDot['contents'] {
  const text = textOf(op);
  const others = contents.map(content => ({
    ...content,
    leaders: content.leaders.filter(id => id !== leader),
  }));
  const same = others.find(content => textOf(content.op) === text);
  const rest = others.filter(content => content !== same && content.leaders.length > 0);
  return [...rest, {op, leaders: [...(same?.leaders ?? []), leader].sort()}].sort(
    (a, b) => compareHlc(a.op.hlc, b.op.hlc) || (textOf(a.op) < textOf(b.op) ? -1 : 1),
  );
}

const textOf = (op: Op): string => canonicalJson(op as unknown as Json);

/** Dots under which these logs hold different writes. */
export function reusedIn(
  logs: readonly {readonly leader: LeaderId; readonly ops: readonly Op[]}[],
): readonly ReusedDot[] {
  const first = new Map<string, {readonly leader: LeaderId; readonly op: Op; readonly asked: string}>();
  const found = new ReusedDotLog();
  for (const {leader, ops} of logs) {
    for (const op of ops) {
      const asked = askedIn(op);
      const known = first.get(showDot(op.dot));
      if (known === undefined) first.set(showDot(op.dot), {leader, op, asked});
      else if (known.asked !== asked)
        found.observe(known.leader, {dot: op.dot, peer: leader, ours: known.op, theirs: op});
    }
  }
  return found.list();
}

/** The intents of clients, without the effects that leaders computed. */
const askedIn = ({writes}: Op): string => writes.map(askedOf).join(' ');

function askedOf(write: KeyWrite): string {
  const {key, type} = write;
  const asked =
    'by' in write ? [write.by] : 'element' in write ? [write.element] : 'value' in write ? [write.value] : [];
  return canonicalJson([key, type, 'field' in write ? write.field : '', ...asked]);
}

/** `us:101 stands for two operations: set order 42 at us, and set paid "yes" at ap and eu`. */
export function reusedInWords({dot, contents}: ReusedDot): string {
  const each = contents.map(
    ({op, leaders}) => `${op.writes.map(writeInWords).join(', ')} at ${listed(leaders)}`,
  );
  const count = contents.length === 2 ? 'two' : contents.length;
  return printable(`${showDot(dot)} stands for ${count} operations: ${each.join(', and ')}`);
}

const writeInWords = (write: KeyWrite): string => {
  const [verb, ...operands] = summarize(write).split(' ');
  return [verb, write.key, ...operands].join(' ');
};

/** The advice for the user: a new write to the key reaches every leader. */
export function rewriteAdvice(dots: readonly ReusedDot[]): string {
  const keys = [
    ...new Set(dots.flatMap(({contents}) => contents.flatMap(({op}) => op.writes.map(({key}) => key)))),
  ];
  const named =
    keys.length > KEYS_NAMED ? [...keys.slice(0, KEYS_NAMED), `${keys.length - KEYS_NAMED} more keys`] : keys;
  return printable(`write ${listed(named)} again: later writes reach every leader`);
}

const KEYS_NAMED = 3;
