/**
 * The rule of a link: which faults it suffers now. Plain data, one per directed link; `verdict.ts` carries out what it means for one message.
 */

export interface LinkRule {
  /** Nothing passes; what is sent meanwhile is lost. The connection stays open. */
  readonly cut: boolean;
  /** What is sent waits in order, and passes on release. */
  readonly hold: boolean;
  /** One way. */
  readonly latencyMs: number;
  /** The latency varies evenly by up to this much either way. Never reorders. */
  readonly jitterMs: number;
}

export const CLEAR_RULE: LinkRule = {cut: false, hold: false, latencyMs: 0, jitterMs: 0};
