/**
 * `dots`: a leader whose disk was replaced by an older copy uses a dot twice only if this could not be
 * prevented.
 *
 * - A leader that starts waits until its peers have greeted, for at most `RECOVERY_LIMIT_MS`. It never
 *   uses a dot that another leader has reported to it, unless it has reported since then that it gave up.
 * - It gives up only if at least two of the leaders that reported the dot could not have answered, because it
 *   asks them in turn and one may be silent. A full disk is not a reason.
 * - In the end every dot that names two operations has been reported, and every report names two operations
 *   that were made.
 *
 * Cost: linear in the events; operations times leaders where a disk was lost.
 */
import type {LeaderId} from '../../base/ids.ts';
import {RECOVERY_LIMIT_MS} from '../../core/links/recovery.ts';
import type {Op} from '../../core/log/op.ts';
import {type Dot, showDot} from '../../core/log/version-vector.ts';
import type {Trace, TraceEvent} from '../trace.ts';
import {sameOp} from './causality-checker.ts';
import type {Violation} from './check-verdict.ts';
import {isIn, type LostDisks, named} from './lost-disks.ts';

type Of<Type extends TraceEvent['type']> = Extract<TraceEvent, {type: Type}>;

/** What one process of a leader knows of its own operations at other leaders. */
class Life {
  readonly #startMs: number;
  readonly #reported = new Map<LeaderId, number>();
  /** Operations up to here may be missing: the leader reported that, and has learned nothing new since. */
  #gaveUpTo = 0;
  /** When its disk last refused operations. */
  refusedAtMs = Number.NEGATIVE_INFINITY;
  /** True if its peers are not those that it started with. */
  isRewired = false;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  peerHas({peer, has, isGreeting}: Of<'holding-reported'>): void {
    if (isGreeting || has > (this.#reported.get(peer) ?? 0)) this.#gaveUpTo = 0;
    this.#reported.set(peer, has);
  }

  /** A leader that has left cannot be asked. */
  left(peer: LeaderId): void {
    this.#reported.delete(peer);
    this.isRewired = true;
  }

  gaveUp({leader, from, to, helpers, atMs}: Of<'gave-up'>): string | undefined {
    this.#gaveUpTo = to;
    const name = showDot({origin: leader, seq: from});
    if (atMs - this.refusedAtMs < RECOVERY_LIMIT_MS)
      return `${leader} gave up on ${name} while its disk was full`;
    const holders = [...this.#reported].filter(([, has]) => has >= from).map(([peer]) => peer);
    const [helper] = helpers.filter(one => holders.includes(one));
    const silent = holders.filter(one => !helpers.includes(one));
    if (helper === undefined || silent.length > 1) return undefined;
    return `${leader} gave up on ${name}, although ${helper} has it and could have answered`;
  }

  reused(
    {leader, dot, peers, holders, atMs}: Of<'reused'>,
    leavers: ReadonlySet<LeaderId>,
  ): string | undefined {
    const name = showDot(dot);
    const reporter = [...this.#reported].find(([peer, has]) => has >= dot.seq && !leavers.has(peer))?.[0];
    if (reporter !== undefined && this.#gaveUpTo < dot.seq)
      return `${leader} gave ${name} again, although ${reporter} had reported that dot to it`;
    const silent = peers.find(peer => holders.includes(peer) && !this.#reported.has(peer));
    const waitedMs = atMs - this.#startMs;
    if (this.isRewired || silent === undefined || waitedMs >= RECOVERY_LIMIT_MS) return undefined;
    return (
      `${leader} gave ${name} again after ${Math.round(waitedMs)} ms, without waiting for the greeting of ` +
      `${silent}`
    );
  }
}

export function checkDots(trace: Trace, {twice}: LostDisks): Violation | undefined {
  const violation = (text: string, dots: readonly Dot[], leaders: readonly LeaderId[]): Violation => ({
    checker: 'dots',
    text,
    dots,
    leaders,
  });
  const lives = new Map<LeaderId, Life>();
  const leavers = new Set(trace.events.flatMap(event => (event.type === 'left' ? [event.leader] : [])));
  for (const event of trace.events) {
    const text = faultOf(event, lives, leavers);
    if (text !== undefined && 'leader' in event)
      return violation(text, 'dot' in event && event.dot ? [event.dot] : [], [event.leader]);
  }
  if (twice.size === 0) return undefined;
  const fault = reportFault(trace);
  return fault && violation(fault.text, [fault.dot], []);
}

function faultOf(
  event: TraceEvent,
  lives: Map<LeaderId, Life>,
  leavers: ReadonlySet<LeaderId>,
): string | undefined {
  switch (event.type) {
    case 'action':
      if (event.action.type === 'topology') for (const life of lives.values()) life.isRewired = true;
      return undefined;
    case 'left':
      for (const life of lives.values()) life.left(event.leader);
      return undefined;
    case 'started':
    case 'joined':
      lives.set(event.leader, new Life(event.atMs));
      return undefined;
    case 'holding-reported':
      lives.get(event.leader)?.peerHas(event);
      return undefined;
    case 'reported': {
      const life = lives.get(event.leader);
      if (life !== undefined && event.event.type === 'storage-failed') life.refusedAtMs = event.atMs;
      return undefined;
    }
    case 'gave-up':
      return lives.get(event.leader)?.gaveUp(event);
    case 'reused':
      return lives.get(event.leader)?.reused(event, leavers);
    default:
      return undefined;
  }
}

interface Fault {
  readonly text: string;
  readonly dot: Dot;
}

function reportFault({events, ends}: Trace): Fault | undefined {
  const made = events.flatMap(event => (event.type === 'applied' ? [event.op] : []));
  const reported = new Set<string>();
  for (const event of events) {
    if (event.type !== 'reported' || event.event.type !== 'dot-reused') continue;
    const {dot, ours, theirs} = event.event;
    reported.add(showDot(dot));
    if (sameOp(ours, theirs) || !isIn(made, ours) || !isIn(made, theirs))
      return {
        text: `${event.leader} reports that ${showDot(dot)} names two operations, which it does not`,
        dot,
      };
  }
  for (const [place, a] of ends.entries()) {
    for (const b of ends.slice(place + 1)) {
      const clash = a.ops.find(op => isOther(op, named(b.ops, op.dot)) && !reported.has(showDot(op.dot)));
      if (clash === undefined) continue;
      return {
        text:
          `nobody reported that ${showDot(clash.dot)} is another operation at ${a.leader} than at ` +
          `${b.leader}`,
        dot: clash.dot,
      };
    }
  }
  return undefined;
}

const isOther = (op: Op, other: Op | undefined): boolean => other !== undefined && !sameOp(op, other);
