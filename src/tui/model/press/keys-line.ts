/**
 * The last line of the screen: who gets the keys, and what they do now. Where room is short, the keys to go
 * back, to undo and to quit stay; the help lists the rest.
 */
import type {Context} from '../keys/binding.ts';
import {bindingsOf} from '../keys/bindings.ts';
import {conditionsOf} from '../state/key-conditions.ts';
import type {UiState, World} from '../state/state.ts';
import {legible} from '../text/legible.ts';
import {type Line, run} from '../text/style.ts';
import {lineWidth} from '../text/text.ts';
import {contextsOf} from './contexts.ts';
import {type Hint, hintOf} from './key-hints.ts';

const NAMES: {readonly [context in Context]: string} = {
  prompt: 'prompt',
  filter: 'filter',
  panes: 'panes',
  topology: 'topology',
  leaders: 'leaders',
  conflicts: 'conflicts',
  guide: 'lab',
  timeline: 'timeline',
  overlay: 'reading',
  link: 'link',
  resolvers: 'resolver',
  topologies: 'topology',
  help: 'help',
  paste: 'pasted',
  quit: 'quit?',
};

/**
 * Draws a badge with the name of what gets the keys, then as many keys with their meanings as fit into
 * `width` columns. Essential keys get room first, then those of the pane that has the keys.
 */
export function drawKeys(state: UiState, world: World, width: number): Line {
  const contexts = contextsOf(state);
  const badge: Line = [run(' '), {text: ` ${NAMES[contexts[0] ?? 'prompt']} `, tone: 'focus', mark: 'badge'}];
  const moves = contexts[0] === 'guide' ? {key: '↑↓', says: 'scroll'} : {key: '←→', says: 'select'};
  const arrows: Hint[] = contexts.includes('panes') ? [{...moves, isEssential: false, isOfPane: false}] : [];
  const hints = [
    ...arrows,
    ...contexts
      .flatMap(context => bindingsOf([context], conditionsOf(world)))
      .flatMap(binding => hintOf(binding, state, world)),
  ];
  const chosen = new Map<Hint, Line>();
  let room = width - lineWidth(badge);
  const show = (hint: Hint, says: string | undefined): void => {
    if (says === undefined) return;
    const line: Line = [run('  '), run(hint.key, 'key'), run(` ${legible(says)}`, 'dim')];
    const wide = lineWidth(line) - lineWidth(chosen.get(hint) ?? []);
    if (wide > room) return;
    room -= wide;
    chosen.set(hint, line);
  };
  for (const hint of hints) if (hint.isEssential) show(hint, hint.says);
  for (const hint of hints) if (hint.isOfPane) show(hint, hint.says);
  for (const hint of arrows) show(hint, hint.says);
  for (const hint of hints) if (hint.isEssential) show(hint, hint.fully);
  for (const hint of hints) {
    if (!chosen.has(hint)) show(hint, hint.says);
    show(hint, hint.fully);
  }
  return [...badge, ...hints.flatMap(hint => chosen.get(hint) ?? [])];
}
