/**
 * What a rule means for a link that carries a stream of bytes. Pure.
 *
 * TCP sends lost data again and restores its order, so a reader of a stream only notices delays. Therefore a
 * cut makes a stream wait for the heal, as a hold does, and no single message is lost, duplicated or
 * reordered.
 */
import type {LinkRule} from './rule.ts';

/**
 * Returns the rule that a stream of bytes follows where a link of messages follows `rule`: a cut becomes a
 * hold, loss, duplication and reordering are left out, and delays and bandwidth stay.
 */
export const streamRule = (rule: LinkRule): LinkRule => ({
  ...rule,
  cut: false,
  hold: rule.cut || rule.hold,
  lossShare: 0,
  dupShare: 0,
  reorderShare: 0,
});
