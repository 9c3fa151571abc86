/**
 * The rule of a link: the faults that it has now. Plain data, one rule for each directed link; `verdict.ts`
 * decides what the rule means for one message.
 */

export interface LinkRule {
  /**
   * Nothing passes. Messages sent meanwhile are lost; on a stream they wait (`stream-rule.ts`). The
   * connection stays open.
   */
  readonly cut: boolean;
  /** Messages wait in order, and pass on release. */
  readonly hold: boolean;
  /** In one direction. From 0 to `LONGEST_DELAY_MS`, as the jitter. */
  readonly latencyMs: number;
  /**
   * The latency varies evenly by up to this much in both directions. Jitter alone never reorders messages.
   */
  readonly jitterMs: number;
  /** Messages leave one after the other at this rate. 0 means no limit. */
  readonly bandwidthBytesPerS: number;
  /** The shares of messages, from 0 to 1, that are lost, arrive twice, or arrive behind later messages. */
  readonly lossShare: number;
  readonly dupShare: number;
  readonly reorderShare: number;
}

/** The highest latency, and the highest jitter, that every engine can carry out. */
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

/** True if both rules have equal values in every field. */
export const sameRule = (a: LinkRule, b: LinkRule): boolean => FIELDS.every(field => a[field] === b[field]);
