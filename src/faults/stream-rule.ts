/**
 * What a rule means for a link that carries a stream of bytes. Pure.
 *
 * TCP sends again what was lost, and puts in order what it gets: whoever reads a stream only ever notices
 * that it is late. So what a cut meets waits for the heal, as it would behind a hold, and no message is lost,
 * doubled or overtaken alone.
 */
import type {LinkRule} from './rule.ts';

export const streamRule = (rule: LinkRule): LinkRule => ({
  ...rule,
  cut: false,
  hold: rule.cut || rule.hold,
  lossShare: 0,
  dupShare: 0,
  reorderShare: 0,
});
