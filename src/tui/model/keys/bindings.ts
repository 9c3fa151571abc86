/**
 * The one table of keys. The keys' actions, the line at the bottom of the screen and the help all come from
 * it.
 *
 * In the panes h, j, k and l move like arrows, so `x` (not `k`) kills. Every other letter has one meaning on
 * the whole screen.
 */
import type {KeyConditions} from '../state/key-conditions.ts';
import type {Binding, Context} from './binding.ts';
import {LAB_BINDINGS} from './lab-bindings.ts';
import {OVERLAY_BINDINGS} from './overlay-bindings.ts';
import {PANE_BINDINGS} from './pane-bindings.ts';
import {FILTER_BINDINGS, PROMPT_BINDINGS} from './prompt-bindings.ts';

const EVERYWHERE: readonly Context[] = [
  'prompt',
  'panes',
  'filter',
  'overlay',
  'link',
  'resolvers',
  'topologies',
  'help',
  'paste',
  'quit',
];

const BINDINGS: readonly Binding[] = [
  ...LAB_BINDINGS,
  ...PROMPT_BINDINGS,
  ...PANE_BINDINGS,
  ...FILTER_BINDINGS,
  ...OVERLAY_BINDINGS,
  ...EVERYWHERE.map(
    (context): Binding => ({
      context,
      keys: ['ctrl-z'],
      does: 'suspend',
      says: 'suspend the lab; fg in the shell brings it back',
    }),
  ),
];

const GLYPHS: {readonly [key: string]: string} = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  'page-up': 'pgup',
  'page-down': 'pgdn',
};

/**
 * Returns how the screen writes the key: an arrow or a short word for some names, or else the name as it is.
 */
export const showKey = (key: string): string => GLYPHS[key] ?? key;

const holds = (binding: Binding, {time, lab}: KeyConditions): boolean => {
  const isInLab =
    binding.lab === undefined || binding.lab === lab || (binding.lab === 'open' && lab === 'asking');
  return isInLab && (binding.time === undefined || binding.time === time);
};

/** The binding that applies to the key; earlier contexts take precedence. */
export function findBinding(
  contexts: readonly Context[],
  key: string,
  conditions: KeyConditions,
): Binding | undefined {
  for (const context of contexts) {
    const found = BINDINGS.find(
      binding => binding.context === context && binding.keys.includes(key) && holds(binding, conditions),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the bindings of these contexts that apply under the conditions, in the order of the table. */
export const bindingsOf = (contexts: readonly Context[], conditions: KeyConditions): Binding[] =>
  BINDINGS.filter(binding => contexts.includes(binding.context) && holds(binding, conditions));
