/**
 * The rule of a link: which faults it suffers now. Plain data, one per directed link; `verdict.ts` carries
 * out what it means for one message.
 */

export interface LinkRule {
  /**
   * Nothing passes; what is sent meanwhile is lost, unless it is a stream (`stream-rule.ts`). The connection
   * stays open.
   */
  readonly cut: boolean;
  /** What is sent waits in order, and passes on release. */
  readonly hold: boolean;
  /** One way. */
  readonly latencyMs: number;
  /** The latency varies evenly by up to this much either way. Alone it never reorders. */
  readonly jitterMs: number;
  /** Messages leave one after the other at this rate; 0 = as fast as they come. */
  readonly bandwidthBytesPerS: number;
  /**
   * The shares of messages, from 0 to 1, that vanish, arrive twice, or are overtaken by those behind them.
   */
  readonly lossShare: number;
  readonly dupShare: number;
  readonly reorderShare: number;
}

/** What every engine can carry out; of latency and jitter each. */
export const LONGEST_DELAY_MS = 60 * 60 * 1000;
export const MOST_BYTES_PER_S = 1e12;

export const CLEAR_RULE: LinkRule = {
  cut: false,
  hold: false,
  latencyMs: 0,
  jitterMs: 0,
  bandwidthBytesPerS: 0,
  lossShare: 0,
  dupShare: 0,
  reorderShare: 0,
};

const FIELDS = Object.keys(CLEAR_RULE) as (keyof LinkRule)[];

export const sameRule = (a: LinkRule, b: LinkRule): boolean => FIELDS.every(field => a[field] === b[field]);
