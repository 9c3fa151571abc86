/**
 * What a link does to one message: the rule, the state of the link and random numbers give a verdict. Pure;
 * the proxy carries it out in real time, the simulator in virtual time.
 *
 * A message leaves when the line is free. It arrives after the latency, but not before the message sent ahead
 * of it: this is its place. It may be lost on the way, arrive later than its place (a straggler), or arrive a
 * second time. Lost messages and stragglers use the line, too, so loss and reordering change nothing for
 * later messages.
 *
 * Every verdict names the faults that made it, so the screen can say why a message is late or lost. A new
 * fault is a new field of the rule, a new name here, and a new branch of `verdict`.
 */
import type {Prng} from '../base/prng.ts';
import type {LinkRule} from './rule.ts';

export const FAULT_NAMES = [
  'cut',
  'hold',
  'latency',
  'jitter',
  'bandwidth',
  'loss',
  'dup',
  'reorder',
  'reset',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** What one direction of a link remembers between messages. */
export interface LinkState {
  /** When the last message arrives if it keeps its place. No message that keeps its place arrives earlier. */
  readonly lastDueMs: number;
  /** When the last message has left completely, on a link of limited bandwidth. */
  readonly freeAtMs: number;
}

export const FRESH_LINK: LinkState = {lastDueMs: 0, freeAtMs: 0};

/**
 * The state of a link whose messages in flight now leave by `leftMs` and arrive by `lastDueMs`, because a
 * fault was removed.
 */
export const expedited = (link: LinkState, leftMs: number, lastDueMs: number): LinkState => ({
  lastDueMs: Math.min(link.lastDueMs, lastDueMs),
  freeAtMs: Math.min(link.freeAtMs, leftMs),
});

/** One arrival of a message; a duplicated message has two. */
export interface Arrival {
  readonly dueAtMs: number;
  /** If false, later messages do not wait for it. */
  readonly keepsPlace: boolean;
  /** The part of the delay that is neither latency nor jitter. */
  readonly lateMs: number;
  readonly faults: readonly FaultName[];
}

export type Verdict =
  | {
      readonly type: 'deliver';
      readonly arrivals: readonly [Arrival] | readonly [Arrival, Arrival];
      readonly link: LinkState;
    }
  /** The message waits, and gets a new verdict on release. */
  | {readonly type: 'hold'; readonly fault: 'hold'}
  | {readonly type: 'drop'; readonly fault: 'cut' | 'loss'; readonly link: LinkState};

/** A shorter wait for the line does not count as a fault. */
const NOTICEABLE_MS = 1;
/** Also without latency a straggler is late by about this time, so that messages can overtake it. */
const LEAST_REACH_MS = 20;

/**
 * Decides about one message that is sent now. `link` is the state after the last verdict of this direction.
 */
export function verdict(
  rule: LinkRule,
  link: LinkState,
  message: {readonly bytes: number},
  nowMs: number,
  random: Prng,
): Verdict {
  // A held message gets its random numbers with its verdict on release.
  if (rule.hold && !rule.cut) return {type: 'hold', fault: 'hold'};
  const luck = drawLuck(random);
  if (rule.cut) return {type: 'drop', fault: 'cut', link};

  const leftMs = Math.max(nowMs, link.freeAtMs) + sendingMs(rule, message.bytes);
  const travelMs = Math.max(0, rule.latencyMs + luck.swing * rule.jitterMs);
  const placeMs = Math.max(leftMs + travelMs, link.lastDueMs);
  const after: LinkState = {lastDueMs: placeMs, freeAtMs: leftMs};
  if (luck.loss < rule.lossShare) return {type: 'drop', fault: 'loss', link: after};

  const waitMs = leftMs - nowMs;
  const straggleMs = luck.straggle * reachMs(rule);
  const isOvertaken = luck.reorder < rule.reorderShare;
  const behindMs = isOvertaken ? straggleMs : 0;
  const faults: FaultName[] = [];
  if (rule.latencyMs > 0) faults.push('latency');
  if (rule.jitterMs > 0) faults.push('jitter');
  if (waitMs >= NOTICEABLE_MS) faults.push('bandwidth');
  if (isOvertaken) faults.push('reorder');
  const first: Arrival = {
    dueAtMs: placeMs + behindMs,
    keepsPlace: !isOvertaken,
    lateMs: waitMs + behindMs,
    faults,
  };
  if (luck.dup >= rule.dupShare) return {type: 'deliver', arrivals: [first], link: after};

  const resentMs = sendingMs(rule, message.bytes);
  const second: Arrival = {
    dueAtMs: first.dueAtMs + resentMs + straggleMs,
    keepsPlace: false,
    lateMs: first.lateMs + resentMs + straggleMs,
    faults: [...faults, 'dup'],
  };
  return {type: 'deliver', arrivals: [first, second], link: {...after, freeAtMs: leftMs + resentMs}};
}

/**
 * Draws the same random numbers for a message under every rule, so a change of the rule changes only its
 * effect.
 */
function drawLuck(random: Prng) {
  const swing = 2 * random.next() - 1;
  const loss = random.next();
  const dup = random.next();
  const reorder = random.next();
  // With less than half of the reach, often no message would overtake it.
  const straggle = 0.5 + random.next() / 2;
  return {swing, loss, dup, reorder, straggle};
}

/** How late a straggler can be. */
const reachMs = ({latencyMs}: LinkRule): number => Math.max(latencyMs, LEAST_REACH_MS);

/** How long a message of so many bytes keeps the line busy. */
export const sendingMs = ({bandwidthBytesPerS}: LinkRule, bytes: number): number =>
  bandwidthBytesPerS === 0 ? 0 : (1000 * bytes) / bandwidthBytesPerS;

/**
 * How long a message can take at most after it has left, without cut and hold. A late arrival of an earlier
 * message can make it later.
 */
export function longestDelayMs(rule: LinkRule): number {
  const straggles = (rule.reorderShare > 0 ? 1 : 0) + (rule.dupShare > 0 ? 1 : 0);
  return rule.latencyMs + rule.jitterMs + straggles * reachMs(rule);
}
