/**
 * Keys of the overlays: answers, lists to choose from, help, pasted text, and the question before quitting.
 */
import type {Binding} from './binding.ts';
import {LINK_BINDINGS} from './link-bindings.ts';

/** Keys of the lists to choose from. `other` names what left, right and `@` change. */
const picking = (
  context: 'resolvers' | 'topologies',
  opened: readonly string[],
  other: string,
  otherSays: string,
): Binding[] => [
  {context, keys: ['enter'], does: 'choose', hint: 'switch', isEssential: true, says: 'switch to it'},
  {context, keys: ['up', 'k'], does: 'back', shown: '↑↓', hint: 'choose', says: 'up'},
  {context, keys: ['down', 'j'], does: 'on', says: 'down'},
  {context, keys: ['left', 'h'], does: 'other-back', says: `${otherSays}, the one before`},
  {context, keys: ['right', 'l', '@'], does: 'other-on', shown: '←→', hint: other, says: otherSays},
  {context, keys: ['home', 'g'], does: 'first', says: 'the first'},
  {context, keys: ['end', 'G'], does: 'last', says: 'the last'},
  {context, keys: ['esc', 'q', ...opened], does: 'close', hint: 'close', isEssential: true, says: 'close'},
  {context, keys: [':', 'i'], does: 'to-prompt', says: 'to the prompt'},
  {context, keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},
];

export const OVERLAY_BINDINGS: readonly Binding[] = [
  {context: 'overlay', keys: ['esc', 'enter', 'q'], does: 'close', hint: 'close', says: 'close'},
  {context: 'overlay', keys: ['up', 'k'], does: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'overlay', keys: ['down', 'j'], does: 'on', says: 'down'},
  {context: 'overlay', keys: ['page-up'], does: 'page-back', says: 'a page up'},
  {context: 'overlay', keys: ['page-down', 'space'], does: 'page-on', says: 'a page down'},
  {context: 'overlay', keys: ['left', 'h'], does: 'first', says: 'to the top'},
  {context: 'overlay', keys: [':', 'i'], does: 'to-prompt', hint: 'prompt', says: 'back to the prompt'},
  {context: 'overlay', keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},
  ...LINK_BINDINGS,
  ...picking('resolvers', ['r'], 'for whom', 'the cluster, or one leader'),
  ...picking('topologies', ['t'], 'hub', 'the hub of a star'),

  {
    context: 'help',
    keys: ['enter'],
    does: 'run-selected',
    hint: 'do it',
    says: 'do it, or put the command at the prompt',
  },
  {context: 'help', keys: ['up', 'k'], does: 'back', shown: '↑↓', hint: 'choose', says: 'up'},
  {context: 'help', keys: ['down', 'j'], does: 'on', says: 'down'},
  {context: 'help', keys: ['page-up'], does: 'page-back', says: 'a page up'},
  {context: 'help', keys: ['page-down', 'space'], does: 'page-on', hint: 'page', says: 'a page down'},
  {context: 'help', keys: ['home', 'g'], does: 'first', says: 'the first'},
  {context: 'help', keys: ['end', 'G'], does: 'last', says: 'the last'},
  {context: 'help', keys: ['esc', '?', 'q'], does: 'close', hint: 'close', says: 'close'},
  {context: 'help', keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},

  {
    context: 'paste',
    keys: ['enter'],
    does: 'run-pasted',
    hint: 'run all of it',
    isEssential: true,
    says: 'run what was pasted, in order',
  },
  {
    context: 'paste',
    keys: ['esc', 'q'],
    does: 'close',
    hint: 'run nothing',
    isEssential: true,
    says: 'run nothing of what was pasted',
  },
  {context: 'paste', keys: ['up', 'k'], does: 'back', shown: '↑↓', hint: 'scroll', says: 'up'},
  {context: 'paste', keys: ['down', 'j'], does: 'on', says: 'down'},
  {context: 'paste', keys: ['page-up'], does: 'page-back', says: 'a page up'},
  {context: 'paste', keys: ['page-down', 'space'], does: 'page-on', says: 'a page down'},
  {context: 'paste', keys: ['ctrl-c'], does: 'quit-now', says: 'quit at once'},

  {
    context: 'quit',
    keys: ['y', 'enter', 'ctrl-c'],
    does: 'quit-now',
    hint: 'quit and lose them',
    says: 'quit',
  },
  {context: 'quit', keys: ['n', 'esc', 'q'], does: 'stay', hint: 'stay', says: 'stay'},
];
