/**
 * What a link does to one message: a rule, the link's past and random numbers make a verdict. Pure; the proxy
 * carries it out in real time, the simulator in virtual time.
 *
 * A message leaves when the line is free, and arrives after the latency, never before the one sent ahead of
 * it: its place. It may be lost on the way, straggle behind its place, or arrive a second time behind it.
 * What is lost or straggles has used the line all the same, so loss and reordering change nothing for the
 * messages behind.
 *
 * Every verdict names the faults that made it, so that the screen can say why a message is late or gone. A
 * new fault is a new field of the rule, a new name here, and a new branch of `verdict`.
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
  /**
   * When the message before this one arrives, if it keeps its place: none that keeps its own overtakes it.
   */
  readonly lastDueMs: number;
  /** When the last bit of the message before this one has left, on a link of limited bandwidth. */
  readonly freeAtMs: number;
}

export const FRESH_LINK: LinkState = {lastDueMs: 0, freeAtMs: 0};

/** One arrival of a message; a doubled one has two. */
export interface Arrival {
  readonly dueAtMs: number;
  /** `false`: those behind it do not wait for it. */
  readonly keepsPlace: boolean;
  /** How much of the delay is neither latency nor jitter. */
  readonly lateMs: number;
  readonly faults: readonly FaultName[];
}

export type Verdict =
  | {
      readonly type: 'deliver';
      readonly arrivals: readonly [Arrival] | readonly [Arrival, Arrival];
      readonly link: LinkState;
    }
  /** Wait, and ask again on release. */
  | {readonly type: 'hold'; readonly fault: 'hold'}
  | {readonly type: 'drop'; readonly fault: 'cut' | 'loss'; readonly link: LinkState};

/** A shorter wait for the line is not worth a word. */
const NOTICEABLE_MS = 1;
/** Without latency, too, there is time enough to be overtaken in. */
const LEAST_REACH_MS = 20;

export function verdict(
  rule: LinkRule,
  link: LinkState,
  message: {readonly bytes: number},
  nowMs: number,
  random: Prng,
): Verdict {
  // Held messages are judged again on release: each is given its luck once.
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
 * The same numbers for each message, whatever the rule: the same messages meet the same luck under another
 * rule.
 */
function drawLuck(random: Prng) {
  const swing = 2 * random.next() - 1;
  const loss = random.next();
  const dup = random.next();
  const reorder = random.next();
  // Less than half of the reach would often overtake nothing.
  const straggle = 0.5 + random.next() / 2;
  return {swing, loss, dup, reorder, straggle};
}

/** How far behind its place a straggler can be. */
const reachMs = ({latencyMs}: LinkRule): number => Math.max(latencyMs, LEAST_REACH_MS);

/** How long so many bytes keep the line busy. */
export const sendingMs = ({bandwidthBytesPerS}: LinkRule, bytes: number): number =>
  bandwidthBytesPerS === 0 ? 0 : (1000 * bytes) / bandwidthBytesPerS;

/**
 * The longest that a message can take once it has left, if neither cut nor held; the arrival of one ahead can
 * make it later.
 */
export function longestDelayMs(rule: LinkRule): number {
  const straggles = (rule.reorderShare > 0 ? 1 : 0) + (rule.dupShare > 0 ? 1 : 0);
  return rule.latencyMs + rule.jitterMs + straggles * reachMs(rule);
}
